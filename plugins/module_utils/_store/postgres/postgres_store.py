# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store in PostgreSQL."""

from __future__ import annotations

from pathlib import Path


class PostgresStore:
    def __init__(self, url: str, journal: Path | None) -> None:
        raise NotImplementedError
