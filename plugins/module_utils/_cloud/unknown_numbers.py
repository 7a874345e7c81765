# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the service refuses to show a number that it does not know: learnt from a control number, never guessed.

No document names that refusal, and another refusal (a fault, a permission) must not make an initiated number look
absent. So a refusal counts only when a number that cannot be anybody's is refused in the same way, before and after
an initiate that the next reading confirms.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Container
from typing import Protocol

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import (
    Refusal,
    StatusResponse,
    read_verification,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import VerificationReading

# The United Kingdom reserves +44 7700 900000 to 900999 for films and books: nobody has such a number.
CONTROL_NUMBERS = tuple(f"+447700900{ending:03}" for ending in (*range(461, 1000), *range(461)))
# Seconds between readings that contradict each other.
PAUSES = (0.5, 1.0)


class RefusalMemory(Protocol):
    """Keeps the refusals that are known to mean an unknown number."""

    def has(self, refusal: Refusal) -> bool:
        """Whether this refusal is known to mean an unknown number."""

    def learn(self, refusal: Refusal) -> None:
        """Remember that this refusal means an unknown number."""


class UnknownNumbers:
    """What one run knows of refusals. Safe for threads."""

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
        # Held from the first reading of a number that teaches until its initiate has taught, so that one does so.
        self.confirmation_lock = threading.Lock()
        # Why no further number may be initiated on an unconfirmed refusal; empty as long as one may.
        self.why_not_confirmed = ""

    def reading_of(self, response: StatusResponse) -> VerificationReading:
        """The meaning of a response. A refusal that was never learnt is not compared with the control number yet."""
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
        """The meaning of a refusal by one control read for each space, which is enough for a plan."""
        with self._lock:
            if space not in self._controls:
                self._controls[space] = self._read_control(space, shown)
            alike = self._controls[space].refusal == refusal
        return VerificationReading.LIKE_NO_SUCH_NUMBER if alike else VerificationReading.REFUSED

    def compare_repeatedly(
        self, space: str, number: str, first: Refusal, shown: Collection[str]
    ) -> tuple[StatusResponse, VerificationReading]:
        """Read the control number and the number again, until all three readings agree or the number answers."""
        for pause in (*PAUSES, None):
            control = self._read_control(space, shown)
            response = read_verification(self._client, space, number)
            reading = self.reading_of(response)
            if reading is not VerificationReading.LIKE_NO_SUCH_NUMBER or control.refusal == first == response.refusal:
                return response, reading
            first = response.refusal or first
            if pause is not None:
                self._sleep(pause)
        return response, VerificationReading.REFUSED

    def confirm(self, space: str, refusal: Refusal, shown: Collection[str]) -> bool:
        """After an initiate whose number answers: learn the refusal when the control number still gets the same."""
        try:
            confirmed = self._read_control(space, shown).refusal == refusal
        except CamsError:
            return False
        if confirmed:
            self._learnt.learn(refusal)
        return confirmed

    def _read_control(self, space: str, shown: Collection[str]) -> StatusResponse:
        number = next(n for n in CONTROL_NUMBERS if n not in self._declared and n not in shown)
        return read_verification(self._client, space, number)
