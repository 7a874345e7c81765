# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store may have forgotten: after a failover, or after a backup was restored.

A standby that became the server may lack the last commits, and a backup lacks all commits since it was made. So a code
is then requested only if an operator names the number in resend.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.chatapp.cams.plugins.module_utils._store.limits import clock_time
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import Session

_TIMELINE = "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
# All numbers that the store knows are marked in the same transaction, and keep the mark until they are registered.
_NOTE_CHANGE = f"""
    WITH changed AS (
        UPDATE meta SET timeline = {_TIMELINE}, timeline_changed_at = clock_timestamp() WHERE timeline <> {_TIMELINE}
        RETURNING 1)
    UPDATE lease SET doubted = true FROM changed RETURNING 1
"""
_READ = "SELECT extract(epoch FROM timeline_changed_at)::float8, extract(epoch FROM no_codes_before)::float8 FROM meta"
_READ_DOUBTED = "SELECT number FROM lease WHERE account = %s AND number = ANY(%s) AND doubted"


@dataclass(frozen=True)
class Doubts:
    """What the store may have forgotten of the numbers of a run."""

    replaced_at: float | None = None
    # Until then every code needs resend.
    no_codes_before: float | None = None
    numbers: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def read(cls, session: Session, numbers: Sequence[str]) -> Doubts:
        ((replaced_at, no_codes_before),) = session.rows(_READ, ())
        doubted = session.rows(_READ_DOUBTED, (session.account, list(numbers))) if replaced_at is not None else ()
        return cls(replaced_at, no_codes_before, frozenset(number for (number,) in doubted))

    def why_code_needs_resend(self, number: str, now: float) -> str:
        """Return why no code is requested without resend, in a sentence; empty if a code may be requested."""
        if self.no_codes_before is not None and now < self.no_codes_before:
            until = clock_time(self.no_codes_before)
            return f"The store may have forgotten code requests, so before {until} no run requests one by itself."
        if self.replaced_at is not None and number in self.numbers:
            at = clock_time(self.replaced_at)
            return f"The server of the store was replaced at {at} and may have forgotten a code request."
        return ""


def note_replaced_server(session: Session) -> None:
    """Mark the numbers of the store if its server was replaced by a standby or a backup since the last run."""
    session.rows(_NOTE_CHANGE, ())
