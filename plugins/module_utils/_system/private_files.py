# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private directories and files: owned by this user, closed to other users, and never a link."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

# At most this many characters of a file are read.
_LARGEST_FILE = 1_000_000
_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)


class UnsafePathError(Exception):
    """The file or directory cannot be used, or another user could have made it or could read it."""


def unusable_path(path: Path, kind: str, error: OSError) -> UnsafePathError:
    """Return an error that says why a file or directory cannot be used, and what to do."""
    if error.errno in _FULL:
        advice = "Free some space there and run again."
    elif error.errno in _NOT_WRITABLE:
        advice = "Let this user write there, or name another place, and run again."
    elif error.errno == errno.ENOENT:
        advice = "Create the directory above it and run again."
    else:
        advice = "Remove the file or link in its place and run again."
    why = f"{error.strerror} (a link is not followed)" if error.errno == errno.ELOOP else str(error.strerror)
    return UnsafePathError(f"The {kind} {path} cannot be used: {why}. {advice}")


def state_directory(environ: Mapping[str, str]) -> Path:
    """Return the directory that the processes of one user share on one machine.

    If the home directory is not writable, as in many containers, it is in the temporary directory.
    """
    configured = environ.get("XDG_STATE_HOME", "")
    base = (
        Path(configured)
        if configured.startswith("/")
        else Path(environ.get("HOME") or "~").expanduser() / ".local" / "state"
    )
    try:
        base.mkdir(parents=True, exist_ok=True)
        if os.access(base, os.W_OK | os.X_OK):
            return base / "chatapp.cams"
    except OSError:
        pass
    return Path(tempfile.gettempdir()) / f"chatapp.cams-{os.geteuid()}"


def private_directory(path: Path) -> Path:
    """Create the directory if it is missing. Refuse a directory that other users own or can read."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise unusable_path(path, "directory", error) from None
    if not stat.S_ISDIR(found.st_mode):
        raise UnsafePathError(f"{path} is not a directory (a link is not followed). Remove it and run again.")
    _refuse_unless_ours(path, found, "directory", 0o700)
    return path


def check_writable(directory: Path) -> None:
    """Refuse a directory in which no file can be written, for example on a disk that is full or read-only."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".", dir=directory) as probe:
            probe.write(bytes(64))
            probe.flush()
    except OSError as error:
        raise unusable_path(directory, "directory", error) from None


def open_private(path: Path, flags: int) -> int:
    """Open a regular file that only this user can read, and create it if it is missing. Return the descriptor."""
    try:
        # O_NONBLOCK: if a pipe has this name, do not wait for its other end. A regular file is not affected.
        descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK, 0o600)
    except OSError as error:
        raise unusable_path(path, "file", error) from None
    try:
        _refuse_unless_private(path, os.fstat(descriptor))
    except UnsafePathError:
        os.close(descriptor)
        raise
    return descriptor


def read_private(path: Path) -> str:
    """Return the text of a file that only this user can read. Raises OSError if there is no such file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        _refuse_unless_private(path, os.fstat(descriptor))
        return file.read(_LARGEST_FILE)


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user can read. Readers see the old file or the whole new file."""
    descriptor, temporary = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _refuse_unless_private(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        raise UnsafePathError(
            f"{path} is not a regular file, or it has a second name (a hard link). Remove it and run again."
        )
    _refuse_unless_ours(path, found, "file", 0o600)


def _refuse_unless_ours(path: Path, found: os.stat_result, kind: str, mode: int) -> None:
    if found.st_uid != os.geteuid():
        raise UnsafePathError(
            f"The {kind} {path} belongs to another user (uid {found.st_uid}). Remove it and run again."
        )
    if found.st_mode & 0o077:
        raise UnsafePathError(f"The {kind} {path} is open to other users. Close it with: chmod {mode:o} {path}")
