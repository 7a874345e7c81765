# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many numbers in one run: isolation, limits and plans, against the simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import (
    INITIATE,
    VERIFICATION_STATUS,
    Operation,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallResult
from ansible_collections.chatapp.cams.plugins.module_utils._cloud import unknown_numbers
from ansible_collections.chatapp.cams.plugins.module_utils._engine import plan_document
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun, Waits
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Guards, RefusedError
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome, Phase, State
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.locks import FileLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.refusal_file import FileRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from simulator_process import Simulator
from worlds import make_space

STATUS, QUERY, SYNC = "GetPhoneNumberVerificationStatus", "QueryChatappPhoneNumbers", "ChatappSyncPhoneNumber"
INITIATED, SENT, HANDED_IN, REGISTERED = (
    "CreateChatappMigrationInitiate",
    "GetMigrationVerifyCode",
    "ChatappMigrationVerified",
    "ChatappMigrationRegister",
)
# Only a hang takes longer.
LONGEST_SECONDS = 60.0
WRITES = (INITIATED, SENT, HANDED_IN, REGISTERED)


@dataclass
class Fleet:
    """Runs of the engine over numbers of three spaces, as the module makes them."""

    simulator: Simulator
    new_client: Callable[..., Client]
    folder: Path
    client: Client | None = None
    stopped: str = ""

    def declare(self, count: int, **facts: Any) -> list[Declaration]:
        return [Declaration(f"space-{1 + i % 3}", f"+86139{i:08}", **facts) for i in range(count)]

    def with_codes(self, declarations: Sequence[Declaration]) -> list[Declaration]:
        inbox = {message["phone_number"]: message["code"] for message in self.simulator.control.inbox()}
        return [replace(d, code=inbox[d.phone_number[1:]]) for d in declarations]

    @contextmanager
    def engine(
        self, *, check_mode: bool = False, concurrency: int = 8, client: Client | None = None, **guards: Any
    ) -> Iterator[FleetRun]:
        run = RunIdentity()
        self.client = client or self.new_client(check_mode=check_mode, retries=0)
        journal = FileJournal(self.folder / "journal.jsonl", run, read_only=check_mode)
        with FileLocks(run, self.folder / "locks") as locks:
            yield FleetRun(
                self.client,
                journal,
                None if check_mode else locks,
                FileRefusals(self.folder, "account"),
                check_mode=check_mode,
                guards=Guards(**guards),
                concurrency=concurrency,
                waits=Waits(connection=10),
            )
        journal.close()

    def run(self, declarations: Sequence[Declaration], **options: Any) -> list[NumberResult]:
        with self.engine(**options) as engine:
            results = engine.run(declarations)
        self.stopped = engine.why_stopped
        return results

    def calls(self) -> Counter[str]:
        actions: Mapping[str, Any] = self.simulator.control.calls_summary()["actions"]
        return Counter({action: figures["count"] for action, figures in actions.items()})

    def count_writes(self) -> int:
        return sum(self.calls()[action] for action in WRITES)

    def effects(self) -> Counter[tuple[int, int, int, int]]:
        """How many numbers were initiated, sent a code, handed one in and registered how often."""
        # The simulator comes with a space of its own.
        numbers = [n for n in self.simulator.control.effects()["numbers"] if n["cust_space_id"].startswith("space-")]
        return Counter((n["initiates"], n["codes_sent"], n["hand_ins_right"], n["registers"]) for n in numbers)


@pytest.fixture
def fleet(simulator: Simulator, new_client: Callable[..., Client], tmp_path: Path) -> Fleet:
    simulator.control.change_settings(register_seconds=0)
    simulator.control.seed({"spaces": [make_space("space-2"), make_space("space-3")]})
    return Fleet(simulator, new_client, tmp_path)


def outcomes(results: Sequence[NumberResult]) -> Counter[Outcome]:
    return Counter(result.outcome for result in results)


# --- the main job


