# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The learnt refusals of an account in PostgreSQL."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import StoreLostError
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import MAX_REFUSALS, LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import Session

_READ = "SELECT http_status, code, message FROM refusal WHERE account = %s ORDER BY learnt_at DESC LIMIT %s"
_SAVE = """
    INSERT INTO refusal (account, http_status, code, message) VALUES (%s, %s, %s, %s)
    ON CONFLICT (account, http_status, code, message) DO UPDATE SET learnt_at = clock_timestamp() RETURNING 1
"""


class RefusalRows(LearntRefusals):
    """The learnt refusals that all machines share."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._refusals = self._read()

    def _read(self) -> list[Refusal]:
        rows = self._session.rows(_READ, (self._session.account, MAX_REFUSALS))
        return [Refusal(*row) for row in reversed(rows)]

    def learn(self, refusal: Refusal) -> None:
        try:
            super().learn(refusal)
        except StoreLostError:
            # The run stops anyway, and the next run learns the refusal again.
            return

    def _save(self, refusal: Refusal) -> None:
        if self._session.run:
            values = (self._session.account, refusal.http_status, refusal.code, refusal.message)
            self._session.rows(_SAVE, values)
