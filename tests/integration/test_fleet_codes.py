# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes that arrive from a source while the engine runs, against the simulator."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._codes.arguments import SOURCE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._engine.code_submission import CodeSubmission
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun, Waits
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Guards
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from inbox import Inbox
from integration.test_canary import send_code
from simulator_process import Simulator
from worlds import SPACE

NUMBERS = [f"+861390000{index:04}" for index in range(6)]
INITIATE, VERIFY, SYNC = "CreateChatappMigrationInitiate", "ChatappMigrationVerified", "ChatappSyncPhoneNumber"
STATUS = "GetPhoneNumberVerificationStatus"
# Only a hang takes longer.
LONGEST_SECONDS = 60
# Longer than any test.
FOR_EVER = 3600


@dataclass
class Fleet:
    simulator: Simulator
    new_client: Callable[..., Client]
    journal: FileJournal = field(default_factory=lambda: FileJournal(None, RunIdentity()))
    # The actions and numbers of all calls, in their order.
    calls: list[tuple[str, str]] = field(default_factory=list)
    before_call: Callable[[str, str], object] = lambda action, number: None
    stopped: str = ""
    remarks: Sequence[str] = ()

    def initiated(self, number: str) -> str:
        """Send a code to a number; returns the code."""
        send_code(self.new_client(), number[1:])
        return self.simulator.control.code(number[1:]) or ""

    def run(
        self, numbers: list[str], seconds: float, *, check_mode: bool = False, max_changes: int = 0, **source: Any
    ) -> list[NumberResult]:
        client = self.new_client(check_mode=check_mode, retries=0)
        call = client.call

        def noted(operation: Any, parameters: Any, *more: Any, **options: Any) -> Any:
            whole = parameters.get("PhoneNumber")
            number = f"+{whole or parameters.get('CountryCode', '') + parameters.get('MobileNumber', '')}"
            self.before_call(operation.action, number)
            self.calls.append((operation.action, number))
            return call(operation, parameters, *more, **options)

        setattr(client, "call", noted)  # noqa: B010
        checked = ArgumentSpecValidator(SOURCE_ARGUMENTS).validate(source)
        codes = CodeSubmission(
            checked.validated_parameters,
            seconds,
            self.journal,
            max_changes=max_changes,
            stop=client.stop_event,
            stop_run=client.stop,
        )
        run = FleetRun(
            client,
            self.journal,
            None,
            check_mode=check_mode,
            guards=Guards(max_changes=max_changes),
            codes=codes,
            waits=Waits(connection=10),
        )
        results = run.run([Declaration(SPACE, number) for number in numbers])
        self.stopped, self.remarks = run.why_stopped, codes.remarks
        return results

    def made(self, action: str) -> list[str]:
        return [number for made, number in self.calls if made == action]


@pytest.fixture
def fleet(simulator: Simulator, new_client: Callable[..., Client]) -> Fleet:
    simulator.control.change_settings(register_seconds=0)
    return Fleet(simulator, new_client)


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as opened:
        yield opened


def test_a_code_is_submitted_while_other_numbers_are_still_being_processed(fleet: Fleet) -> None:
    code, submitted = fleet.initiated(NUMBERS[0]), threading.Event()

    def hold(action: str, number: str) -> None:
        if action == VERIFY:
            submitted.set()
        if action == INITIATE and number == NUMBERS[-1]:
            # If codes were submitted only after all numbers, this would end without one.
            submitted.wait(LONGEST_SECONDS)

    fleet.before_call = hold
    results = fleet.run(NUMBERS, 1, vars={NUMBERS[0]: code})

    order = [call for call in fleet.calls if call in ((VERIFY, NUMBERS[0]), (INITIATE, NUMBERS[-1]))]
    assert order == [(VERIFY, NUMBERS[0]), (INITIATE, NUMBERS[-1])]
    assert [result.outcome for result in results] == [Outcome.CONVERGED] + [Outcome.AWAITING_CODE] * 5


