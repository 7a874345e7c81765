# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learn from a control number how the service refuses a number that it does not know.

The documents of the API do not describe this refusal. Another refusal, for example a fault or a missing permission,
must not make an initiated number look absent. So a refusal counts only if the service also refuses a number that
nobody can have (the control number) in the same way, before and after an initiate that the next read confirms.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Collection, Container, Iterator
from typing import Protocol

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import (
    Refusal,
    StatusResponse,
    read_verification,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import VerificationReading

# The United Kingdom reserves +44 7700 900000 to 900999 for films and books, so nobody has such a number.
CONTROL_NUMBERS = tuple(f"+447700900{ending:03}" for ending in (*range(461, 1000), *range(461)))
# Seconds to wait between reads that contradict each other.
PAUSES = (0.5, 1.0)
# Wait at most this many seconds for the first new number of an account.
LONGEST_LESSON = 5.0


class RefusalMemory(Protocol):
    """Saves the refusals that are known to mean an unknown number."""

    @property
    def is_empty(self) -> bool:
        """Whether no refusal is known to mean an unknown number."""

    def has(self, refusal: Refusal) -> bool:
        """Return whether this refusal is known to mean an unknown number."""

    def learn(self, refusal: Refusal) -> None:
        """Save that this refusal means an unknown number."""


class Lesson:
    """Lets one new number go ahead, from which the run learns the refusal, while the others wait. Safe for threads.

    Without that, the reads that confirm the refusal would wait for their turn behind the first read of each number.
    """

    def __init__(self, is_needed: bool) -> None:
        self._lock = threading.Lock()
        self._has_teacher = False
        self._is_over = threading.Event()
        if not is_needed:
            self.end()

    def end(self) -> None:
        self._is_over.set()

    @contextlib.contextmanager
    def in_turn(self) -> Iterator[None]:
        """Execute the block at once for the first number, and for the others when the lesson is over."""
        with self._lock:
            is_teacher, self._has_teacher = not self._has_teacher, True
        if not is_teacher:
            self._is_over.wait(LONGEST_LESSON)
            # The teacher may hang. Nobody waits for it twice.
            self.end()
        try:
            yield
        finally:
            self.end()


class UnknownNumbers:
    """The knowledge of one run about refusals. Safe for threads."""

    def __init__(
        self,
        client: Client,
        learnt: RefusalMemory,
        declared: Container[str],
        *,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._client = client
        self._learnt = learnt
        self._declared = declared
        self._sleep = sleep or client.pause
        self._lock = threading.Lock()
        self._controls: dict[str, StatusResponse] = {}
        self.lesson = Lesson(is_needed=learnt.is_empty)
        # One thread at a time confirms a refusal: it has this lock from the first read until after its initiate.
        self.confirmation_lock = threading.Lock()
        # Why no other number may be initiated after an unconfirmed refusal. Empty if that is still allowed.
        self.why_not_confirmed = ""

    def reading_of_response(self, response: StatusResponse) -> VerificationReading:
        """Return what a response shows. A refusal that was never learnt is not compared with a control number here."""
        if response.refusal is None:
            return response.reading
        return (
            VerificationReading.NO_SUCH_NUMBER
            if self._learnt.has(response.refusal)
            else VerificationReading.LIKE_NO_SUCH_NUMBER
        )

    def is_learnt(self, refusal: Refusal) -> bool:
        return self._learnt.has(refusal)

    def compare_once(self, space: str, refusal: Refusal, shown: Collection[str]) -> VerificationReading:
        """Return what a refusal shows, with one read of a control number for each space. That is enough for a plan."""
        with self._lock:
            if space not in self._controls:
                self._controls[space] = self._read_control(space, shown)
            alike = self._controls[space].refusal == refusal
        return VerificationReading.LIKE_NO_SUCH_NUMBER if alike else VerificationReading.REFUSED

    def compare_repeatedly(
        self, space: str, number: str, first: Refusal, shown: Collection[str]
    ) -> tuple[StatusResponse, VerificationReading]:
        """Read the control number and the number again until all three reads agree, or the number is not refused."""
        for pause in (*PAUSES, None):
            control = self._read_control(space, shown)
            response = read_verification(self._client, space, number)
            reading = self.reading_of_response(response)
            if reading is not VerificationReading.LIKE_NO_SUCH_NUMBER or control.refusal == first == response.refusal:
                return response, reading
            first = response.refusal or first
            if pause is not None:
                self._sleep(pause)
        return response, VerificationReading.REFUSED

    def confirm_refusal(self, space: str, refusal: Refusal, shown: Collection[str]) -> bool:
        """Learn the refusal if the control number is still refused in the same way. Call this after an initiate."""
        try:
            confirmed = self._read_control(space, shown).refusal == refusal
        except CamsError:
            return False
        if confirmed:
            self._learnt.learn(refusal)
            self.lesson.end()
        return confirmed

    def _read_control(self, space: str, shown: Collection[str]) -> StatusResponse:
        number = next(n for n in CONTROL_NUMBERS if n not in self._declared and n not in shown)
        return read_verification(self._client, space, number)
