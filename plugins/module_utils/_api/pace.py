# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace: ten calls a second per access key and operation, kept by all processes of a machine together.

One small file per operation holds the time of the next free slot. A process locks the file, takes the slot, writes the
time of the one after it, unlocks, and only then sleeps: whoever dies holding a slot wastes a tenth of a second and
stops nobody. A throttle, which only calls from elsewhere can cause, pushes the slots back and lowers the learned rate
(multiplicative down, additive up), so that machines that cannot see each other's files settle. Slots that were taken
before it are given up: calls that sleep already would otherwise go on at the old rate, be throttled in their turn, and
lower the rate again and again.

When the service says how long it wants to be left alone, the file keeps that time, and no process calls before it.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf, isfinite
from pathlib import Path
from typing import ClassVar

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._system.file_lock import (
    LOCK_SECONDS,
    FileLockedError,
    locked,
)
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    check_writable,
    open_private,
    private_directory,
    unusable_path,
)

# Slots lie a little further apart than the limit asks, so that uneven wake-ups and travel times do not pack eleven
# calls into one of the service's seconds.
MARGIN = 1.03
# A call that wakes up later than this after its slot would come too close to the ten that follow it.
LATEST_START = 0.02
TURNS = 3
# So many turns are given up for throttles of others; a call of the next one may then be throttled, which ends as well.
MOST_TURNS = 20
THROTTLE_PAUSE = 1.0
# The first throttle at full speed may be an accident; one that follows tells that somebody else is at work.
SLIGHTLY_SLOWER = 0.85
SLOWER = 0.7
FASTER_PER_SUCCESS = 0.004
SLOWEST = 0.5
# How long a lock is waited for that could not be had before.
AGAIN_SECONDS = 0.1
# A slot further ahead than this cannot be a queue; the file is damaged or its clock was another one.
FURTHEST_SLOT = 900.0
# The longest time that the service can ask for. The limits of the service count calls in a second, so an hour is more
# than they explain; after it one call asks again, and a wrong header cannot close an operation for good.
LONGEST_CLOSED = 3600.0


