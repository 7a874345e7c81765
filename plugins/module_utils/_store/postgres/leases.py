# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One lease for each number: it says which run may work on the number, on whatever machine."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.schema import LOCK_CLASS
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import Session

if TYPE_CHECKING:
    from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import Connection

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 1.0

_ADD = """
    INSERT INTO lease (account, number)
    SELECT %s, number FROM unnest(%s::text[]) number ORDER BY number ON CONFLICT DO NOTHING
"""
_LOCK = """
    SELECT lease.number, coalesce(lease.run, 0) FROM lease
    WHERE account = %s AND number = ANY(%s) ORDER BY number FOR UPDATE
"""
_OWNERS = """
    SELECT id, name, user_name, host, ended_at IS NOT NULL,
        extract(epoch FROM beat_at) + lease_seconds - extract(epoch FROM clock_timestamp())
    FROM run WHERE id = ANY(%s)
"""
_TAKE = """
    UPDATE lease SET run = %s, fence = fence + 1 WHERE account = %s AND number = ANY(%s) RETURNING number, fence
"""


@dataclass(frozen=True)
class Owner:
    """A run that a lease points to."""

    run: int
    name: str
    user: str
    host: str
    has_ended: bool
    # How long its last heartbeat still counts, on the server's clock.
    seconds_left: float

    @property
    def description(self) -> str:
        who = f"run {self.name} of {self.user} on {self.host}"
        if self.seconds_left <= 0:
            return who
        return f"{who}. If that run was killed, its numbers are free in {ceil(self.seconds_left)} s"


class Leases:
    """The leases of one run, each with its fence: a number that grows when another run takes the lease."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.fences: dict[str, int] = {}

    def acquire(self, numbers: Iterable[str], timeout: float) -> dict[str, str]:
        """Lease the numbers. Wait at most ``timeout`` seconds for all of them together.

        Return the owner of each number that could not be leased. All runs lease numbers in ascending order, so two runs
        never wait for each other.
        """
        left = sorted(set(numbers))
        deadline, pause = time.monotonic() + timeout, FIRST_PAUSE
        while True:
            is_last = time.monotonic() >= deadline
            owners = self._try(left, may_skip=is_last)
            left = [number for number in left if number not in self.fences]
            if not left or is_last:
                return {number: owners[number].description for number in left}
            time.sleep(min(pause, max(0.0, deadline - time.monotonic())))
            pause = min(2 * pause, LONGEST_PAUSE)

    def _try(self, numbers: Sequence[str], *, may_skip: bool) -> dict[str, Owner]:
        """Lease the numbers up to the first that is not free, or all free ones. Return the owners of the others."""
        account = self._session.account
        with self._session.transaction() as connection:
            connection.execute(_ADD, (account, list(numbers)))
            runs = dict(connection.execute(_LOCK, (account, list(numbers))).fetchall())
            busy = _busy_runs(connection, {run for run in runs.values() if run and run != self._session.run})
            owners = {number: busy[run] for number, run in runs.items() if run in busy}
            first_busy = min(owners, default="")
            free = [number for number in numbers if number not in owners]
            if first_busy and not may_skip:
                free = [number for number in free if number < first_busy]
            taken = connection.execute(_TAKE, (self._session.run, account, free)).fetchall()
        # Only a committed lease counts.
        self.fences.update(taken)
        return owners


def _busy_runs(connection: Connection, runs: set[int]) -> dict[int, Owner]:
    """Return the runs that still work, or may. The others are dead: they ended, or they are silent and lost their lock.

    The lock of a dead run is held to the end of this transaction, so no two runs take over at the same time.
    """
    found = [Owner(*row) for row in connection.execute(_OWNERS, (list(runs),)).fetchall()]
    return {owner.run: owner for owner in found if not _is_dead(connection, owner)}


def _is_dead(connection: Connection, owner: Owner) -> bool:
    if not owner.has_ended and owner.seconds_left > 0:
        return False
    row = connection.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", (LOCK_CLASS, owner.run)).fetchone()
    return bool(row and row[0])
