# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The session of one run: its advisory lock, its heartbeat, its deadline, and what happens when the store is lost.

The run has one connection for its lock and its heartbeat, and one for its entries. A store that is lost stays lost for
this run: it does not connect again, because another run may work on its numbers by then.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import StoreLostError
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import (
    STATEMENT_SECONDS,
    connect,
    first_line,
    load_psycopg,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.schema import LOCK_CLASS
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity

if TYPE_CHECKING:
    from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import Connection

LEASE_SECONDS = 60.0
# The part of the lease time after which the run makes no more writes without a new heartbeat.
DEADLINE_PART = 0.75
BEATS_PER_LEASE = 6
WATCH_SECONDS = 0.25
# How long the end of a run waits for the store. Without an answer the run ends like a killed one.
CLOSE_SECONDS = 5.0

_BEGIN = """
    INSERT INTO run (account, name, user_name, host, lease_seconds) VALUES (%s, %s, %s, %s, %s) RETURNING id
"""
# The lock must still be held by this very session.
_BEAT = """
    UPDATE run SET beat_at = clock_timestamp()
    WHERE id = %(run)s AND ended_at IS NULL AND pg_backend_pid() = %(pid)s AND EXISTS (
        SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %(lock_class)s AND objid = %(run)s
        AND pid = pg_backend_pid() AND granted)
    RETURNING id
"""
_NOT_CONFIRMED = "The store did not confirm a commit: {warning}."
POOLER = (
    "The store is behind a connection pooler that gives each transaction another session, so a run cannot hold its"
    " lock. Connect to PostgreSQL directly, or let the pooler use session mode."
)


def lease_seconds() -> float:
    """Return the lease time. Tests make it shorter."""
    return float(os.environ.get("CAMS_STORE_LEASE_SECONDS") or LEASE_SECONDS)


class Session:
    """One run's use of the database. Safe for threads. Without a lock it only reads."""

    def __init__(self, url: str, account: str, on_lost: Callable[[str], None]) -> None:
        self.account = account
        self._url = url
        self._on_lost = on_lost
        self._lease_seconds = lease_seconds()
        self._lock_connection: Connection | None = None
        self._work = connect(url, "entries")
        self._work_lock = threading.Lock()
        self._warning = ""
        self._work.add_notice_handler(self._note_warning)
        self._statement_since = 0.0
        self._deadline = 0.0
        self._ended = threading.Event()
        self._losing = threading.Lock()
        self.run = 0
        self._pid = 0
        # Why the store was lost, in a sentence.
        self.why_lost = ""
        # Each returns since when a statement has had no answer; 0 if none waits.
        self.watched: list[Callable[[], float]] = [lambda: self._statement_since]
        threading.Thread(target=self._watch_until_end, daemon=True).start()

    # --- begin and end ---

    def begin(self, identity: RunIdentity) -> None:
        """Take the lock of a new run, then save the run, and start its heartbeat."""
        psycopg = load_psycopg()
        try:
            connection = self._lock_connection = connect(self._url, "lock", idle_seconds=self._lease_seconds)
            sent_at = boot_time()
            with connection.transaction():
                values = (self.account, identity.id, identity.user, identity.host, self._lease_seconds)
                row = connection.execute(_BEGIN, values).fetchone()
                self.run = int(row[0]) if row else 0
                lock = connection.execute(
                    "SELECT pg_try_advisory_lock(%s, %s), pg_backend_pid()", (LOCK_CLASS, self.run)
                ).fetchone()
                taken, self._pid = lock or (False, 0)
                if not taken:
                    raise ConfigurationError("Could not take the lock of this run in the store. Run again.")
            self._refuse_pooler(connection)
        except psycopg.Error as error:
            raise ConfigurationError(f"Could not begin a run in the store: {first_line(error)}") from None
        self._deadline = sent_at + self._lease_seconds * DEADLINE_PART
        threading.Thread(target=self._beat_until_end, daemon=True).start()

    def _refuse_pooler(self, connection: Connection) -> None:
        """Check that the lock's session is a session of its own, also while another connection is in a transaction."""
        with self._work.transaction():
            other = self._work.execute("SELECT pg_backend_pid()").fetchone()
            held = connection.execute(
                "SELECT pg_backend_pid(), EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = %s"
                " AND objid = %s AND pid = pg_backend_pid() AND granted)",
                (LOCK_CLASS, self.run),
            ).fetchone()
        if not held or held != (self._pid, True) or not other or other[0] == self._pid:
            raise ConfigurationError(POOLER)

    def close(self) -> None:
        """End the run cleanly, so that its numbers are free, and close the connections."""
        self._ended.set()
        connections = [connection for connection in (self._lock_connection, self._work) if connection is not None]
        timer = threading.Timer(CLOSE_SECONDS, shut_down, connections)
        timer.daemon = True
        timer.start()
        with contextlib.suppress(Exception):
            if self._lock_connection is not None and not self.why_lost:
                self._lock_connection.execute("UPDATE run SET ended_at = clock_timestamp() WHERE id = %s", (self.run,))
        for connection in connections:
            with contextlib.suppress(Exception):
                connection.close()
        timer.cancel()

    # --- statements ---

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run statements in one transaction, which is committed at the end. A failure loses the store."""
        with self._using() as connection, connection.transaction():
            yield connection

    def rows(self, statement: str, values: Any) -> Sequence[tuple[Any, ...]]:
        """Run one statement in a transaction of its own, and return its rows. A failure loses the store."""
        with self._using() as connection:
            return connection.execute(statement.encode(), values).fetchall()

    @contextmanager
    def _using(self) -> Iterator[Connection]:
        """Give the connection for entries to one thread."""
        psycopg = load_psycopg()
        with self._work_lock:
            self._raise_if_lost()
            self._warning = ""
            self._statement_since = boot_time()
            try:
                yield self._work
            except psycopg.errors.UniqueViolation:
                raise
            except psycopg.Error as error:
                self.lose(f"The store can no longer be used: {first_line(error)}")
            finally:
                self._statement_since = 0.0
            if self._warning:
                # A commit whose wait for a standby was cancelled is not safe.
                self.lose(_NOT_CONFIRMED.format(warning=self._warning.rstrip(".")))
            self._raise_if_lost()

    def _note_warning(self, message: Any) -> None:
        if message.severity_nonlocalized == "WARNING":
            self._warning = str(message.message_primary)

    # --- the deadline ---

    def check_deadline(self) -> None:
        """Raise StoreLostError if the last heartbeat is too old for another write."""
        if self._lock_connection is not None and boot_time() > self._deadline:
            self.lose(self._no_heartbeat())
        self._raise_if_lost()

    def _raise_if_lost(self) -> None:
        if self.why_lost:
            raise StoreLostError(self.why_lost)

    def _no_heartbeat(self) -> str:
        seconds = self._lease_seconds * DEADLINE_PART
        return f"The store did not answer for {seconds:.0f} s, so another run may work on these numbers."

    def lose(self, why: str) -> None:
        """Note that the store is lost, wake up every thread that waits for it, and stop the run. Only once."""
        with self._losing:
            if self.why_lost or self._ended.is_set():
                return
            self.why_lost = why
        for connection in (self._lock_connection, self._work):
            if connection is not None:
                shut_down(connection)
        self._on_lost(why)

    # --- threads ---

    def _beat_until_end(self) -> None:
        connection, psycopg = self._lock_connection, load_psycopg()
        values = {"run": self.run, "pid": self._pid, "lock_class": LOCK_CLASS}
        while connection is not None and not self._ended.wait(self._lease_seconds / BEATS_PER_LEASE):
            sent_at = boot_time()
            try:
                held = connection.execute(_BEAT, values).fetchone()
            except psycopg.Error as error:
                self.lose(f"The connection to the store was lost: {first_line(error)}")
                return
            if not held:
                self.lose("The run lost its lock in the store, so another run may work on these numbers.")
                return
            self._deadline = sent_at + self._lease_seconds * DEADLINE_PART

    def _watch_until_end(self) -> None:
        """Lose the store when the deadline passes, or when a statement gets no answer."""
        while not self._ended.wait(WATCH_SECONDS) and not self.why_lost:
            now = boot_time()
            longest = max((now - since for since in (watch() for watch in self.watched) if since), default=0.0)
            if self._deadline and now > self._deadline:
                self.lose(self._no_heartbeat())
            elif longest > min(STATEMENT_SECONDS + 1, self._lease_seconds):
                self.lose("The store does not answer.")


def boot_time() -> float:
    """Return seconds since boot. This clock also counts the time that the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def shut_down(*connections: Connection) -> None:
    """End connections from another thread: a thread that waits for an answer gets an error."""
    for connection in connections:
        with contextlib.suppress(Exception), socket.socket(fileno=os.dup(connection.fileno())) as duplicate:
            duplicate.shutdown(socket.SHUT_RDWR)
