# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lock for each number, shared by the processes of a machine and released when its process ends.

The lock of a number is the lock of one byte of one file, at the position that the number's digits give. A thousand
locks need one descriptor, the kernel releases them with the process, and the kernel knows the owner. Such locks belong
to a process, so this module keeps the threads of one process apart.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import struct
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    open_private,
    private_directory,
    read_private,
    unusable_path,
)

POLL_SECONDS = 0.1
# struct flock of Linux on 64 bits.
_FLOCK = "hhqqi"


class FileLocks:
    """The locks of one run. Use as a context manager: leaving it releases the locks."""

    def __init__(self, run: RunIdentity, directory: Path) -> None:
        self._run = run
        try:
            self._directory = private_directory(private_directory(directory) / "locks")
            self._file = _LockFile.of(self._directory / "numbers")
            self._owner_note = self._directory / f"run-{os.getpid()}"
            self._remove_old_notes()
            self._write_owner_note()
        except UnsafePathError as error:
            raise ConfigurationError(f"Could not lock numbers. {error}") from None
        except OSError as error:
            raise _cannot_lock(directory / "locks", error) from None
        self._held: set[int] = set()

    def __enter__(self) -> FileLocks:
        return self

    def __exit__(self, *_exception: object) -> None:
        # The kernel releases the rest when the process ends. A failure here must not lose the results of the run.
        with contextlib.suppress(OSError):
            for position in self._held:
                self._file.release(position)
        self._held.clear()
        with contextlib.suppress(OSError):
            self._owner_note.unlink(missing_ok=True)

    def acquire(self, numbers: Iterable[str], timeout: float) -> dict[str, str]:
        """Lock the numbers. Wait at most ``timeout`` seconds for all of them together.

        Return the owner of each number that could not be locked. All runs lock numbers in ascending order, so two runs
        never wait for each other.
        """
        owners: dict[str, str] = {}
        deadline = time.monotonic() + timeout
        for number in sorted(numbers, key=_position):
            position = _position(number)
            while not self._try(position):
                if time.monotonic() >= deadline:
                    owners[number] = self._owner(position)
                    break
                time.sleep(POLL_SECONDS)
            else:
                self._held.add(position)
        return owners

    def _try(self, position: int) -> bool:
        try:
            return self._file.try_acquire(position)
        except OSError as error:
            raise _cannot_lock(self._directory / "numbers", error) from None

    def _owner(self, position: int) -> str:
        pid = self._file.owner(position)
        if pid <= 0:
            return "a process that this system does not show"
        try:
            run = read_private(self._directory / f"run-{pid}").strip()
        except (OSError, UnsafePathError):
            run = ""
        return f"process {pid}, {run if run.isprintable() and run else 'of an unknown run'}"

    def _remove_old_notes(self) -> None:
        """Remove the notes of runs that were killed."""
        for note in self._directory.glob("run-*"):
            try:
                os.kill(int(note.name.removeprefix("run-")), 0)
            except (ProcessLookupError, ValueError, OverflowError):
                # A note that cannot be removed, such as a directory, does no harm.
                with contextlib.suppress(OSError):
                    note.unlink(missing_ok=True)
            except PermissionError:
                pass

    def _write_owner_note(self) -> None:
        descriptor = open_private(self._owner_note, os.O_WRONLY | os.O_TRUNC)
        with os.fdopen(descriptor, "w", encoding="utf-8") as note:
            note.write(f"run {self._run.id} of {self._run.user}\n")


class _LockFile:
    """The file of all locks. A process opens it once, because closing any descriptor of it releases every lock."""

    _opened: ClassVar[dict[Path, _LockFile]] = {}
    _guard = threading.Lock()

    def __init__(self, path: Path) -> None:
        self._descriptor = open_private(path, os.O_RDWR)
        self._ours: set[int] = set()

    @classmethod
    def of(cls, path: Path) -> _LockFile:
        with cls._guard:
            if path not in cls._opened:
                cls._opened[path] = cls(path)
            return cls._opened[path]

    def try_acquire(self, position: int) -> bool:
        with self._guard:
            if position in self._ours:
                return False
            try:
                fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, position)
            except OSError as error:
                if error.errno in (errno.EACCES, errno.EAGAIN):
                    return False
                raise
            self._ours.add(position)
            return True

    def release(self, position: int) -> None:
        with self._guard:
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, position)
            self._ours.discard(position)

    def owner(self, position: int) -> int:
        """Return the id of the process that has a lock. A thread of this process counts as this process."""
        if position in self._ours:
            return os.getpid()
        asked = struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, position, 1, 0)
        try:
            return int(struct.unpack(_FLOCK, fcntl.fcntl(self._descriptor, fcntl.F_GETLK, asked))[4])
        except OSError:
            return 0


def _cannot_lock(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"Could not lock numbers. {unusable_path(path, 'file', error)}")


def _position(number: str) -> int:
    """Return the number as a file position. Fifteen digits fit, so no two numbers share a lock."""
    return int(number.removeprefix("+"))
