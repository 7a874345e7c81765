# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium: the installed one, or one unpacked from Debian's packages into .work, which needs no root."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from unittest import mock

from environment import ROOT, contained_environment
from playwright.sync_api import Browser, sync_playwright

# Playwright's driver needs the library, and a bare machine has no fonts.
PACKAGES = ("chromium", "libatomic1", "fonts-dejavu-core")
HOME = ROOT / ".work/chromium"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, started. The driver and the browser find what was unpacked, and nobody else is led to it."""
    path, variables = _find()
    with mock.patch.dict(os.environ, {**contained_environment(), **variables}), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        try:
            yield browser
        finally:
            browser.close()


def _find() -> tuple[str, dict[str, str]]:
    installed = shutil.which("chromium")
    if installed and find_library("atomic"):
        return installed, {}
    if not HOME.exists():
        _unpack(HOME)
    places = ("usr/lib/*-linux-gnu*", "lib/*-linux-gnu*", "usr/lib/*-linux-gnu*/pulseaudio")
    libraries = [str(path) for place in places for path in sorted((HOME / "root").glob(place))]
    return installed or str(HOME / "root/usr/lib/chromium/chromium"), {
        "LD_LIBRARY_PATH": ":".join(libraries),
        "FONTCONFIG_FILE": str(HOME / "fonts.conf"),
    }


def _unpack(home: Path) -> None:
    """apt with folders of its own fetches what this machine lacks; what it fetched is checked by its signatures."""
    making = home.with_name("chromium.new")
    shutil.rmtree(making, ignore_errors=True)
    for folder in ("lists/partial", "cache/archives/partial", "packages", "root"):
        (making / folder).mkdir(parents=True)
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
    planned = _run([*apt, "install", "--simulate", "--no-install-recommends", *PACKAGES], making)
    missing = re.findall(r"^Inst (\S+)", planned, re.MULTILINE)
    _run([*apt, "--quiet=2", "download", *missing], making / "packages")
    for package in sorted((making / "packages").glob("*.deb")):
        _run(["dpkg-deb", "--extract", str(package), str(making / "root")], making)
    for folder in ("lists", "cache", "packages"):
        shutil.rmtree(making / folder)
    # What a machine without fonts lacks came with the packages.
    settings_of_fonts = [
        f'<include ignore_missing="yes">{root}/etc/fonts/fonts.conf</include>' for root in ("", home / "root")
    ]
    (making / "fonts.conf").write_text(
        f"<fontconfig>{''.join(settings_of_fonts)}<dir>{home}/root/usr/share/fonts</dir>"
        f"<cachedir>{home}/fonts</cachedir></fontconfig>",
        encoding="utf-8",
    )
    making.rename(home)


def _run(command: list[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(
            "Chromium is not installed and Debian's package cannot be fetched. Install it: apt-get install chromium."
            f" {command[0]} said: {done.stderr.strip()}"
        )
    return done.stdout
