# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check that each file names its copyright and licence.

``reuse`` looks into ignored folders too, and fails when another stage removes a temporary file there at that moment. So
it gets a copy.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from copying import copy_collection


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        copy_collection(copy)
        return subprocess.run(["reuse", "--root", str(copy), "lint"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
