# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal in PostgreSQL: each entry is committed, together with a check of its lease, before its request leaves."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import Entry, JournalError, StoreLostError
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.limits import ends_migration
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import load_psycopg
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.doubts import Doubts
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.leases import Leases
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import Session
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.spool import Conclusion, Spool

OPEN = "open"
_TAKEN_OVER = "Another run took over numbers of this run, because this run was silent for too long."

# A plain SELECT would let an entry commit after another run took the lease.
_LEASE = "account = %(account)s AND number = %(number)s AND run = %(run)s AND fence = %(fence)s"
_HELD = f"held AS (SELECT generation FROM lease WHERE {_LEASE} FOR SHARE)"
# A generation begins with an accepted initiate or a named resend. There is one code request in each.
_NEXT_GENERATION = f"held AS (UPDATE lease SET generation = generation + 1 WHERE {_LEASE} RETURNING generation)"
# Entries of a number stay in their order even if the clock of the server is set back.
_WITHOUT_DOUBT = f"held AS (UPDATE lease SET doubted = false WHERE {_LEASE} RETURNING generation)"
_INSERT = """
    INSERT INTO entry (id, account, number, space, run, fence, generation, step, state, tried, at)
    SELECT %(id)s, %(account)s, %(number)s, %(space)s, %(run)s, %(fence)s, generation, %(step)s, 'open', %(tried)s,
        (SELECT greatest(clock_timestamp(), max(at)) FROM entry WHERE account = %(account)s AND number = %(number)s)
    FROM held RETURNING extract(epoch FROM at)::float8
"""
_CHECK = "UPDATE entry SET attempts = attempts + 1 FROM held WHERE id = %(id)s AND state = 'open' RETURNING 1"
_CONCLUDE = """
    UPDATE entry SET state = %(state)s, concluded_at = clock_timestamp(), request_id = %(request_id)s, error = %(error)s
    FROM held WHERE id = %(id)s AND state = 'open' RETURNING 1
"""
_LOAD = """
    SELECT id, extract(epoch FROM at)::float8, space, number, step, state, tried FROM entry
    WHERE account = %s AND number = ANY(%s) ORDER BY number, at, place
"""
_EXISTS = "SELECT EXISTS (SELECT FROM entry WHERE account = %s), extract(epoch FROM clock_timestamp())::float8"


class PostgresJournal(Journal):
    """The journal of one run in the database. Without leases it only reads."""

    def __init__(self, session: Session, leases: Leases | None, spool: Spool) -> None:
        super().__init__(self._server_time)
        self._session = session
        self._leases = leases
        self._spool = spool
        self._ahead_of_us = 0.0
        self._doubts = Doubts()

    def _server_time(self) -> float:
        return time.time() + self._ahead_of_us

    def load(self, numbers: Collection[str]) -> None:
        wanted = sorted(numbers)
        if self._leases is not None:
            self._spool.import_into(self._session, self._leases.fences)
        ((self._was_written, now),) = self._session.rows(_EXISTS, (self._session.account,))
        self._ahead_of_us = now - time.time()
        for row in self._session.rows(_LOAD, (self._session.account, wanted)):
            self._remember(_entry_of(*row))
        self._doubts = Doubts.read(self._session, wanted)
        self.problems += self._spool.problems

    def check(self, entry: Entry) -> None:
        rows = self._session.rows(f"WITH {_HELD} {_CHECK}", self._values(entry))
        self._continue_or_lose(bool(rows))

    def note_under_way(self, space: str, number: str) -> None:
        if self._leases is None or self.limits(number, None).memory.is_under_way:
            return
        try:
            self.conclude(self.intend(space, number, Step.INITIATE), Effect.EARLIER)
        except JournalError as error:
            self.problems.append(f"Could not save that {number} is being migrated: {error.message}")

    def _why_code_needs_resend(self, number: str) -> str:
        return self._doubts.why_code_needs_resend(number, self._clock())

    def _save_intent(self, entry: Entry) -> None:
        lease = _NEXT_GENERATION if entry.resend else _HELD
        values = {**self._values(entry), "space": entry.space, "step": entry.step.value, "tried": entry.tried}
        try:
            rows = self._session.rows(f"WITH {lease} {_INSERT}", values)
        except load_psycopg().errors.UniqueViolation:
            raise JournalError(
                f"The store already has {_IN_WORDS.get(entry.step, 'an open write')} for {entry.number}, so nothing was"
                " sent. Run again: the number is read first."
            ) from None
        self._continue_or_lose(bool(rows))
        entry.at = rows[0][0]

    def _save_effect(self, entry: Entry, effect: Effect, request_id: str, error_code: str) -> None:
        conclusion = Conclusion(entry.id, entry.number, effect.value, request_id, error_code)
        lease = _HELD
        if entry.step is Step.INITIATE and effect is Effect.DONE:
            lease = _NEXT_GENERATION
        elif ends_migration(entry.step, effect):
            lease = _WITHOUT_DOUBT
        values = {**self._values(entry), "state": effect.value, "request_id": request_id, "error": error_code}
        try:
            rows = self._session.rows(f"WITH {lease} {_CONCLUDE}", values)
            self._continue_or_lose(bool(rows))
        except StoreLostError:
            self._spool.add(conclusion)
            self.problems += self._spool.problems

    def _values(self, entry: Entry) -> dict[str, Any]:
        fence = self._leases.fences.get(entry.number, -1) if self._leases else -1
        return {
            "id": entry.id,
            "account": self._session.account,
            "number": entry.number,
            "run": self._session.run,
            "fence": fence,
        }

    def _continue_or_lose(self, is_held: bool) -> None:
        """Continue if the lease is still held and the last heartbeat is recent. Else raise StoreLostError."""
        if not is_held:
            self._session.lose(_TAKEN_OVER)
            raise StoreLostError(_TAKEN_OVER)
        self._session.check_deadline()


_IN_WORDS = {Step.REQUEST_CODE: "a code request since the last initiate or resend"}


def _entry_of(id_: str, at: float, space: str, number: str, step: str, state: str, tried: str) -> Entry:
    return Entry(id_, at, space, number, Step(step), None if state == OPEN else Effect(state), tried)
