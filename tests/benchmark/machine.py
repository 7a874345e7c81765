# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Describe when, on what machine and with which versions something was measured."""

from __future__ import annotations

import os
import platform
import re
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._version import VERSION

PACKAGES = ("ansible-core", "requests", "urllib3", "alibabacloud_cams20200606", "alibabacloud_tea_openapi")


def describe() -> str:
    """Return the end of a sentence that says when and on what something was measured."""
    day = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    place = f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    versions = [f"Python {platform.python_version()}", f"chatapp.cams {VERSION}"]
    versions += [f"{package} {version(package)}" for package in PACKAGES]
    return f"{day}, on {place}, with {', '.join(versions)}."


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or "unknown processor"
