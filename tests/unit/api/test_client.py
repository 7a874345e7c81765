# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the client judges an answer, without a network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import (
    LONGEST_BACKOFF,
    LONGEST_MESSAGE,
    RETRY_SECONDS,
    CallResult,
    Client,
    Outcome,
    judge,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, QUERY_NUMBERS, VERIFY
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace, pace_directory
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import Exchange, Transport

CODE = "900001"
HAND_IN = {"CustSpaceId": "s", "PhoneNumber": f"86139{CODE}234", "VerifyCode": CODE}


def judged(status: int, body: object, **headers: str) -> CallResult:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return judge(VERIFY, HAND_IN, Exchange(status, headers, text), [CODE, "the-token"])


@pytest.mark.parametrize("message", ["SUCCESS", "None", "无", "null", "", None, "Error"])
def test_only_the_code_tells_success(message: str | None) -> None:
    assert judged(200, {"Code": "OK", "Message": message, "RequestId": "R"}).outcome is Outcome.ANSWERED


@pytest.mark.parametrize("code", ["ok", "Ok", "SUCCESS", "200"])
def test_a_word_that_is_not_the_documented_one_is_no_success(code: str) -> None:
    assert judged(200, {"Code": code}).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>login</html>"),
        (200, {"PhoneNumbers": []}),
        (200, {"Code": 7}),
        (200, []),
        (403, b"denied by the proxy"),
        (302, b""),
        (502, b"<html>bad gateway</html>"),
        (500, {"Code": "OK"}),
        (429, {"Code": "OK"}),
        (204, {"Code": "OK"}),
        (500, {"Code": "InternalError"}),
        (503, {"Code": "ServiceUnavailable"}),
        (200, {"Code": "InternalError"}),
    ],
)
def test_an_answer_that_says_nothing_sure_leaves_the_effect_unknown(status: int, body: object) -> None:
    assert judged(status, body).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"Code": "Throttling"}),
        (400, {"Code": "Throttling.User"}),
        (400, {"Code": "System.LimitControl"}),
        (503, {"Code": "Throttling.Api"}),
        (429, b"slow down"),
    ],
)
def test_flow_control_has_many_faces(status: int, body: object) -> None:
    assert judged(status, body).outcome is Outcome.THROTTLED


def test_an_error_names_number_operation_code_and_what_to_do() -> None:
    result = judged(400, {"Code": "Ram.PermissionDeny", "Message": "You are not authorized.", "RequestId": "R-1"})

    assert result.error is not None
    assert result.reason.startswith(
        "Failed to hand in the verification code of +86139900001234: You are not authorized (Ram.PermissionDeny). "
    )
    assert "cams:ChatappMigrationVerified" in result.error.hint
    assert result.error.request_id == "R-1"
    with pytest.raises(CamsError) as caught:
        result.answer()
    assert caught.value.error is result.error


def test_a_code_or_token_in_the_message_is_taken_out_and_longer_digits_are_left_whole() -> None:
    message = f"Code {CODE} of 86139{CODE}234 is wrong, token the-token."
    result = judged(200, {"Code": "Wrong.Code", "Message": message, "RequestId": f"R-{CODE}"})

    assert result.error is not None
    assert result.error.message == f"Code ******** of 86139{CODE}234 is wrong, token ********"


@pytest.mark.parametrize("given", ["\x1b[31m", "\ud800", "a b", f"{CODE} is wrong", "R" * 129, ["R"], {}, 1.5])
def test_a_request_id_that_is_none_is_left_out(given: object) -> None:
    assert judged(200, {"Code": "OK", "RequestId": given}).request_id == ""


def test_what_an_error_shows_has_no_control_signs_no_code_and_an_end() -> None:
    result = judged(400, {"Code": f"Wrong.{CODE}\x1b[31m", "Message": "a\u202eb\r\n" + "c" * 100_000})

    assert result.error is not None
    assert result.error.code == "Wrong.********[U+001B][31m"
    assert result.error.message.startswith("a[U+202E]b ccc")
    assert len(result.error.message) <= LONGEST_MESSAGE + 1


