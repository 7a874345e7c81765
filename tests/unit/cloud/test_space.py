# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a space after reads that several threads share."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import cast

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import SYNC, Operation
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallOutcome, CallResult
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError

READERS = 4


class Breaking:
    """Answers queries; the first sync waits until all have asked, and breaks in a way that nobody foresaw."""

    def __init__(self) -> None:
        self.syncs = 0
        self.all_asked = threading.Event()

    def call(self, operation: Operation, _parameters: Mapping[str, str]) -> CallResult:
        if operation is SYNC:
            self.syncs += 1
            self.all_asked.wait(30)
            raise KeyError("nobody foresaw this")
        return CallResult(operation, CallOutcome.ANSWERED, {"PhoneNumbers": []})


def test_a_failed_read_fails_for_all_threads_that_share_it() -> None:
    client = Breaking()
    space = Space(cast(Client, client), "space-1")
    failed: list[str] = []

    def refresh() -> None:
        with pytest.raises(CamsError, match="Failed to read space space-1: an unexpected KeyError") as raised:
            space.refresh()
        failed.append(raised.value.message)

    readers = [threading.Thread(target=refresh) for _reader in range(READERS)]
    for reader in readers:
        reader.start()
    client.all_asked.set()
    for reader in readers:
        reader.join(30)

    assert len(failed) == READERS
    assert not space.refreshed


class Answering:
    """Answers each operation with rows of its own."""

    def __init__(self, **numbers: list[str]) -> None:
        self.numbers = numbers

    def call(self, operation: Operation, _parameters: Mapping[str, str]) -> CallResult:
        numbers = self.numbers["sync" if operation is SYNC else "query"]
        rows = [{"PhoneNumber": number, "Status": "PENDING"} for number in numbers]
        return CallResult(operation, CallOutcome.ANSWERED, {"PhoneNumbers": rows})


def test_a_number_that_a_sync_leaves_out_keeps_its_row_and_is_not_up_to_date() -> None:
    space = Space(cast(Client, Answering(query=["861", "862"], sync=["862", "863"])), "space-1")
    assert not space.synced

    space.sync()

    assert sorted(space.rows) == ["+861", "+862", "+863"]
    assert space.synced == {"+862", "+863"}


def test_a_query_after_a_sync_shows_all_numbers_up_to_date_and_a_query_alone_none() -> None:
    space = Space(cast(Client, Answering(query=["861", "862"], sync=[])), "space-1")
    space.query()
    assert not space.synced

    space.refresh()

    assert space.synced == {"+861", "+862"}
