# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store is prepared, files move into it, and it says who works on what."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.importing import import_journal, import_markers
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.administration import (
    prepare,
    running,
    set_no_codes_before,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.history import read_history_from_store
from machines import Machine
from postgres_server import PostgresServer

ACCOUNT, SPACE, NUMBER, OTHER = "account", "space-1", "+8613900000001", "+8613900000002"
CODE = "271828"


@pytest.fixture
def url(database_url: str) -> str:
    prepare(database_url, check_mode=False)
    return database_url


@pytest.fixture
def old(tmp_path: Path) -> Machine:
    """A machine with files, which two runs have written."""
    machine = Machine("old", tmp_path / "old", journal=tmp_path / "journal.jsonl")
    with machine.run("run-1") as memory:
        note(memory.journal, Step.INITIATE)
        note(memory.journal, Step.REQUEST_CODE)
        note(memory.journal, Step.VERIFY, Effect.REFUSED, CODE)
        memory.journal.note_under_way(SPACE, OTHER)
    with machine.run("run-2") as memory:
        memory.journal.intend(SPACE, OTHER, Step.REQUEST_CODE)
    return machine


def note(journal: Journal, step: Step, effect: Effect = Effect.DONE, code: str = "") -> None:
    journal.conclude(journal.intend(SPACE, NUMBER, step, code), effect, "request-id", "")


def journal_of(machine: Machine) -> Path:
    assert machine.journal is not None
    return machine.journal


def test_tables_are_made_once(database_url: str) -> None:
    assert prepare(database_url, check_mode=True).changed
    assert [prepare(database_url, check_mode=False).changed for _time in range(2)] == [True, False]
    assert not prepare(database_url, check_mode=True).changed


def test_an_imported_journal_is_what_every_machine_remembers(url: str, old: Machine, tmp_path: Path) -> None:
    assert import_journal(url, ACCOUNT, journal_of(old), check_mode=True) == 4
    assert import_journal(url, ACCOUNT, journal_of(old), check_mode=False) == 4
    assert import_journal(url, ACCOUNT, journal_of(old), check_mode=False) == 0
    with Machine("new", tmp_path / "new", url).run("run-3") as memory:
        assert memory.locks is not None
        memory.locks.acquire([NUMBER, OTHER], 0)
        memory.journal.load({NUMBER, OTHER})
        limits = memory.journal.limits(NUMBER, CODE)
        assert limits.code_was_tried
        assert limits.memory.initiated
        assert "No other code is requested before" in limits.code_request
        assert memory.journal.limits(OTHER, None).memory.code_requested
        # An imported code request is none of a later initiate.
        note(memory.journal, Step.INITIATE)
        note(memory.journal, Step.REQUEST_CODE)


def test_a_journal_that_was_moved_is_refused_without_the_store_and_allowed_with_it(
    url: str, old: Machine, tmp_path: Path
) -> None:
    with (
        pytest.raises(ConfigurationError, match="is not in the store"),
        Machine("new", tmp_path / "new", url, journal_of(old)).run("run-3"),
    ):
        pass
    import_journal(url, ACCOUNT, journal_of(old), check_mode=False)
    with old.run("run-4") as memory, pytest.raises(ConfigurationError, match="was moved to the store 127"):
        memory.journal.load({NUMBER})
    with Machine("new", tmp_path / "new", url, journal_of(old)).run("run-5"):
        pass


def test_markers_of_a_machine_without_a_journal_move_too(url: str, old: Machine, tmp_path: Path) -> None:
    state = old.home / "chatapp.cams"
    assert [import_markers(url, ACCOUNT, state, check_mode=False) for _time in range(2)] == [3, 0]
    with Machine("new", tmp_path / "new", url).run("run-3", read_only=True) as memory:
        memory.journal.load({NUMBER, OTHER})
        assert memory.journal.limits(NUMBER, None).memory.code_requested
        assert memory.journal.limits(OTHER, None).memory.seen_under_way


def test_a_missing_journal_and_a_newer_one_are_refused(url: str, tmp_path: Path) -> None:
    newer = tmp_path / "newer.jsonl"
    newer.write_text('{"v": 2}\n', encoding="utf-8")
    with pytest.raises(ConfigurationError, match="written by a newer version"):
        import_journal(url, ACCOUNT, newer, check_mode=False)
    with pytest.raises(ConfigurationError, match="Could not read the journal"):
        import_journal(url, ACCOUNT, tmp_path / "missing", check_mode=False)


def test_the_date_rule_is_set_and_removed(url: str) -> None:
    moment = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=1)
    assert set_no_codes_before(url, moment, check_mode=True)
    assert [set_no_codes_before(url, value, check_mode=False) for value in (moment, moment, None)] == [
        True,
        False,
        True,
    ]


