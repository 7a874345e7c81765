# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lock of a whole file, with a timeout: a process that never releases the lock must not block a run."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# This collection keeps such a lock only during one small write.
LOCK_SECONDS = 10.0
_FIRST_PAUSE = 0.001
_LONGEST_PAUSE = 0.01
_LOCKS = Path("/proc/locks")
_PROCESSES = Path("/proc")


class FileLockedError(Exception):
    """Another process did not release the lock in time."""


@contextmanager
def locked(descriptor: int, path: Path, seconds: float = LOCK_SECONDS) -> Iterator[None]:
    """Hold the lock of an open file. Raises FileLockedError after ``seconds``, with the process that has the lock."""
    deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while not _try_lock(descriptor):
        if time.monotonic() >= deadline:
            raise FileLockedError(
                f"{_process_with_lock(descriptor)} keeps the file {path} locked. End that process and run again."
            )
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _process_with_lock(descriptor: int) -> str:
    """Return the process that has the lock, if this system shows it."""
    inode = str(os.fstat(descriptor).st_ino)
    try:
        # Each line is a lock: number, kind, mode, access, process, device and inode, range. An arrow marks a wait.
        locks = [line.split() for line in _LOCKS.read_text(encoding="ascii").splitlines()]
        pid = next(words[4] for words in locks if words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode)
        name = (_PROCESSES / pid / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except (OSError, ValueError, IndexError, StopIteration):
        return "Another process"
    return f"Process {pid} ({name})" if name.isprintable() else f"Process {pid}"
