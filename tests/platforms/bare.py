# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Virtual environments that hold what is asked for and nothing else, and the collection as users install it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from environment import ROOT, contained_environment

FOLDER = ROOT / ".work/platforms"
LONGEST_SECONDS = 600.0


def virtual_environment(name: str, *requirements: str, fresh: bool = False) -> Path:
    """The environment's folder. Made anew when what it holds is asked for differently, or always when it must be."""
    folder, stamp = FOLDER / name, FOLDER / f"{name}.stamp"
    wanted = hashlib.sha256(repr((sys.version, str(folder), [_content(item) for item in requirements])).encode())
    if not fresh and stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted.hexdigest():
        return folder
    stamp.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    run(sys.executable, "-m", "venv", str(folder))
    run(str(folder / "bin/python"), "-m", "pip", "install", "-qq", *requirements)
    stamp.write_text(wanted.hexdigest(), encoding="utf-8")
    return folder


def _content(requirement: str) -> str:
    path = ROOT / requirement
    return path.read_text(encoding="utf-8") if path.is_file() else requirement


def installed_collection(folder: Path) -> Path:
    """Build the artifact and install it from there, as a user does. Returns the path for Ansible."""
    run("ansible-galaxy", "collection", "build", str(ROOT), "--output-path", str(folder / "artifact"))
    [artifact] = (folder / "artifact").glob("*.tar.gz")
    collections = folder / "collections"
    # Elsewhere on the path the checkout itself would count as installed already.
    environment = {**contained_environment(), "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    run("ansible-galaxy", "collection", "install", str(artifact), "-p", str(collections), env=environment)
    return collections


def clean_environment(environment: Path, collections: Path, home: Path, **more: str) -> dict[str, str]:
    """The variables of a container that holds just this environment and this collection."""
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.pathsep.join([str(environment / "bin"), "/usr/bin", "/bin"]),
        "HOME": str(home),
        "TMPDIR": contained_environment()["TMPDIR"],
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_COLLECTIONS_PATH": str(collections),
        "ANSIBLE_NOCOLOR": "true",
        **more,
    }


def run(*command: str, env: Mapping[str, str] | None = None, cwd: Path = ROOT) -> str:
    """Run to the end and return what was printed. A failure shows it."""
    done = subprocess.run(
        command,
        env=dict(env) if env else contained_environment(),
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} ended with status {done.returncode}:\n{done.stdout[-5000:]}")
    return done.stdout
