# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: an append-only JSONL file with one line for each write before it is made and one after.

It remembers what the cloud cannot tell: when codes were requested, which codes were tried, how often a number was
registered, and which writes a killed run left open. It can only tighten what a plan allows. It never holds a code.

A line is in the file when the process dies. Lines are not flushed to the disk one by one: what a power cut takes away
loosens nothing, since a code is requested only in the run whose initiate succeeded, journal or not.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import CamsError, ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._code_markers import CodeMarkers
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Effect, Limits, Memory, Step
from ansible_collections.chatapp.cams.plugins.module_utils._private import UnsafePathError, open_private
from ansible_collections.chatapp.cams.plugins.module_utils._run import Run

VERSION = 1
INTENDED = "intended"

CODE_COOLDOWN_SECONDS = 15 * 60
CODES_A_DAY = 3
DAY_SECONDS = 24 * 60 * 60
MAX_REGISTERS = 5
REGISTER_SECONDS = 72 * 60 * 60
VERIFICATION_SECONDS = 14 * 24 * 60 * 60

# A code is one of a million, so its hash is made slow; after the ten minutes that a code lives it is worth nothing.
_HASH_ROUNDS = 20_000


class JournalError(CamsError):
    """The journal cannot be written, so the write that it would tell of is not made."""


@dataclass
class Entry:
    """One write: what was intended, and what became of it."""

    id: str
    at: float
    space: str
    number: str
    step: Step
    # None while the entry is open.
    effect: Effect | None = None
    tried: str = ""
    # Whether this entry, and none before it, has marked its number as sent a code.
    marked: bool = False

    @property
    def may_have_happened(self) -> bool:
        return self.effect in (None, Effect.UNKNOWN, Effect.DONE)


class Journal:
    """The journal of one run; without a path it remembers this run only. Safe for threads."""

    def __init__(
        self,
        path: Path | None,
        run: Run,
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
        self.problems: list[str] = []
        if path is not None and not read_only:
            self._descriptor = self._open(path)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def load(self) -> None:
        """Read what earlier runs and other processes wrote. To be called once the numbers are locked."""
        self._markers.load()
        if self._path is None or not self._path.exists():
            return
        try:
            text = self._path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise ConfigurationError(f"The journal {self._path} cannot be read: {error.strerror}.") from None
        for place, line in enumerate(text.splitlines(), start=1):
            if line:
                self._take_in(line, place)
        self._was_written = bool(self._entries)

    def intend(self, space: str, number: str, step: Step, code: str = "") -> Entry:
        """Write down a write before it is made. Raises when it cannot be written down."""
        entry = Entry(uuid.uuid4().hex[:16], self._clock(), space, number, step, tried=_hashed(code) if code else "")
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
        return any(
            entry.tried and entry.effect is not Effect.NOT_MADE and _is_hash_of(code, entry.tried)
            for entry in self._by_number.get(number, [])
        )

    def limits(self, number: str, code: str | None) -> Limits:
        """What the journal forbids for a number now."""
        return Limits(
            code_request=self._no_code_request(number),
            register=self._no_register(number),
            code_was_tried=bool(code) and self.was_tried(number, code or ""),
            unsure_code=self._unsure_code(number),
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
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace") + b"\n"
        with self._lock:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            try:
                _append_line(descriptor, text)
            except OSError as error:
                raise JournalError(f"The journal {self._path} cannot be written: {error.strerror}.") from None
            finally:
                fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _take_in(self, line: str, place: int) -> None:
        try:
            document = json.loads(line)
            version = document["v"]
            if isinstance(version, int) and version > VERSION:
                raise ConfigurationError(
                    f"The journal {self._path} was written by a newer version of chatapp.cams. Update the collection."
                )
            self._note(document)
        except (ValueError, KeyError, TypeError):
            self.problems.append(f"Line {place} of the journal {self._path} is damaged and was passed over.")

    def _note(self, document: dict[str, Any]) -> None:
        identity, outcome = str(document["entry"]), document["outcome"]
        known = self._entries.get(identity)
        if outcome == INTENDED:
            if known is None:
                at = datetime.fromisoformat(document["at"]).timestamp()
                step, tried = Step(document["step"]), str(document.get("tried", ""))
                self._remember(Entry(identity, at, document["space"], document["number"], step, tried=tried))
        elif known is not None:
            known.effect = Effect(outcome)

    def _remember(self, entry: Entry) -> None:
        with self._lock:
            self._entries[entry.id] = entry
            self._by_number.setdefault(entry.number, []).append(entry)


def _ends(effect: Effect | None) -> bool:
    """Whether a register with this effect ends what is remembered of a migration."""
    return effect in (Effect.DONE, Effect.EARLIER)


def _append_line(descriptor: int, text: bytes) -> None:
    """Append a whole line, on a line of its own even when the last writer was cut off."""
    end = os.fstat(descriptor).st_size
    if end and os.pread(descriptor, 1, end - 1) != b"\n":
        text = b"\n" + text
    if os.write(descriptor, text) < len(text):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _hashed(code: str) -> str:
    salt = secrets.token_hex(8)
    return f"{salt}:{_digest(code, salt)}"


def _is_hash_of(code: str, hashed: str) -> bool:
    salt, _colon, digest = hashed.partition(":")
    return hmac.compare_digest(_digest(code, salt), digest)


def _digest(code: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", code.encode(), salt.encode(), _HASH_ROUNDS).hex()


def _clock_time(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