def test_a_fleet_is_connected_in_two_passes_and_a_third_costs_one_call_for_each_space(fleet: Fleet) -> None:
    declarations = fleet.declare(30)
    first = fleet.run(declarations)
    assert outcomes(first) == {Outcome.AWAITING_CODE: 30}
    assert [result.declaration for result in first] == declarations, "results come in the order given"
    assert fleet.effects() == {(1, 1, 0, 0): 30}

    second = fleet.run(fleet.with_codes(declarations))
    assert outcomes(second) == {Outcome.CONVERGED: 30}
    assert {result.phase for result in second} == {Phase.CONNECTED}
    assert {result.number["status"] for result in second if result.number} == {"CONNECTED"}
    assert fleet.effects() == {(1, 1, 1, 1): 30}

    before = fleet.calls()
    assert outcomes(fleet.run(declarations)) == {Outcome.CONVERGED: 30}
    assert fleet.calls() - before == {QUERY: 3}


@pytest.mark.parametrize("before_register", ["pending", "unverified", "migrating", "hidden"])
@pytest.mark.parametrize("needs_sync", ["no", "yes"])
@pytest.mark.parametrize("words", ["not_verified", "review"])
def test_each_new_number_is_read_before_and_after_its_initiate_whatever_the_rows_show(
    fleet: Fleet, before_register: str, needs_sync: str, words: str
) -> None:
    fleet.simulator.control.change_settings(
        before_register=before_register, needs_sync=needs_sync, verification_words=words
    )
    results = fleet.run(fleet.declare(12))

    assert outcomes(results) == {Outcome.AWAITING_CODE: 12}
    assert fleet.effects() == {(1, 1, 0, 0): 12}
    teaching = 3, "the control number twice, and the first number again between"
    statuses = fleet.calls()[STATUS] - teaching[0]
    assert statuses == (24 if before_register == "hidden" else 13), "rows spare the second read, but for the first"


class VerifiedMeanwhile(Client):
    """Somebody verifies the numbers as soon as they are initiated."""

    verify: Callable[[str, str], None]

    def call(self, operation: Operation, parameters: Mapping[str, str], *more: Any) -> CallResult:
        result = super().call(operation, parameters, *more)
        if operation is INITIATE:
            self.verify(parameters["CustSpaceId"], parameters["CountryCode"] + parameters["MobileNumber"])
        return result


@pytest.mark.parametrize("count", [1, 12], ids=["read one by one", "read together"])
@pytest.mark.parametrize("before_register", ["pending", "hidden"])
def test_a_number_that_proves_verified_after_its_initiate_is_sent_no_code(
    fleet: Fleet, count: int, before_register: str
) -> None:
    control = fleet.simulator.control
    control.change_settings(before_register=before_register)
    client = fleet.new_client()
    client.__class__ = VerifiedMeanwhile
    assert isinstance(client, VerifiedMeanwhile)
    client.verify = lambda space_id, digits: control.change_number(
        cust_space_id=space_id, phone_number=digits, verified=True
    )

    fleet.run(fleet.declare(count, state=State.VERIFIED), client=client)

    assert fleet.calls()[SENT] == 0
    assert fleet.calls()[INITIATED] == count


class Meeting(Client):
    """An initiate is sent only when as many are under way as can be at once, and it is noted how many were."""

    barrier: Barrier
    guard: Lock
    under_way: int
    most: int

    def call(self, operation: Operation, parameters: Mapping[str, str], *more: Any) -> CallResult:
        if operation is not INITIATE:
            return super().call(operation, parameters, *more)
        with self.guard:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        # Fails when the others do not come.
        self.barrier.wait(LONGEST_SECONDS)
        result = super().call(operation, parameters, *more)
        with self.guard:
            self.under_way -= 1
        return result


