# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client without a network: how it interprets answers, and when it repeats a call."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import RETRY_SECONDS, Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import (
    OPERATIONS,
    QUERY_NUMBERS,
    SYNC,
    VERIFY,
    Kind,
    Operation,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import (
    MAX_MESSAGE_LENGTH,
    CallOutcome,
    CallResult,
    interpret_response,
    retry_after_seconds,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse, Transport
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, CheckModeError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import file_pace, pace_directory

CODE = "900001"
SUBMIT = {"CustSpaceId": "s", "PhoneNumber": f"86139{CODE}234", "VerifyCode": CODE}


def judged(status: int, body: object, **headers: str) -> CallResult:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return interpret_response(VERIFY, SUBMIT, HttpResponse(status, headers, text), [CODE, "the-token"])


@pytest.mark.parametrize("message", ["SUCCESS", "None", "无", "null", "", None, "Error"])
def test_only_the_field_code_shows_success(message: str | None) -> None:
    assert judged(200, {"Code": "OK", "Message": message, "RequestId": "R"}).outcome is CallOutcome.ANSWERED


@pytest.mark.parametrize("code", ["ok", "Ok", "SUCCESS", "200"])
def test_an_undocumented_code_is_not_a_success(code: str) -> None:
    assert judged(200, {"Code": code}).outcome is CallOutcome.REFUSED


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>login</html>"),
        (200, {"PhoneNumbers": []}),
        (200, {"Code": 7}),
        (200, b'{"Code": "OK", "Data": ' + b"[" * 700 + '"中"'.encode() + b"]" * 700 + b"}"),
        (200, b"[" * 100_000),
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
def test_an_unclear_answer_leaves_the_effect_unknown(status: int, body: object) -> None:
    assert judged(status, body).outcome is CallOutcome.UNKNOWN


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"Code": "Throttling"}),
        (400, {"Code": "Throttling.User"}),
        (400, {"Code": "System.LimitControl"}),
        (400, {"Code": "Rejected.Throttling"}),
        (503, {"Code": "Rejected.Throttling"}),
        (503, {"Code": "Throttling.Api"}),
        (429, b"slow down"),
    ],
)
def test_every_form_of_flow_control_is_a_throttle(status: int, body: object) -> None:
    assert judged(status, body).outcome is CallOutcome.THROTTLED


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (400, {"Code": "InvalidParameter", "Message": "Slow down."}, CallOutcome.THROTTLED),
        (403, {"Code": "Flow.Control"}, CallOutcome.THROTTLED),
        (200, {"Code": "isp.SYSTEM_ERROR"}, CallOutcome.THROTTLED),
        (400, b"<Error/>", CallOutcome.THROTTLED),
        (200, {"Code": "OK"}, CallOutcome.ANSWERED),
        # Such a call may have had its effect, and a throttled call is repeated.
        (200, b"{", CallOutcome.UNKNOWN),
        (500, {"Code": "InternalError"}, CallOutcome.UNKNOWN),
        (503, {"Code": "ServiceUnavailable"}, CallOutcome.UNKNOWN),
        (500, b"", CallOutcome.UNKNOWN),
    ],
)
@pytest.mark.parametrize("value", ["2000", "0", "soon"])
def test_an_answer_with_the_sdks_throttle_header_is_a_throttle_unless_it_may_have_had_an_effect(
    status: int, body: object, outcome: CallOutcome, value: str
) -> None:
    result = judged(status, body, **{"x-acs-retry-after": value})

    assert result.outcome is outcome
    assert result.error is None or result.error.throttled is (outcome is CallOutcome.THROTTLED)
    if result.error and outcome is CallOutcome.THROTTLED:
        assert "lower <<rate_limit>>" in result.error.hint


DATE = "Wed, 25 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-acs-retry-after": "45000"}, 45),
        ({"x-acs-retry-after": "1500", "retry-after": "9"}, 1.5),
        ({"x-acs-retry-after": "soon", "retry-after": "9"}, 9),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "Wed, 25 Nov 2026 12:02:00 GMT", "date": DATE}, 120),
        ({"retry-after": "Wed, 25 Nov 2026 11:58:00 GMT", "date": DATE}, 0),
        ({"retry-after": "Wed, 25 Nov 1998 11:58:00 GMT"}, 0),
        ({"retry-after": "Wed, 25 Nov 2026 12:02:00 GMT", "date": "yesterday"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "inf"}, 0),
        ({"retry-after": ""}, 0),
        ({}, 0),
    ],
)
def test_how_long_the_service_asks_to_wait_is_read_from_either_header(headers: dict[str, str], seconds: float) -> None:
    assert retry_after_seconds(headers) == seconds