def test_a_code_that_is_found_while_the_run_still_looks_at_the_rows_is_submitted_once(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With several waiting numbers, the run believes their rows and does not read them one by one.
    codes, found = {number: fleet.initiated(number) for number in NUMBERS[:3]}, threading.Event()
    add = CodeSubmission.add

    def add_and_wait(submission: CodeSubmission, number_run: NumberRun) -> None:
        add(submission, number_run)
        if submission._waiting._thread:
            found.wait(LONGEST_SECONDS)

    meeting = threading.Barrier(2)

    def meet(action: str, number: str) -> None:
        if threading.current_thread().name == "code-waiting":
            found.set()
        if number == NUMBERS[0] and action in (STATUS, VERIFY):
            # If two threads worked on the number, they would read together and submit together.
            with contextlib.suppress(threading.BrokenBarrierError):
                meeting.wait(2)

    monkeypatch.setattr(CodeSubmission, "add", add_and_wait)
    fleet.before_call = meet
    results = fleet.run(NUMBERS[:3], 1, vars={NUMBERS[0]: codes[NUMBERS[0]]})

    assert fleet.made(VERIFY) == [NUMBERS[0]]
    assert [result.outcome for result in results] == [Outcome.CONVERGED, Outcome.AWAITING_CODE, Outcome.AWAITING_CODE]


def test_a_code_that_was_tried_is_not_submitted_again_and_its_number_waits_on(fleet: Fleet) -> None:
    code = fleet.initiated(NUMBERS[0])
    fleet.journal.refuse_code(SPACE, NUMBERS[0], code)

    [result] = fleet.run(NUMBERS[:1], 2, vars={NUMBERS[0]: code})

    assert result.outcome is Outcome.AWAITING_CODE
    assert fleet.made(VERIFY) == []
    assert [remark for remark in fleet.remarks if "was submitted or refused before" in remark] == list(fleet.remarks)
    assert len(fleet.remarks) == 1
    assert code not in fleet.remarks[0]


def test_codes_for_more_numbers_than_may_change_are_refused_together_and_end_the_wait(fleet: Fleet) -> None:
    codes = {number: fleet.initiated(number) for number in NUMBERS[:3]}

    results = fleet.run(NUMBERS[:4], FOR_EVER, max_changes=3, vars=codes)

    assert fleet.made(VERIFY) == []
    assert fleet.stopped.startswith("With the codes that arrived, this run would change 4 numbers, but <<max_changes>>")
    assert {result.outcome for result in results} == {Outcome.AWAITING_CODE}
    assert not [code for code in codes.values() if code in fleet.stopped]


def test_in_check_mode_a_code_of_the_source_is_planned_and_nothing_is_written(fleet: Fleet, inbox: Inbox) -> None:
    inbox.receive(NUMBERS[0], fleet.initiated(NUMBERS[0]))

    [first, second] = fleet.run(NUMBERS[:2], 0, check_mode=True, url=inbox.options)

    assert [action.action for action in first.actions] == ["verify", "register"]
    assert [action.action for action in second.actions] == ["initiate", "request_code"]
    assert not {VERIFY, SYNC, INITIATE} & {action for action, _number in fleet.calls}
    assert len(inbox.requests) == 1


@pytest.mark.parametrize(
    "settings",
    [{}, {"before_register": "hidden"}, {"needs_sync": "yes"}, {"before_register": "hidden", "needs_sync": "yes"}],
    ids=["shown", "hidden", "late", "hidden and late"],
)
def test_each_number_gets_one_code_however_late_the_service_shows_it(
    fleet: Fleet, inbox: Inbox, settings: dict[str, str]
) -> None:
    control = fleet.simulator.control
    control.change_settings(**settings)

    def deliver() -> None:
        codes: dict[str, str] = {}
        while len(codes) < 3:
            time.sleep(0.05)
            codes = {message["to"]: message["code"] for message in control.inbox()}
        for number, code in codes.items():
            inbox.receive(number, code)

    threading.Thread(target=deliver, daemon=True).start()
    results = fleet.run(NUMBERS[:3], LONGEST_SECONDS, url=inbox.options)

    assert {result.outcome for result in results} == {Outcome.CONVERGED}, results
    effects = [item for item in control.effects()["numbers"] if item["codes_sent"]]
    counts = [(item["initiates"], item["codes_sent"], item["hand_ins_right"], item["registers"]) for item in effects]
    assert counts == [(1, 1, 1, 1)] * 3


def test_a_failure_after_the_initiate_does_not_say_that_nothing_was_written(fleet: Fleet, inbox: Inbox) -> None:
    control = fleet.simulator.control

    def deliver() -> None:
        while not control.code(NUMBERS[0][1:]):
            time.sleep(0.05)
        control.add_fault("business_error", operation=SYNC, count=None, code="Own.Refusal", message="Not today")
        inbox.receive(NUMBERS[0], control.code(NUMBERS[0][1:]) or "")

    threading.Thread(target=deliver, daemon=True).start()
    (result,) = fleet.run(NUMBERS[:1], LONGEST_SECONDS, url=inbox.options)

    assert result.outcome is Outcome.FAILED
    assert [action.action for action in result.actions] == ["initiate", "request_code"]
    assert result.changed
    assert "Nothing was written" not in result.next_action
    assert fleet.made(VERIFY) == []


def test_a_number_found_initiated_is_not_initiated_when_it_looks_absent_as_its_code_comes(
    fleet: Fleet, inbox: Inbox
) -> None:
    control = fleet.simulator.control
    found, teacher = NUMBERS[0], NUMBERS[1]
    code = fleet.initiated(found)

    def deliver() -> None:
        # From the teacher the run learns how the service refuses an unknown number.
        while not control.code(teacher[1:]):
            time.sleep(0.05)
        control.remove_number(SPACE, found[1:])
        inbox.receive(found, code)
        inbox.receive(teacher, control.code(teacher[1:]) or "")

    threading.Thread(target=deliver, daemon=True).start()
    fleet.run([found, teacher], LONGEST_SECONDS, url=inbox.options)

    assert fleet.made(INITIATE) == [teacher]
    assert sorted(fleet.made(VERIFY)) == [found, teacher]
