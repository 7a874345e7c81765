# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prepare a store: its tables, the journals that move into it, and who works with it now.

In check mode nothing is written. The tables may then not exist yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Prepared:
    """The tables after they were prepared."""

    schema_version: int
    changed: bool


@dataclass(frozen=True)
class WorkingRun:
    """A run that works on numbers now. The times are in ISO 8601."""

    run: str
    user: str
    host: str
    started_at: str
    last_seen: str
    numbers: list[str]


def prepare(url: str, *, check_mode: bool) -> Prepared:
    """Create the tables, or migrate them to the version of this collection."""
    raise NotImplementedError


def import_journal(url: str, account: str, path: Path, *, check_mode: bool) -> int:
    """Import a journal file and mark it as moved. Return the number of new entries."""
    raise NotImplementedError


def set_no_codes_before(url: str, account: str, moment: datetime | None, *, check_mode: bool) -> bool:
    """Set or remove the moment before which only resend requests codes. Return whether this changes it."""
    raise NotImplementedError


def running(url: str, account: str) -> list[WorkingRun]:
    """Return the runs that work on numbers of the account now."""
    raise NotImplementedError
