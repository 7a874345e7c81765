# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Never a second code, never a number that was not meant: services that have broken these promises before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun, Waits
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome, Phase, State
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.refusal_file import FileRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from histories import DIGITS, NUMBER, World
from simulator_process import Simulator
from worlds import SPACE, make_space

DECLARED = Declaration(SPACE, NUMBER)
STATUS = "GetPhoneNumberVerificationStatus"


@pytest.fixture
def new_world() -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def make(**readings: str) -> World:
        made.append(World(readings))
        return made[-1]

    yield make
    for world in made:
        world.close()


@pytest.fixture(scope="module", autouse=True)
def _shared_world() -> Iterator[None]:
    yield
    World.close_shared()


def ran(world: World, declaration: Declaration, **options: bool) -> NumberResult:
    result = world.run(declaration, **options)
    assert result is not None
    return result


# --- a refusal that means something else


@pytest.mark.parametrize(("http_status", "code"), [(200, "isp.SYSTEM_ERROR"), (400, "InvalidParameter")])
@pytest.mark.parametrize("journal", [True, False])
def test_an_unlisted_refusal_does_not_make_an_initiated_number_absent(
    new_world: Callable[..., World], http_status: int, code: str, journal: bool
) -> None:
    world = new_world(before_register="hidden", second_initiate="accepted")
    ran(world, DECLARED, journal=journal)
    for _run in range(3):
        world.forget()
        world.control.add_fault("business_error", operation=STATUS, http_status=http_status, code=code, count=1)
        ran(world, DECLARED, journal=journal)

    assert (world.effects().initiates, world.effects().codes_sent) == (1, 1)


@pytest.mark.parametrize("journal", [True, False])
def test_a_service_that_never_shows_a_status_gets_no_code_in_each_run(
    new_world: Callable[..., World], journal: bool
) -> None:
    world = new_world(before_register="hidden", second_initiate="accepted", status_read="blind")
    results = [ran(world, DECLARED, journal=journal) for _run in range(3)]

    assert world.effects().codes_sent == 0
    assert {result.outcome for result in results} == {Outcome.AWAITING_CODE}
    assert all("resend" in result.next_action for result in results)


def test_a_fault_that_begins_before_the_initiate_and_ends_after_it_is_not_learnt(
    new_world: Callable[..., World],
) -> None:
    world = new_world(before_register="hidden", second_initiate="accepted")
    ran(world, DECLARED)
    world.forget()
    # The number, the control number, the number again: all three are refused by the fault.
    world.control.add_fault("business_error", operation=STATUS, code="isp.SYSTEM_ERROR", count=3)
    result = ran(world, DECLARED)

    assert world.effects().codes_sent == 1
    assert (result.outcome, result.phase) == (Outcome.AWAITING_CODE, Phase.INITIATED)
    assert "control number" in result.next_action


# --- a reclaim


@pytest.mark.parametrize("reclaim_row", ["moves", "stays", "adds"])
@pytest.mark.parametrize("journal", [True, False])
def test_a_reclaim_that_stays_named_initiates_once_and_sends_one_code(
    new_world: Callable[..., World], reclaim_row: str, journal: bool
) -> None:
    world = new_world(second_initiate="accepted", reclaim_row=reclaim_row)
    world.control.seed({"numbers": [{"cust_space_id": SPACE, "phone_number": DIGITS, "status": "MIGRATED"}]})
    reclaimed = replace(DECLARED, reclaim=True)
    first = ran(world, replace(reclaimed, resend=True), journal=journal)
    assert first.outcome is Outcome.AWAITING_CODE
    for _run in range(2):
        ran(world, reclaimed, journal=journal)
    assert (world.effects().initiates, world.effects().codes_sent) == (1, 1)

    last = ran(world, replace(DECLARED, code=world.control.code(DIGITS)), journal=journal)
    assert (last.outcome, last.phase) == (Outcome.CONVERGED, Phase.CONNECTED)