@pytest.mark.parametrize("concurrency", [1, 6, 24])
def test_concurrency_limits_the_numbers_processed_in_parallel(fleet: Fleet, concurrency: int) -> None:
    # The first new number of an account goes alone: how the service refuses an unknown number is learnt from it.
    fleet.run([Declaration("space-1", "+8613899999999")])
    client = fleet.new_client()
    client.__class__ = Meeting
    assert isinstance(client, Meeting)
    client.barrier, client.guard, client.under_way, client.most = Barrier(concurrency), Lock(), 0, 0

    results = fleet.run(fleet.declare(24), concurrency=concurrency, client=client)

    assert outcomes(results) == {Outcome.AWAITING_CODE: 24}
    assert client.most == concurrency


class Teaching(Client):
    """The first initiate is sent when the status of all numbers was read, and the others only side by side."""

    all_read: Barrier
    others: Barrier
    guard: Lock
    has_begun: bool
    # The numbers whose status was not read yet, as the API writes them.
    unread: set[str]

    def call(self, operation: Operation, parameters: Mapping[str, str], *more: Any) -> CallResult:
        if operation is VERIFICATION_STATUS and self.is_first_read(parameters["PhoneNumber"]):
            result = super().call(operation, parameters, *more)
            self.all_read.wait(LONGEST_SECONDS)
            return result
        if operation is INITIATE:
            with self.guard:
                is_first, self.has_begun = not self.has_begun, True
            if not is_first:
                # Fails when the others do not come.
                self.others.wait(LONGEST_SECONDS)
        return super().call(operation, parameters, *more)

    def is_first_read(self, digits: str) -> bool:
        with self.guard:
            is_first = digits in self.unread
            self.unread.discard(digits)
        return is_first


