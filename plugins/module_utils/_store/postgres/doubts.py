# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times before which the store may have forgotten code requests: after a failover, or after a backup was restored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.chatapp.cams.plugins.module_utils._store.limits import clock_time

if TYPE_CHECKING:
    from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import Connection
    from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import Session

_TIMELINE = "substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"
_NOTE_CHANGE = f"""
    UPDATE cams.meta SET timeline = {_TIMELINE}, timeline_changed_at = clock_timestamp() WHERE timeline <> {_TIMELINE}
"""
_READ = "SELECT extract(epoch FROM timeline_changed_at)::float8, extract(epoch FROM no_codes_before)::float8 FROM meta"


@dataclass(frozen=True)
class Doubts:
    """When the store may have forgotten something. None if there is no doubt."""

    replaced_at: float | None = None
    no_codes_before: float | None = None

    @classmethod
    def read(cls, session: Session) -> Doubts:
        rows = session.rows(_READ, ())
        return cls(*rows[0]) if rows else cls()

    def why_code_needs_resend(self, first_entry_at: float | None, now: float) -> str:
        """Return why no code is requested without resend, in a sentence; empty if a code may be requested."""
        if self.no_codes_before is not None and now < self.no_codes_before:
            until = clock_time(self.no_codes_before)
            return f"The store may have forgotten code requests, so before {until} a code needs resend."
        if self.replaced_at is not None and first_entry_at is not None and first_entry_at < self.replaced_at:
            at = clock_time(self.replaced_at)
            return f"The server of the store was replaced at {at} and may have forgotten a code request."
        return ""


def note_replaced_server(connection: Connection) -> None:
    """Save when the server was replaced by a standby or a backup, if that happened since the last run."""
    connection.execute(_NOTE_CHANGE.encode())
