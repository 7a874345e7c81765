# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the progress of a run to one small file, which is overwritten in place.

The action plugin creates the file and sets its path in the environment. Without a file, no progress is written. An
error here is ignored, because progress must never fail a run.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import threading
import time
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The action plugin imports this module and needs no client.
    from ansible_collections.chatapp.cams.plugins.module_utils._api.client import CallCounts

VARIABLE = "CAMS_PROGRESS_FILE"
# The number of bytes in the file. A reader always sees one complete write.
LENGTH = 1024
# The action plugin does not read the file more often.
SHORTEST_SECONDS = 0.05


class Stage(Enum):
    """The stages of a run, in the words of the progress line."""

    SPACES = "spaces read"
    STATUSES = "statuses read"
    NUMBERS = "numbers done"
    CODES = "codes submitted"
    CONNECTIONS = "registered numbers connected"
    WEBHOOKS = "webhooks set"
    HEALTH = "numbers checked for health"


class Progress:
    """Counts how many items of a stage are done. Safe for threads."""

    def __init__(self, descriptor: int | None = None, counts: CallCounts | None = None, limit: float = 0) -> None:
        self._descriptor = descriptor
        self._counts = counts
        self._limit = limit
        self._lock = threading.Lock()
        self._stage: Stage | None = None
        self._total = self._done = 0
        self._noted_at = 0.0

    @contextlib.contextmanager
    def stage(self, stage: Stage, total: int, done: int = 0) -> Iterator[None]:
        """Count the items of this stage while the block runs."""
        self.switch(stage, total, done)
        try:
            yield
        finally:
            with self._lock:
                self._stage = None
                self._write_progress()

    def switch(self, stage: Stage, total: int, done: int = 0) -> None:
        """Count the items of this stage from now on."""
        with self._lock:
            self._stage, self._total, self._done = stage, total, done
            self._write_progress()

    def one_done(self, stage: Stage) -> None:
        """Count one more item. An item of another stage is not counted, such as a code that arrives early."""
        with self._lock:
            if stage is not self._stage:
                return
            self._done += 1
            if self._done >= self._total or time.monotonic() - self._noted_at >= SHORTEST_SECONDS:
                self._write_progress()

    def set_left(self, left: int) -> None:
        """Set how many items of the stage are left."""
        with self._lock:
            self._done = self._total - left
            self._write_progress()

    def _write_progress(self) -> None:
        if self._descriptor is None or self._counts is None:
            return
        self._noted_at = time.monotonic()
        snapshot = {
            "stage": self._stage.value if self._stage else "",
            "total": self._total,
            "done": self._done,
            # The clock is the same in all processes of this machine.
            "at": self._noted_at,
            "calls": dict(self._counts.calls),
            "throttled": self._counts.throttled,
            "limit": self._limit,
        }
        text = json.dumps(snapshot, separators=(",", ":")).encode()
        if len(text) <= LENGTH:
            with contextlib.suppress(OSError):
                os.pwrite(self._descriptor, text.ljust(LENGTH), 0)


class NumbersStage:
    """Counts numbers that are done, also before the stage begins. Safe for threads."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress = progress
        self._total = total
        self._lock = threading.Lock()
        self.done = 0
        self._began = False

    def begin(self) -> None:
        """Show this stage from the first number on. The spaces are shown until then."""
        with self._lock:
            if not self._began:
                self._began = True
                self._progress.switch(Stage.NUMBERS, self._total, self.done)

    def one_done(self) -> None:
        with self._lock:
            self.done += 1
            self._progress.one_done(Stage.NUMBERS)


@contextlib.contextmanager
def reporting_progress(environ: Mapping[str, str], counts: CallCounts, limit: float) -> Iterator[Progress]:
    """Yield a Progress that writes to the file named in the environment, if there is one."""
    descriptor = _open_own_file(environ.get(VARIABLE, ""))
    try:
        yield Progress(descriptor, counts, limit)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open_own_file(path: str) -> int | None:
    """Open an existing file of this user. Do not open links, pipes or files of other users."""
    if not path:
        return None
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return None
    found = os.fstat(descriptor)
    if stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
        return descriptor
    os.close(descriptor)
    return None
