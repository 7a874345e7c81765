# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine in places that random histories reach seldom."""

from __future__ import annotations

import json
import resource
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import Transport
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun, Waits
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome, Phase, State
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import file_pace, pace_directory
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from histories import DIGITS, NUMBER, World
from ledger import Effects
from worlds import SPACE

DECLARED = Declaration(SPACE, NUMBER)


@pytest.fixture
def world() -> Iterator[World]:
    made = World({})
    yield made
    made.close()


@pytest.fixture(scope="module", autouse=True)
def _shared_world() -> Iterator[None]:
    yield
    World.close_shared()


def ran(world: World, declaration: Declaration, **options: bool) -> NumberResult:
    result = world.run(declaration, **options)
    assert result is not None
    return result


def with_code(world: World, declaration: Declaration = DECLARED) -> Declaration:
    code = world.control.code(DIGITS)
    assert code
    return replace(declaration, code=code)


def actions(result: NumberResult) -> list[str]:
    return [f"{action.action} {action.outcome}" for action in result.actions]


def calls(world: World, action: str) -> int:
    return int(world.control.calls_summary()["actions"].get(action, {"count": 0})["count"])


def test_a_migration_makes_the_fewest_calls(world: World) -> None:
    ran(world, DECLARED)
    first = world.control.calls_summary()["count"]
    assert first == 9, "six of its own, and three that teach how an unknown number is refused"

    other = replace(DECLARED, phone_number="+8613900001235")
    before = world.control.calls_summary()["count"]
    ran(world, other)
    later = world.control.calls_summary()["count"] - before
    assert later == 6, "query, status, initiate, status, code request, and the query that shows the row"

    ran(world, with_code(world))
    ran(world, DECLARED)
    assert calls(world, "ChatappMigrationVerified") == calls(world, "ChatappMigrationRegister") == 1

    before = world.control.calls_summary()["count"]
    assert ran(world, DECLARED).outcome is Outcome.CONVERGED
    assert world.control.calls_summary()["count"] == before + 1, "a number that is connected costs the query alone"


def test_credentials_that_run_out_before_a_step_leave_nothing_unknown(world: World) -> None:
    asked = 0

    def running_out() -> Credentials:
        nonlocal asked
        asked += 1
        # The query, the number, the control number and the number again.
        if asked > 4:
            raise ConfigurationError("The credentials ran out.")
        return Credentials(world.simulator.access_key_id, world.simulator.access_key_secret)

    result = engine(world, running_out).run([DECLARED])[0]

    assert (result.outcome, actions(result)) == (Outcome.FAILED, ["initiate not_made"])
    assert result.problem is not None
    assert result.problem.sentence == "The credentials ran out."
    assert world.effects() == Effects()
    assert actions(ran(world, DECLARED)) == ["initiate done", "request_code done"]


def engine(world: World, credentials: Callable[[], Credentials], *, wait_timeout: float = 10) -> FleetRun:
    client = Client(
        Transport(world.simulator.endpoint),
        credentials,
        file_pace(pace_directory(world.folder / "state"), "account", 1e6, sleep=lambda seconds: None),
        user_agent="tests",
        retries=0,
    )
    journal = FileJournal(world.journal, RunIdentity(), clock=world.now)
    return FleetRun(client, journal, None, waits=Waits(connection=wait_timeout), clock=world.now)


def test_a_full_disk_stops_the_step_and_the_api_is_not_called(world: World) -> None:
    world.run(replace(DECLARED, state=State.INITIATED))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (world.journal.stat().st_size + 20, hard))
    try:
        result = ran(world, replace(DECLARED, resend=True))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)

    assert (result.outcome, actions(result)) == (Outcome.FAILED, ["request_code not_made"])
    assert result.problem is not None
    assert result.problem.error["code"] == "JournalNotWritable"
    assert calls(world, "GetMigrationVerifyCode") == 0
    assert ran(world, replace(DECLARED, resend=True)).outcome is Outcome.AWAITING_CODE


