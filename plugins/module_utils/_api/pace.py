# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace: ten calls a second per access key and operation, for everything that shares a store.

For each operation the store keeps the time of the next free slot. A process locks that time, takes the slot, saves the
time of the next slot, unlocks it, and sleeps until its slot. If a process dies before its slot, only this slot is lost
and no other process waits.

Only calls that do not share the store can cause a throttle. A throttle moves the slots later and lowers the rate;
successes raise the rate slowly. So machines that do not share a store find a rate that works. A call with a slot from
before the throttle takes a new slot. Without that, such calls would continue at the old rate and cause more throttles.

If the service says how long to wait, the store keeps that time, and no process calls before it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from math import inf
from typing import Protocol

# Slots are a little further apart than the limit requires. So the service never counts eleven calls in one second
# because of late wake-ups and different travel times.
MARGIN = 1.025
# A call that wakes up later than this after its slot would be too close to the ten calls after it.
LATEST_START = 0.01
TURNS = 3
# A call takes a new slot at most this often because of throttles of other calls. Then the call is made.
MOST_TURNS = 20
THROTTLE_PAUSE = 1.0
# The first throttle at full rate may be an accident. Another one shows that another machine makes calls.
SLIGHTLY_SLOWER = 0.85
SLOWER = 0.7
FASTER_PER_SUCCESS = 0.004
SLOWEST = 0.5
# A slot further ahead than this is not a queue: the file is damaged or was written with another clock.
FURTHEST_SLOT = 900.0
# Wait at most this long if the service asks to wait. The service limits calls per second, so it never needs an hour.
# The limit ensures that a wrong header cannot block an operation forever.
LONGEST_CLOSED = 3600.0


class ClosedError(Exception):
    """The service asked to wait longer than this call may wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"closed for another {seconds:.0f} s")
        self.seconds = seconds


@dataclass
class Slots:
    """The slots of one operation. Times are seconds of the clock of the store, rates are calls per second."""

    next: float = 0.0
    rate: float = inf
    slowed_at: float = 0.0
    closed_until: float = 0.0

    def take(self, now: float, ceiling: float, successes: int, at_most: float, margin: float = MARGIN) -> float:
        """Take the next free slot and return its time. ``successes`` raise the rate."""
        if self.closed_until > now + at_most:
            raise ClosedError(self.closed_until - now)
        self.rate += successes * FASTER_PER_SUCCESS
        rate = min(self.rate, ceiling)
        if self.rate >= ceiling:
            self.rate = inf
        turn = max(self.next, self.closed_until, now)
        self.next = turn + margin / rate
        return turn

    def slow_down(self, now: float, ceiling: float, asked_to_wait: float) -> None:
        """Move all slots later and lower the rate, once for all calls that were throttled at the same time."""
        closed_until = now + min(asked_to_wait, LONGEST_CLOSED)
        opens_later = closed_until > max(self.closed_until, now + THROTTLE_PAUSE)
        self.closed_until = max(self.closed_until, closed_until)
        if now - self.slowed_at < THROTTLE_PAUSE:
            self.next = max(self.next, now + THROTTLE_PAUSE)
            if opens_later:
                # Calls with a turn from before now take a new turn too.
                self.slowed_at = now
            return
        slower = SLIGHTLY_SLOWER if self.rate >= ceiling else SLOWER
        self.rate = max(SLOWEST, min(self.rate, ceiling) * slower)
        self.next = now + THROTTLE_PAUSE
        self.slowed_at = now

    def is_damaged(self, now: float) -> bool:
        """Return whether the times are further ahead than a queue or the service can bring about."""
        queue_begins = max(now, self.closed_until)
        return self.next > queue_begins + FURTHEST_SLOT or self.closed_until > now + 2 * LONGEST_CLOSED


class SlotStore(Protocol):
    """Keeps the slots of one access key at one endpoint, and locks them."""

    def locked(self, action: str, now: float) -> AbstractContextManager[Slots]:
        """Lock the slots of an operation, yield them, and save them at the end. Their times are those of ``now``."""

    def slowed_at(self, action: str) -> float:
        """Return when the slots were last slowed down, as far as this process knows."""


class Pace:
    """Gives slots to the calls of one access key at one endpoint. Safe for threads."""

    def __init__(
        self,
        slots: SlotStore,
        rate_limit: float,
        *,
        margin: float = MARGIN,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._slots = slots
        self._margin = margin
        self._ceiling = rate_limit
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._successes: Counter[str] = Counter()
        self.waited_seconds = 0.0

    def wait(self, action: str, *, at_most: float = inf, sleep: Callable[[float], object] | None = None) -> None:
        """Sleep until this call's turn. Raises ClosedError if the service asked to wait more than ``at_most`` seconds.

        The call takes a new turn if it woke up too late, or if there was a throttle after it took the turn. ``sleep``
        may return early. Then the call is made immediately.
        """
        overslept = 0
        deadline = self._clock() + at_most
        for _turn in range(MOST_TURNS):
            taken_at = self._clock()
            turn = self._reserve_slot(action, deadline)
            ahead = turn - self._clock()
            if ahead > 0:
                with self._lock:
                    self.waited_seconds += ahead
                (sleep or self._sleep)(ahead)
            if self._was_slowed_since(taken_at, action):
                continue
            if self._clock() - turn <= LATEST_START:
                return
            overslept += 1
            if overslept == TURNS:
                return

    def note_success(self, action: str) -> None:
        """Remember a success. The next slot raises the rate."""
        with self._lock:
            self._successes[action] += 1

    def note_throttle(self, action: str, asked_to_wait: float = 0.0) -> None:
        """Move all slots later and lower the rate, once for all calls that were throttled at the same time.

        ``asked_to_wait`` is how many seconds the service asks to wait.
        """
        now = self._clock()
        with self._slots.locked(action, now) as slots:
            slots.slow_down(now, self._ceiling, asked_to_wait)

    def _was_slowed_since(self, moment: float, action: str) -> bool:
        """Return whether a call was throttled since then. A time in the future is not true, so it does not count."""
        return moment < self._slots.slowed_at(action) <= self._clock()

    def _reserve_slot(self, action: str, deadline: float) -> float:
        with self._lock:
            successes = self._successes.pop(action, 0)
        now = self._clock()
        with self._slots.locked(action, now) as slots:
            return slots.take(self._clock(), self._ceiling, successes, deadline - self._clock(), self._margin)