def test_a_reclaim_on_a_machine_that_knows_nothing_sends_no_code_by_itself(new_world: Callable[..., World]) -> None:
    world = new_world(second_initiate="accepted", reclaim_row="stays")
    world.control.seed({"numbers": [{"cust_space_id": SPACE, "phone_number": DIGITS, "status": "MIGRATED"}]})
    reclaimed = replace(DECLARED, reclaim=True)
    for _run in range(3):
        world.forget()
        result = ran(world, reclaimed)
        assert "resend" in result.next_action
    assert world.effects().codes_sent == 0

    ran(world, replace(reclaimed, resend=True))
    world.forget()
    last = ran(world, replace(reclaimed, code=world.control.code(DIGITS)))
    assert last.outcome is Outcome.CONVERGED
    assert world.effects().codes_sent == 1


def test_an_initiate_that_the_cloud_shows_late_costs_no_second_one_and_no_good_code(
    new_world: Callable[..., World],
) -> None:
    world = new_world(before_register="hidden", second_initiate="accepted")
    ran(world, DECLARED)
    world.control.change_settings(status_delay_seconds=600, row_delay_seconds=600)
    waiting = ran(world, DECLARED)
    assert waiting.outcome is Outcome.AWAITING_CODE

    last = ran(world, replace(DECLARED, code=world.control.code(DIGITS)))

    assert last.outcome is Outcome.CONVERGED
    effects = world.effects()
    assert (effects.initiates, effects.codes_sent, effects.hand_ins_right) == (1, 1, 1)


def test_a_migration_that_was_cancelled_in_the_console_starts_again_when_it_is_named(
    new_world: Callable[..., World],
) -> None:
    world = new_world(before_register="hidden")
    ran(world, replace(DECLARED, phone_number="+8613900001235"))
    ran(world, DECLARED)
    world.control.remove_number(SPACE, DIGITS)

    waiting = ran(world, DECLARED)
    assert (waiting.outcome, world.effects().initiates) == (Outcome.AWAITING_CODE, 0)
    assert "reclaim" in waiting.next_action

    world.control.advance(3600)
    again = ran(world, replace(DECLARED, reclaim=True))
    assert (world.effects().initiates, world.effects().codes_sent) == (1, 0), "a code was requested before"
    assert "resend" in again.next_action


# --- two rows


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_connected_number_is_not_initiated_because_of_its_old_row(
    new_world: Callable[..., World], place: str
) -> None:
    world = new_world(old_row_place=place)
    world.control.seed({"numbers": [{"cust_space_id": SPACE, "phone_number": DIGITS, "status": "CONNECTED"}]})
    world.control.change_number(cust_space_id=SPACE, phone_number=DIGITS, old_row_status="MIGRATED")
    result = ran(world, replace(DECLARED, reclaim=True))

    assert (result.outcome, result.phase) == (Outcome.CONVERGED, Phase.CONNECTED)
    assert world.count_writes() == 0


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_banned_number_is_not_reclaimed_because_of_its_old_row(new_world: Callable[..., World], place: str) -> None:
    world = new_world(old_row_place=place)
    world.control.seed({"numbers": [{"cust_space_id": SPACE, "phone_number": DIGITS, "status": "BANNED"}]})
    world.control.change_number(cust_space_id=SPACE, phone_number=DIGITS, old_row_status="MIGRATED")
    result = ran(world, replace(DECLARED, reclaim=True))

    assert result.outcome is Outcome.NEEDS_OPERATOR
    assert "support" in result.next_action
    assert world.count_writes() == 0


# --- an answer for another number


@pytest.mark.parametrize(
    "operation", ["CreateChatappMigrationInitiate", "GetMigrationVerifyCode", "ChatappMigrationVerified", STATUS]
)
@pytest.mark.parametrize("after_effect", [False, True])
def test_an_answer_for_another_number_is_an_unknown_effect_and_nothing_is_sent_because_of_it(
    new_world: Callable[..., World], operation: str, after_effect: bool
) -> None:
    world = new_world(before_register="hidden", second_initiate="accepted")
    code = None
    if operation == "ChatappMigrationVerified":
        ran(world, DECLARED)
        code = world.control.code(DIGITS)
    world.control.add_fault("other_number", operation=operation, after_effect=after_effect, count=None)
    before = world.effects()
    result = ran(world, replace(DECLARED, code=code))
    made = world.effects().since(before)

    # A reading, not the answer, may show that the code was accepted.
    proved = operation == "ChatappMigrationVerified" and after_effect
    assert (result.outcome is Outcome.CONVERGED) == proved
    assert made.registers == int(proved)
    assert made.codes_sent <= int(operation == "GetMigrationVerifyCode" and after_effect)
    if result.problem is not None:
        assert "+86…1234" in result.problem.sentence or "+86…1234" in result.sentence
        assert "+86…9999" in result.problem.sentence
        assert NUMBER not in result.problem.sentence


