# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the scenarios of molecule, two at a time, and fail when Ansible warns of something deprecated in them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, "tests")
sys.path.insert(0, "tests/support")

from deprecations import deprecations
from environment import STARTUP

SCENARIOS = Path("extensions/molecule")
LOGS = Path(".work/logs").absolute()
# Every Ansible process of a scenario writes to this log, also a process that the scenario itself starts.
ANSIBLE_LOG = LOGS / "molecule-ansible.log"
PARALLEL_RUNS = 2


def start(names: list[str], log: Path) -> subprocess.Popen[bytes]:
    chosen = [argument for name in names for argument in ("--scenario-name", name)]
    command = ["molecule", "test", "--no-command-borders", *chosen]
    with log.open("wb") as output:
        environment = os.environ | {"ANSIBLE_LOG_PATH": str(ANSIBLE_LOG), "PYTHONPATH": str(STARTUP)}
        return subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)


def main() -> int:
    ANSIBLE_LOG.unlink(missing_ok=True)
    names = sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml"))
    # Each run stops at its first scenario that fails.
    started = [
        (start(names[first::PARALLEL_RUNS], log := LOGS / f"molecule-{first + 1}.log"), log)
        for first in range(PARALLEL_RUNS)
    ]
    ended = [(process.wait(), log) for process, log in started]
    # The log of a run that failed comes last, because tests/run.py shows the end of the output.
    for _status, log in sorted(ended, key=lambda end: end[0] != 0):
        print(log.read_text(encoding="utf-8", errors="replace"))
    found = deprecations(ANSIBLE_LOG.read_text(encoding="utf-8"))
    print("\n".join(found))
    return 1 if any(status for status, _log in ended) or found else 0


if __name__ == "__main__":
    sys.exit(main())
