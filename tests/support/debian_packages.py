# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unpack Debian's packages into a folder, which needs no root and changes nothing on the machine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path


def unpack(packages: tuple[str, ...], home: Path, leave_out: str | None = None) -> None:
    """Unpack what this machine lacks of the packages and of what they depend on into the folder `root` of `home`.

    Packages whose names match `leave_out` are not unpacked. `home` exists only when everything is in place.
    """
    making = home.with_name(f"{home.name}.new")
    shutil.rmtree(making, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial", "packages", "root"):
        (making / folder).mkdir(parents=True)
    # apt with folders of its own checks the signatures of what it fetches.
    settings = {
        "Dir::State::lists": making / "lists",
        "Dir::Cache": making / "cache",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Debug::NoLocking": "true",
    }
    apt = ["apt-get", *(f"--option={name}={value}" for name, value in settings.items())]
    # Continue if a foreign source does not answer. Stop if a package is missing.
    subprocess.run([*apt, "--quiet=2", "update"], check=False, capture_output=True)
    planned = _run([*apt, "install", "--simulate", "--no-install-recommends", *packages], making)
    missing = re.findall(r"^Inst (\S+)", planned, re.MULTILINE)
    if leave_out:
        missing = [name for name in missing if not re.match(leave_out, name)]
    if missing:
        _run([*apt, "--quiet=2", "download", *missing], making / "packages")
    for package in sorted((making / "packages").glob("*.deb")):
        _run(["dpkg-deb", "--extract", str(package), str(making / "root")], making)
    for folder in ("lists", "cache", "packages"):
        shutil.rmtree(making / folder)
    making.rename(home)


def libraries_below(home: Path) -> list[str]:
    """Return the folders that LD_LIBRARY_PATH must name for the programs that were unpacked."""
    places = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*", "usr/lib/*-linux-gnu*/pulseaudio")
    return [str(path) for place in places for path in sorted((home / "root").glob(place))]


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout
