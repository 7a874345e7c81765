# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace: ten calls a second per access key and operation, for all processes of a machine together.

One small file per operation contains the time of the next free slot. A process locks the file, takes the slot, writes
the time of the next slot, unlocks the file, and sleeps until its slot. If a process dies before its slot, only this
slot is lost and no other process waits.

Only calls from other machines can cause a throttle. A throttle moves the slots later and lowers the rate; successes
raise the rate slowly. So machines that do not share files find a rate that works. A call with a slot from before the
throttle takes a new slot. Without that, such calls would continue at the old rate and cause more throttles.

If the service says how long to wait, the file keeps that time, and no process calls before it.
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

# Slots are a little further apart than the limit requires. So the service never counts eleven calls in one second
# because of late wake-ups and different travel times.
MARGIN = 1.03
# A call that wakes up later than this after its slot would be too close to the ten calls after it.
LATEST_START = 0.02
TURNS = 3
# A call takes a new slot at most this often because of throttles of other calls. Then the call is made.
MOST_TURNS = 20
THROTTLE_PAUSE = 1.0
# The first throttle at full rate may be an accident. Another one shows that another machine makes calls.
SLIGHTLY_SLOWER = 0.85
SLOWER = 0.7
FASTER_PER_SUCCESS = 0.004
SLOWEST = 0.5
# How long to wait for a lock that was not free before.
AGAIN_SECONDS = 0.1
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
class _Slots:
    """The content of the file of one operation, in seconds since boot and calls per second."""

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
    """Gives slots to the calls of one access key at one endpoint. Safe for threads."""

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
        """Sleep until this call's turn. Raises ClosedError if the service asked to wait more than ``at_most`` seconds.

        The call takes a new turn if it woke up too late, or if there was a throttle after it took the turn. ``sleep``
        may return early. Then the call is made immediately.
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
        """Remember a success. The next slot raises the rate."""
        with self._lock:
            self._successes[action] += 1

    def throttled(self, action: str, asked_to_wait: float = 0.0) -> None:
        """Move all slots later and lower the rate, once for all calls that were throttled at the same time.

        ``asked_to_wait`` is how many seconds the service asks to wait.
        """
        now = self._clock()
        closed_until = now + min(asked_to_wait, LONGEST_CLOSED)
        with _locked_slots(self._file(action), now) as slots:
            opens_later = closed_until > max(slots.closed_until, now + THROTTLE_PAUSE)
            slots.closed_until = max(slots.closed_until, closed_until)
            if now - slots.slowed_at < THROTTLE_PAUSE:
                slots.next = max(slots.next, now + THROTTLE_PAUSE)
                if opens_later:
                    # Calls with a turn from before now take a new turn too.
                    slots.slowed_at = now
                return
            slower = SLIGHTLY_SLOWER if slots.rate >= self._ceiling else SLOWER
            slots.rate = max(SLOWEST, min(slots.rate, self._ceiling) * slower)
            slots.next = now + THROTTLE_PAUSE
            slots.slowed_at = now

    def _slowed_since(self, moment: float, action: str) -> bool:
        """Return whether a call was throttled since then. A time in the future is not true, so it does not count."""
        try:
            slowed_at = _Slots.parse(self._file(action).read_bytes()).slowed_at
        except OSError:
            return False
        return moment < slowed_at <= self._clock()

    def _reserve(self, action: str, deadline: float) -> float:
        with self._lock:
            successes = self._successes.pop(action, 0)
        lock_seconds = AGAIN_SECONDS if action in self._unusable else LOCK_SECONDS
        try:
            with _locked_slots(self._file(action), self._clock(), lock_seconds) as slots:
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
def _locked_slots(path: Path, now: float, lock_seconds: float = LOCK_SECONDS) -> Iterator[_Slots]:
    """Lock the file, yield its slots, and write them back at the end."""
    try:
        descriptor = open_private(path, os.O_RDWR)
    except UnsafePathError as error:
        raise ConfigurationError(f"Could not share the pace with other processes. {error}") from None
    try:
        with locked(descriptor, path, lock_seconds):
            slots = _Slots.parse(os.pread(descriptor, _Slots.LENGTH, 0))
            written_before_boot = os.fstat(descriptor).st_mtime < time.time() - time.monotonic()
            queue_begins = max(now, slots.closed_until)
            damaged = slots.next > queue_begins + FURTHEST_SLOT or slots.closed_until > now + 2 * LONGEST_CLOSED
            # Another process may have been throttled while this one waited for the lock, but not later.
            if written_before_boot or damaged or slots.slowed_at > now + LOCK_SECONDS:
                slots = _Slots()
            yield slots
            os.pwrite(descriptor, slots.dump(), 0)
    except FileLockedError as error:
        raise ConfigurationError(f"Could not share the pace with other processes. {error}") from None
    except OSError as error:
        why = unusable_path(path, "file", error)
        raise ConfigurationError(f"Could not share the pace with other processes. {why}") from None
    finally:
        os.close(descriptor)


def pace_directory(state: Path) -> Path:
    """Return the private directory of the slot files."""
    try:
        directory = private_directory(private_directory(state) / "pace")
        # It is better to notice a full disk before the first call than at a write.
        check_writable(directory)
        return directory
    except UnsafePathError as error:
        raise ConfigurationError(f"Could not share the pace with other processes. {error}") from None
