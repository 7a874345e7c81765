# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private directories and files: owned by this account, closed to others, never reached through a link."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

# No file that is read as a whole is larger.
_LARGEST_FILE = 1_000_000


_FULL = (errno.ENOSPC, errno.EDQUOT)
_NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)


class UnsafePathError(Exception):
    """A file or directory that cannot be used, or that another account could have put there or could read."""


def unusable_path(path: Path, kind: str, error: OSError) -> UnsafePathError:
    """Why a file or directory cannot be used, and what to do about that."""
    if error.errno in _FULL:
        advice = "Free some space there and run again."
    elif error.errno in _NOT_WRITABLE:
        advice = "Let this account write there, or name another place, and run again."
    elif error.errno == errno.ENOENT:
        advice = "Make the directory that it belongs to and run again."
    else:
        advice = "Remove what is in its place and run again."
    why = f"{error.strerror} (a link is not followed)" if error.errno == errno.ELOOP else str(error.strerror)
    return UnsafePathError(f"The {kind} {path} cannot be used: {why}. {advice}")


def state_directory(environ: Mapping[str, str]) -> Path:
    """Where the processes of one account on one machine meet: the pace and the locks.

    A home that cannot be written to, as in many containers, leaves the temporary directory.
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
    """Make the directory when it is missing, and refuse one that is not ours alone."""
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
    """Refuse a directory in which no file can be made and filled, as on a disk that is full or read-only."""
    try:
        with tempfile.NamedTemporaryFile(prefix=".", dir=directory) as probe:
            probe.write(bytes(64))
            probe.flush()
    except OSError as error:
        raise unusable_path(directory, "directory", error) from None


def open_private(path: Path, flags: int) -> int:
    """Open, and create when missing, a regular file that only this account can read. Returns the descriptor."""
    try:
        # O_NONBLOCK keeps a pipe in the file's place from blocking the open; it means nothing for a regular file.
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
    """The text of a file that only this account can read. Raises OSError when there is none."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        _refuse_unless_private(path, os.fstat(descriptor))
        return file.read(_LARGEST_FILE)


def write_private(path: Path, text: str) -> None:
    """Write a whole file that only this account can read, or leave the old one: readers never see a part."""
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
        raise UnsafePathError(f"{path} is not a regular file of its own. Remove it and run again.")
    _refuse_unless_ours(path, found, "file", 0o600)


def _refuse_unless_ours(path: Path, found: os.stat_result, kind: str, mode: int) -> None:
    if found.st_uid != os.geteuid():
        raise UnsafePathError(
            f"The {kind} {path} belongs to another account (uid {found.st_uid}). Remove it and run again."
        )
    if found.st_mode & 0o077:
        raise UnsafePathError(f"The {kind} {path} is open to other accounts. Close it with: chmod {mode:o} {path}")
