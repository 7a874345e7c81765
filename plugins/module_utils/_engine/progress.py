# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is, for whoever watches it: counts in one small file that the watcher made, overwritten in place.

The callback plugin makes the file and names it in the environment. Without it nothing is noted. Nothing that goes wrong
here is told: a run is not worse for being watched.
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
    # Whoever watches needs no client.
    from ansible_collections.chatapp.cams.plugins.module_utils._api.client import CallCounts

VARIABLE = "CAMS_PROGRESS_FILE"
# One write of this length is whole for any reader.
LENGTH = 1024
# Nobody looks more often.
SHORTEST_SECONDS = 0.05


class Stage(Enum):
    """What a run is busy with, as the watcher says it."""

    SPACES = "spaces read"
    STATUSES = "statuses read"
    NUMBERS = "numbers done"
    CODES = "codes submitted"
    CONNECTIONS = "registered numbers connected"
    WEBHOOKS = "webhooks set"
    HEALTH = "numbers asked for their health"


class Progress:
    """Notes how many things of a stage are done. Safe for threads."""

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
        """Meanwhile things of this stage are done."""
        with self._lock:
            self._stage, self._total, self._done = stage, total, done
            self._note()
        try:
            yield
        finally:
            with self._lock:
                self._stage = None
                self._note()

    def one_done(self, stage: Stage) -> None:
        """Count one more. Codes may arrive during another stage, which does not count them."""
        with self._lock:
            if stage is not self._stage:
                return
            self._done += 1
            if self._done >= self._total or time.monotonic() - self._noted_at >= SHORTEST_SECONDS:
                self._note()

    def so_many_left(self, left: int) -> None:
        with self._lock:
            self._done = self._total - left
            self._note()

    def _note(self) -> None:
        if self._descriptor is None or self._counts is None:
            return
        self._noted_at = time.monotonic()
        told = {
            "stage": self._stage.value if self._stage else "",
            "total": self._total,
            "done": self._done,
            "calls": dict(self._counts.calls),
            "throttled": self._counts.throttled,
            "limit": self._limit,
        }
        text = json.dumps(told, separators=(",", ":")).encode()
        if len(text) <= LENGTH:
            with contextlib.suppress(OSError):
                os.pwrite(self._descriptor, text.ljust(LENGTH), 0)


@contextlib.contextmanager
def reporting_progress(environ: Mapping[str, str], counts: CallCounts, limit: float) -> Iterator[Progress]:
    """Progress that is noted in the file that the environment names, or nowhere."""
    descriptor = _open(environ.get(VARIABLE, ""))
    try:
        yield Progress(descriptor, counts, limit)
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _open(path: str) -> int | None:
    """A file of ours that is there already. Whatever else the name leads to is left alone."""
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
