# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorder keeps named fields of answers, and no number, name, id or secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api import operations as op
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Attempt
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import interpret_response
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse
from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import Event, ShownRow
from ansible_collections.chatapp.cams.plugins.module_utils._contact.recorder import Recorder
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration

SPACE, NUMBER = "acme-space", "+8613900001234"
ASKED = {"CustSpaceId": SPACE, "PhoneNumber": NUMBER[1:]}
NAMES = ("Acme Trading", "Jane Doe")


def record(
    *answers: tuple[op.Operation, Mapping[str, str], object],
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> list[Event]:
    recorder = Recorder(Declaration(SPACE, NUMBER), run=3)
    recorded: list[Event] = []
    recorder.on_event = recorded.append
    for operation, asked, body in answers:
        response = HttpResponse(status, headers or {}, json.dumps(body).encode())
        result = interpret_response(operation, asked, response, [])
        recorder(Attempt(operation, asked, False, 1000.0, 0.25, response, result))
    assert recorder.problem == ""
    return recorded


def test_rows_are_reduced_to_words() -> None:
    row = {
        "PhoneNumber": NUMBER[1:],
        "Status": "PENDING",
        "CodeVerificationStatus": "NOT_VERIFIED",
        "VerifiedName": NAMES[0],
        "UpCallbackUrl": "https://hooks.example.com/secret-path\n",
    }
    body = {"Code": "OK", "PhoneNumbers": [row, {"PhoneNumber": "390212345678", "Status": "CONNECTED"}]}

    [event] = record((op.QUERY_NUMBERS, {"CustSpaceId": SPACE}, body))

    assert event.number_rows == (ShownRow("PENDING", "NOT_VERIFIED"),)
    assert (event.rows, event.statuses, event.addresses, event.run) == (2, ("CONNECTED", "PENDING"), "newline", 3)
    text = json.dumps(event.as_document())
    assert not any(hidden in text for hidden in (*NAMES, SPACE, NUMBER[1:], "390212345678", "secret-path"))


def test_a_message_contains_no_number_no_id_and_no_name_of_an_earlier_answer() -> None:
    waba = {"Code": "OK", "Data": {"Id": "100200300", "Name": NAMES[0], "Owner": [{"BusinessName": NAMES[1]}]}}
    message = f"Object {NUMBER[1:]} of {NAMES[0]} ({NAMES[1]}) in {SPACE} with 100200300 is not there, trace Ab12Cd"
    refused = {"Code": "InvalidParameter", "Message": message, "RequestId": "R-1"}

    _waba, event = record((op.QUERY_WABA, ASKED, waba), (op.VERIFICATION_STATUS, ASKED, refused))

    assert event.message == "Object # of <masked> (<masked>) in <masked> with # is not there, trace #"
    assert (event.outcome, event.code, event.request_id) == ("refused", "InvalidParameter", "R-1")


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"Code": "OK", "PhoneNumbers": [1, None, {"PhoneNumber": None}, {"PhoneNumber": {"a": 1}}]},
        {"Code": "OK", "PhoneNumbers": {"PhoneNumber": 3}},
        {"Code": "OK", "Data": [1]},
        {"Code": ["OK"], "Message": {"a": NAMES[0]}},
        {"Code": "OK", "Message": "1234 codes for Acme Trading"},
    ],
)
@pytest.mark.parametrize("operation", list(op.OPERATIONS.values()), ids=lambda operation: operation.action)
def test_an_answer_of_any_shape_is_recorded(operation: op.Operation, body: Any) -> None:
    [event] = record((operation, ASKED, body))

    assert event.operation == operation.action
    assert "1234" not in json.dumps(asdict(event))


def test_time_and_limits_of_the_headers_are_recorded() -> None:
    # 1000 s after 1970 began the call, and the service is five minutes ahead.
    headers = {"date": "Thu, 01 Jan 1970 00:21:40 GMT", "X-RateLimit-Remaining": "9", "x-acs-request-id": "R-9"}

    [event] = record((op.QUERY_NUMBERS, {"CustSpaceId": SPACE}, {"Code": "OK"}), headers=headers)

    assert (event.clock, event.limits) == (300.0, {"x-ratelimit-remaining": "9"})


def test_a_recorder_that_fails_does_not_fail_the_call() -> None:
    recorder = Recorder(Declaration(SPACE, NUMBER), run=1)

    def fail(event: Event) -> None:
        raise RuntimeError(NUMBER)

    recorder.on_event = fail
    response = HttpResponse(200, {}, b'{"Code": "OK"}')
    result = interpret_response(op.QUERY_NUMBERS, ASKED, response, [])
    recorder(Attempt(op.QUERY_NUMBERS, ASKED, False, 0.0, 0.0, response, result))

    assert "RuntimeError" in recorder.problem
    assert NUMBER not in recorder.problem
