# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal in a file: append-only JSONL with one line before each write to the API and one line after it.

Lines are in the order in which they were written. The order corrects a clock that was ahead: an entry with a time in
the future was made before the next line of its number. Without such a line the entry counts as made when a run first
reads it. That run writes a line, so that later runs count from the same time.

A line is in the file even if the process is killed. Lines are not flushed to the disk one by one. A power cut can
remove lines, but that allows nothing new: a code is requested only in the run whose initiate succeeded.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Container, Sequence
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Memory, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import UNREADABLE, Entry, JournalError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.journal_lines import (
    INTENDED,
    DamagedLineError,
    JournalLine,
    MovedLineError,
    NewerLineError,
    append_line,
    line_of,
    numbered_lines,
    numbers_of_unreadable_codes,
    open_for_reading,
    read_line,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.markers import MarkedNumbers, Markers
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.limits import (
    clock_time,
    ends_migration,
    has_unreadable_code,
    is_needed_after,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._system.file_lock import (
    LOCK_SECONDS,
    FileLockedError,
    locked,
)
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import UnsafePathError, open_private

# A message lists at most this many lines or numbers.
_MAX_LISTED = 5


class FileJournal(Journal):
    """The journal of one run in a file. Without a path it remembers this run only."""

    def __init__(
        self,
        path: Path | None,
        run: RunIdentity,
        *,
        markers: Markers | None = None,
        read_only: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(clock)
        self._path = path
        self._markers = markers or Markers(None, "")
        self._run = run
        self._file_lock = threading.Lock()
        self._descriptor: int | None = None
        # How long to wait for the lock of the file. After a wait without success, later writes do not wait.
        self._lock_seconds = LOCK_SECONDS
        # By number: the entries whose time is in the future, and the latest time that is not.
        self._ahead: dict[str, list[Entry]] = {}
        self._latest: dict[str, float] = {}
        if path is not None and not read_only:
            self._descriptor = _open_journal(path)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def load(self, numbers: Container[str] | None = None) -> None:
        """Read the lines of these numbers, or of all. Call this after the numbers are locked.

        The file is read line by line, and entries of other numbers are not kept.
        """
        self._markers.load()
        if self._path is None:
            return
        damaged: list[int] = []
        try:
            with open_for_reading(self._path) as file:
                for place, line in numbered_lines(file):
                    self._load_line(line, place, numbers, damaged)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ConfigurationError(
                f"Could not read the journal {self._path}: {error.strerror}. Correct the path, or let this user"
                " read the file."
            ) from None
        self._report_damage(damaged)
        self._date_future_entries()

    def check(self, entry: Entry) -> None:
        """Do nothing: as long as this process lives, no other run of this machine can lock the number."""

    def note_under_way(self, space: str, number: str) -> None:
        if self._markers.under_way.has(number):
            return
        try:
            self._markers.under_way.add(number)
        except (UnsafePathError, OSError) as error:
            self.problems.append(f"Could not save that {number} is being migrated: {error}")

    def _known(self, number: str) -> Memory:
        return Memory(
            exists=self._was_written,
            seen_under_way=self._markers.under_way.has(number),
            code_requested=self._markers.code_requested.has(number),
        )

    def _save_intent(self, entry: Entry) -> None:
        self._append(entry, INTENDED, {"tried": entry.tried})
        if entry.step is Step.REQUEST_CODE:
            self._mark(entry)

    def _save_effect(self, entry: Entry, effect: Effect, request_id: str, error_code: str) -> None:
        if ends_migration(entry.step, effect):
            self._unmark(entry.number, self._markers.under_way)
        if (entry.marked and not entry.may_have_happened) or ends_migration(entry.step, effect):
            self._unmark(entry.number, self._markers.code_requested)
        self._append(entry, effect.value, {"request_id": request_id, "error": error_code})

    # --- markers ---

    def _mark(self, entry: Entry) -> None:
        entry.marked = not self._markers.code_requested.has(entry.number)
        try:
            self._markers.code_requested.add(entry.number)
        except (UnsafePathError, OSError) as error:
            self.conclude(entry, Effect.NOT_MADE)
            raise JournalError(f"Could not save that a code is requested for {entry.number}: {error}") from None

    def _unmark(self, number: str, markers: MarkedNumbers) -> None:
        try:
            markers.remove(number)
        except OSError as error:
            self.problems.append(f"Could not remove a marker of {number}: {error.strerror}.")

    # --- write lines ---

    def _append(self, entry: Entry, outcome: str, details: dict[str, str]) -> None:
        descriptor = self._descriptor
        if descriptor is None:
            return
        at = datetime.fromtimestamp(self._clock(), timezone.utc)
        line = line_of(at, self._run, entry, outcome, details)
        with self._file_lock:
            try:
                with locked(descriptor, Path(str(self._path)), self._lock_seconds):
                    append_line(descriptor, line)
            except FileLockedError as error:
                self._lock_seconds = 0
                raise JournalError(f"The journal cannot be written. {error}") from None
            except OSError as error:
                raise JournalError(
                    f"The journal {self._path} cannot be written: {error.strerror}. Free some space, or name another"
                    " file, and run again."
                ) from None
            self._lock_seconds = LOCK_SECONDS

    # --- read lines ---

    def _load_line(self, line: bytes, place: int, numbers: Container[str] | None, damaged: list[int]) -> None:
        try:
            written = read_line(line, numbers)
        except NewerLineError:
            raise ConfigurationError(
                f"The journal {self._path} was written by a newer version of chatapp.cams. Update the collection."
            ) from None
        except MovedLineError as moved:
            raise ConfigurationError(
                f"The journal {self._path} was moved to the store {moved}. Name that store in cams_store, or in store"
                " or CAMS_STORE, and run again."
            ) from None
        except DamagedLineError:
            damaged.append(place)
            for number in numbers_of_unreadable_codes(line, numbers):
                lost = Entry(f"line {place}", 0, "", number, Step.VERIFY, Effect.UNKNOWN, tried=UNREADABLE)
                self._remember(lost)
            return
        self._was_written = True
        if written is not None:
            self._load_entry(written)

    def _load_entry(self, line: JournalLine) -> None:
        at = line.at.timestamp()
        self._date_by_order(line.number, at)
        known = self._entries.get(line.entry)
        if line.effect is None:
            if known is None:
                entry = Entry(line.entry, at, line.space, line.number, line.step, tried=line.tried)
                self._remember(entry)
                if at > self._clock():
                    self._ahead.setdefault(line.number, []).append(entry)
        elif known is not None:
            known.effect = line.effect
            if ends_migration(known.step, known.effect):
                self._forget_before(known)

    def _date_by_order(self, number: str, at: float) -> None:
        """Give earlier entries whose time is in the future the time of this line, if its time is not."""
        if at > self._clock():
            return
        self._latest[number] = max(at, self._latest.get(number, at))
        for entry in self._ahead.pop(number, ()):
            entry.at = self._latest[number]

    def _date_future_entries(self) -> None:
        """Count entries that are still in the future as made now, and write that to the journal."""
        ahead = [entry for entries in self._ahead.values() for entry in entries]
        self._ahead = {}
        if not ahead:
            return
        now = self._clock()
        count = f"{len(ahead)} entries with times" if len(ahead) > 1 else "an entry with a time"
        self.problems.append(
            f"The journal {self._path} has {count} in the future, from a clock that ran ahead."
            f" This run counts them as made at {clock_time(now)}."
        )
        for entry in ahead:
            entry.at = now
            if entry.effect is not None:
                self.conclude(entry, entry.effect)

    def _forget_before(self, end: Entry) -> None:
        """Forget the entries that no limit needs after ``end`` registered their number."""
        entries = self._by_number[end.number]
        self._by_number[end.number] = [entry for entry in entries if is_needed_after(entry, end)]
        for entry in entries:
            if not is_needed_after(entry, end):
                del self._entries[entry.id]

    def _report_damage(self, places: Sequence[int]) -> None:
        if places:
            lines = "a damaged line" if len(places) == 1 else f"{len(places)} damaged lines"
            self.problems.append(
                f"The journal {self._path} has {lines} ({_listed(places)}). Damaged lines are skipped."
            )
        unreadable = [number for number, entries in self._by_number.items() if has_unreadable_code(entries)]
        if unreadable:
            self.problems.append(
                f"The journal {self._path} does not show any more which code was tried for {_listed(unreadable)}."
                " Any code counts as used until another code is requested."
            )


def _open_journal(path: Path) -> int:
    try:
        return open_private(path, os.O_RDWR | os.O_APPEND)
    except UnsafePathError as error:
        raise ConfigurationError(f"The journal cannot be written. {error}") from None


def _listed(things: Sequence[object]) -> str:
    more = f" and {len(things) - _MAX_LISTED} more" if len(things) > _MAX_LISTED else ""
    return ", ".join(map(str, things[:_MAX_LISTED])) + more