# --- a fleet


@dataclass
class Fleet:
    """A hundred new numbers in three spaces, and engines that share one state directory."""

    simulator: Simulator
    new_client: Callable[..., Client]
    folder: Path

    def declare(self, count: int = 100) -> list[Declaration]:
        return [Declaration(f"space-{1 + i % 3}", f"+86139{i:08}") for i in range(count)]

    def run(self, declarations: Sequence[Declaration]) -> tuple[Counter[Outcome], str]:
        journal = FileJournal(self.folder / "journal.jsonl", RunIdentity())
        learnt = FileRefusals(self.folder, "account")
        client = self.new_client(retries=0)
        engine = FleetRun(client, journal, None, learnt, concurrency=16, sleep=lambda seconds: None)
        results = engine.run(declarations)
        journal.close()
        return Counter(result.outcome for result in results), engine.why_stopped

    def control_reads(self) -> int:
        calls = self.simulator.control.calls(action=STATUS)
        return sum(call["parameters"]["PhoneNumber"].startswith("447700900") for call in calls)

    def codes(self) -> Counter[int]:
        # The simulator comes with a space of its own.
        numbers = self.simulator.control.effects()["numbers"]
        return Counter(n["codes_sent"] for n in numbers if n["cust_space_id"].startswith("space-"))


@pytest.fixture
def fleet(simulator: Simulator, new_client: Callable[..., Client], tmp_path: Path) -> Fleet:
    simulator.control.change_settings(before_register="hidden", register_seconds=0)
    simulator.control.seed({"spaces": [make_space("space-2"), make_space("space-3")]})
    return Fleet(simulator, new_client, tmp_path)


def test_a_fleet_learns_from_its_first_number_and_later_runs_read_no_control_number(fleet: Fleet) -> None:
    first, later = fleet.declare(), [replace(d, phone_number=d.phone_number + "1") for d in fleet.declare()]
    assert fleet.run(first) == ({Outcome.AWAITING_CODE: 100}, "")
    assert fleet.control_reads() == 2

    assert fleet.run(later) == ({Outcome.AWAITING_CODE: 100}, "")
    assert fleet.control_reads() == 2
    assert fleet.codes() == {1: 200}


def test_a_fleet_in_a_service_that_shows_no_status_initiates_one_number_and_stops(fleet: Fleet) -> None:
    fleet.simulator.control.change_settings(status_read="blind")
    outcomes, stopped = fleet.run(fleet.declare(20))

    assert outcomes == {Outcome.AWAITING_CODE: 1, Outcome.NOT_ATTEMPTED: 19}
    assert "resend" in stopped
    assert fleet.codes() == {0: 1}


def test_a_first_initiate_that_is_refused_teaches_nothing_and_the_next_number_does(fleet: Fleet) -> None:
    fleet.simulator.control.add_fault("business_error", operation="CreateChatappMigrationInitiate", count=1)
    outcomes, stopped = fleet.run(fleet.declare(20))

    assert (outcomes, stopped) == ({Outcome.AWAITING_CODE: 19, Outcome.FAILED: 1}, "")
    assert fleet.codes() == {1: 19}


def test_a_fleet_that_waits_for_no_lesson_goes_on_when_a_lesson_fails(fleet: Fleet) -> None:
    """Numbers with a code are not held back by a number that could not teach."""
    declarations = fleet.declare(20)
    fleet.run(declarations[:5])
    inbox = {message["phone_number"]: message["code"] for message in fleet.simulator.control.inbox()}
    coded = [replace(d, code=inbox[d.phone_number[1:]]) for d in declarations[:5]]
    (fleet.folder / "refusals/account.json").unlink()
    fleet.simulator.control.change_settings(status_read="blind")

    outcomes, _stopped = fleet.run([*coded, *declarations[5:]])

    assert outcomes == {Outcome.CONVERGED: 5, Outcome.AWAITING_CODE: 1, Outcome.NOT_ATTEMPTED: 14}


