# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the workflows: their form by the schema of the forge, their security by zizmor. Neither needs a network."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

FOLDER = Path(".github/workflows")


def main() -> int:
    workflows = sorted(str(path) for path in FOLDER.glob("*.yml"))
    commands = (
        ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *workflows],
        ["zizmor", "--offline", "--no-progress", "--persona", "regular", str(FOLDER.parent)],
    )
    return max(subprocess.run(command, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
