# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each named reading of the silent documents makes the difference that its description promises."""

from __future__ import annotations

import dataclasses
import re
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from cams_simulator import readings, refusals
from cams_simulator.server import Options, Simulator
from cams_simulator.settings import Settings
from cams_simulator.store import Store

NUMBER = "8613900001234"


@pytest.mark.parametrize(
    ("reading", "shown"), [("pending", "PENDING"), ("unverified", "UNVERIFIED"), ("migrating", "MIGRATING")]
)
def test_before_register_the_query_shows_the_reading(bench: Any, reading: str, shown: str) -> None:
    bench.settings(before_register=reading)
    bench.initiate("86", "13900001234")
    assert bench.row(NUMBER)["Status"] == shown


def test_before_register_the_number_may_be_hidden(bench: Any) -> None:
    bench.settings(before_register="hidden")
    bench.verified("86", "13900001234")
    assert bench.row(NUMBER) is None
    assert bench.verification(NUMBER)["Data"]["CodeVerificationStatus"] == "VERIFIED"
    bench.register(NUMBER)
    bench.advance(2)
    assert bench.row(NUMBER)["Status"] == "CONNECTED"


def test_changes_may_need_a_sync_to_show(bench: Any) -> None:
    bench.settings(needs_sync="yes")
    bench.verified("86", "13900001234")
    assert bench.row(NUMBER) is None
    assert bench.row("8613900000001")["Status"] == "CONNECTED"
    bench.sync()
    assert bench.row(NUMBER)["Status"] == "PENDING"
    bench.register(NUMBER)
    bench.advance(2)
    assert bench.row(NUMBER)["Status"] == "PENDING"
    bench.sync()
    assert bench.row(NUMBER)["Status"] == "CONNECTED"


def test_second_initiate_may_be_refused(bench: Any) -> None:
    bench.settings(second_initiate="refused", refusal_codes="named")
    assert bench.initiate("86", "13900001234")["Code"] == "OK"
    assert bench.initiate("86", "13900001234")["Code"] == "PhoneNumber.AlreadyMigrating"
    assert bench.effects(NUMBER)["initiates"] == 1


def test_second_register_may_be_refused(bench: Any) -> None:
    bench.settings(second_register="refused", refusal_codes="named")
    bench.verified("86", "13900001234")
    assert bench.register(NUMBER)["Code"] == "OK"
    assert bench.register(NUMBER)["Code"] == "PhoneNumber.AlreadyRegistered"
    assert bench.effects(NUMBER)["registers"] == 1


@pytest.mark.parametrize(("reading", "status"), [("http_200", 200), ("http_400", 400)])
def test_status_read_of_an_unknown_number(bench: Any, sign: Any, reading: str, status: int) -> None:
    bench.settings(unknown_number_status=reading)
    request = sign("GetPhoneNumberVerificationStatus", {"CustSpaceId": "cams-demo", "PhoneNumber": NUMBER})
    got, document = bench.send(request)
    assert (got, document["Code"]) == (status, "InvalidParameter.PhoneNumberError")


@pytest.mark.parametrize(("reading", "status"), [("http_200", 200), ("http_400", 400)])
def test_refusal_by_the_service(bench: Any, sign: Any, reading: str, status: int) -> None:
    bench.settings(business_errors=reading)
    bench.initiate("86", "13900001234")
    request = sign("ChatappMigrationRegister", {"CustSpaceId": "cams-demo", "PhoneNumber": NUMBER})
    got, document = bench.send(request)
    assert (got, document["Code"]) == (status, "InvalidParameter")


@pytest.mark.parametrize(
    ("reading", "code", "message"),
    [
        ("invalid_parameter", "InvalidParameter", "(#133006) Phone number needs to be verified before registering"),
        ("named", "PhoneNumber.NotVerified", "The number must be verified (again) before registering."),
        ("phone_number_error", "InvalidParameter.PhoneNumberError", "The phone number is abnormal."),
    ],
)
def test_error_code_and_text_of_a_refusal(bench: Any, reading: str, code: str, message: str) -> None:
    bench.settings(refusal_codes=reading)
    bench.initiate("86", "13900001234")
    refused = bench.register(NUMBER)
    assert (refused["Code"], refused["Message"]) == (code, message)


def test_refusals_are_sent_as_the_live_service_sent_them_unless_told_otherwise(bench: Any, sign: Any) -> None:
    bench.control("POST", "/numbers", {"phone_number": NUMBER, "two_step_verification": True})
    request = {"CustSpaceId": "cams-demo", "CountryCode": "86", "MobileNumber": "13900001234"}
    status, document = bench.send(sign("CreateChatappMigrationInitiate", request))
    assert (status, document["Code"]) == (400, "InvalidParameter")
    assert document["Message"] == "(#2388001) Two-step verification must be disabled"
    request = {"CustSpaceId": "cams-demo", "PhoneNumber": NUMBER}
    status, document = bench.send(sign("GetPhoneNumberVerificationStatus", request))
    assert (status, document["Code"]) == (400, "InvalidParameter.PhoneNumberError")