def test_an_error_names_number_operation_code_and_what_to_do() -> None:
    result = judged(400, {"Code": "Ram.PermissionDeny", "Message": "You are not authorized.", "RequestId": "R-1"})

    assert result.error is not None
    assert result.reason.startswith(
        "Failed to submit the verification code of +86139900001234: You are not authorized (Ram.PermissionDeny). "
    )
    assert "cams:ChatappMigrationVerified" in result.error.hint
    assert result.error.request_id == "R-1"
    with pytest.raises(CamsError) as caught:
        result.body_or_raise()
    assert caught.value.error is result.error


def test_a_code_or_token_is_removed_from_a_message_but_not_from_longer_digits() -> None:
    message = f"Code {CODE} of 86139{CODE}234 is wrong, token the-token."
    result = judged(200, {"Code": "Wrong.Code", "Message": message, "RequestId": f"R-{CODE}"})

    assert result.error is not None
    assert result.error.message == f"Code ******** of 86139{CODE}234 is wrong, token ********"


@pytest.mark.parametrize("given", ["\x1b[31m", "\ud800", "a b", f"{CODE} is wrong", "R" * 129, ["R"], {}, 1.5])
def test_an_empty_request_id_is_left_out(given: object) -> None:
    assert judged(200, {"Code": "OK", "RequestId": given}).request_id == ""


def test_an_error_shows_no_control_characters_and_no_code_and_is_limited() -> None:
    result = judged(400, {"Code": f"Wrong.{CODE}\x1b[31m", "Message": "a\u202eb\r\n" + "c" * 100_000})

    assert result.error is not None
    assert result.error.code == "Wrong.********[U+001B][31m"
    assert result.error.message.startswith("a[U+202E]b ccc")
    assert len(result.error.message) <= MAX_MESSAGE_LENGTH


@pytest.mark.parametrize("data", ["x", [], [[]], 7, True, {"PhoneNumber": []}, {"PhoneNumber": {"a": 1}}])
@pytest.mark.parametrize("action", OPERATIONS)
def test_data_of_another_type_does_not_raise(action: str, data: object) -> None:
    """An answer that is documented without Data may have one all the same."""
    body = json.dumps({"Code": "OK", "Data": data}).encode()
    operation = OPERATIONS[action]

    result = interpret_response(operation, dict.fromkeys(operation.required, "1"), HttpResponse(200, {}, body), [])

    assert result.outcome in (CallOutcome.ANSWERED, CallOutcome.UNKNOWN)


def test_the_signed_request_in_a_refused_signature_is_left_out() -> None:
    message = (
        "Specified signature does not match our calculation. server StringToSign is [ACS3…] "
        f"server CanonicalRequest is [POST\n/\nVerifyCode={CODE}&x=1\nx-acs-security-token:the-token]"
    )
    result = judged(400, {"Code": "SignatureDoesNotMatch", "Message": message})

    assert CODE not in result.reason.replace(f"+86139{CODE}234", "")
    assert "the-token" not in result.reason
    assert "access key secret" in result.reason


HIDDEN = "\x1b]0;owned\x07\x1b[31m \x7f\x9b \u202e \u2066 \ud800"
SHOWN = "[U+001B]]0;owned[U+0007][U+001B][31m [U+007F][U+009B] [U+202E] [U+2066] \ufffd"


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "utf-16-le"])
def test_no_answer_can_control_a_terminal_or_hide_text(encoding: str) -> None:
    def judged_text(answer: Mapping[str, Any]) -> CallResult:
        text = json.dumps(answer, ensure_ascii=encoding == "ascii")
        return judged(200, text.encode(encoding, "surrogatepass"))

    refused = judged_text({"Code": f"Bad{HIDDEN}", "Message": HIDDEN, "RequestId": HIDDEN})
    assert refused.error is not None
    assert (refused.error.code, refused.error.message) == (f"Bad{SHOWN}", SHOWN)
    assert refused.error.request_id == refused.request_id == ""
    assert f"{SHOWN} (Bad{SHOWN})" in refused.reason

    row = {HIDDEN: [{"VerifiedName": HIDDEN}], "Count": 7, "Name": "دفتر 中 ", "Url": "https://example.com/\n"}
    answered = judged_text({"Code": "OK", "Data": row})
    assert answered.body["Data"] == {
        SHOWN: [{"VerifiedName": SHOWN}],
        "Count": 7,
        "Name": "دفتر 中 ",
        "Url": "https://example.com/",
    }


