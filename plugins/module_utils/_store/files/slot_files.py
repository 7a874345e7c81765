# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slots of the pace in files: one small file per operation, shared by all processes of a machine."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import hash_of_account
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import SLOWEST, Pace, Slots
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
    state_directory,
    unusable_path,
)

# How long to wait for a lock that was not free before.
AGAIN_SECONDS = 0.1
_LENGTH = 96


def file_pace(
    directory: Path,
    account: str,
    rate_limit: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Pace:
    """Return the pace that all processes of this machine share."""
    return Pace(SlotFiles(directory, account), rate_limit, sleep=sleep, clock=clock)


def pace_of_this_machine(account: str, rate_limit: float) -> Pace:
    """Return the pace that all processes of this machine share, in the state directory of the user."""
    return file_pace(pace_directory(state_directory(os.environ)), account, rate_limit)


class SlotFiles:
    """The files of one account. Times are seconds since boot, which all processes of the machine share."""

    def __init__(self, directory: Path, account: str) -> None:
        self._directory = directory
        self._account = hash_of_account(account)
        # The operations whose file could not be locked or written.
        self._unusable: set[str] = set()

    def slowed_at(self, action: str) -> float:
        try:
            return _parse(self._file(action).read_bytes()).slowed_at
        except OSError:
            return 0.0

    @contextmanager
    def locked(self, action: str, now: float) -> Iterator[Slots]:
        lock_seconds = AGAIN_SECONDS if action in self._unusable else LOCK_SECONDS
        try:
            with _locked_slots(self._file(action), now, lock_seconds) as slots:
                yield slots
        except ConfigurationError:
            self._unusable.add(action)
            raise
        self._unusable.discard(action)

    def _file(self, action: str) -> Path:
        return self._directory / f"{self._account}-{action}"


def _parse(text: bytes) -> Slots:
    try:
        following, rate, slowed_at, closed_until = (float(word) for word in text.split())
    except ValueError:
        return Slots()
    usable = all(map(isfinite, (following, slowed_at, closed_until))) and rate >= SLOWEST
    return Slots(following, rate, slowed_at, closed_until) if usable else Slots()


def _dump(slots: Slots) -> bytes:
    text = f"{slots.next:.6f} {slots.rate:.4f} {slots.slowed_at:.6f} {slots.closed_until:.6f}"
    return text.ljust(_LENGTH).encode()


@contextmanager
def _locked_slots(path: Path, now: float, lock_seconds: float) -> Iterator[Slots]:
    """Lock the file, yield its slots, and write them back at the end."""
    try:
        descriptor = open_private(path, os.O_RDWR)
    except UnsafePathError as error:
        raise ConfigurationError(f"Could not share the pace with other processes. {error}") from None
    try:
        with locked(descriptor, path, lock_seconds):
            slots = _parse(os.pread(descriptor, _LENGTH, 0))
            written_before_boot = os.fstat(descriptor).st_mtime < time.time() - time.monotonic()
            # Another process may have been throttled while this one waited for the lock, but not later.
            if written_before_boot or slots.is_damaged(now) or slots.slowed_at > now + LOCK_SECONDS:
                slots = Slots()
            yield slots
            os.pwrite(descriptor, _dump(slots), 0)
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
