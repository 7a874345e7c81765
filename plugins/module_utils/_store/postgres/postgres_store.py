# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store in PostgreSQL, shared by every machine that works on an account."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client, hash_of_account
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.journal_lines import is_moved
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import check_url, describe
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.doubts import note_replaced_server
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.leases import Leases
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.postgres_journal import PostgresJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.refusal_rows import RefusalRows
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.schema import prepare_schema
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import Session, shut_down
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.slot_rows import SHARED_MARGIN, SlotRows
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.spool import Spool
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import StoreOfRun
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import state_directory


class PostgresStore:
    """The store in a database. ``journal`` is the file that a run without a store would write."""

    def __init__(self, url: str, journal: Path | None = None) -> None:
        check_url(url)
        self._url = url
        self._slots: SlotRows | None = None
        if journal is not None and journal.is_file() and not is_moved(journal):
            raise ConfigurationError(
                f"The journal {journal} is not in the store {describe(url)} yet, so the run would forget what it says."
                f" Import it once: ansible-playbook chatapp.cams.store -e cams_journal={journal}"
            )

    def make_pace(self, account: str, rate_limit: float) -> Pace:
        """Connect to the store, make its tables if they are missing, and return its pace."""
        self._slots = SlotRows(self._url, hash_of_account(account))
        prepare_schema(self._slots.connection)
        return Pace(self._slots, rate_limit, margin=SHARED_MARGIN)

    @contextlib.contextmanager
    def open(self, client: Client, run: RunIdentity, *, read_only: bool) -> Iterator[StoreOfRun]:
        journal: PostgresJournal

        def stop(why: str) -> None:
            journal.why_lost = f"The store was lost, so the run was stopped. {why}"
            if self._slots is not None:
                shut_down(self._slots.connection)
            client.stop()

        session = Session(self._url, client.account, stop)
        try:
            spool = Spool(state_directory(os.environ), client.account)
            leases = None if read_only else Leases(session)
            journal = PostgresJournal(session, leases, spool)
            if self._slots is not None:
                self._slots.on_lost = session.lose
                session.watched.append(self._slots.waiting_since)
            if not read_only:
                session.begin(run)
                note_replaced_server(session)
            yield StoreOfRun(journal, leases, RefusalRows(session))
        finally:
            session.close()
            if self._slots is not None:
                with contextlib.suppress(Exception):
                    self._slots.connection.close()
