# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings in a contact file, which the playbook first_contact writes: how the real service behaved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .settings import Settings

KEY = "simulator"


def read_contact(path: Path | None) -> dict[str, Any]:
    """Return the settings in a contact file. A ValueError says what is wrong with the file."""
    if path is None:
        return {}
    try:
        document = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise ValueError(f"{path} does not contain JSON.") from None
    settings = document.get(KEY) if isinstance(document, dict) else None
    if not isinstance(settings, dict):
        raise ValueError(f"{path} is not a contact file: it has no {KEY!r} with settings.")
    try:
        Settings().with_changes(settings)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return settings