@pytest.mark.parametrize("given", ["R\x1b[31m", "R" * 129, "R 1"])
def test_a_value_that_is_not_a_request_id_is_not_shown(given: str) -> None:
    assert judged(200, {"Code": "OK"}, **{"x-acs-request-id": given}).request_id == ""
    assert judged(200, {"Code": "OK"}, **{"x-acs-request-id": "7A-9*"}).request_id == "7A-9*"


def test_a_code_that_only_looks_like_ok_is_not_a_success() -> None:
    assert judged(200, {"Code": "OK\u200f"}).outcome is CallOutcome.REFUSED


def test_a_code_is_removed_from_a_message_before_it_is_cut() -> None:
    message = f"{'x' * 990} {CODE} and more {'y' * 5000}"
    result = judged(400, {"Code": "C" * 5000, "Message": message, "RequestId": "R" * 5000})

    assert result.error is not None
    assert result.error.message == f"{'x' * 990} ********…"
    assert len(result.reason) < 2000
    assert result.request_id == ""


class Scripted:
    """A transport that gives prepared answers and remembers what was posted."""

    host = "cams.example.com"

    def __init__(self, *answers: HttpResponse) -> None:
        self._answers = list(answers)
        self.posts: list[tuple[str, Mapping[str, str], float]] = []

    def post(self, query: str, headers: Mapping[str, str], read_timeout: float) -> HttpResponse:
        self.posts.append((query, headers, read_timeout))
        return self._answers.pop(0)

    def stop(self) -> None:
        """No answer is under way."""


def scripted_client(transport: Scripted, directory: Path, **options: Any) -> tuple[Client, list[float]]:
    slept: list[float] = []
    client = Client(
        cast(Transport, transport),
        lambda: Credentials("id", "secret"),
        file_pace(pace_directory(directory), "account", 1e6, sleep=lambda seconds: None),
        user_agent="chatapp.cams/1",
        sleep=slept.append,
        **options,
    )
    return client, slept


THROTTLED = HttpResponse(400, {}, b'{"Code": "Throttling.User"}')
ANSWERED = HttpResponse(200, {}, b'{"Code": "OK", "Data": {"CodeVerificationStatus": "NOT_VERIFIED"}}')


def test_a_write_waits_longer_than_a_short_timeout(tmp_path: Path) -> None:
    transport = Scripted(ANSWERED, ANSWERED)
    client, _slept = scripted_client(transport, tmp_path / "state", timeout=5)
    client.call(QUERY_NUMBERS, {})
    client.call(VERIFY, SUBMIT)

    assert [read_timeout for query, headers, read_timeout in transport.posts] == [5, 60]


def test_every_request_has_a_new_signature_and_the_name_of_the_collection(tmp_path: Path) -> None:
    transport = Scripted(THROTTLED, ANSWERED)
    client, _slept = scripted_client(transport, tmp_path / "state")
    client.call(QUERY_NUMBERS, {"CustSpaceId": "a b"})
    (query, first, _waited), (_again, second, _waited_again) = transport.posts

    assert query == "CustSpaceId=a%20b"
    assert first["x-acs-signature-nonce"] != second["x-acs-signature-nonce"]
    assert first["user-agent"] == "chatapp.cams/1"


def test_the_result_of_a_sent_request_is_kept_when_the_pace_can_no_longer_be_shared(tmp_path: Path) -> None:
    client, _slept = scripted_client(Scripted(HttpResponse(503, {"retry-after": "3"}, b"")), tmp_path / "state")

    def lose_pace() -> None:
        shutil.rmtree(tmp_path / "state")
        (tmp_path / "state").touch()

    # The request was sent, so its effect is not known. An error here would say that nothing was sent.
    assert client.call(VERIFY, SUBMIT, lose_pace).outcome is CallOutcome.UNKNOWN


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"x-acs-retry-after": "7000"}, 7), ({"x-acs-retry-after": "45000"}, 45), ({"retry-after": "50"}, 50)],
)
def test_waits_are_never_shorter_than_asked(tmp_path: Path, headers: dict[str, str], seconds: float) -> None:
    asked = HttpResponse(400, headers, b'{"Code": "Throttling"}')
    client, slept = scripted_client(Scripted(*[asked] * 3, ANSWERED), tmp_path / "state")

    assert client.call(QUERY_NUMBERS, {}).outcome is CallOutcome.ANSWERED
    assert slept == [seconds] * 3


