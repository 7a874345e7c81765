# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that run the engine: each has a home of its own, and shares a store with others or has only its files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from unittest import mock

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_store import FileStore
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.postgres_store import PostgresStore
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import Store, StoreOfRun

ENDPOINT_AND_KEY = "cams.example.com LTAIexample"


class StoppableClient:
    """Stands for the client: it has an account, and a lost store stops it."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.is_stopped = False

    def stop(self) -> None:
        self.is_stopped = True


@dataclass(frozen=True)
class Machine:
    """One machine with its own home. Without a database it has its files."""

    name: str
    home: Path
    database_url: str = ""
    journal: Path | None = None

    def store(self) -> Store:
        return PostgresStore(self.database_url, self.journal) if self.database_url else FileStore(self.journal)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Let this process use the home of the machine."""
        with mock.patch.dict(os.environ, {"XDG_STATE_HOME": str(self.home)}):
            yield

    @contextlib.contextmanager
    def run(self, name: str, account: str = "account", *, read_only: bool = False) -> Iterator[StoreOfRun]:
        """Open the store of the machine for a run."""
        client = cast(Client, StoppableClient(account))
        identity = RunIdentity(name, "alice", self.name)
        store = self.store()
        with self.at_work():
            store.make_pace(ENDPOINT_AND_KEY, 10)
            with store.open(client, identity, read_only=read_only) as memory:
                yield memory
