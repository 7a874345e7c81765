# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conclusions that a lost store could not save, in a private file of this machine. The next run imports them first.

An import only makes the memory more careful. It never changes an entry so that something is allowed that was not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import Session
from ansible_collections.chatapp.cams.plugins.module_utils._system.file_lock import FileLockedError, locked
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    open_private,
    private_directory,
)

_KNOWN = (Effect.DONE.value, Effect.EARLIER.value, Effect.REFUSED.value, Effect.UNKNOWN.value)
# An open code request counts as sent, so it does not become one that was refused or not made.
_IMPORT = """
    WITH held AS (
        SELECT 1 FROM lease WHERE account = %(account)s AND number = %(number)s AND run = %(run)s AND fence = %(fence)s
        FOR UPDATE)
    UPDATE entry SET concluded_at = clock_timestamp(), request_id = %(request_id)s, error = %(error)s,
        state = CASE WHEN step = 'request_code' AND %(effect)s <> 'done' THEN 'unknown' ELSE %(effect)s END
    FROM held WHERE id = %(entry)s AND account = %(account)s AND number = %(number)s
        AND (state = 'open' OR (state = 'unknown' AND %(effect)s = 'done'))
    RETURNING 1
"""


@dataclass(frozen=True)
class Conclusion:
    """The effect of one entry."""

    entry: str
    number: str
    effect: str
    request_id: str
    error: str


class Spool:
    """The spool of one account on this machine."""

    def __init__(self, state: Path, account: str) -> None:
        self._path = state / "spool" / f"{account}.jsonl"
        self.problems: list[str] = []

    def add(self, conclusion: Conclusion) -> None:
        """Keep a conclusion for the next run."""
        try:
            private_directory(private_directory(self._path.parent.parent) / self._path.parent.name)
            descriptor = open_private(self._path, os.O_RDWR | os.O_APPEND)
            try:
                with locked(descriptor, self._path):
                    os.write(descriptor, json.dumps(asdict(conclusion)).encode() + b"\n")
            finally:
                os.close(descriptor)
        except (UnsafePathError, OSError, FileLockedError) as error:
            self.problems.append(
                f"Could not keep the result of a write of {conclusion.number} for the next run: {error}"
            )

    def import_into(self, session: Session, fences: Mapping[str, int]) -> None:
        """Save the conclusions of the numbers that this run has leased, and keep the others."""
        if not os.path.lexists(self._path):
            return
        try:
            descriptor = open_private(self._path, os.O_RDWR)
        except UnsafePathError as error:
            self.problems.append(f"Could not read the results that an earlier run kept. {error}")
            return
        try:
            with locked(descriptor, self._path):
                lines = _read_all(descriptor).splitlines()
                left = [line for line in lines if not self._import_line(line, session, fences)]
                os.ftruncate(descriptor, 0)
                os.pwrite(descriptor, b"".join(line + b"\n" for line in left), 0)
        except (OSError, FileLockedError) as error:
            self.problems.append(f"Could not read the results that an earlier run kept: {error}")
        finally:
            os.close(descriptor)

    def _import_line(self, line: bytes, session: Session, fences: Mapping[str, int]) -> bool:
        """Save one conclusion. Return whether its line is not needed any more."""
        try:
            conclusion = Conclusion(**{name: str(value) for name, value in json.loads(line).items()})
        except (ValueError, TypeError, AttributeError, RecursionError):
            self.problems.append(f"A damaged line of {self._path} was skipped.")
            return True
        if conclusion.number not in fences:
            return False
        effect = conclusion.effect if conclusion.effect in _KNOWN else Effect.UNKNOWN.value
        owner = {"account": session.account, "run": session.run, "fence": fences[conclusion.number]}
        session.rows(_IMPORT, {**asdict(conclusion), **owner, "effect": effect})
        return True


def _read_all(descriptor: int) -> bytes:
    return os.pread(descriptor, os.fstat(descriptor).st_size, 0)
