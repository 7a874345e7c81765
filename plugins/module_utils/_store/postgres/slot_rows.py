# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The slots of the pace in PostgreSQL, shared by all machines, on the clock of the server."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from typing import TYPE_CHECKING

from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Slots
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import StoreLostError
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import (
    connect,
    first_line,
    load_psycopg,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import boot_time

if TYPE_CHECKING:
    from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import Connection

# A larger difference between two measurements means that a clock was set.
LARGEST_DELAY = 1.0
# Between machines, calls travel and start less evenly than within one, so the slots are further apart.
SHARED_MARGIN = 1.06

_ADD = "INSERT INTO pace (account, action) VALUES (%s, %s) ON CONFLICT DO NOTHING"
_LOCK = """
    SELECT next_at, rate, slowed_at, closed_until, extract(epoch FROM clock_timestamp())::float8
    FROM pace WHERE account = %s AND action = %s FOR UPDATE
"""
_SAVE = """
    UPDATE pace SET next_at = %s, rate = %s, slowed_at = %s, closed_until = %s WHERE account = %s AND action = %s
"""


class SlotRows:
    """The rows of one account. A row that is lost in a crash of the server only costs a throttle."""

    def __init__(self, url: str, account: str) -> None:
        self._account = account
        self.connection: Connection = connect(url, "pace", weak_commit=True)
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._slowed_at: dict[str, float] = {}
        # How far the clock of the server is ahead of this machine's clock.
        self._ahead = -inf
        self._statement_since = 0.0
        # Called with a sentence when the store is lost.
        self.on_lost: Callable[[str], None] = lambda why: None

    def waiting_since(self) -> float:
        """Return since when a statement has had no answer, in seconds since boot; 0 if none waits."""
        return self._statement_since

    def slowed_at(self, action: str) -> float:
        """Return when another call was throttled, as this process last read it. Its calls read it all the time."""
        return self._slowed_at.get(action, 0.0)

    @contextmanager
    def locked(self, action: str, now: float) -> Iterator[Slots]:
        psycopg = load_psycopg()
        try:
            with self._lock, self._timed(), self.connection.transaction():
                if action not in self._known:
                    self.connection.execute(_ADD, (self._account, action))
                    self._known.add(action)
                row = self.connection.execute(_LOCK, (self._account, action)).fetchone()
                if row is None:
                    raise CamsError("A row of the pace was removed from the store. Run again.")
                *times, server_now = row
                ahead = self._note_clock(server_now - time.monotonic())
                slots = _moved(Slots(*times), -ahead)
                if slots.is_damaged(now):
                    slots = Slots()
                yield slots
                self._slowed_at[action] = slots.slowed_at
                saved = _moved(slots, ahead)
                values = (saved.next, saved.rate, saved.slowed_at, saved.closed_until, self._account, action)
                self.connection.execute(_SAVE, values)
        except psycopg.Error as error:
            why = f"The pace can no longer be shared through the store: {first_line(error)}"
            self.on_lost(why)
            raise StoreLostError(why) from None

    @contextmanager
    def _timed(self) -> Iterator[None]:
        self._statement_since = boot_time()
        try:
            yield
        finally:
            self._statement_since = 0.0

    def _note_clock(self, measured: float) -> float:
        """Return how far the server's clock is ahead. An answer that took long makes that look smaller than it is."""
        has_jumped = abs(measured - self._ahead) > LARGEST_DELAY
        self._ahead = measured if has_jumped else max(measured, self._ahead)
        return self._ahead


def _moved(slots: Slots, seconds: float) -> Slots:
    """Return the same slots on a clock that is ahead by ``seconds``."""
    return Slots(slots.next + seconds, slots.rate, slots.slowed_at + seconds, slots.closed_until + seconds)
