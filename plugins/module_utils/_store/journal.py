# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: an entry for the intent of each write to the API, saved before the write, and its effect, saved after.

The journal remembers what the API does not show: when codes were requested, which codes were tried, how often a number
was registered, and which writes a killed run left open. It can only make a plan more careful. It never contains a code.

A store saves the entries: in a file of this machine, or in a database that several machines share.
"""

from __future__ import annotations

import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import replace

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Limits, Memory, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import Entry, JournalError
from ansible_collections.chatapp.cams.plugins.module_utils._store.limits import (
    limits_from_entries,
    was_tried,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.tried_codes import hash_of


class Journal(ABC):
    """The journal of one run, with the entries of its numbers in memory. Safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._by_number: dict[str, list[Entry]] = {}
        # Whether an earlier run has saved entries.
        self._was_written = False
        self.problems: list[str] = []
        # Why the store cannot be used any more, in a sentence. Then the run must stop.
        self.why_lost = ""

    @abstractmethod
    def load(self, numbers: Collection[str]) -> None:
        """Read the entries of these numbers. Call this after the numbers are locked."""

    def intend(self, space: str, number: str, step: Step, code: str = "", *, resend: bool = False) -> Entry:
        """Save the intent of a write before the write is made. Raises JournalError if that fails.

        ``resend`` says that an operator asked for another code.
        """
        tried = hash_of(code) if code else ""
        entry = Entry(uuid.uuid4().hex[:16], self._clock(), space, number, step, tried=tried, resend=resend)
        self._save_intent(entry)
        self._remember(entry)
        return entry

    @abstractmethod
    def check(self, entry: Entry) -> None:
        """Check, directly before a request leaves again, that this run may still make it. Raises JournalError."""

    def conclude(self, entry: Entry, effect: Effect, request_id: str = "", error_code: str = "") -> None:
        """Save the effect of a write. The write was made, so a failure here is a problem to report, not an error."""
        entry.effect = effect
        try:
            self._save_effect(entry, effect, request_id, error_code)
        except JournalError as error:
            missing = f"The line that {entry.step.value} of {entry.number} was {effect.value} is missing."
            self.problems.append(f"{error.message} {missing}")

    def note_connected(self, space: str, number: str) -> None:
        """Remember that a migrating number is connected now, so that a later migration starts anew."""
        self.conclude(self.intend(space, number, Step.REGISTER), Effect.EARLIER)

    @abstractmethod
    def note_under_way(self, space: str, number: str) -> None:
        """Remember that the migration of a number was seen under way, so that no run starts it again by itself."""

    def refuse_code(self, space: str, number: str, code: str) -> None:
        """Remember a code that must never be submitted. The code is not submitted here either."""
        if not self.was_tried(number, code):
            self.conclude(self.intend(space, number, Step.VERIFY, code), Effect.REFUSED)

    def open_entries(self, number: str) -> list[Entry]:
        """Return the writes of runs that were killed before they knew the effect."""
        return [entry for entry in self._by_number.get(number, []) if entry.effect is None]

    def was_tried(self, number: str, code: str) -> bool:
        return was_tried(self._by_number.get(number, []), code)

    def limits(self, number: str, code: str | None) -> Limits:
        """Return what the store forbids for a number now."""
        limits = limits_from_entries(self._by_number.get(number, []), self._clock(), code, self._known(number))
        return replace(limits, code_needs_resend=self._why_code_needs_resend(number))

    def _known(self, number: str) -> Memory:
        """Return what is remembered of a number besides its entries."""
        return Memory(exists=self._was_written)

    def _why_code_needs_resend(self, number: str) -> str:
        """Return why the store cannot be sure that it knows every code request, in a sentence; else empty."""
        return ""

    @abstractmethod
    def _save_intent(self, entry: Entry) -> None:
        """Save an entry whose effect is not known yet. Raises JournalError."""

    @abstractmethod
    def _save_effect(self, entry: Entry, effect: Effect, request_id: str, error_code: str) -> None:
        """Save the effect of an entry. Raises JournalError."""

    def _remember(self, entry: Entry) -> None:
        with self._lock:
            self._entries[entry.id] = entry
            self._by_number.setdefault(entry.number, []).append(entry)