def test_numbers_that_were_read_before_a_refusal_was_learnt_do_not_wait_for_each_other(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first read of the first number hangs until the others are read too.
    monkeypatch.setattr(unknown_numbers, "LONGEST_LESSON", 0.2)
    client = fleet.new_client()
    client.__class__ = Teaching
    assert isinstance(client, Teaching)
    client.all_read, client.others, client.guard, client.has_begun = Barrier(6), Barrier(5), Lock(), False
    declarations = fleet.declare(6)
    client.unread = {declared.phone_number[1:] for declared in declarations}

    results = fleet.run(declarations, concurrency=6, client=client)

    assert outcomes(results) == {Outcome.AWAITING_CODE: 6}


def test_no_other_number_is_read_while_the_first_one_of_an_account_teaches_its_refusal(fleet: Fleet) -> None:
    declarations = fleet.declare(12)

    fleet.run(declarations)

    read = [call["parameters"]["PhoneNumber"] for call in fleet.simulator.control.calls() if call["action"] == STATUS]
    declared = {declaration.phone_number[1:] for declaration in declarations}
    last_control = max(place for place, number in enumerate(read) if number not in declared)
    assert len(declared & set(read[:last_control])) == 1
    assert declared <= set(read)


# --- isolation


def test_one_bad_number_stops_no_other(fleet: Fleet) -> None:
    declarations = fleet.declare(9)
    bad = declarations[4].phone_number
    fleet.simulator.control.seed({"lines": [{"phone_number": bad[1:], "two_step_verification": True}]})

    results = fleet.run(declarations)

    assert outcomes(results) == {Outcome.AWAITING_CODE: 8, Outcome.FAILED: 1}
    assert results[4].outcome is Outcome.FAILED
    assert bad in results[4].sentence
    assert fleet.stopped == ""


def test_the_numbers_of_a_space_that_is_not_ours_fail_and_the_others_go_on(fleet: Fleet) -> None:
    ours = fleet.declare(9)
    theirs = [Declaration("not-ours", f"+86138{i:08}") for i in range(9)]
    results = fleet.run([*theirs, *ours], stop_after_equal_errors=5)

    assert outcomes(results[:9]) == {Outcome.FAILED: 9}
    assert {r.problem.error["code"] for r in results[:9] if r.problem} == {"Unknown.ResourceOwnerId"}
    assert outcomes(results[9:]) == {Outcome.AWAITING_CODE: 9}
    assert fleet.stopped == ""


def test_equal_errors_stop_the_start_of_new_numbers(fleet: Fleet) -> None:
    fleet.simulator.control.add_fault("business_error", operation=INITIATED, count=None, code="Waba.Blocked")
    connected = fleet.declare(42)[40:]
    for declaration in connected:
        fleet.simulator.control.seed(
            {
                "numbers": [
                    {
                        "cust_space_id": declaration.cust_space_id,
                        "phone_number": declaration.phone_number[1:],
                        "status": "CONNECTED",
                    }
                ]
            }
        )
    results = fleet.run(fleet.declare(42), stop_after_equal_errors=5, concurrency=4)

    ended = outcomes(results)
    # Five stop the first space, and four of the next space stop the run. Three more may be under way each time.
    assert 9 <= ended[Outcome.FAILED] <= 9 + 3 + 3, "those under way when it stops are brought to their end"
    assert ended[Outcome.CONVERGED] == 2, "a number without steps has its own outcome"
    assert ended[Outcome.NOT_ATTEMPTED] == 40 - ended[Outcome.FAILED]
    assert "Waba.Blocked" in fleet.stopped
    left = next(result for result in results if result.outcome is Outcome.NOT_ATTEMPTED)
    assert "Waba.Blocked" in left.next_action
    assert fleet.calls()[INITIATED] == ended[Outcome.FAILED]


def test_different_errors_and_successes_between_do_not_stop_a_run(fleet: Fleet) -> None:
    declarations = fleet.declare(12)
    for declaration in declarations[::2]:
        fleet.simulator.control.seed(
            {"lines": [{"phone_number": declaration.phone_number[1:], "two_step_verification": True}]}
        )
    # One at a time, so that good and bad ones alternate; all in one space, so that they are taken in order.
    declarations = [replace(declaration, cust_space_id="space-1") for declaration in declarations]
    results = fleet.run(declarations, stop_after_equal_errors=2, concurrency=1)

    assert outcomes(results) == {Outcome.AWAITING_CODE: 6, Outcome.FAILED: 6}
    assert fleet.stopped == ""


def test_a_stopped_run_starts_no_new_step_and_names_the_numbers_left(fleet: Fleet) -> None:
    class StopsAtTheThirdInitiate(Client):
        initiates = 0

        def call(self, operation: Operation, parameters: Mapping[str, str], *more: Any) -> CallResult:
            result = super().call(operation, parameters, *more)
            if operation is INITIATE:
                self.initiates += 1
                if self.initiates == 3:
                    self.stop()
            return result

    client = fleet.new_client()
    client.__class__ = StopsAtTheThirdInitiate
    results = fleet.run(fleet.declare(12), client=client, concurrency=1)

    assert [fleet.calls()[action] for action in (INITIATED, SENT)] == [3, 2]
    assert outcomes(results) == {Outcome.AWAITING_CODE: 2, Outcome.FAILED: 1, Outcome.NOT_ATTEMPTED: 9}
    cut = next(result for result in results if result.outcome is Outcome.FAILED)
    assert [f"{action.action} {action.outcome}" for action in cut.actions] == ["initiate done", "request_code not_made"]
    assert cut.changed
    assert "The run was stopped" in cut.sentence
    assert "resend" in cut.sentence
    assert fleet.stopped == "The run was stopped."


# --- guard rails


def test_a_run_with_too_many_changes_stops_before_its_first_write_and_counts_them(fleet: Fleet) -> None:
    declarations = fleet.declare(12)
    fleet.run(declarations[:5])
    before = fleet.count_writes()

    with pytest.raises(RefusedError, match="would change 7 numbers, but <<max_changes>> is 6"):
        fleet.run(declarations, max_changes=6)
    assert fleet.count_writes() == before

    assert outcomes(fleet.run(declarations, max_changes=7)) == {Outcome.AWAITING_CODE: 12}


def test_numbers_are_not_read_twice_to_count_the_changes(fleet: Fleet) -> None:
    fleet.simulator.control.change_settings(before_register="hidden")
    declarations = fleet.declare(12)
    fleet.run(declarations)
    (fleet.folder / "journal.jsonl").unlink()
    before = fleet.calls()

    # No row and no journal shows whether they need a step, and none needs one.
    fleet.run(declarations, max_changes=1)
    assert fleet.calls() - before == {QUERY: 3, STATUS: 12}


# --- plans


def test_check_mode_plans_every_number_and_writes_nothing(fleet: Fleet) -> None:
    results = fleet.run(fleet.declare(6), check_mode=True)

    assert outcomes(results) == {Outcome.PLANNED: 6}
    assert [action.action for action in results[0].actions] == ["initiate", "request_code"]
    assert fleet.count_writes() == 0
    assert not (fleet.folder / "journal.jsonl").exists()


def planned(fleet: Fleet, declarations: Sequence[Declaration]) -> dict[str, Any]:
    return plan_document.make_plan_document(fleet.run(declarations, check_mode=True))


def test_a_valid_plan_is_applied(fleet: Fleet) -> None:
    declarations = fleet.declare(6)
    plan = planned(fleet, declarations)

    assert outcomes(fleet.run(declarations, plan=plan)) == {Outcome.AWAITING_CODE: 6}
    assert planned(fleet, declarations)["digest"] != plan["digest"]


def test_a_part_of_a_plan_can_be_applied(fleet: Fleet) -> None:
    declarations = fleet.declare(6)
    plan = planned(fleet, declarations)

    assert outcomes(fleet.run(declarations[:2], plan=plan)) == {Outcome.AWAITING_CODE: 2}
    assert outcomes(fleet.run(declarations[2:], plan=plan)) == {Outcome.AWAITING_CODE: 4}


def test_a_changed_number_makes_the_plan_invalid_and_nothing_is_written(fleet: Fleet) -> None:
    declarations = fleet.declare(6)
    plan = planned(fleet, declarations)
    fleet.run(declarations[3:4])
    before = fleet.count_writes()

    with pytest.raises(RefusedError, match=rf"The plan no longer applies: \{declarations[3].phone_number} "):
        fleet.run(declarations, plan=plan)
    assert fleet.count_writes() == before


def test_a_number_or_a_code_that_was_not_planned_is_refused(fleet: Fleet) -> None:
    declarations = fleet.declare(6)
    plan = planned(fleet, declarations[:5])
    with pytest.raises(RefusedError, match=declarations[5].phone_number[1:]):
        fleet.run(declarations, plan=plan)

    fleet.run(declarations)
    waiting = planned(fleet, declarations)
    before = fleet.count_writes()
    with pytest.raises(RefusedError, match="and 1 more"):
        fleet.run(fleet.with_codes(declarations), plan=waiting)
    assert fleet.count_writes() == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "version 2"),
        ({"digest": "0" * 64}, "was edited"),
        ({"numbers": [{"phone_number": "+8613900000000", "digest": ""}]}, "was edited"),
        ({"numbers": "all"}, "is not a document"),
        ({"numbers": None}, "is not a document"),
    ],
)
def test_a_document_that_is_not_our_plan_is_refused(fleet: Fleet, change: dict[str, Any], message: str) -> None:
    declarations = fleet.declare(2)
    with pytest.raises(ConfigurationError, match=message):
        fleet.run(declarations, plan={**planned(fleet, declarations), **change})
    assert fleet.count_writes() == 0


# --- at the same time


def test_two_fleets_that_share_numbers_do_each_step_once(fleet: Fleet) -> None:
    declarations = fleet.declare(20)
    fleet.simulator.control.change_settings(latency=0.02)
    engines = [
        Fleet(fleet.simulator, fleet.new_client, fleet.folder),
        Fleet(fleet.simulator, fleet.new_client, fleet.folder),
    ]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda engine: engine.run(declarations), engines))

    assert fleet.effects() == {(1, 1, 0, 0): 20}
    assert [outcomes(result) for result in results] == [{Outcome.AWAITING_CODE: 20}] * 2
    assert sorted(sum(result.changed for result in ran) for ran in results) == [0, 20]
