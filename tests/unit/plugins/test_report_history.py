# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report takes the history of numbers from the store if one is named, otherwise from the journal."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.action import cams_inventory_info, cams_report
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import hash_of_own_account
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import Declarations
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import Mistakes
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_options import read_run_options
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import source_of_results
from ansible_collections.chatapp.cams.plugins.module_utils._store.history import History
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import DEFAULT_ENDPOINT

URL = "postgresql://cams@db.example.com/cams"
NUMBER = "+8613900001234"
NOW = datetime(2026, 5, 1, 10, tzinfo=timezone.utc)
CONNECTION = {"endpoint": DEFAULT_ENDPOINT, "access_key_id": "key-of-this-test"}


def report(folder: Path, **options: Any) -> dict[str, Any]:
    given = {"journal": None, "store": None, "store_required": False, "hosts": None, "show_numbers": True}
    shown = {**NumberResult(Declaration("1", NUMBER), Outcome.CONVERGED).as_dict(), "phase": "connected"}
    source = source_of_results([shown], NOW)
    options = {**CONNECTION, **given, "directory": str(folder), "mode": "0600", **options}
    return cams_report.write_report(source, options, NOW, {}, write=False)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the report reads from a store."""
    calls: list[tuple[Any, ...]] = []

    def read_history_from_store(url: str, account: str, numbers: Collection[str]) -> History:
        calls.append((url, account, set(numbers)))
        return History(known=True)

    monkeypatch.setattr(cams_report, "read_history_from_store", read_history_from_store)
    return calls


def test_the_history_of_the_account_is_read_from_the_store(reads: list[tuple[Any, ...]], tmp_path: Path) -> None:
    report(tmp_path, store=URL, store_required=True, journal=str(tmp_path))

    assert reads == [(URL, hash_of_own_account(CONNECTION), {NUMBER})]


def test_without_a_store_the_journal_is_read(reads: list[tuple[Any, ...]], tmp_path: Path) -> None:
    returned = report(tmp_path, journal=str(tmp_path))

    assert reads == []
    assert f"The journal {tmp_path} cannot be read" in returned["warnings"][0]


def test_a_required_store_must_be_named(reads: list[tuple[Any, ...]], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="store_required is true, but no store is named"):
        report(tmp_path, store_required=True, journal=str(tmp_path / "journal.jsonl"))

    assert reads == []


@pytest.mark.parametrize(
    ("variables", "passed"),
    [
        ({}, {}),
        ({"cams_store": "", "cams_store_required": None}, {}),
        ({"cams_store": URL, "cams_store_required": "yes"}, {"store": URL, "store_required": True}),
    ],
)
def test_the_role_passes_only_the_options_that_are_set(variables: dict[str, Any], passed: dict[str, Any]) -> None:
    play: dict[str, Any] = {"ansible_play_hosts_all": [], "ansible_play_hosts": [], "hostvars": {}}
    given = {**play, "cams_report_plan": "plan.json", **variables}
    options = read_run_options("report", given, lambda container, key: container[key], Mistakes())
    assert options.report is not None

    def find(hosts: list[str], codes: dict[str, str]) -> Declarations:
        return Declarations()

    assert cams_inventory_info.report_inputs([], options, options.report, given, find)["store"] == passed
