# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Move what the files of a machine remember into the store. An import can be repeated, and only adds memory."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import UNREADABLE
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.journal_lines import (
    DamagedLineError,
    JournalLine,
    MovedLineError,
    NewerLineError,
    append_line,
    is_moved,
    line_of_move,
    numbered_lines,
    numbers_of_unreadable_codes,
    open_for_reading,
    read_line,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.markers import Markers
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.administration import administering
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import describe
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._system.file_lock import FileLockedError, locked
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import UnsafePathError, open_private

if TYPE_CHECKING:
    from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import Connection

_FIND_RUN = "SELECT id FROM run WHERE account = %s AND name = %s AND user_name = %s AND host = %s LIMIT 1"
_ADD_RUN = """
    INSERT INTO run (account, name, user_name, host, lease_seconds, started_at, beat_at, ended_at)
    VALUES (%s, %s, %s, %s, 0, %s, %s, %s) RETURNING id
"""
# Negative generations are those of imported entries, so they never count as the code request of a later initiate.
_ADD_ENTRY = """
    INSERT INTO entry (id, account, number, space, run, fence, generation, step, state, tried, at, concluded_at,
        request_id, error)
    SELECT %(id)s, %(account)s, %(number)s, %(space)s, %(run)s, 0,
        (SELECT least(min(generation), 0) - 1 FROM entry WHERE account = %(account)s AND number = %(number)s),
        %(step)s, %(state)s, %(tried)s, least(%(at)s, now()), least(%(at)s, now()), %(request_id)s, %(error)s
    ON CONFLICT (id) DO NOTHING RETURNING 1
"""
_KNOWN_STEP = """
    SELECT 1 FROM entry WHERE account = %(account)s AND number = %(number)s AND step = %(step)s AND at > coalesce(
        (SELECT max(at) FROM entry WHERE account = %(account)s AND number = %(number)s AND step = 'register'
            AND state IN ('done', 'done_earlier')), '-infinity')
"""


@dataclass(frozen=True)
class OldEntry:
    """One entry of a file, with its effect. An entry without an effect is not known to have had one."""

    line: JournalLine
    state: str

    @property
    def run(self) -> tuple[str, str, str]:
        return self.line.run, self.line.user, self.line.host


def import_journal(url: str, account: str, path: Path, *, check_mode: bool) -> int:
    """Add the entries of a journal, and mark the file as moved. Return how many entries were new."""
    with administering(url) as connection, connection.transaction(force_rollback=check_mode):
        added = _add(connection, account, list(_entries_of_journal(path)))
    if not check_mode and not is_moved(path):
        _mark_as_moved(path, describe(url))
    return added


def import_markers(url: str, account: str, state: Path, *, check_mode: bool) -> int:
    """Add what the markers of this machine know about numbers. Return how many entries were new."""
    with administering(url) as connection, connection.transaction(force_rollback=check_mode):
        entries = _entries_of_markers(account, state)
        return _add(connection, account, [entry for entry in entries if _is_new(connection, account, entry.line)])


def _is_new(connection: Connection, account: str, line: JournalLine) -> bool:
    """Return whether the store has no such step of the number since it was last registered."""
    values = {"account": account, "number": line.number, "step": line.step.value}
    return connection.execute(_KNOWN_STEP, values).fetchone() is None


def _add(connection: Connection, account: str, entries: list[OldEntry]) -> int:
    runs: dict[tuple[str, str, str], int] = {}
    added = 0
    for entry in entries:
        line = entry.line
        if entry.run not in runs:
            found = connection.execute(_FIND_RUN, (account, *entry.run)).fetchone()
            times = (line.at, line.at, line.at)
            found = found or connection.execute(_ADD_RUN, (account, *entry.run, *times)).fetchone()
            runs[entry.run] = int(found[0]) if found else 0
        values = {
            **line._asdict(),
            "id": line.entry,
            "account": account,
            "run": runs[entry.run],
            "step": line.step.value,
            "state": entry.state,
        }
        added += len(connection.execute(_ADD_ENTRY, values).fetchall())
    return added


# --- journals ---


def _entries_of_journal(path: Path) -> Iterator[OldEntry]:
    """Yield the entries of a journal in their order."""
    entries: dict[str, OldEntry] = {}
    try:
        with open_for_reading(path) as file:
            for place, text in numbered_lines(file):
                for line in _lines_of(text, path, place):
                    known = entries.get(line.entry)
                    if known is None:
                        entries[line.entry] = OldEntry(line, Effect.UNKNOWN.value)
                    elif line.effect is not None:
                        answered = known.line._replace(request_id=line.request_id, error=line.error)
                        entries[line.entry] = OldEntry(answered, line.effect.value)
    except OSError as error:
        raise ConfigurationError(f"Could not read the journal {path}: {error.strerror or error}.") from None
    yield from entries.values()


def _lines_of(text: bytes, path: Path, place: int) -> Iterator[JournalLine]:
    """Yield the line, or what a damaged line may have said about codes that were tried."""
    try:
        line = read_line(text, None)
    except MovedLineError:
        return
    except NewerLineError:
        raise ConfigurationError(
            f"The journal {path} was written by a newer version of chatapp.cams. Update the collection."
        ) from None
    except DamagedLineError:
        now = datetime.now(timezone.utc)
        for number in sorted(numbers_of_unreadable_codes(text, None)):
            name = hashlib.sha256(f"{place} {number}".encode() + text).hexdigest()[:16]
            yield JournalLine(now, "", "", "", "", number, Step.VERIFY, name, None, UNREADABLE, "", "")
        return
    if line is not None:
        yield line


def _mark_as_moved(path: Path, store: str) -> None:
    """Add a line that lets runs without the store refuse this journal."""
    try:
        descriptor = open_private(path, os.O_RDWR | os.O_APPEND)
        try:
            with locked(descriptor, path):
                append_line(descriptor, line_of_move(datetime.now(timezone.utc), store))
        finally:
            os.close(descriptor)
    except (UnsafePathError, OSError, FileLockedError) as error:
        raise ConfigurationError(
            f"The journal {path} was imported, but could not be marked as moved: {error} Remove the file, so that no"
            " run without the store uses it."
        ) from None


# --- markers ---


def _entries_of_markers(account: str, state: Path) -> Iterator[OldEntry]:
    markers, identity = Markers(state, account), RunIdentity("imported")
    markers.load()
    now = datetime.now(timezone.utc)
    kinds = (
        (markers.under_way, Step.INITIATE, Effect.EARLIER),
        (markers.code_requested, Step.REQUEST_CODE, Effect.UNKNOWN),
    )
    for marked, step, effect in kinds:
        for number in sorted(marked.numbers):
            at = marked.marked_at(number) or now
            name = hashlib.sha256(f"{account} {identity.host} {step.value} {number} {at}".encode()).hexdigest()[:16]
            line = JournalLine(at, identity.id, identity.user, identity.host, "", number, step, name, None, "", "", "")
            yield OldEntry(line, effect.value)
