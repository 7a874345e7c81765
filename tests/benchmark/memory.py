# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a Python program in place of the interpreter of ansible-playbook, and record its peak memory.

``memory.py FILE ARGUMENT…`` runs ``python ARGUMENT…`` and writes KiB to the file.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path


def main(noted: str, *arguments: str) -> int:
    status = subprocess.run([sys.executable, *arguments], check=False).returncode
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    file = Path(noted)
    # Ansible runs several programs with this interpreter. The module needs the most memory.
    before = int(file.read_text(encoding="utf-8")) if file.exists() else 0
    file.write_text(str(max(before, peak)), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
