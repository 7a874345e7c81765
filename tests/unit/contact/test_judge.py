# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement is a total function of the evidence, and concludes nothing from calls that may be missing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._contact import evidence
from ansible_collections.chatapp.cams.plugins.module_utils._contact.assumptions import ASSUMPTIONS
from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import Event, ShownRow, event_from_document
from ansible_collections.chatapp.cams.plugins.module_utils._contact.judge import (
    Verdict,
    findings_of,
    learnt_refusal,
    simulator_settings,
)
from hypothesis import given
from hypothesis import strategies as st

QUERY, SYNC, STATUS = "QueryChatappPhoneNumbers", "ChatappSyncPhoneNumber", "GetPhoneNumberVerificationStatus"
INITIATE, CODE, VERIFY = "CreateChatappMigrationInitiate", "GetMigrationVerifyCode", "ChatappMigrationVerified"
REGISTER = "ChatappMigrationRegister"
UNKNOWN = {"outcome": "refused", "http_status": 400, "code": "InvalidParameter.PhoneNumberError", "message": "no #"}
PENDING = (ShownRow("PENDING", "NOT_VERIFIED"),)

events = st.builds(
    Event,
    run=st.integers(1, 3),
    at=st.floats(0, 1000),
    seconds=st.floats(0, 5),
    operation=st.sampled_from([*OPERATIONS, "Other"]),
    about=st.sampled_from(
        [evidence.NUMBER, evidence.CONTROL, evidence.SPACE, evidence.OTHER_SPACE, evidence.ACCOUNT, "else"]
    ),
    in_form=st.booleans(),
    filter=st.sampled_from(["", evidence.BY_STATUS, evidence.BY_VERIFICATION]),
    outcome=st.sampled_from(["answered", "refused", "throttled", "not sent", "unknown", ""]),
    http_status=st.sampled_from([0, 200, 400, 500]),
    code=st.sampled_from(["", "OK", "InvalidParameter", "NoPermission", "InvalidParameter.PhoneNumberError", "x"]),
    message=st.sampled_from(["", "no #", "<masked>"]),
    rows=st.sampled_from([None, 0, 1]),
    number_rows=st.lists(
        st.builds(ShownRow, status=st.sampled_from(["", "PENDING", "CONNECTED", "MIGRATED", "NEW"]), webhook=st.none()),
        max_size=2,
    ).map(tuple),
    statuses=st.lists(st.sampled_from(["PENDING", "NEW"]), max_size=2).map(tuple),
    verifications=st.lists(st.sampled_from(["VERIFIED", "NOT_VERIFIED", "REVOKED", "new"]), max_size=2).map(tuple),
    clock=st.one_of(st.none(), st.floats(-1000, 1000)),
)


@given(st.lists(events, max_size=25))
def test_every_evidence_has_one_judgement_for_each_assumption(log: list[Event]) -> None:
    findings = findings_of(log)

    assert [finding.assumption for finding in findings] == list(ASSUMPTIONS)
    for finding in findings:
        assert (finding.verdict is Verdict.NOT_OBSERVED) == (finding.value == "")
        assert (finding.verdict is Verdict.CONFIRMED) == (finding.value == finding.assumption.assumed != "")
        assert all(any(event is known for known in log) for event in finding.events)
    simulator_settings(findings)
    learnt_refusal(log)
    assert [event_from_document(json.loads(json.dumps(event.as_document()))) for event in log] == log


def log_of(*facts: tuple[str, dict[str, Any]]) -> list[Event]:
    """Return events one second apart, in run 1 unless they say otherwise."""
    subjects = {QUERY: evidence.SPACE, SYNC: evidence.SPACE}
    return [
        Event(
            **{
                "run": 1,
                "at": 100.0 + place,
                "seconds": 0.1,
                "operation": operation,
                "about": subjects.get(operation, evidence.NUMBER),
                "outcome": "answered",
                "http_status": 200,
                "code": "OK",
                **more,
            }
        )
        for place, (operation, more) in enumerate(facts)
    ]