class ClosedError(Exception):
    """The service asked to be left alone for longer than this call may wait."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"closed for another {seconds:.0f} s")
        self.seconds = seconds


@dataclass
class _Slots:
    """What the file of one operation says, in seconds since boot and calls a second."""

    LENGTH: ClassVar[int] = 96

    next: float = 0.0
    rate: float = inf
    slowed_at: float = 0.0
    closed_until: float = 0.0

    @classmethod
    def parse(cls, text: bytes) -> _Slots:
        try:
            following, rate, slowed_at, closed_until = (float(word) for word in text.split())
        except ValueError:
            return cls()
        usable = all(map(isfinite, (following, slowed_at, closed_until))) and rate >= SLOWEST
        return cls(following, rate, slowed_at, closed_until) if usable else cls()

    def dump(self) -> bytes:
        text = f"{self.next:.6f} {self.rate:.4f} {self.slowed_at:.6f} {self.closed_until:.6f}"
        return text.ljust(self.LENGTH).encode()


class Pace:
    """Hands out slots for calls of one access key at one endpoint. Safe for threads."""

    def __init__(
        self,
        directory: Path,
        account: str,
        rate_limit: float,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._directory = directory
        self._account = hashlib.sha256(account.encode()).hexdigest()[:16]
        self._ceiling = rate_limit
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._successes: Counter[str] = Counter()
        # The operations whose file could not be locked or written.
        self._unusable: set[str] = set()
        self.waited_seconds = 0.0

    def wait(self, action: str, *, at_most: float = inf, sleep: Callable[[float], object] | None = None) -> None:
        """Sleep until this call's turn; raise ClosedError when the service asked for longer than ``at_most`` seconds.

        A turn is given up for another when it was slept through, on a busy machine, or when it was taken before a
        throttle. ``sleep`` may return early, and then the turn counts as come.
        """
        overslept = 0
        deadline = self._clock() + at_most
        for _turn in range(MOST_TURNS):
            taken_at = self._clock()
            turn = self._reserve(action, deadline)
            ahead = turn - self._clock()
            if ahead > 0:
                with self._lock:
                    self.waited_seconds += ahead
                (sleep or self._sleep)(ahead)
            if self._slowed_since(taken_at, action):
                continue
            if self._clock() - turn <= LATEST_START:
                return
            overslept += 1
            if overslept == TURNS:
                return

    def succeeded(self, action: str) -> None:
        """Remember a success; the next slot that is taken speeds up by it."""
        with self._lock:
            self._successes[action] += 1

    def throttled(self, action: str, asked_to_wait: float = 0.0) -> None:
        """Push everyone's slots back, and go slower: once for all calls that one busy second refused.

        ``asked_to_wait`` is how many seconds the service wants to be left alone.
        """
        now = self._clock()
        closed_until = now + min(asked_to_wait, LONGEST_CLOSED)
        with _locked_slots(self._file(action), now) as slots:
            opens_later = closed_until > max(slots.closed_until, now + THROTTLE_PAUSE)
            slots.closed_until = max(slots.closed_until, closed_until)
            if now - slots.slowed_at < THROTTLE_PAUSE:
                slots.next = max(slots.next, now + THROTTLE_PAUSE)
                if opens_later:
                    # Turns that were taken since the throttle before this one are given up too.
                    slots.slowed_at = now
                return
            slower = SLIGHTLY_SLOWER if slots.rate >= self._ceiling else SLOWER
            slots.rate = max(SLOWEST, min(slots.rate, self._ceiling) * slower)
            slots.next = now + THROTTLE_PAUSE
            slots.slowed_at = now

    def _slowed_since(self, moment: float, action: str) -> bool:
        """Whether somebody was throttled since. What a file tells of the future is not true."""
        try:
            slowed_at = _Slots.parse(self._file(action).read_bytes()).slowed_at
        except OSError:
            return False
        return moment < slowed_at <= self._clock()

    def _reserve(self, action: str, deadline: float) -> float:
        with self._lock:
            successes = self._successes.pop(action, 0)
        patience = AGAIN_SECONDS if action in self._unusable else LOCK_SECONDS
        try:
            with _locked_slots(self._file(action), self._clock(), patience) as slots:
                if slots.closed_until > deadline:
                    raise ClosedError(slots.closed_until - self._clock())
                slots.rate += successes * FASTER_PER_SUCCESS
                rate = min(slots.rate, self._ceiling)
                if slots.rate >= self._ceiling:
                    slots.rate = inf
                turn = max(slots.next, slots.closed_until, self._clock())
                slots.next = turn + MARGIN / rate
        except ConfigurationError:
            self._unusable.add(action)
            raise
        self._unusable.discard(action)
        return turn

    def _file(self, action: str) -> Path:
        return self._directory / f"{self._account}-{action}"


@contextmanager
def _locked_slots(path: Path, now: float, patience: float = LOCK_SECONDS) -> Iterator[_Slots]:
    """The slots of one file, under its lock and written back at the end."""
    try:
        descriptor = open_private(path, os.O_RDWR)
    except UnsafePathError as error:
        raise ConfigurationError(f"The pace between processes cannot be kept. {error}") from None
    try:
        with locked(descriptor, path, patience):
            slots = _Slots.parse(os.pread(descriptor, _Slots.LENGTH, 0))
            written_before_boot = os.fstat(descriptor).st_mtime < time.time() - time.monotonic()
            queue_begins = max(now, slots.closed_until)
            damaged = slots.next > queue_begins + FURTHEST_SLOT or slots.closed_until > now + 2 * LONGEST_CLOSED
            # Another process may have been throttled while the lock was waited for, but no later than that.
            if written_before_boot or damaged or slots.slowed_at > now + LOCK_SECONDS:
                slots = _Slots()
            yield slots
            os.pwrite(descriptor, slots.dump(), 0)
    except FileLockedError as error:
        raise ConfigurationError(f"The pace between processes cannot be kept. {error}") from None
    except OSError as error:
        why = unusable_path(path, "file", error)
        raise ConfigurationError(f"The pace between processes cannot be kept. {why}") from None
    finally:
        os.close(descriptor)


def pace_directory(state: Path) -> Path:
    """The private directory of the slot files."""
    try:
        directory = private_directory(private_directory(state) / "pace")
        # A disk that is full is better known before the first call than at a write.
        check_writable(directory)
        return directory
    except UnsafePathError as error:
        raise ConfigurationError(f"The pace between processes cannot be kept. {error}") from None