def test_the_store_says_who_works_on_what_now(url: str, tmp_path: Path) -> None:
    with Machine("first", tmp_path / "first", url).run("run-1") as memory:
        assert memory.locks is not None
        memory.locks.acquire([OTHER, NUMBER], 0)
        (found,) = running(url, ACCOUNT)
        assert (found.run, found.user, found.host, found.numbers) == ("run-1", "alice", "first", [NUMBER, OTHER])
        assert running(url, "another account") == []
    assert running(url, ACCOUNT) == []


def test_the_history_for_a_report_is_read_from_the_store(url: str, old: Machine) -> None:
    import_journal(url, ACCOUNT, journal_of(old), check_mode=False)
    history = read_history_from_store(url, ACCOUNT, [NUMBER])
    assert [(event.step, event.outcome, event.run, event.host) for event in history.of(NUMBER)] == [
        ("initiate", "done", history.of(NUMBER)[0].run, "old"),
        ("request_code", "done", "run-1", "old"),
        ("verify", "refused", "run-1", "old"),
    ]
    assert history.known
    assert history.of(OTHER) == []


def test_a_store_that_cannot_be_read_is_a_note_in_the_report(postgres: PostgresServer) -> None:
    history = read_history_from_store("postgresql://cams@127.0.0.1:1/cams", ACCOUNT, [NUMBER])
    assert history.damaged
    assert "Could not connect to the store" in history.notes[0]


def test_a_result_that_a_lost_store_could_not_save_is_imported_by_the_next_run(
    postgres: PostgresServer, url: str, tmp_path: Path
) -> None:
    machine = Machine("first", tmp_path / "first", url)
    with machine.run("run-1") as memory:
        assert memory.locks is not None
        memory.locks.acquire([NUMBER, OTHER], 0)
        memory.journal.load({NUMBER, OTHER})
        initiate = memory.journal.intend(SPACE, NUMBER, Step.INITIATE)
        request = memory.journal.intend(SPACE, NUMBER, Step.REQUEST_CODE)
        postgres.disconnect_clients(url.rpartition("/")[2])
        memory.journal.conclude(initiate, Effect.DONE, "request-1")
        memory.journal.conclude(request, Effect.NOT_MADE)
        assert "The store was lost" in memory.journal.why_lost
    (spool,) = (machine.home / "chatapp.cams/spool").iterdir()
    assert spool.stat().st_mode & 0o777 == 0o600
    assert spool.read_text(encoding="utf-8").count("\n") == 2
    postgres.sql("UPDATE cams.run SET beat_at = now() - interval '1 hour'", database=url)

    with machine.run("run-2") as memory:
        assert memory.locks is not None
        assert memory.locks.acquire([NUMBER], 5) == {}
        memory.journal.load({NUMBER})
        limits = memory.journal.limits(NUMBER, None)
        assert limits.memory.initiated
        # An import never allows what was not allowed: an open request still counts as sent.
        assert limits.memory.code_requested
        assert memory.journal.open_entries(NUMBER) == []
    assert spool.read_text(encoding="utf-8") == ""
