# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run molecule's scenarios, two at a time, and fail when Ansible says that something in them is deprecated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCENARIOS = Path("extensions/molecule")
LOGS = Path(".work/logs").absolute()
# Told by every Ansible process that takes part, also by those that a scenario starts and reads itself.
SAID = LOGS / "molecule-ansible.log"
DEPRECATION = "[DEPRECATION WARNING]"
AT_ONCE = 2


def deprecations(said: str) -> list[str]:
    """One line each, from the warning's name on; everything that the scenarios play is ours."""
    return sorted({line[line.index(DEPRECATION) :] for line in said.splitlines() if DEPRECATION in line})


def start(names: list[str], log: Path) -> subprocess.Popen[bytes]:
    chosen = [argument for name in names for argument in ("--scenario-name", name)]
    command = ["molecule", "test", "--no-command-borders", *chosen]
    with log.open("wb") as output:
        environment = os.environ | {"ANSIBLE_LOG_PATH": str(SAID)}
        return subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)


def main() -> int:
    SAID.unlink(missing_ok=True)
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    # Each stops at its first scenario that fails.
    started = [
        (start(names[first::AT_ONCE], log := LOGS / f"molecule-{first + 1}.log"), log) for first in range(AT_ONCE)
    ]
    ended = [(process.wait(), log) for process, log in started]
    # What failed comes last, where it is looked for.
    for _status, log in sorted(ended, key=lambda end: end[0] != 0):
        print(log.read_text(encoding="utf-8", errors="replace"))
    found = deprecations(SAID.read_text(encoding="utf-8"))
    print("\n".join(found))
    return 1 if any(status for status, _log in ended) or found else 0


if __name__ == "__main__":
    sys.exit(main())
