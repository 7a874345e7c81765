# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of one space: read once for all its numbers, and again after they changed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from ansible_collections.chatapp.cams.plugins.module_utils._api import operations
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, read_rows
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, describe_unexpected


class Space:
    """The rows of one space, as last read in this run. Safe for threads."""

    def __init__(self, client: Client, cust_space_id: str) -> None:
        self._client = client
        self._parameters = {"CustSpaceId": cust_space_id}
        self._lock = threading.Lock()
        self._shared = {read: _SharedRead() for read in (self._sync, self._sync_and_query)}
        self._read_began = -inf
        self._changed_at = -inf
        self.rows: dict[str, Row] = {}
        # The numbers whose rows a sync of this run has brought up to date.
        self.synced: set[str] = set()
        self.refreshed = False
        # Whether so many of its numbers are new that one read of the space is cheaper than one read for each number.
        self.read_new_numbers_together = False
        self.query()

    def query(self) -> None:
        began = time.monotonic()
        self.rows = self._read_rows(operations.QUERY_NUMBERS)
        self._read_began = began

    def sync(self) -> None:
        """Sync the space, and use the rows that the sync answers with. A number that it leaves out keeps its row."""
        self._share_read(self._sync)

    def refresh(self) -> None:
        """Sync the space, then query it."""
        self._share_read(self._sync_and_query)
        self.refreshed = True

    def note_change(self) -> None:
        """Note that a step was made, so the rows may be old."""
        self._changed_at = time.monotonic()

    @property
    def is_stale(self) -> bool:
        """Return whether a step was made after the rows were read."""
        return self._read_began < self._changed_at

    def _share_read(self, read: Callable[[], None]) -> None:
        """Read the space once for all threads that wait. A thread that comes during a read shares the next read."""
        asked_at = time.monotonic()
        shared = self._shared[read]
        with self._lock:
            if shared.began < asked_at:
                shared.began, shared.failed = time.monotonic(), None
                try:
                    read()
                except CamsError as error:
                    shared.failed = error
                except Exception as error:
                    # The threads that share this read must not use the old rows as if they were new.
                    name = self._parameters["CustSpaceId"]
                    shared.failed = CamsError(f"Failed to read space {name}: {describe_unexpected(error)}")
            if shared.failed is not None:
                raise shared.failed

    def _sync(self) -> None:
        began = time.monotonic()
        rows = self._read_rows(operations.SYNC)
        self.rows = self.rows | rows
        self.synced |= rows.keys()
        self._read_began = began

    def _sync_and_query(self) -> None:
        self._client.call(operations.SYNC, self._parameters).body_or_raise()
        self.query()
        self.synced |= self.rows.keys()

    def _read_rows(self, operation: operations.Operation) -> dict[str, Row]:
        return {row["phone_number"]: row for row in read_rows(self._client, operation, self._parameters)}


def query_space(client: Client, cust_space_id: str) -> Space | CamsError:
    """Return the space, or why it could not be queried. The run continues with the numbers of other spaces."""
    try:
        return Space(client, cust_space_id)
    except CamsError as error:
        return error
    except Exception as error:
        return CamsError(f"Failed to query space {cust_space_id}: {describe_unexpected(error)}")


@dataclass
class _SharedRead:
    """When the newest read began, and the error if it failed."""

    began: float = -inf
    failed: CamsError | None = None
