# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Show the progress of a long run, one line about every ten seconds."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import LENGTH, VARIABLE

SECONDS_BETWEEN_LINES = 10.0
# Tests set this variable to wait less.
INTERVAL_VARIABLE = "CAMS_PROGRESS_INTERVAL"
# The rate is measured over the last seconds, the remaining time over the whole stage.
RATE_SECONDS = 5.0

Snapshot = Mapping[str, Any]


@dataclass
class ProgressLine:
    """Makes the progress line from the counts of the module."""

    clock: Callable[[], float] = time.monotonic
    _stage: str = ""
    _began: float = 0.0
    _done_at_first: int = 0
    _calls: deque[tuple[float, Mapping[str, int]]] = field(default_factory=deque)

    def text(self, snapshot: Snapshot) -> str:
        """Return the line. Empty between two stages."""
        now = self.clock()
        stage, done, total = snapshot["stage"], snapshot["done"], snapshot["total"]
        if not stage or not total:
            return ""
        if stage != self._stage:
            self._stage, self._began, self._done_at_first = stage, now, done
        parts = [f"cams: {done} of {total} {stage}"]
        rate = self._calls_per_second(now, snapshot["at"], snapshot["calls"])
        if rate is not None:
            parts.append(f"{rate:.1f} of {snapshot['limit']:g} calls/s")
        if snapshot["throttled"]:
            parts.append(f"{snapshot['throttled']} throttled")
        gained = done - self._done_at_first
        if gained > 0 and done < total:
            parts.append(f"about {_duration_in_words((now - self._began) / gained * (total - done))} left")
        return ", ".join(parts)

    def _calls_per_second(self, now: float, at: float, calls: Mapping[str, int]) -> float | None:
        """Return the calls a second of the most called operation, because the limit applies to each operation.

        The module counted the calls at the time ``at``, which may be some seconds ago.
        """
        if not self._calls or at > self._calls[-1][0]:
            self._calls.append((at, calls))
        last, counted = self._calls[-1]
        while len(self._calls) > 2 and last - self._calls[1][0] >= RATE_SECONDS:
            self._calls.popleft()
        since, before = self._calls[0]
        if last - since < 1 or now - last > RATE_SECONDS or not counted:
            return None
        return max(count - before.get(action, 0) for action, count in counted.items()) / (last - since)


def _duration_in_words(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


@contextlib.contextmanager
def showing_progress(show: Callable[[str], object]) -> Iterator[None]:
    """While the block runs a module on this machine, show lines of its progress.

    The module finds the private file in its environment. An error here never fails the module.
    """
    try:
        descriptor, path = tempfile.mkstemp(prefix="cams-progress-")
    except OSError:
        yield
        return
    stop = threading.Event()
    watcher = threading.Thread(target=_show_lines, args=(descriptor, stop, show), name="cams-progress", daemon=True)
    watcher.start()
    # This process runs one task, so the variable affects no other task.
    os.environ[VARIABLE] = path
    try:
        yield
    finally:
        del os.environ[VARIABLE]
        stop.set()
        watcher.join(1)
        os.close(descriptor)
        Path(path).unlink()


def _show_lines(descriptor: int, stop: threading.Event, show: Callable[[str], object]) -> None:
    with contextlib.suppress(Exception):
        interval = _seconds_between_lines()
        line, shown = ProgressLine(), time.monotonic()
        while not stop.wait(min(1.0, interval)):
            text = _line_from_file(line, os.pread(descriptor, LENGTH, 0))
            if text and time.monotonic() - shown >= interval:
                shown = time.monotonic()
                show(text)


def _line_from_file(line: ProgressLine, content: bytes) -> str:
    try:
        snapshot = json.loads(content or b"{}")
        return line.text(snapshot) if snapshot else ""
    except (ValueError, KeyError, TypeError):
        # Another program wrote there.
        return ""


def _seconds_between_lines() -> float:
    try:
        return max(0.1, float(os.environ.get(INTERVAL_VARIABLE, SECONDS_BETWEEN_LINES)))
    except ValueError:
        return SECONDS_BETWEEN_LINES
