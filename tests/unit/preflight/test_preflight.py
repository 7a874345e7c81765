# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The findings of preflight, as pure functions."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ApiError, CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Declaration,
    Observation,
    State,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import make_plan
from ansible_collections.chatapp.cams.plugins.module_utils._preflight.checks import (
    CODES,
    CheckedNumber,
    Finding,
    Severity,
    check_number,
    check_spellings,
    finding_of_failed_read,
    findings_of_account,
    findings_of_business,
    findings_of_number,
    findings_of_run,
    mark_overridden,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

NUMBER = "+8613900001234"
ABSENT = Observation(None, "", VerificationReading.NO_SUCH_NUMBER)
CONNECTED = Observation("CONNECTED")


def subject(number: str = NUMBER, observed: Observation | None = ABSENT, **declared: Any) -> CheckedNumber:
    declaration = Declaration("s1", number, **declared)
    row = {"status": observed.status, "phone_number": number} if observed and observed.status else None
    return CheckedNumber(declaration, row, plan=make_plan(declaration, observed) if observed else None)


def codes(looked_at: CheckedNumber) -> list[str]:
    check_number(looked_at)
    return [finding.code for finding in looked_at.findings]


# --- lines


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (NUMBER, []),
        ("+12025550143", []),
        ("+390212345678", ["cannot_take_sms"]),
        ("+18002345678", ["cannot_take_sms"]),
        ("+815012345678", ["sms_not_advised"]),
        ("+443301234567", ["sms_not_advised"]),
        ("+553191234567", ["number_unlikely"]),
        ("+5215512345678", ["number_impossible"]),
    ],
)
def test_the_type_of_a_line_is_compared_with_code_method(number: str, expected: list[str]) -> None:
    assert set(codes(subject(number))) == {*expected, "two_step_verification"}


@pytest.mark.parametrize(
    ("observed", "declared"),
    [
        (ABSENT, {"code_method": "voice"}),
        (ABSENT, {"state": State.INITIATED}),
        (Observation("PENDING", "", VerificationReading.VERIFIED), {}),
        (CONNECTED, {}),
        (Observation("BANNED"), {}),
    ],
)
def test_code_method_is_checked_only_if_a_code_will_be_sent(observed: Observation, declared: dict[str, Any]) -> None:
    assert "cannot_take_sms" not in codes(subject("+390212345678", observed, **declared))


def test_without_the_package_types_of_lines_are_not_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)

    assert phone.line_type_of("+390212345678") is None
    assert codes(subject("+390212345678")) == ["two_step_verification"]
    assert [finding.code for finding in findings_of_run([], types_checked=False)] == [
        "calls_not_tried",
        "types_not_checked",
    ]


# --- phases


@pytest.mark.parametrize(
    ("observed", "word", "expected"),
    [
        (ABSENT, None, "two_step_verification"),
        (Observation("PENDING", "", VerificationReading.NOT_VERIFIED), "NOT_VERIFIED", "under_way"),
        (Observation("PENDING", "", VerificationReading.NOT_VERIFIED), "EXPIRED", "verification_ran_out"),
        (Observation(None, "", VerificationReading.NOT_VERIFIED), "REVOKED", "verification_ran_out"),
        (Observation("PENDING", "", VerificationReading.VERIFIED), "VERIFIED", "verified"),
        (CONNECTED, None, "already_here"),
        (Observation("RESTRICTED"), None, "limited"),
        (Observation("MIGRATED"), None, "halted"),
        (Observation("SOMETHING_NEW"), None, "halted"),
    ],
)
def test_the_phase_of_a_number_is_one_finding(observed: Observation, word: str | None, expected: str) -> None:
    looked_at = subject(observed=observed)
    looked_at.verification = word

    assert codes(looked_at) == [expected]


@pytest.mark.parametrize(
    ("name", "found"),
    [("APPROVED", False), ("Approval", False), ("AVAILABLE_WITHOUT_REVIEW", False), ("", False), ("DECLINED", True)],
)
def test_a_name_that_is_not_approved_is_a_warning(name: str, found: bool) -> None:
    looked_at = subject(observed=CONNECTED)
    looked_at.row = {"status": "CONNECTED", "name_status": name}

    assert ("name_not_approved" in codes(looked_at)) is found
    assert CODES["name_not_approved"] is Severity.WARNING


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("NONE", False),
        ("", False),
        (None, False),
        ("APPROVED", False),
        ("AVAILABLE_WITHOUT_REVIEW", False),
        ("PENDING_REVIEW", True),
        ("Pending_Review", True),
        ("DECLINED", True),
        ("Rejected", True),
        ("EXPIRED", True),
    ],
)
def test_a_new_name_that_is_pending_or_declined_is_a_warning(status: str | None, found: bool) -> None:
    looked_at = subject(observed=CONNECTED)
    looked_at.row = {"status": "CONNECTED", "name_status": "APPROVED", "new_name_status": status}

    assert codes(looked_at) == ["already_here", *(["new_name_not_approved"] if found else [])]


def test_a_new_name_of_a_halted_number_is_not_checked() -> None:
    looked_at = subject(observed=Observation("BANNED"))
    looked_at.row = {"status": "BANNED", "new_name_status": "DECLINED"}

    assert codes(looked_at) == ["halted"]


