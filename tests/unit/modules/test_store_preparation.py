# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cams_store passes its options to the administration of the store, and describes what that returns."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import hash_of_own_account
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._modules import store_preparation
from ansible_collections.chatapp.cams.plugins.module_utils._modules.store_preparation import prepare_store
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.administration import WorkingRun
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.schema import Prepared
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import DEFAULT_ENDPOINT

TIME = "2026-12-01T00:00:00Z"
URL = "postgresql://cams@db.example.com/cams"
CONNECTION = {"endpoint": DEFAULT_ENDPOINT, "access_key_id": "key-of-this-test"}
ACCOUNT = hash_of_own_account(CONNECTION)
NUMBERS = [f"+86139000012{place:02}" for place in range(12)]
RUN = WorkingRun("run-1", "deploy", "controller-2", "2026-05-01T10:00:00+00:00", "2026-05-01T10:02:10+00:00", NUMBERS)


@dataclass
class Administration:
    """Records calls, and returns what a test sets."""

    calls: list[tuple[Any, ...]] = field(default_factory=list)
    prepared: Prepared = field(default_factory=lambda: Prepared(1, changed=False))
    new_entries: int = 0
    new_markers: int = 0
    moment_is_new: bool = False
    runs: list[WorkingRun] = field(default_factory=list)

    def prepare(self, url: str, *, check_mode: bool) -> Prepared:
        self.calls.append(("prepare", url, check_mode))
        return self.prepared

    def import_journal(self, url: str, account: str, path: Path, *, check_mode: bool) -> int:
        self.calls.append(("import_journal", url, account, path, check_mode))
        return self.new_entries

    def import_markers(self, url: str, account: str, state: Path, *, check_mode: bool) -> int:
        self.calls.append(("import_markers", url, account, state, check_mode))
        return self.new_markers

    def set_no_codes_before(self, url: str, moment: datetime | None, *, check_mode: bool) -> bool:
        self.calls.append(("set_no_codes_before", url, moment, check_mode))
        return self.moment_is_new

    def running(self, url: str, account: str) -> list[WorkingRun]:
        self.calls.append(("running", url, account))
        return self.runs


@dataclass
class Module:
    params: dict[str, Any]
    check_mode: bool


@pytest.fixture
def administration(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Administration:
    fake = Administration()
    monkeypatch.setattr(store_preparation, "administration", fake)
    monkeypatch.setattr(store_preparation, "import_journal", fake.import_journal)
    monkeypatch.setattr(store_preparation, "import_markers", fake.import_markers)
    monkeypatch.setattr(store_preparation, "state_directory", lambda _environ: tmp_path)
    return fake


def result(*, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    given = {**CONNECTION, "store": URL, "import_journals": [], "no_codes_before": None, **options}

    # Nothing that could make a client: the module makes no API call.
    connect: Any = None
    module: Any = Module(given, check_mode)
    return prepare_store(module, connect)


def test_a_prepared_store_is_not_changed(administration: Administration, tmp_path: Path) -> None:
    returned = result()

    assert administration.calls == [
        ("prepare", URL, False),
        ("import_markers", URL, ACCOUNT, tmp_path, False),
        ("running", URL, ACCOUNT),
    ]
    assert returned == {
        "changed": False,
        "msg": ["The tables of the store have version 1.", "No run works on numbers of this account now."],
        "schema_version": 1,
        "imported": [],
        "imported_markers": 0,
        "runs": [],
    }


@pytest.mark.parametrize("check_mode", [False, True])
def test_the_time_is_set_before_each_journal_is_imported_once(
    administration: Administration, tmp_path: Path, check_mode: bool
) -> None:
    paths = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    names = [str(path) for path in (*paths, paths[0])]

    result(import_journals=names, no_codes_before=TIME, check_mode=check_mode)

    assert administration.calls == [
        ("prepare", URL, check_mode),
        ("set_no_codes_before", URL, datetime(2026, 12, 1, tzinfo=timezone.utc), check_mode),
        *(("import_journal", URL, ACCOUNT, path, check_mode) for path in paths),
        # A journal says more about a code than a marker.
        ("import_markers", URL, ACCOUNT, tmp_path, check_mode),
        ("running", URL, ACCOUNT),
    ]


def test_an_empty_time_removes_it(administration: Administration) -> None:
    result(no_codes_before="")

    assert ("set_no_codes_before", URL, None, False) in administration.calls


@pytest.mark.parametrize(
    "changes",
    [{"prepared": Prepared(1, changed=True)}, {"new_entries": 3}, {"new_markers": 3}, {"moment_is_new": True}],
    ids=["tables", "entries", "markers", "time"],
)
def test_each_kind_of_change_is_a_change(administration: Administration, tmp_path: Path, changes: Any) -> None:
    vars(administration).update(changes)

    assert result(import_journals=[str(tmp_path / "a.jsonl")], no_codes_before=TIME)["changed"] is True


@pytest.mark.parametrize(("check_mode", "verb"), [(False, "Imported"), (True, "Would import")])
def test_sentences_say_what_was_imported_or_would_be(
    administration: Administration, tmp_path: Path, check_mode: bool, verb: str
) -> None:
    administration.new_entries, administration.new_markers = 3, 2
    journal = str(tmp_path / "a.jsonl")

    returned = result(import_journals=[journal], check_mode=check_mode)

    assert returned["msg"][1].startswith(f"{verb} 2 notes of this machine")
    assert returned["msg"][2] == f"{verb} 3 new entries from {journal}."
    assert (returned["imported"], returned["imported_markers"]) == ([{"journal": journal, "entries": 3}], 2)


def test_new_tables_are_announced(administration: Administration) -> None:
    administration.prepared = Prepared(2, changed=True)

    assert result()["msg"][0] == "The tables of the store were created or migrated to version 2."


def test_check_mode_reads_no_tables_that_do_not_exist(administration: Administration, tmp_path: Path) -> None:
    administration.prepared = Prepared(2, changed=True)

    returned = result(import_journals=[str(tmp_path / "a.jsonl")], no_codes_before=TIME, check_mode=True)

    assert administration.calls == [("prepare", URL, True)]
    assert returned["changed"] is True
    assert returned["msg"] == ["The tables of the store would be created or migrated to version 2."]


def test_a_run_that_works_now_is_described(administration: Administration) -> None:
    administration.runs = [RUN]

    returned = result()

    assert returned["runs"] == [vars(RUN)]
    assert returned["msg"][1:] == [
        f"deploy on controller-2 works on {', '.join(NUMBERS[:10])} and 2 more. Run run-1 started at"
        " 2026-05-01T10:00:00+00:00 and was last seen at 2026-05-01T10:02:10+00:00."
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"store": None}, "No store is named. Name the database in cams_store, in CAMS_STORE, or in the option store"),
        ({"store": ""}, "No store is named."),
        ({"import_journals": [""]}, "import_journals contains an empty path. Remove it."),
        ({"import_journals": ["/tmp"]}, "import_journals must be a file, but /tmp is a directory."),
        ({"no_codes_before": "tomorrow"}, "no_codes_before must be a time in ISO 8601 such as 2026-12-01T00:00:00Z"),
        ({"endpoint": "http://cams.example.com"}, "is plain http"),
    ],
)
def test_wrong_options_are_refused_before_the_store_is_touched(
    administration: Administration, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        result(**options)

    assert message in refused.value.message
    assert administration.calls == []