@pytest.mark.parametrize("data", ["x", [], [[]], 7, True, {"PhoneNumber": []}, {"PhoneNumber": {"a": 1}}])
@pytest.mark.parametrize("action", OPERATIONS)
def test_data_of_another_type_never_raises(action: str, data: object) -> None:
    """An answer that is documented without Data may have one all the same."""
    body = json.dumps({"Code": "OK", "Data": data}).encode()
    operation = OPERATIONS[action]

    result = judge(operation, dict.fromkeys(operation.required, "1"), Exchange(200, {}, body), [])

    assert result.outcome in (Outcome.ANSWERED, Outcome.UNKNOWN)


def test_the_signed_request_that_a_refused_signature_quotes_is_left_out() -> None:
    message = (
        "Specified signature does not match our calculation. server StringToSign is [ACS3…] "
        f"server CanonicalRequest is [POST\n/\nVerifyCode={CODE}&x=1\nx-acs-security-token:the-token]"
    )
    result = judged(400, {"Code": "SignatureDoesNotMatch", "Message": message})

    assert CODE not in result.reason.replace(f"+86139{CODE}234", "")
    assert "the-token" not in result.reason
    assert "access_key_secret" in result.reason


class Scripted:
    """A transport that gives prepared answers and remembers what was posted."""

    host = "cams.example.com"

    def __init__(self, *answers: Exchange) -> None:
        self._answers = list(answers)
        self.posts: list[tuple[str, Mapping[str, str], float]] = []

    def post(self, query: str, headers: Mapping[str, str], read_timeout: float) -> Exchange:
        self.posts.append((query, headers, read_timeout))
        return self._answers.pop(0)


def scripted_client(transport: Scripted, directory: Path, **options: Any) -> tuple[Client, list[float]]:
    slept: list[float] = []
    client = Client(
        cast(Transport, transport),
        lambda: Credentials("id", "secret"),
        Pace(pace_directory(directory), "account", 1e6, sleep=lambda seconds: None),
        user_agent="chatapp.cams/1",
        sleep=slept.append,
        **options,
    )
    return client, slept


THROTTLED = Exchange(400, {}, b'{"Code": "Throttling.User"}')
ANSWERED = Exchange(200, {}, b'{"Code": "OK"}')


def test_a_write_is_waited_for_longer_than_a_short_timeout_says(tmp_path: Path) -> None:
    transport = Scripted(ANSWERED, ANSWERED)
    client, _slept = scripted_client(transport, tmp_path / "state", timeout=5)
    client.call(QUERY_NUMBERS, {})
    client.call(VERIFY, HAND_IN)

    assert [read_timeout for query, headers, read_timeout in transport.posts] == [5, 60]


def test_every_request_is_signed_anew_and_names_the_collection(tmp_path: Path) -> None:
    transport = Scripted(THROTTLED, ANSWERED)
    client, _slept = scripted_client(transport, tmp_path / "state")
    client.call(QUERY_NUMBERS, {"CustSpaceId": "a b"})
    (query, first, _waited), (_again, second, _waited_again) = transport.posts

    assert query == "CustSpaceId=a%20b"
    assert first["x-acs-signature-nonce"] != second["x-acs-signature-nonce"]
    assert first["user-agent"] == "chatapp.cams/1"


def test_waits_grow_under_a_cap_and_are_never_shorter_than_asked(tmp_path: Path) -> None:
    asked = Exchange(400, {"x-acs-retry-after": "7000"}, b'{"Code": "Throttling"}')
    client, slept = scripted_client(Scripted(*[asked] * 3, ANSWERED), tmp_path / "state")

    assert client.call(QUERY_NUMBERS, {}).outcome is Outcome.ANSWERED
    assert slept == [7, 7, 7]


def test_the_time_spent_on_a_call_is_bounded_however_many_retries_are_allowed(tmp_path: Path) -> None:
    asked = Exchange(503, {"retry-after": "9999"}, b"")
    client, slept = scripted_client(Scripted(*[asked] * 100), tmp_path / "state", retries=99)

    assert client.call(QUERY_NUMBERS, {}).outcome is Outcome.UNKNOWN
    assert set(slept) == {LONGEST_BACKOFF}
    assert RETRY_SECONDS - LONGEST_BACKOFF <= sum(slept) <= RETRY_SECONDS
