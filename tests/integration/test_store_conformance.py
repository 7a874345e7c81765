# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every store does, whether it is the files of one machine or a database that several machines share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import JournalError
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import StoreOfRun
from machines import ENDPOINT_AND_KEY, Machine
from postgres_server import PostgresServer

SPACE, NUMBER, OTHER = "space-1", "+8613900000001", "+8613900000002"
CODE = "271828"

MakeMachine = Callable[[str], Machine]


@pytest.fixture(params=["files", "postgres"])
def new_machine(request: pytest.FixtureRequest, tmp_path: Path) -> MakeMachine:
    """Makes machines that share a store. Machines with files share a home, because they are one machine."""
    url = request.getfixturevalue("database_url") if request.param == "postgres" else ""

    def make(name: str) -> Machine:
        if url:
            return Machine(name, tmp_path / name, url)
        return Machine(name, tmp_path / "home", journal=tmp_path / "journal.jsonl")

    return make


def lock(memory: StoreOfRun, *numbers: str, timeout: float = 0) -> dict[str, str]:
    assert memory.locks is not None
    return memory.locks.acquire(numbers, timeout)


def begin(memory: StoreOfRun, *numbers: str) -> Journal:
    """Lock the numbers and read their entries."""
    assert lock(memory, *numbers) == {}
    memory.journal.load(set(numbers))
    return memory.journal


def note(journal: Journal, step: Step, effect: Effect = Effect.DONE, code: str = "") -> None:
    journal.conclude(journal.intend(SPACE, NUMBER, step, code), effect, "request-id", "")