def observed(log: list[Event], name: str) -> str:
    return next(finding.value for finding in findings_of(log) if finding.assumption.id == name)


ROW = {"rows": 1, "number_rows": PENDING}
EMPTY: dict[str, Any] = {"rows": 0}


def test_a_row_that_a_query_shows_before_any_sync_needs_no_sync() -> None:
    assert observed(log_of((QUERY, EMPTY), (INITIATE, {}), (QUERY, ROW)), "needs_sync") == "no"


def test_a_row_that_comes_directly_with_a_sync_needs_one() -> None:
    assert observed(log_of((INITIATE, {}), (QUERY, EMPTY), (SYNC, EMPTY), (QUERY, ROW)), "needs_sync") == "yes"


@pytest.mark.parametrize(
    "log",
    [
        pytest.param(log_of((QUERY, EMPTY), (QUERY, {**ROW, "run": 2})), id="two runs, a sync may be missing"),
        pytest.param(log_of((QUERY, EMPTY), (SYNC, EMPTY), (QUERY, {**ROW, "at": 900.0})), id="much later"),
        pytest.param(log_of((QUERY, EMPTY), (INITIATE, {}), (SYNC, EMPTY), (QUERY, ROW)), id="a write between"),
    ],
)
def test_a_change_with_another_possible_reason_decides_nothing_about_syncs(log: list[Event]) -> None:
    assert observed(log, "needs_sync") == ""


def test_a_status_that_answers_in_a_later_run_may_follow_a_code_request_that_was_not_recorded() -> None:
    killed = log_of((INITIATE, {}), (STATUS, UNKNOWN), (STATUS, {"run": 2, "verifications": ("NOT_VERIFIED",)}))

    assert observed(killed, "status_read") == ""
    assert observed(log_of((INITIATE, {}), (STATUS, {"verifications": ("NOT_VERIFIED",)})), "status_read") == "plain"


def test_a_status_that_is_refused_is_blind_only_after_the_verification() -> None:
    refused = (STATUS, UNKNOWN)
    waiting = [(INITIATE, {}), refused, (CODE, {}), refused]

    assert observed(log_of(*waiting), "status_read") == ""
    assert observed(log_of(*waiting, (VERIFY, {}), refused), "status_read") == "blind"


def test_an_unknown_word_refutes_and_gives_the_simulator_no_setting() -> None:
    log = log_of((INITIATE, {}), (QUERY, {"rows": 1, "number_rows": (ShownRow("IN_MIGRATION"),)}))
    finding = next(finding for finding in findings_of(log) if finding.assumption.id == "before_register")

    assert (finding.verdict, finding.value) == (Verdict.REFUTED, "in_migration")
    assert "before_register" not in simulator_settings(findings_of(log))


def proof() -> list[Event]:
    control = {**UNKNOWN, "about": evidence.CONTROL}
    answered = {"verifications": ("NOT_VERIFIED",)}
    return log_of((STATUS, UNKNOWN), (STATUS, control), (INITIATE, {}), (STATUS, answered), (STATUS, control))


def test_a_refusal_is_proved_by_number_and_control_number_before_and_after_the_initiate() -> None:
    assert learnt_refusal(proof()) == Refusal(400, "InvalidParameter.PhoneNumberError", "no #")


@pytest.mark.parametrize("missing", range(5))
def test_a_refusal_with_less_proof_is_not_learnt(missing: int) -> None:
    log = proof()
    del log[missing]

    assert learnt_refusal(log) is None


@pytest.mark.parametrize("place", [0, 1, 4])
@pytest.mark.parametrize("change", [{"code": "Other"}, {"http_status": 200}, {"message": "another"}])
def test_a_refusal_that_differs_once_is_not_learnt(place: int, change: dict[str, Any]) -> None:
    log = proof()
    log[place] = Event(**{**{name: getattr(log[place], name) for name in Event.__dataclass_fields__}, **change})

    assert learnt_refusal(log) is None
