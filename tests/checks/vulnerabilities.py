# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Look up known vulnerabilities of each package that a list of tests/requirements pins. It needs the package registry.

``vulnerabilities.py --sbom`` writes .work/sbom/execution-environment.cdx.json instead, the bill of materials of the
Python packages in an execution environment.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path("tests/requirements")
SBOM = Path(".work/sbom/execution-environment.cdx.json")


def look_up(locked: Path) -> int:
    print(f"{locked}:", flush=True)
    # Strict: a package that could not be looked up is not a package without vulnerabilities.
    options = ["--strict", "--progress-spinner", "off", "--disable-pip", "--require-hashes"]
    return subprocess.run(["pip-audit", *options, "-r", str(locked)], check=False).returncode


def write_sbom() -> int:
    SBOM.parent.mkdir(parents=True, exist_ok=True)
    output = ["--output-reproducible", "--of", "JSON", "--output-file", str(SBOM)]
    status = subprocess.run(["cyclonedx-py", "requirements", *output, str(REQUIREMENTS / "ee.txt")], check=False)
    print(f"Written: {SBOM}")
    return status.returncode


def main(arguments: list[str]) -> int:
    if arguments == ["--sbom"]:
        return write_sbom()
    # The package of awx.txt is only unpacked.
    lists = [path for path in sorted(REQUIREMENTS.glob("*.txt")) if path.stem != "awx"]
    return max(look_up(locked) for locked in lists)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
