# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run molecule's scenarios, and fail when Ansible says that something in them is deprecated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# Told by every Ansible process that takes part, also by those that a scenario starts and reads itself.
SAID = Path(".work/logs/molecule-ansible.log").absolute()
DEPRECATION = "[DEPRECATION WARNING]"


def deprecations(said: str) -> list[str]:
    """One line each, from the warning's name on; everything that the scenarios play is ours."""
    return sorted({line[line.index(DEPRECATION) :] for line in said.splitlines() if DEPRECATION in line})


def main() -> int:
    SAID.unlink(missing_ok=True)
    command = ["molecule", "test", "--all", "--no-command-borders", *sys.argv[1:]]
    status = subprocess.run(command, env=os.environ | {"ANSIBLE_LOG_PATH": str(SAID)}, check=False).returncode
    if status:
        return status
    found = deprecations(SAID.read_text(encoding="utf-8"))
    print("\n".join(["", *found]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