def test_a_row_in_another_space_of_the_run_is_a_remark(fleet: Fleet) -> None:
    declarations = fleet.declare(2)
    other = {"cust_space_id": "space-2", "phone_number": declarations[0].phone_number[1:], "status": "CONNECTED"}
    fleet.simulator.control.seed({"numbers": [other]})
    engine = FleetRun(
        fleet.new_client(),
        FileJournal(None, RunIdentity()),
        None,
        waits=Waits(connection=0),
        sleep=lambda seconds: None,
    )
    first, second = engine.run(declarations)

    assert any("space-2" in remark and "CONNECTED" in remark for remark in first.remarks)
    assert second.remarks == ()


# --- no dead end: the next action names the option that leads on


def test_a_number_that_was_moved_away_while_its_code_was_awaited_can_be_started_again(
    new_world: Callable[..., World],
) -> None:
    world = new_world()
    ran(world, DECLARED)
    world.control.change_number(cust_space_id=SPACE, phone_number=DIGITS, status="MIGRATED")
    world.control.advance(3600)
    assert "reclaim and resend" in ran(world, DECLARED).next_action
    refused = ran(world, replace(DECLARED, resend=True))
    assert refused.outcome is Outcome.FAILED
    assert "reclaim and resend" in refused.next_action

    ran(world, replace(DECLARED, reclaim=True, resend=True))
    last = ran(world, replace(DECLARED, code=world.control.code(DIGITS)))
    assert (last.outcome, last.phase) == (Outcome.CONVERGED, Phase.CONNECTED)


def test_a_cancelled_migration_whose_code_is_refused_says_how_to_start_again(new_world: Callable[..., World]) -> None:
    world = new_world(before_register="hidden")
    ran(world, DECLARED)
    code = world.control.code(DIGITS)
    world.control.remove_number(SPACE, DIGITS)

    refused = ran(world, replace(DECLARED, code=code))
    assert refused.outcome is Outcome.FAILED
    assert "reclaim" in refused.next_action


@pytest.mark.parametrize("status_read", ["plain", "blind"])
def test_a_reclaim_whose_initiate_is_refused_says_that_resend_may_lead_on(
    new_world: Callable[..., World], status_read: str
) -> None:
    world = new_world(second_initiate="refused", reclaim_row="stays", before_register="hidden", status_read=status_read)
    world.control.seed({"numbers": [{"cust_space_id": SPACE, "phone_number": DIGITS, "status": "MIGRATED"}]})
    reclaimed = replace(DECLARED, reclaim=True)
    ran(world, reclaimed, journal=False)
    refused = ran(world, reclaimed, journal=False)
    assert refused.outcome is Outcome.FAILED
    assert "resend" in refused.next_action

    ran(world, replace(reclaimed, resend=True), journal=False)
    last = ran(world, replace(reclaimed, code=world.control.code(DIGITS)), journal=False)
    assert last.outcome is Outcome.CONVERGED
    assert world.effects().codes_sent == 1


def test_a_verified_number_whose_migration_was_cancelled_and_whose_refusal_is_unclear_can_be_started_again(
    new_world: Callable[..., World],
) -> None:
    world = new_world(before_register="hidden", fictional_numbers="other")
    reclaimed = replace(DECLARED, reclaim=True)
    ran(world, replace(reclaimed, resend=True))
    ran(world, replace(reclaimed, state=State.VERIFIED, code=world.control.code(DIGITS)))
    world.control.remove_number(SPACE, DIGITS)
    world.control.advance(3600)
    refused = ran(world, reclaimed)
    assert refused.outcome is Outcome.FAILED
    assert "reclaim and resend" in refused.next_action

    again = ran(world, replace(reclaimed, resend=True))
    assert again.outcome is Outcome.AWAITING_CODE
    assert (world.effects().initiates, world.effects().codes_sent) == (1, 1)
