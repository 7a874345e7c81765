# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: an append-only JSONL file with one line for each write before it is made and one after.

It remembers what the cloud cannot tell: when codes were requested, which codes were tried, how often a number was
registered, and which writes a killed run left open. It can only tighten what a plan allows. It never holds a code.

Lines stand in the order in which they were written, which also shows what no clock shows: an entry with a time in the
future, from a clock that ran ahead, was made before the next line of its number. Without such a line it counts as made
when a run first reads it, and that run writes a line, so that later runs count from the same time.

A line is in the file when the process dies. Lines are not flushed to the disk one by one: what a power cut takes away
loosens nothing, since a code is requested only in the run whose initiate succeeded, journal or not.
"""

from __future__ import annotations

import errno
import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Container, Sequence
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Limits, Memory, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.code_markers import CodeMarkers
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import UNREADABLE, Entry, JournalError
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal_lines import (
    INTENDED,
    VERSION,
    DamagedLineError,
    JournalLine,
    NewerLineError,
    numbered_lines,
    numbers_of_unreadable_codes,
    open_for_reading,
    read_line,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._store.tried_codes import HASHED, hash_of, is_hash_of
from ansible_collections.chatapp.cams.plugins.module_utils._system.file_lock import (
    LOCK_SECONDS,
    FileLockedError,
    locked,
)
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import UnsafePathError, open_private

CODE_COOLDOWN_SECONDS = 15 * 60
CODES_A_DAY = 3
DAY_SECONDS = 24 * 60 * 60
MAX_REGISTERS = 5
REGISTER_SECONDS = 72 * 60 * 60
VERIFICATION_SECONDS = 14 * 24 * 60 * 60

# So many damaged lines, or numbers, are named.
_NAMED = 5


class Journal:
    """The journal of one run; without a path it remembers this run only. Safe for threads."""

    def __init__(
        self,
        path: Path | None,
        run: RunIdentity,
        *,
        markers: CodeMarkers | None = None,
        read_only: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._markers = markers or CodeMarkers(None, "")
        self._run = run
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._by_number: dict[str, list[Entry]] = {}
        self._descriptor: int | None = None
        self._was_written = False
        # How long the lock of the file is waited for. Who has waited in vain once waits no more.
        self._patience = LOCK_SECONDS
        # Entries with a time in the future, by their numbers, and the last time that can be right of each number.
        self._ahead: dict[str, list[Entry]] = {}
        self._latest: dict[str, float] = {}
        self.problems: list[str] = []
        if path is not None and not read_only:
            self._descriptor = self._open(path)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def load(self, numbers: Container[str] | None = None) -> None:
        """Read what earlier runs and other processes wrote of these numbers, or of all. To be called under their locks.

        The file is read as a stream, and of other numbers nothing is kept.
        """
        self._markers.load()
        if self._path is None:
            return
        damaged: list[int] = []
        try:
            with open_for_reading(self._path) as file:
                for place, line in numbered_lines(file):
                    self._take_in(line, place, numbers, damaged)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ConfigurationError(f"Could not read the journal {self._path}: {error.strerror}.") from None
        self._tell_of_damage(damaged)
        self._settle_times()

    def intend(self, space: str, number: str, step: Step, code: str = "") -> Entry:
        """Write down a write before it is made. Raises when it cannot be written down."""
        entry = Entry(uuid.uuid4().hex[:16], self._clock(), space, number, step, tried=hash_of(code) if code else "")
        self._append(entry, INTENDED, {"tried": entry.tried} if code else {})
        if step is Step.REQUEST_CODE:
            self._mark(entry)
        self._remember(entry)
        return entry

    def conclude(self, entry: Entry, effect: Effect, request_id: str = "", error_code: str = "") -> None:
        """Write down what became of a write. It was made, so a journal that is full by now is reported, not raised."""
        entry.effect = effect
        if (entry.marked and not entry.may_have_happened) or (entry.step is Step.REGISTER and _ends(effect)):
            self._unmark(entry)
        try:
            self._append(entry, effect.value, {"request_id": request_id, "error": error_code})
        except JournalError as error:
            missing = f"The line that {entry.step.value} of {entry.number} was {effect.value} is missing."
            self.problems.append(f"{error.message} {missing}")

    def note_connected(self, space: str, number: str) -> None:
        """Remember that a number that was under way is connected, so that a later migration of it starts anew."""
        self.conclude(self.intend(space, number, Step.REGISTER), Effect.EARLIER)

    def refuse_code(self, space: str, number: str, code: str) -> None:
        """Remember a code that must never be handed in, without handing it in."""
        if not self.was_tried(number, code):
            self.conclude(self.intend(space, number, Step.VERIFY, code), Effect.REFUSED)

    def open_entries(self, number: str) -> list[Entry]:
        """Writes of runs that died before they knew what became of them."""
        return [entry for entry in self._by_number.get(number, []) if entry.effect is None]

    def was_tried(self, number: str, code: str) -> bool:
        return self._may_have_tried_any(number) or any(
            is_hash_of(code, entry.tried) for entry in self._by_number.get(number, []) if entry.was_tried
        )

    def _may_have_tried_any(self, number: str) -> bool:
        """Whether a note of a tried code is damaged, and no other code has been requested since."""
        for entry in reversed(self._by_number.get(number, [])):
            if entry.step is Step.REQUEST_CODE and entry.may_have_happened:
                return False
            if entry.was_tried and not HASHED.fullmatch(entry.tried):
                return True
        return False

    def limits(self, number: str, code: str | None) -> Limits:
        """What the journal forbids for a number now."""
        return Limits(
            code_request=self._no_code_request(number),
            register=self._no_register(number),
            code_was_tried=bool(code) and self.was_tried(number, code or ""),
            unsure_code_request=self._unsure_code(number),
            memory=self._memory(number),
        )

    def _memory(self, number: str) -> Memory:
        """What is known of a number since it was last registered."""
        entries: list[Entry] = []
        for entry in self._by_number.get(number, []):
            entries = [] if entry.step is Step.REGISTER and _ends(entry.effect) else [*entries, entry]
        initiates = [place for place, e in enumerate(entries) if e.step is Step.INITIATE and e.effect is Effect.DONE]
        since = self._clock() - VERIFICATION_SECONDS
        return Memory(
            exists=self._was_written,
            initiated=bool(initiates),
            code_requested=self._markers.has(number)
            or any(entry.step is Step.REQUEST_CODE and entry.may_have_happened for entry in entries),
            verified=any(
                entry.step is Step.VERIFY and entry.effect is Effect.DONE and entry.at > since
                for entry in entries[max(initiates, default=0) :]
            ),
        )

    def _no_code_request(self, number: str) -> str:
        now = self._clock()
        times = self._times(number, Step.REQUEST_CODE, now - DAY_SECONDS)
        if times and now - times[-1] < CODE_COOLDOWN_SECONDS:
            until = _clock_time(times[-1] + CODE_COOLDOWN_SECONDS)
            asked = f"A code was requested at {_clock_time(times[-1])}."
            return f"{asked} Hand it in when it arrives; no other is requested before {until}."
        if len(times) >= CODES_A_DAY:
            until = _clock_time(times[-CODES_A_DAY] + DAY_SECONDS)
            return f"{len(times)} codes were requested within a day. No other is requested before {until}."
        return ""

    def _unsure_code(self, number: str) -> str:
        requests = [entry for entry in self._by_number.get(number, []) if entry.step is Step.REQUEST_CODE]
        if requests and requests[-1].effect in (None, Effect.UNKNOWN):
            return f"Whether the code that was requested at {_clock_time(requests[-1].at)} was sent is not known."
        return ""

    def _no_register(self, number: str) -> str:
        times = self._times(number, Step.REGISTER, self._clock() - REGISTER_SECONDS)
        if len(times) < MAX_REGISTERS:
            return ""
        until = _clock_time(times[-MAX_REGISTERS] + REGISTER_SECONDS)
        tried = f"It was registered {len(times)} times within 72 hours and did not connect."
        return f"{tried} Ask support; it is not registered again before {until}."

    def _times(self, number: str, step: Step, since: float) -> list[float]:
        now = self._clock()
        entries = self._by_number.get(number, [])
        # A time in the future was written by a clock that has been set back since.
        return sorted(min(e.at, now) for e in entries if e.step is step and e.may_have_happened and e.at > since)

    def _mark(self, entry: Entry) -> None:
        entry.marked = not self._markers.has(entry.number)
        try:
            self._markers.add(entry.number)
        except (UnsafePathError, OSError) as error:
            self.conclude(entry, Effect.NOT_MADE)
            raise JournalError(f"Could not note that {entry.number} is sent a code: {error}") from None

    def _unmark(self, entry: Entry) -> None:
        try:
            self._markers.remove(entry.number)
        except OSError as error:
            self.problems.append(f"Could not remove the note that {entry.number} was sent a code: {error.strerror}.")

    # --- the file ---

    def _open(self, path: Path) -> int:
        try:
            return open_private(path, os.O_RDWR | os.O_APPEND)
        except UnsafePathError as error:
            raise ConfigurationError(f"The journal cannot be written. {error}") from None

    # --- write lines

    def _append(self, entry: Entry, outcome: str, details: dict[str, str]) -> None:
        descriptor = self._descriptor
        if descriptor is None:
            return
        line = {
            "v": VERSION,
            "at": datetime.fromtimestamp(self._clock(), timezone.utc).isoformat(timespec="milliseconds"),
            "run": self._run.id,
            "user": self._run.user,
            "host": self._run.host,
            "space": entry.space,
            "number": entry.number,
            "step": entry.step.value,
            "entry": entry.id,
            "outcome": outcome,
            **{name: value for name, value in details.items() if value},
        }
        # Half a character, which only damage or a hostile answer contains, is written as an escape of JSON.
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace") + b"\n"
        with self._lock:
            try:
                with locked(descriptor, Path(str(self._path)), self._patience):
                    _append_line(descriptor, text)
            except FileLockedError as error:
                self._patience = 0
                raise JournalError(f"The journal cannot be written. {error}") from None
            except OSError as error:
                raise JournalError(f"The journal {self._path} cannot be written: {error.strerror}.") from None
            self._patience = LOCK_SECONDS

    # --- read lines

    def _take_in(self, line: bytes, place: int, numbers: Container[str] | None, damaged: list[int]) -> None:
        try:
            written = read_line(line, numbers)
        except NewerLineError:
            raise ConfigurationError(
                f"The journal {self._path} was written by a newer version of chatapp.cams. Update the collection."
            ) from None
        except DamagedLineError:
            damaged.append(place)
            for number in numbers_of_unreadable_codes(line, numbers):
                lost = Entry(f"line {place}", 0, "", number, Step.VERIFY, Effect.UNKNOWN, tried=UNREADABLE)
                self._remember(lost)
            return
        self._was_written = True
        if written is not None:
            self._note(written)

    def _note(self, line: JournalLine) -> None:
        at = line.at.timestamp()
        self._judge_by_order(line.number, at)
        known = self._entries.get(line.entry)
        if line.effect is None:
            if known is None:
                entry = Entry(line.entry, at, line.space, line.number, line.step, tried=line.tried)
                self._remember(entry)
                if at > self._clock():
                    self._ahead.setdefault(line.number, []).append(entry)
        elif known is not None:
            known.effect = line.effect
            if known.step is Step.REGISTER and _ends(known.effect):
                self._forget_ended(known)

    def _judge_by_order(self, number: str, at: float) -> None:
        """A line with a time that can be right dates the entries before it whose time is in the future."""
        if at > self._clock():
            return
        self._latest[number] = max(at, self._latest.get(number, at))
        for entry in self._ahead.pop(number, ()):
            entry.at = self._latest[number]

    def _settle_times(self) -> None:
        """Count entries that are still in the future as made now, and write that down."""
        ahead = [entry for entries in self._ahead.values() for entry in entries]
        self._ahead = {}
        if not ahead:
            return
        now = self._clock()
        count = f"{len(ahead)} entries with times" if len(ahead) > 1 else "an entry with a time"
        self.problems.append(
            f"The journal {self._path} has {count} in the future, from a clock that ran ahead."
            f" This run counts them as made at {_clock_time(now)}."
        )
        for entry in ahead:
            entry.at = now
            if entry.effect is not None:
                self.conclude(entry, entry.effect)

    def _forget_ended(self, end: Entry) -> None:
        """Forget what no limit needs once a number is registered: all but counted sends, codes and open entries."""

        def is_needed(entry: Entry) -> bool:
            if entry.effect is None or entry.tried or entry is end:
                return True
            kept = {Step.REQUEST_CODE: DAY_SECONDS, Step.REGISTER: REGISTER_SECONDS}.get(entry.step, 0)
            return entry.at > end.at - kept

        entries = self._by_number[end.number]
        self._by_number[end.number] = [entry for entry in entries if is_needed(entry)]
        for entry in entries:
            if not is_needed(entry):
                del self._entries[entry.id]

    def _tell_of_damage(self, places: Sequence[int]) -> None:
        if places:
            lines = "a damaged line" if len(places) == 1 else f"{len(places)} damaged lines"
            self.problems.append(f"The journal {self._path} has {lines} ({_first(places)}). Damaged lines are skipped.")
        unreadable = [number for number in self._by_number if self._may_have_tried_any(number)]
        if unreadable:
            self.problems.append(
                f"The journal {self._path} does not show any more which code was tried for {_first(unreadable)}."
                " Any code counts as used until another code is requested."
            )

    def _remember(self, entry: Entry) -> None:
        with self._lock:
            self._entries[entry.id] = entry
            self._by_number.setdefault(entry.number, []).append(entry)


def _ends(effect: Effect | None) -> bool:
    """Whether a register with this effect ends what is remembered of a migration."""
    return effect in (Effect.DONE, Effect.EARLIER)


def _append_line(descriptor: int, text: bytes) -> None:
    """Append a whole line, on a line of its own even when the last writer was cut off, or nothing."""
    end = os.fstat(descriptor).st_size
    if end and os.pread(descriptor, 1, end - 1) != b"\n":
        text = b"\n" + text
    if os.write(descriptor, text) < len(text):
        # The write that the line is about will not be made, so no half of the line may speak of it.
        os.ftruncate(descriptor, end)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _first(things: Sequence[object]) -> str:
    more = f" and {len(things) - _NAMED} more" if len(things) > _NAMED else ""
    return ", ".join(map(str, things[:_NAMED])) + more


def _clock_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