def test_a_number_is_locked_for_one_run_at_a_time(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1") as first:
        assert lock(first, NUMBER) == {}
        with new_machine("second").run("run-2") as second:
            owners = lock(second, OTHER, NUMBER)
            assert list(owners) == [NUMBER]
            # Both runs are in this process, so files show the note of the later one.
            assert "run-1" in owners[NUMBER] or "run-2" in owners[NUMBER]
    with new_machine("second").run("run-3") as third:
        assert lock(third, NUMBER, OTHER) == {}


def test_a_run_waits_for_a_number_and_gets_it_when_the_other_run_ends(new_machine: MakeMachine) -> None:
    with contextlib.ExitStack() as second_ends:
        second = second_ends.enter_context(new_machine("second").run("run-2"))
        with new_machine("first").run("run-1") as first:
            assert lock(first, NUMBER) == {}
        assert lock(second, NUMBER, timeout=30) == {}


def test_the_next_run_knows_what_was_done(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1") as first:
        journal = begin(first, NUMBER)
        note(journal, Step.INITIATE)
        note(journal, Step.REQUEST_CODE)
        note(journal, Step.VERIFY, Effect.REFUSED, CODE)
    with new_machine("second").run("run-2") as second:
        journal = begin(second, NUMBER, OTHER)
        limits = journal.limits(NUMBER, CODE)
        assert (limits.memory.exists, limits.memory.initiated, limits.memory.code_requested) == (True, True, True)
        assert limits.code_was_tried
        assert not journal.limits(NUMBER, "314159").code_was_tried
        assert "No other code is requested before" in limits.code_request
        assert not journal.limits(OTHER, CODE).memory.is_under_way
        assert journal.open_entries(NUMBER) == []


def test_an_entry_without_an_effect_is_open_for_the_next_run(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1") as first:
        begin(first, NUMBER).intend(SPACE, NUMBER, Step.REQUEST_CODE)
    with new_machine("second").run("run-2") as second:
        journal = begin(second, NUMBER)
        (entry,) = journal.open_entries(NUMBER)
        assert (entry.step, entry.space) == (Step.REQUEST_CODE, SPACE)
        assert journal.limits(NUMBER, None).memory.code_requested
        journal.conclude(entry, Effect.UNKNOWN)
    with new_machine("first").run("run-3") as third:
        journal = begin(third, NUMBER)
        assert journal.open_entries(NUMBER) == []
        assert "not known whether the code" in journal.limits(NUMBER, None).unsure_code_request


def test_a_code_that_was_open_or_refused_counts_as_used(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1") as first:
        journal = begin(first, NUMBER)
        journal.refuse_code(SPACE, NUMBER, "111111")
        journal.intend(SPACE, NUMBER, Step.VERIFY, CODE)
    with new_machine("second").run("run-2") as second:
        journal = begin(second, NUMBER)
        assert [journal.was_tried(NUMBER, code) for code in ("111111", CODE, "222222")] == [True, True, False]


def test_a_request_that_was_not_made_is_no_memory_of_a_code(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1") as first:
        journal = begin(first, NUMBER)
        note(journal, Step.REQUEST_CODE, Effect.NOT_MADE)
        note(journal, Step.REQUEST_CODE, Effect.NOT_MADE)
    with new_machine("second").run("run-2") as second:
        limits = begin(second, NUMBER).limits(NUMBER, None)
        assert not limits.memory.is_under_way
        assert limits.code_request == ""


def test_a_number_that_was_seen_under_way_is_remembered_until_it_is_connected(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1") as first:
        begin(first, NUMBER).note_under_way(SPACE, NUMBER)
    with new_machine("second").run("run-2") as second:
        journal = begin(second, NUMBER)
        memory = journal.limits(NUMBER, None).memory
        assert (memory.seen_under_way, memory.initiated, memory.code_requested) == (True, False, False)
        journal.note_connected(SPACE, NUMBER)
    with new_machine("first").run("run-3") as third:
        assert not begin(third, NUMBER).limits(NUMBER, None).memory.is_under_way


def test_another_migration_starts_with_an_empty_memory(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1") as first:
        journal = begin(first, NUMBER)
        for step in (Step.INITIATE, Step.REQUEST_CODE, Step.REGISTER, Step.INITIATE):
            note(journal, step)
    with new_machine("second").run("run-2") as second:
        memory = begin(second, NUMBER).limits(NUMBER, None).memory
        assert (memory.initiated, memory.code_requested) == (True, False)


def test_registers_are_counted_over_all_runs(new_machine: MakeMachine) -> None:
    for run in range(5):
        with new_machine(f"machine-{run % 2}").run(f"run-{run}") as memory:
            journal = begin(memory, NUMBER)
            assert journal.limits(NUMBER, None).register == ""
            note(journal, Step.REGISTER, Effect.UNKNOWN)
    with new_machine("machine-0").run("last") as memory:
        assert "registered 5 times within 72 hours" in begin(memory, NUMBER).limits(NUMBER, None).register


def test_a_learnt_refusal_is_known_to_the_next_run(new_machine: MakeMachine) -> None:
    refusal = Refusal(400, "PhoneNumberNotFound", "No number ***")
    with new_machine("first").run("run-1") as first:
        assert not first.refusals.has(refusal)
        first.refusals.learn(refusal)
    with new_machine("second").run("run-2", read_only=True) as second:
        assert second.refusals.has(refusal)


def test_check_mode_reads_what_is_remembered_and_writes_nothing(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1") as first:
        note(begin(first, NUMBER), Step.INITIATE)
    with new_machine("second").run("run-2", read_only=True) as second:
        assert second.locks is None
        second.journal.load({NUMBER})
        assert second.journal.limits(NUMBER, None).memory.initiated
    with new_machine("first").run("run-3") as third:
        journal = begin(third, NUMBER)
        assert journal.open_entries(NUMBER) == []


def test_machines_take_slots_from_one_queue(new_machine: MakeMachine) -> None:
    # One call a second: these calls take much less time than their slots, also on a busy machine.
    paces = []
    for name in ("first", "second"):
        machine = new_machine(name)
        with machine.at_work():
            paces.append(machine.store().make_pace(ENDPOINT_AND_KEY, 1))
    waits: list[float] = []
    for _turn in range(4):
        for pace in paces:
            # A sleep that returns early lets the call be made at once, so only the queue of slots counts here.
            pace.wait("Query", sleep=waits.append)

    assert len(waits) >= 7
    assert waits == sorted(waits)
    paces[1].wait("Sync", sleep=lambda seconds: pytest.fail("another operation has its own queue"))


def test_a_throttle_of_one_machine_holds_back_the_others(new_machine: MakeMachine) -> None:
    first, second = new_machine("first"), new_machine("second")
    waits: list[float] = []
    with first.at_work():
        first.store().make_pace(ENDPOINT_AND_KEY, 10).note_throttle("Query", 45)
    with second.at_work():
        second.store().make_pace(ENDPOINT_AND_KEY, 10).wait("Query", sleep=waits.append)
    assert waits[0] > 30


def test_memory_of_other_accounts_is_not_shared(new_machine: MakeMachine) -> None:
    with new_machine("first").run("run-1", "account-1") as first:
        first.refusals.learn(Refusal(400, "Unknown", ""))
    with new_machine("second").run("run-2", "account-2") as second:
        assert not second.refusals.has(Refusal(400, "Unknown", ""))


def test_the_database_holds_one_open_entry_for_a_number_and_step(database_url: str, tmp_path: Path) -> None:
    with Machine("first", tmp_path, database_url).run("run-1") as first:
        journal = begin(first, NUMBER)
        journal.intend(SPACE, NUMBER, Step.INITIATE)
        with pytest.raises(JournalError, match="already has an open write for"):
            journal.intend(SPACE, NUMBER, Step.INITIATE)
        # The store is still there.
        note(journal, Step.REGISTER)


def test_the_database_holds_one_code_request_for_each_initiate_or_resend(
    postgres: PostgresServer, database_url: str, tmp_path: Path
) -> None:
    with Machine("first", tmp_path, database_url).run("run-1") as first:
        journal = begin(first, NUMBER)
        note(journal, Step.INITIATE)
        note(journal, Step.REQUEST_CODE)
        with pytest.raises(JournalError, match="already has a code request since the last initiate or resend"):
            journal.intend(SPACE, NUMBER, Step.REQUEST_CODE)
        journal.conclude(journal.intend(SPACE, NUMBER, Step.REQUEST_CODE, resend=True), Effect.DONE)
        note(journal, Step.INITIATE)
        note(journal, Step.REQUEST_CODE)

    counted = "SELECT count(*) FROM cams.entry WHERE step = 'request_code'"
    assert postgres.sql(counted, database=database_url) == [(3,)]
