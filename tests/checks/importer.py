# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run Galaxy's own importer on the artifact; it logs what it dislikes and exits with 0 all the same.

It does not start ansible-lint, because the stage "ansible-lint" checks the same files with the same profile and more
rules. The importer would also stop it after three minutes, which a busy machine may need.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(".work/artifact")


def main() -> int:
    artifacts = list(FOLDER.glob("*.tar.gz"))
    if len(artifacts) != 1:
        print(f"{FOLDER} must hold one artifact: run the stage 'build' first.")
        return 1
    # It writes its findings beside its working directory, so that is the folder of the artifact.
    command = [sys.executable, "-m", "galaxy_importer.main", artifacts[0].name]
    environment = os.environ | {"GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "False"}
    run = subprocess.run(
        command, cwd=FOLDER, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    print(run.stdout)
    findings = re.findall(r"^(?:WARNING|ERROR|CRITICAL)\b.*", run.stdout, re.MULTILINE)
    if "Importer processing completed successfully" not in run.stdout:
        findings.append("The importer did not say that it completed.")
    print("\n".join(findings))
    return 1 if findings or run.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