def test_the_time_of_a_call_is_limited_even_with_many_retries(tmp_path: Path) -> None:
    asked = HttpResponse(400, {"retry-after": "25"}, b'{"Code": "Throttling"}')
    client, slept = scripted_client(Scripted(*[asked] * 100), tmp_path / "state", retries=99)

    assert client.call(QUERY_NUMBERS, {}).outcome is CallOutcome.THROTTLED
    assert set(slept) == {25}
    assert RETRY_SECONDS - 25 <= sum(slept) <= RETRY_SECONDS


@pytest.mark.parametrize("operation", [QUERY_NUMBERS, VERIFY])
def test_a_call_ends_with_the_time_if_the_service_asks_to_wait_too_long(tmp_path: Path, operation: Operation) -> None:
    transport = Scripted(
        HttpResponse(400, {"x-acs-retry-after": "600000"}, b'{"Code": "Throttling", "Message": "No."}')
    )
    client, slept = scripted_client(transport, tmp_path / "state")
    result = client.call(operation, SUBMIT)

    assert (result.outcome, len(transport.posts), slept) == (CallOutcome.THROTTLED, 1, [])
    assert "The service asks to wait 600 s." in result.reason


def test_the_next_call_of_the_operation_waits_until_that_time(tmp_path: Path) -> None:
    """Neither by this process nor by another one on this machine, and other operations go on."""
    refused = HttpResponse(400, {"x-acs-retry-after": "600000"}, b'{"Code": "Throttling"}')
    scripted_client(Scripted(refused), tmp_path / "state")[0].call(VERIFY, SUBMIT)
    transport = Scripted(ANSWERED)
    other, _slept = scripted_client(transport, tmp_path / "state")
    result = other.call(VERIFY, SUBMIT)

    assert (result.outcome, len(transport.posts)) == (CallOutcome.THROTTLED, 0)
    assert re.search(r"The service asks to wait (599|600) s\. Run again after that time\.", result.reason)
    assert other.call(QUERY_NUMBERS, {}).outcome is CallOutcome.ANSWERED


def test_a_wait_in_a_5xx_applies_to_other_calls_and_a_send_is_not_repeated(tmp_path: Path) -> None:
    failed = HttpResponse(503, {"retry-after": "600"}, b'{"Code": "ServiceUnavailable"}')
    transport = Scripted(failed, ANSWERED)
    client, _slept = scripted_client(transport, tmp_path / "state")

    assert client.call(VERIFY, SUBMIT).outcome is CallOutcome.UNKNOWN
    assert client.call(VERIFY, SUBMIT).outcome is CallOutcome.THROTTLED
    assert len(transport.posts) == 1


def test_a_stop_ends_the_wait_that_the_service_asked_for(tmp_path: Path) -> None:
    refused = HttpResponse(400, {"x-acs-retry-after": "170000"}, b'{"Code": "Throttling"}')
    scripted_client(Scripted(refused), tmp_path / "state", retries=0)[0].call(VERIFY, SUBMIT)
    transport = Scripted(ANSWERED)
    waiting, _slept = scripted_client(transport, tmp_path / "state")
    waiting.stop()

    assert waiting.call(VERIFY, SUBMIT).outcome is CallOutcome.NOT_SENT
    assert transport.posts == []


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_after_a_stop_only_calls_that_change_no_number_are_sent(tmp_path: Path, operation: Operation) -> None:
    transport = Scripted(ANSWERED)
    client, _slept = scripted_client(transport, tmp_path / "state")
    client.stop()
    result = client.call(operation, dict.fromkeys(operation.required, "1"))

    leaves = operation.kind in (Kind.READ, Kind.REPEATABLE_WRITE)
    assert (result.outcome, len(transport.posts)) == (
        (CallOutcome.ANSWERED, 1) if leaves else (CallOutcome.NOT_SENT, 0)
    )


def test_check_mode_refuses_a_sync_before_it_is_sent(tmp_path: Path) -> None:
    transport = Scripted(ANSWERED)
    client, _slept = scripted_client(transport, tmp_path / "state", check_mode=True)

    with pytest.raises(CheckModeError, match="ChatappSyncPhoneNumber was called in check mode"):
        client.call(SYNC, {"CustSpaceId": "s"})
    assert transport.posts == []
