# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's Chromium: the installed one, or one unpacked from Debian's packages into .work, which needs no root."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path
from unittest import mock

from debian_packages import libraries_below, unpack
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
    return installed or str(HOME / "root/usr/lib/chromium/chromium"), {
        "LD_LIBRARY_PATH": ":".join(libraries_below(HOME)),
        "FONTCONFIG_FILE": str(_write_font_settings(HOME)),
    }


def _unpack(home: Path) -> None:
    try:
        unpack(PACKAGES, home)
    except (OSError, RuntimeError) as error:
        raise RuntimeError(
            "Chromium is not installed and Debian's package cannot be fetched. Install it: apt-get install chromium."
            f" {error}"
        ) from error


def _write_font_settings(home: Path) -> Path:
    """Show a machine without fonts those that came with the packages."""
    path = home / "fonts.conf"
    settings = [f'<include ignore_missing="yes">{root}/etc/fonts/fonts.conf</include>' for root in ("", home / "root")]
    path.write_text(
        f"<fontconfig>{''.join(settings)}<dir>{home}/root/usr/share/fonts</dir>"
        f"<cachedir>{home}/fonts</cachedir></fontconfig>",
        encoding="utf-8",
    )
    return path
