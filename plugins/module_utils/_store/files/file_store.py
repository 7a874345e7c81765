# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The store in files: a journal, and locks, pace and markers in the private state directory of this machine."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.locks import FileLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.markers import Markers
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.refusal_file import FileRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import pace_of_this_machine
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import StoreOfRun
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import state_directory


class FileStore:
    """The store of this machine. Without a journal, only its markers outlive a run."""

    def __init__(self, journal: Path | None) -> None:
        self._journal = journal

    def make_pace(self, account: str, rate_limit: float) -> Pace:
        return pace_of_this_machine(account, rate_limit)

    @contextlib.contextmanager
    def open(self, client: Client, run: RunIdentity, *, read_only: bool) -> Iterator[StoreOfRun]:
        state = state_directory(os.environ)
        journal = FileJournal(self._journal, run, markers=Markers(state, client.account), read_only=read_only)
        try:
            locks = None if read_only else FileLocks(run, state)
            with locks or contextlib.nullcontext():
                yield StoreOfRun(journal, locks, FileRefusals(state, client.account))
        finally:
            journal.close()