# --- spaces and reads


@pytest.mark.parametrize(
    ("waba", "expected"),
    [
        ({"id": "w", "account_review_status": "APPROVED"}, []),
        ({"id": "w", "account_review_status": "DISABLED"}, ["waba_not_approved"]),
        ({"id": "w"}, ["waba_not_approved"]),
        (None, ["waba_missing"]),
    ],
)
def test_an_account_that_is_not_approved_is_found(waba: dict[str, Any] | None, expected: list[str]) -> None:
    assert [finding.code for finding in findings_of_account("s1", waba)] == expected


@pytest.mark.parametrize(("word", "found"), [("verified", False), ("VERIFIED", False), ("pending", True), ("", True)])
def test_a_business_that_is_not_verified_is_found(word: str, found: bool) -> None:
    assert bool(findings_of_business("s1", {"verification_status": word})) is found
    assert findings_of_business("s1", None)[0].message == "The verification of its business is not shown."


@pytest.mark.parametrize(
    ("code", "expected", "about_the_number"),
    [
        ("InvalidAccessKeyId.NotFound", "credentials_refused", False),
        ("SignatureDoesNotMatch", "credentials_refused", False),
        ("InvalidSecurityToken.Expired", "credentials_refused", False),
        ("Ram.PermissionDeny", "read_denied", False),
        ("NoPermission", "read_denied", False),
        ("Unknown.ResourceOwnerId", "space_unknown", False),
        ("InvalidParameter.CustSpaceId", "space_unknown", False),
        ("Product.Unsubscript", "not_subscribed", False),
        ("Something.New", "not_read", True),
        ("", "not_read", True),
    ],
)
def test_a_denied_read_and_an_unknown_space_are_different_findings(
    code: str, expected: str, about_the_number: bool
) -> None:
    error = ApiError(code, "No.", "request", 400, "QueryChatappPhoneNumbers", "Do this.") if code else None
    found = finding_of_failed_read(QUERY_NUMBERS, CamsError("Failed to query: No. Do this.", error), "s1", NUMBER)

    assert (found.code, found.phone_number) == (expected, NUMBER if about_the_number else None)
    assert found.next_action
    if error and expected != "read_denied":
        assert (found.message, found.next_action) == ("Failed to query: No.", "Do this.")


def test_a_denied_read_says_who_was_denied_by_which_policy() -> None:
    detail = {"AuthPrincipalDisplayName": "nightly", "NoPermissionType": "ImplicitDeny"}
    error = ApiError("NoPermission", "No.", "request", 403, "QueryChatappPhoneNumbers", "Grant it.", detail)
    finding = finding_of_failed_read(QUERY_NUMBERS, CamsError("No. Grant it.", error), "space-1")

    assert finding.code == "read_denied"
    assert finding.message.startswith("The principal nightly may not call this action: no policy allows it")


def test_a_denied_read_names_the_permission() -> None:
    error = ApiError("Forbidden.RAM", "No.", "request", 403, "QueryChatappPhoneNumbers", "Grant it.")

    assert (
        "cams:QueryChatappPhoneNumbers" in finding_of_failed_read(QUERY_NUMBERS, CamsError("", error), "s1").next_action
    )


# --- the fleet


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+525512345678", "+5215512345678"),
        ("+541123456789", "+5491123456789"),
        ("+553187654321", "+5531987654321"),
    ],
)
def test_two_spellings_of_a_number_are_found_and_not_rewritten(one: str, other: str) -> None:
    declared = [subject(one), subject(other), subject("+525512345679")]
    check_spellings(declared, {})

    assert [[finding.code for finding in each.findings] for each in declared] == [["spelling"], ["spelling"], []]
    assert other in declared[0].findings[0].message
    assert [each.number for each in declared[:2]] == [one, other]


def test_another_spelling_in_the_same_space_is_found() -> None:
    declared = [subject("+525512345678")]
    check_spellings(declared, {"s1": ["+525512345678", "+5215512345678"], "s2": ["+5215512345678"]})
    elsewhere = [subject("+525512345678")]
    check_spellings(elsewhere, {"s2": ["+5215512345678"]})

    assert (len(declared[0].findings), elsewhere[0].findings) == (1, [])


def test_findings_of_a_space_do_not_concern_connected_numbers() -> None:
    lacks = [Finding("waba_missing", "", "", "s1"), Finding("waba_missing", "", "", "s2")]

    assert findings_of_number(subject(), lacks) == lacks[:1]
    assert findings_of_number(subject(observed=None), lacks) == lacks[:1]
    assert findings_of_number(subject(observed=CONNECTED), lacks) == []


def test_only_blockers_are_overridden_by_their_code_or_number() -> None:
    findings = [
        Finding("halted", "", "", "s1", NUMBER),
        Finding("halted", "", "", "s1", "+8613900001235"),
        Finding("spelling", "", "", "s1", NUMBER),
        Finding("waba_missing", "", "", "s1"),
    ]

    def named(*names: str) -> list[bool]:
        return [finding.overridden for finding in mark_overridden(findings, names)]

    assert named(NUMBER) == [True, False, False, False]
    assert named("halted") == [True, True, False, False]
    assert named("waba_missing", "spelling") == [False, False, False, True]
