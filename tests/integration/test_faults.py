# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of the client and the effect on the service for every fault and each kind of operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import (
    INITIATE,
    OPERATIONS,
    REQUEST_CODE,
    SYNC,
    VERIFICATION_STATUS,
    Kind,
    Operation,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallOutcome
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CheckModeError
from simulator_process import Simulator

DIGITS = "8613900001234"
SHORT_SECONDS, LONG_SECONDS = 3, 60
NUMBER = {"CustSpaceId": "space-1", "PhoneNumber": DIGITS}
CALLS: dict[Kind, tuple[Operation, dict[str, str]]] = {
    Kind.READ: (VERIFICATION_STATUS, NUMBER),
    Kind.REPEATABLE_WRITE: (SYNC, {"CustSpaceId": "space-1"}),
    Kind.SETTLED_BY_READING: (INITIATE, {"CustSpaceId": "space-1", "CountryCode": "86", "MobileNumber": "13900001234"}),
    Kind.SEND: (REQUEST_CODE, {**NUMBER, "Locale": "en_US", "Method": "sms"}),
}
NO_EFFECT: dict[str, dict[str, Any]] = {"throttle_user": {}, "throttle_api": {}, "limit_control": {}}
LOST: dict[str, dict[str, Any]] = {
    "drop_before": {},
    "drop_after": {},
    "error_500": {},
    "error_503": {},
    "truncated": {},
    "not_json": {},
    "not_json with 502": {"http_status": 502},
    "slow": {"seconds": 3600},
}
EFFECTS = (False, True)


@dataclass(frozen=True)
class Seen:
    """How a call ended, and what the simulator counted."""

    outcome: CallOutcome
    attempts: int
    retried: int
    throttled: int
    effects: int


@pytest.fixture
def call(simulator: Simulator, new_client: Callable[..., Client]) -> Callable[[Kind, str, dict[str, Any]], Seen]:
    """Order one fault for the operation of a kind, call it, and look at both sides."""

    def run(kind: Kind, fault: str, details: dict[str, Any]) -> Seen:
        operation, parameters = CALLS[kind]
        # Only a slow answer is not waited for.
        client = new_client(timeout=SHORT_SECONDS if fault == "slow" else LONG_SECONDS)
        if operation is not INITIATE:
            client.call(*CALLS[Kind.SETTLED_BY_READING]).body_or_raise()
        simulator.control.add_fault(fault.partition(" ")[0], operation=operation.action, **details)
        before = effects(simulator, operation)
        # The table gives writes a minute; a test does not.
        result = client.call(replace(operation, read_timeout=0), parameters)
        counts = client.counts
        made = effects(simulator, operation) - before
        return Seen(result.outcome, counts.calls[operation.action], counts.retried, counts.throttled, made)

    return run


def effects(simulator: Simulator, operation: Operation) -> int:
    counter = {INITIATE: "initiates", REQUEST_CODE: "codes_sent"}.get(operation)
    return sum(number[counter] for number in simulator.control.effects()["numbers"]) if counter else 0


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("fault", NO_EFFECT)
def test_a_throttled_call_is_repeated_whatever_its_kind(call: Callable[..., Seen], kind: Kind, fault: str) -> None:
    seen = call(kind, fault, NO_EFFECT[fault])

    assert seen == Seen(CallOutcome.ANSWERED, 2, 1, 1, 0 if kind.changes_no_number else 1)


@pytest.mark.parametrize("kind", [Kind.READ, Kind.REPEATABLE_WRITE])
@pytest.mark.parametrize("after_effect", EFFECTS)
@pytest.mark.parametrize("fault", LOST)
def test_a_call_that_changes_no_number_is_repeated_when_its_answer_is_lost(
    call: Callable[..., Seen], kind: Kind, fault: str, after_effect: bool
) -> None:
    seen = call(kind, fault, {**LOST[fault], "after_effect": after_effect})

    assert seen == Seen(CallOutcome.ANSWERED, 2, 1, 0, 0)


@pytest.mark.parametrize("kind", [Kind.SETTLED_BY_READING, Kind.SEND])
@pytest.mark.parametrize("after_effect", EFFECTS)
@pytest.mark.parametrize("fault", LOST)
def test_a_write_whose_answer_is_lost_is_unknown_and_not_repeated(
    call: Callable[..., Seen], kind: Kind, fault: str, after_effect: bool
) -> None:
    details = LOST[fault] if fault.startswith("drop") else {**LOST[fault], "after_effect": after_effect}
    seen = call(kind, fault, details)

    made = {"drop_before": 0, "drop_after": 1, "slow": 1}.get(fault, int(after_effect))
    assert seen == Seen(CallOutcome.UNKNOWN, 1, 0, 0, made)


@pytest.mark.parametrize("kind", Kind)
def test_a_refusal_is_final_and_carries_the_apis_error(
    simulator: Simulator, new_client: Callable[..., Client], kind: Kind
) -> None:
    operation, parameters = CALLS[kind]
    simulator.control.add_fault("business_error", operation=operation.action, code="Some.Code", message="No {x} today.")
    client = new_client()

    result = client.call(operation, parameters)

    assert (result.outcome, client.counts.calls[operation.action]) == (CallOutcome.REFUSED, 1)
    assert result.error is not None
    assert (result.error.code, result.error.action, result.error.http_status) == ("Some.Code", operation.action, 200)
    assert result.error.request_id == simulator.control.calls()[-1]["request_id"]
    subject = operation.number_or_space(parameters)
    assert result.reason.startswith(f"Failed to {operation.verb} {subject}: No {{x}} today (Some.Code). ")


@pytest.mark.parametrize("kind", Kind)
def test_a_refused_connection_is_waited_out_whatever_the_kind(
    simulator: Simulator, new_client: Callable[..., Client], kind: Kind
) -> None:
    client = new_client(retries=8)
    if kind is Kind.SEND:
        client.call(*CALLS[Kind.SETTLED_BY_READING]).body_or_raise()
    client = new_client(retries=8)
    simulator.control.add_fault("refuse_connection", seconds=3.0)

    result = client.call(*CALLS[kind])

    expected = CallOutcome.REFUSED if kind is Kind.READ else CallOutcome.ANSWERED
    assert (result.outcome, client.counts.retried > 0) == (expected, True)


def test_retries_end(simulator: Simulator, new_client: Callable[..., Client]) -> None:
    simulator.control.add_fault("throttle_user", count=100)
    client = new_client(retries=2)

    result = client.call(*CALLS[Kind.READ])

    assert (result.outcome, client.counts.calls.total(), client.counts.retried) == (CallOutcome.THROTTLED, 3, 2)


@pytest.mark.parametrize("action", OPERATIONS)
def test_a_client_for_check_mode_sends_reads_only(
    simulator: Simulator, new_client: Callable[..., Client], action: str
) -> None:
    operation = OPERATIONS[action]
    client = new_client(check_mode=True)
    parameters = dict.fromkeys(operation.required, "1")

    if operation.kind is Kind.READ:
        client.call(operation, parameters)
        assert len(simulator.control.calls()) == 1
    else:
        with pytest.raises(CheckModeError):
            client.call(operation, parameters)
        assert simulator.control.calls() == []
