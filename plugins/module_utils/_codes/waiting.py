# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait for the codes of many numbers and submit each code as it arrives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import Deadline, Source, SourceError
from ansible_collections.chatapp.cams.plugins.module_utils._codes.sources import FoundCodes, make_sources, read_codes
from ansible_collections.chatapp.cams.plugins.module_utils._errors import describe_unexpected

FIRST_INTERVAL = 1.0
GROWTH = 1.5
LONGEST_INTERVAL = 15.0
# How soon a pause ends when the run stops or the last number had its turn.
SLICE_SECONDS = 0.2


class CodeWaiting:
    """Reads the code sources at growing intervals while numbers wait. ``add`` is safe for threads.

    ``submit`` receives the codes that arrived, by number, and returns the numbers that go on waiting.
    """

    def __init__(
        self,
        source: Mapping[str, Any],
        seconds: float,
        submit: Callable[[Mapping[str, str]], set[str]],
        stop: threading.Event,
    ) -> None:
        self._seconds = seconds
        self._submit = submit
        self._stop = stop
        self._lock = threading.Lock()
        # The sources for each waiting number.
        self._waiting: dict[str, list[Source]] = {}
        self._given_up = False
        self._sources = make_sources(source)
        # A code that this run requested cannot be older than the run.
        self._sources_since_now = make_sources({**source, "since": str(int(time.time()))})
        self._deadline: float | None = None
        self._thread: threading.Thread | None = None
        self._found_any = False
        self._last = FoundCodes()
        # Why the source could not be read, in a sentence; empty when it could.
        self.problem = ""

    @property
    def remarks(self) -> list[str]:
        """What a person should know about the last reading."""
        errors_matter = self.numbers and not self.problem
        return self._last.remarks + (self._last.source_errors if errors_matter else [])

    @property
    def numbers(self) -> list[str]:
        with self._lock:
            return list(self._waiting)

    def add(self, number: str, *, requested_now: bool) -> None:
        """Start to wait for the code of a number."""
        if requested_now and not self._seconds:
            # Its code cannot have arrived yet, and nobody waits for it.
            return
        with self._lock:
            if not self._given_up:
                self._waiting[number] = self._sources_since_now if requested_now else self._sources

    def give_up(self) -> None:
        """Wait for no further code."""
        with self._lock:
            self._given_up = True
            self._waiting.clear()

    def start(self) -> None:
        """Begin to read the sources while other numbers go on, if no call began before.

        Without time to wait, ``finish`` reads them once.
        """
        with self._lock:
            if self._seconds and self._thread is None:
                self._thread = threading.Thread(target=self._read_sources_safely, name="code-waiting", daemon=True)
                self._thread.start()

    def finish(self) -> None:
        """Wait for the missing codes until the time is over. No number is added any more."""
        self._deadline = time.monotonic() + self._seconds
        if self._thread is None:
            self._read_sources_safely()
        else:
            self._thread.join()
        if self._last.source_errors and self.numbers and not self._found_any and not self.problem:
            self.problem = " ".join(self._last.source_errors)

    def _read_sources_safely(self) -> None:
        try:
            self._read_sources_until_over()
        except SourceError as error:
            self.problem = str(error)
        except Exception as error:  # the other numbers go on, and the run says why codes are missing
            self.problem = describe_unexpected(error)

    def _read_sources_until_over(self) -> None:
        interval = FIRST_INTERVAL
        while not (self._stop.is_set() or self._given_up):
            # Read before the sources are, so that the last reading sees all numbers.
            deadline = self._deadline
            arrived = self._read_and_submit(deadline)
            if deadline is not None and self._is_waiting_over(deadline):
                return
            interval = FIRST_INTERVAL if arrived else min(interval * GROWTH, LONGEST_INTERVAL)
            self._pause_between_reads(interval)

    def _is_waiting_over(self, deadline: float) -> bool:
        # A number whose sources disagree needs a person; the others may still get their codes.
        return time.monotonic() >= deadline or not set(self.numbers) - self._last.conflicting

    def _pause_between_reads(self, interval: float) -> None:
        until = time.monotonic() + interval
        began_before_the_end = self._deadline is None
        while not self._stop.is_set():
            deadline = self._deadline
            if began_before_the_end and deadline is not None:
                return
            left = min(until, deadline if deadline is not None else until) - time.monotonic()
            if left <= 0:
                return
            self._stop.wait(min(left, SLICE_SECONDS))

    def _read_and_submit(self, deadline: float | None) -> bool:
        """Read each source once, and submit what arrived. Returns whether a code arrived."""
        # The last reading gets its time even when no time is left to wait.
        read_deadline = (
            Deadline(self._stop) if deadline is None or not self._seconds else Deadline(self._stop, deadline)
        )
        found = FoundCodes()
        with self._lock:
            waiting = dict(self._waiting)
        for sources in (self._sources, self._sources_since_now):
            numbers = [number for number, own in waiting.items() if own is sources]
            if numbers:
                found.add(read_codes(sources, numbers, read_deadline))
        self._last = found
        if not found.codes:
            return False
        self._found_any = True
        still_waiting = self._submit(found.codes)
        with self._lock:
            for number in found.codes.keys() - still_waiting:
                self._waiting.pop(number, None)
        return bool(found.codes.keys() - still_waiting)