def test_a_space_that_is_not_ours_fails_with_the_apis_error_and_nothing_is_written(world: World) -> None:
    result = ran(world, replace(DECLARED, cust_space_id="not-ours"))

    assert result.outcome is Outcome.FAILED
    assert result.problem is not None
    assert result.problem.error["code"] == "Unknown.ResourceOwnerId"
    assert world.count_writes() == 0


def test_a_waba_that_refuses_fails_with_the_apis_error(world: World) -> None:
    world.control.seed({"lines": [{"phone_number": DIGITS, "two_step_verification": True}]})
    result = ran(world, DECLARED)

    assert (result.outcome, result.phase, result.changed) == (Outcome.FAILED, Phase.ABSENT, False)
    assert actions(result) == ["initiate refused"]


def test_a_number_that_registers_slowly_awaits_its_connection_and_a_later_run_sees_it(world: World) -> None:
    world.control.change_settings(register_seconds=600)
    world.run(DECLARED)
    result = ran(world, with_code(world))
    assert (result.outcome, result.phase) == (Outcome.AWAITING_CONNECTION, Phase.VERIFIED)
    assert "Run again" in result.next_action

    world.control.advance(600)
    later = ran(world, DECLARED)
    assert (later.outcome, later.changed, world.effects().registers) == (Outcome.CONVERGED, False, 1)


def test_a_register_that_stays_unknown_is_noted_with_its_request_id(world: World) -> None:
    world.run(DECLARED)
    world.control.add_fault("error_500", operation="ChatappMigrationRegister")
    result = ran(world, with_code(world))
    last = json.loads(world.journal.read_text(encoding="utf-8").splitlines()[-1])

    assert (result.outcome, last["step"], last["outcome"]) == (Outcome.UNKNOWN, "register", "unknown")
    assert last["request_id"] == result.actions[-1].request_id != ""


def test_a_reclaim_sends_one_code_and_then_takes_it_even_while_the_query_lags() -> None:
    world = World({"needs_sync": "yes"})
    try:
        world.control.seed({"numbers": [{"cust_space_id": SPACE, "phone_number": DIGITS, "status": "MIGRATED"}]})
        reclaim = replace(DECLARED, reclaim=True)
        # A journal has to be there that knows of no code.
        ran(world, replace(DECLARED, phone_number="+8613900001235"))
        first = ran(world, reclaim)
        second = ran(world, reclaim)
        third = ran(world, with_code(world, reclaim))

        assert actions(first) == ["initiate done", "request_code done"]
        assert (second.outcome, actions(second)) == (Outcome.AWAITING_CODE, [])
        assert (third.outcome, third.phase) == (Outcome.CONVERGED, Phase.CONNECTED)
        assert world.effects().codes_sent == 1
    finally:
        world.close()


def test_a_code_that_came_too_early_causes_a_remark_and_is_not_submitted_later(world: World) -> None:
    ran(world, replace(DECLARED, phone_number="+8613900001235"))
    early = replace(DECLARED, code="654321")
    first = ran(world, early)
    second = ran(world, early)

    assert any("The code was not submitted" in remark for remark in first.remarks)
    assert first.outcome is Outcome.AWAITING_CODE
    assert (second.outcome, second.actions) == (Outcome.FAILED, [])
    assert world.effects().submissions == 0


def test_one_poll_reads_all_waiting_numbers_of_a_space(world: World) -> None:
    numbers = [f"+86139000012{index:02}" for index in range(5)]
    declarations = [Declaration(SPACE, number) for number in numbers]
    world.control.change_settings(register_seconds=0)
    for declaration in declarations:
        world.run(declaration)
    coded = [replace(d, code=world.control.code(d.phone_number[1:])) for d in declarations]
    before = calls(world, "ChatappSyncPhoneNumber")

    key = Credentials(world.simulator.access_key_id, world.simulator.access_key_secret)
    reconciler = engine(world, lambda: key)
    results = reconciler.run(coded)

    assert [result.outcome for result in results] == [Outcome.CONVERGED] * 5
    assert calls(world, "ChatappSyncPhoneNumber") - before == 2, "one before the registers and one poll"
