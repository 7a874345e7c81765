# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text and the hint of an error of the API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api import error_codes as errors
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS, REGISTER
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import (
    CallOutcome,
    CallResult,
    interpret_response,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse

DETAIL = {
    "AuthAction": "cams:QueryChatappPhoneNumbers",
    "AuthPrincipalType": "SubUser",
    "AuthPrincipalOwnerId": "1234567890123456",
    "AuthPrincipalDisplayName": "nightly",
    "PolicyType": "AccountLevelIdentityBasedPolicy",
    "NoPermissionType": "ImplicitDeny",
}
ENCODED = "AQEAAAAAaGVsbG8="


def denied(detail: object) -> CallResult:
    body = {"Code": "NoPermission", "Message": "No.", "RequestId": "R", "AccessDeniedDetail": detail}
    return interpret_response(QUERY_NUMBERS, {"CustSpaceId": "s"}, HttpResponse(403, {}, json.dumps(body).encode()), [])


# --- who was denied what


def test_a_denied_call_says_who_may_not_call_what_and_which_policy_decides() -> None:
    result = denied({**DETAIL, "EncodedDiagnosticMessage": ENCODED})

    assert result.error is not None
    assert result.error.as_dict()["access_denied"] == DETAIL
    assert result.reason.startswith(
        "Failed to query the numbers of space s: No (NoPermission). SubUser nightly of account 1234567890123456 may not"
        " call cams:QueryChatappPhoneNumbers: no policy of type AccountLevelIdentityBasedPolicy allows it"
        " (ImplicitDeny). Grant"
    )
    assert ENCODED not in result.reason + str(result.error.as_dict())


@pytest.mark.parametrize(
    ("detail", "sentence"),
    [
        (
            {**DETAIL, "NoPermissionType": "ExplicitDeny", "PolicyType": "ControlPolicy"},
            "SubUser nightly of account 1234567890123456 may not call cams:QueryChatappPhoneNumbers: a policy of type"
            " ControlPolicy denies it (ExplicitDeny).",
        ),
        ({"AuthAction": "cams:X"}, "The principal may not call cams:X."),
        ({"AuthPrincipalDisplayName": "nightly"}, "The principal nightly may not call this action."),
        (
            {"PolicyType": "ControlPolicy", "NoPermissionType": "New"},
            "The principal may not call this action, says a policy of type ControlPolicy (New).",
        ),
        (
            {"NoPermissionType": "ImplicitDeny"},
            "The principal may not call this action: no policy allows it (ImplicitDeny).",
        ),
    ],
)
def test_the_sentence_contains_the_fields_that_the_service_sends(detail: dict[str, str], sentence: str) -> None:
    assert f"(NoPermission). {sentence} Grant" in denied(detail).reason


@pytest.mark.parametrize(
    "detail", [None, "None", "", [], 7, {}, {"EncodedDiagnosticMessage": ENCODED}, {"AuthAction": {}}]
)
def test_an_error_without_a_detail_has_no_access_denied(detail: object) -> None:
    result = denied(detail)

    assert result.error is not None
    assert "access_denied" not in result.error.as_dict()
    assert result.reason.startswith("Failed to query the numbers of space s: No (NoPermission). Grant")


def test_a_detail_stays_on_one_line() -> None:
    result = denied({**DETAIL, "AuthPrincipalDisplayName": "night\nly", "AuthPrincipalOwnerId": 12})

    assert "\n" not in result.reason
    assert "SubUser night ly of account 12 may not" in result.reason


def test_the_flag_throttled_is_not_shown() -> None:
    error = denied(None).error

    assert error is not None
    assert set(error.as_dict()) == {"code", "message", "request_id", "http_status", "action", "hint"}


# --- hints for errors of WhatsApp

MESSAGES = {
    2388001: "two-step verification",
    2388012: "in the WABA already",
    2388091: "<<reclaim>>",
    2388093: "<<reclaim>>",
    2388103: "cannot migrate this number yet",
    2494100: "Run again in some minutes",
    133000: "deregister the number again",
    133004: "Run again in some minutes",
    133005: "two-step verification",
    133006: "<<resend>>",
    133008: "two-step verification",
    133009: "two-step verification",
    133010: "the number is read first",
    133015: "Wait 5 minutes",
    133016: "Wait 72 hours",
    136024: "Then <<resend>>",
}


def hint(message: str, code: str = "InvalidParameter", status: int = 400) -> str:
    body: dict[str, Any] = {"Code": code, "Message": message, "RequestId": "R"}
    result = interpret_response(REGISTER, {"PhoneNumber": "1"}, HttpResponse(status, {}, json.dumps(body).encode()), [])
    assert result.error is not None
    assert result.outcome is CallOutcome.REFUSED, "a hint never decides what a run does"
    return result.error.hint


@pytest.mark.parametrize(("number", "part"), MESSAGES.items())
@pytest.mark.parametrize("form", ["(#{}) Failed.", "error_subcode={}", '{{"error":{{"code":{}}}}}', "Error: {}"])
def test_each_code_of_whatsapp_has_a_hint(number: int, part: str, form: str) -> None:
    assert part in hint(form.format(number))


def test_the_table_has_exactly_these_codes() -> None:
    known = [code for row in errors.UPSTREAM_HINTS for code in row.codes]

    assert sorted(known) == sorted(MESSAGES)


@pytest.mark.parametrize(
    ("message", "part"),
    [
        ("Two-step verification must be disabled before migrating.", "turn off two-step verification"),
        ("Please turn off 2FA.", "turn off two-step verification"),
        ("The display name is not approved (2388103).", "Get the display name approved"),
        ("The display name has not been approved.", "Get the display name approved"),
        ("The account has no payment method.", "Add a payment method"),
        ("The number belongs to a different Business Manager.", "Use a WABA of the same business"),
        ("Webhooks are not set up.", "webhooks of the WABA"),
        ("The destination WABA is not approved.", "Get the WABA of the space approved"),
        ("Verification code is incorrect.", "Each code counts once"),
        ("The expired verification code cannot be used.", "Each code counts once"),
        ("Too many attempts.", "Run again in some minutes"),
        ("This phone number is not being migrated.", "does not see a migration"),
    ],
)
def test_words_in_a_message_of_whatsapp_have_a_hint_too(message: str, part: str) -> None:
    assert part in hint(message)


@pytest.mark.parametrize(
    "message", ["", "Invalid parameter.", "8613300011330160", "13300 0", "The country code is invalid."]
)
def test_an_unknown_message_gets_the_general_hint(message: str) -> None:
    assert hint(message) == errors.HINTS["InvalidParameter"]


def test_unknown_codes_use_hints_of_whatsapp_and_known_codes_their_own() -> None:
    assert "Wait 72 hours" in hint("(#133016)", "isp.SYSTEM_ERROR", 200)
    assert "Wait 72 hours" in hint("(#133016)", "InvalidParameter.PhoneNumberError")
    assert "Compare the space id" in hint("The display name (#133016)", "Unknown.ResourceOwnerId")


# --- errors about the caller


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("IncompleteSignature", True),
        ("InvalidParameter.CustSpaceId", True),
        ("InvalidParameter.Format", True),
        ("InvalidParameter", False),
        ("InvalidParameter.CustSpaceIdea", False),
        ("InvalidParameter.PhoneNumberError", False),
        ("isp.SYSTEM_ERROR", False),
    ],
)
def test_codes_about_the_caller_are_recognized(code: str, expected: bool) -> None:
    assert errors.is_about_the_caller(code) is expected