@pytest.mark.parametrize("refusal", [each for each in vars(refusals).values() if isinstance(each, refusals.Refusal)])
def test_upstream_text_begins_with_the_upstream_error_number(refusal: refusals.Refusal) -> None:
    assert re.match(r"\(#\d{6,7}\) [A-Z]", refusal.upstream)


def test_not_verified_may_be_said_in_the_words_of_a_review(bench: Any) -> None:
    bench.settings(verification_words="review")
    words = []
    bench.initiate("86", "13900001234")
    words.append(bench.verification(NUMBER)["Data"]["CodeVerificationStatus"])
    bench.request_code(NUMBER)
    code = bench.code(NUMBER)
    bench.hand_in(NUMBER, f"{(int(code) + 1) % 1_000_000:06d}")
    words.append(bench.verification(NUMBER)["Data"]["CodeVerificationStatus"])
    bench.hand_in(NUMBER, code)
    words.append(bench.verification(NUMBER)["Data"]["CodeVerificationStatus"])
    bench.advance(15 * 86_400)
    words.append(bench.verification(NUMBER)["Data"]["CodeVerificationStatus"])
    assert words == ["MORE_INFORMATION_REQUESTED", "REJECTED", "VERIFIED", "REVOKED"]


@pytest.mark.parametrize(
    ("reading", "found"),
    [("either", {"VERIFIED": 3, "FLAGGED": 1}), ("status", {"VERIFIED": 0, "FLAGGED": 1}),
     ("verification", {"VERIFIED": 3, "FLAGGED": 0})],
)  # fmt: skip
def test_status_filter_of_the_query(bench: Any, reading: str, found: dict[str, int]) -> None:
    bench.settings(status_filter=reading)
    rows = {word: bench.call("QueryChatappPhoneNumbers", Status=word)["PhoneNumbers"] for word in found}
    assert {word: len(some) for word, some in rows.items()} == found


def test_method_may_be_accepted_in_capitals(bench: Any) -> None:
    bench.settings(method_case="any")
    bench.initiate("86", "13900001234")
    given = {"CustSpaceId": "cams-demo", "PhoneNumber": NUMBER, "Method": "SMS", "Locale": "zh_CN"}
    assert bench.call("GetMigrationVerifyCode", **given)["Code"] == "OK"


def test_urls_may_come_back_with_a_newline(bench: Any) -> None:
    bench.settings(url_newline="yes")
    given = {"CustSpaceId": "cams-demo", "PhoneNumber": "8613900000001", "UpCallbackUrl": "https://example.com/up"}
    bench.call("UpdatePhoneWebhook", **given)
    row = bench.row("8613900000001")
    assert row["UpCallbackUrl"] == "https://example.com/up\n"
    assert "StatusCallbackUrl" not in row


def test_any_word_can_be_shown_as_status_and_verification(bench: Any) -> None:
    bench.control("POST", "/numbers", {"cust_space_id": "cams-demo", "phone_number": "8613900000001",
                                       "status": "NEVER_SEEN", "code_verification_status": "UNHEARD_OF"})  # fmt: skip
    row = bench.row("8613900000001")
    assert (row["Status"], row["CodeVerificationStatus"]) == ("NEVER_SEEN", "UNHEARD_OF")


def test_setting_that_does_not_exist_or_fit_is_named(bench: Any, control_refused: type[Exception]) -> None:
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"before_registre": "pending"}, "before_registre"),
        ({"before_register": "soon"}, "pending, unverified, migrating, hidden"),
        ({"rate_limit": "ten"}, "number"),
        ({"rate_limit": 2.5}, "whole number"),
        ({"latency": -1}, "negative"),
    ]
    for wrong, part in mistakes:
        with pytest.raises(control_refused, match=part):
            bench.settings(**wrong)


def test_every_reading_can_be_set_at_start_and_while_running(bench: Any) -> None:
    kinds = {field.name: type(field.default) for field in dataclasses.fields(Settings)}
    last = {name: list(kind)[-1].value for name, kind in kinds.items() if issubclass(kind, Enum)}
    last |= {"row_delay_seconds": 30.0, "status_delay_seconds": 40.0}
    started = Simulator(Options(state=":memory:", settings=last), Store(":memory:"), lambda _: None, lambda: None)
    bench.settings(**last)
    for each in (bench, type(bench)(started)):
        assert {**each.control("GET", "/settings"), **last} == each.control("GET", "/settings")


def test_every_reading_says_what_it_chooses_and_is_explained_to_users() -> None:
    kinds = [kind for kind in vars(readings).values() if isinstance(kind, type) and issubclass(kind, Enum)]
    document = Path(readings.__file__).with_name("README.md").read_text("utf-8")
    own = [kind for kind in kinds if kind is not Enum]
    assert own
    for kind in own:
        assert kind.__doc__
        for value in kind:
            assert f"`{value.value}`" in document, (kind.__name__, value.value)
