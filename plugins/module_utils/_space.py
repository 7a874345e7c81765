# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of one space, read once for all its numbers and again when they changed."""

from __future__ import annotations

import threading
import time
from math import inf

from ansible_collections.chatapp.cams.plugins.module_utils._api import operations
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._numbers import Row, read_rows


class Space:
    """The rows of one space, as last read in this run. Safe for threads."""

    def __init__(self, client: Client, cust_space_id: str) -> None:
        self._client = client
        self._parameters = {"CustSpaceId": cust_space_id}
        self._lock = threading.Lock()
        self._refresh_began = -inf
        self._refresh_failed: CamsError | None = None
        self._read_began = -inf
        self._changed_at = -inf
        self.rows: dict[str, Row] = {}
        self.refreshed = False
        # So many numbers of it are new that reading its rows again is cheaper than reading each one's status.
        self.read_new_numbers_together = False
        self.query()

    def query(self) -> None:
        began = time.monotonic()
        self.rows = {
            row["phone_number"]: row for row in read_rows(self._client, operations.QUERY_NUMBERS, self._parameters)
        }
        self._read_began = began

    def refresh(self) -> None:
        """Make the service look anew, then query. Whoever asks while another does it shares the one that follows."""
        asked = time.monotonic()
        with self._lock:
            if self._refresh_began < asked:
                self._refresh_began = time.monotonic()
                self._refresh_failed = self._try_to_refresh()
            if self._refresh_failed is not None:
                raise self._refresh_failed
            self.refreshed = True

    def _try_to_refresh(self) -> CamsError | None:
        try:
            self._client.call(operations.SYNC, self._parameters).answer()
            self.query()
        except CamsError as error:
            return error
        return None

    def note_change(self) -> None:
        """A step was taken that its rows may show."""
        self._changed_at = time.monotonic()

    @property
    def stale(self) -> bool:
        """Whether a step was taken after the rows were read."""
        return self._read_began < self._changed_at
