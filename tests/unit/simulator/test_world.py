# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of a number, and the conditions that stop it."""

from __future__ import annotations

from typing import Any

import pytest

DAY = 86_400


@pytest.fixture(autouse=True)
def refusals_have_names(bench: Any) -> None:
    """With its own name for each refusal, the simulator says which rule a call broke."""
    bench.settings(refusal_codes="named")


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_number_goes_from_nothing_to_connected(bench: Any) -> None:
    number = "390299999999"
    started = bench.initiate("39", "0299999999")
    assert started["Data"]["PhoneNumber"] == number
    assert started["Data"]["Status"] == "MIGRATING"
    assert bench.row(number)["Status"] == "PENDING"
    assert bench.verification(number)["Data"]["CodeVerificationStatus"] == "NOT_VERIFIED"
    assert bench.request_code(number)["Data"] == {"PhoneNumber": number, "Id": started["Data"]["Id"]}
    assert bench.hand_in(number, bench.code(number))["Code"] == "OK"
    assert bench.verification(number)["Data"]["CodeVerificationStatus"] == "VERIFIED"
    registered = bench.register(number)
    assert set(registered) == {"RequestId", "Code", "Message", "AccessDeniedDetail"}
    assert bench.row(number)["Status"] == "PENDING"
    bench.advance(1.1)
    assert bench.row(number)["Status"] == "CONNECTED"
    assert bench.effects(number) == {"initiates": 1, "codes_sent": 1, "hand_ins_right": 1, "registers": 1}


def test_code_keeps_its_leading_zeros(bench: Any) -> None:
    bench.settings(code_budget=1000)
    bench.initiate("86", "13900001234")
    codes = []
    for _turn in range(60):
        bench.request_code("8613900001234")
        codes.append(bench.code("8613900001234"))
    assert all(len(code) == 6 and code.isdecimal() for code in codes)
    assert any(code.startswith("0") for code in codes)


@pytest.mark.parametrize(
    ("before", "code"),
    [
        ({"two_step_verification": True}, "PhoneNumber.TwoStepVerification"),
        ({"source": "none"}, "PhoneNumber.NotMigratable"),
    ],
)
def test_line_that_cannot_be_migrated_refuses_initiate(bench: Any, before: dict[str, Any], code: str) -> None:
    bench.control("POST", "/numbers", {"phone_number": "8613900001234", **before})
    assert bench.initiate("86", "13900001234")["Code"] == code
    assert bench.row("8613900001234") is None


@pytest.mark.parametrize(
    ("space", "code"),
    [
        ({"waba": {"account_review_status": "PENDING"}}, "Waba.NotApproved"),
        ({"waba": None}, "Waba.NotApproved"),
        ({"business": {"verification_status": "pending"}}, "Business.NotVerified"),
    ],
)
def test_space_that_is_not_ready_refuses_initiate(bench: Any, space: dict[str, Any], code: str) -> None:
    bench.control("POST", "/seed", {"spaces": [{"cust_space_id": "s", "owner_id": "1000000000000001", **space}]})
    assert bench.initiate("86", "13900001234", "s")["Code"] == code


def test_impossible_number_is_abnormal(bench: Any) -> None:
    assert bench.initiate("86", "1390000123456789")["Code"] == "InvalidParameter.PhoneNumberError"
    assert bench.initiate("86", "139")["Code"] == "InvalidParameter.PhoneNumberError"


def test_connected_number_refuses_initiate(bench: Any) -> None:
    assert bench.initiate("86", "13900000001")["Code"] == "PhoneNumber.AlreadyConnected"


@pytest.mark.parametrize("status", ["BANNED", "UNKNOWN", "SOMETHING_NEW"])
def test_halted_number_refuses_initiate(bench: Any, status: str) -> None:
    bench.control("POST", "/numbers", {"cust_space_id": "cams-demo", "phone_number": "8613900000001", "status": status})
    assert bench.row("8613900000001")["Status"] == status
    assert bench.initiate("86", "13900000001")["Code"] == "PhoneNumber.NotMigratable"


@pytest.mark.parametrize("status", ["MIGRATED", "DELETED", "DISCONNECTED"])
def test_number_that_left_can_be_taken_back_and_needs_a_new_verification(bench: Any, status: str) -> None:
    bench.control("POST", "/numbers", {"cust_space_id": "cams-demo", "phone_number": "8613900000001", "status": status})
    assert bench.initiate("86", "13900000001")["Code"] == "OK"
    assert bench.row("8613900000001")["Status"] == "PENDING"
    assert bench.verification("8613900000001")["Data"]["CodeVerificationStatus"] == "NOT_VERIFIED"


def test_second_initiate_keeps_the_verification(bench: Any) -> None:
    number = bench.verified("86", "13900001234")
    assert bench.initiate("86", "13900001234")["Code"] == "OK"
    assert bench.verification(number)["Data"]["CodeVerificationStatus"] == "VERIFIED"
    assert bench.effects(number)["initiates"] == 2


def test_code_for_a_number_nobody_initiated(bench: Any) -> None:
    assert bench.request_code("8613900001234")["Code"] == "InvalidParameter.PhoneNumberError"
    assert bench.request_code("8613900000001")["Code"] == "PhoneNumber.NotMigrating"
    assert bench.control("GET", "/inbox")["messages"] == []


def test_code_lives_ten_minutes(bench: Any) -> None:
    bench.initiate("86", "13900001234")
    bench.request_code("8613900001234")
    bench.advance(601)
    assert bench.hand_in("8613900001234", bench.code("8613900001234"))["Code"] == "VerifyCode.Expired"


def test_new_code_replaces_the_old_one(bench: Any) -> None:
    bench.initiate("86", "13900001234")
    bench.request_code("8613900001234")
    old = bench.code("8613900001234")
    bench.request_code("8613900001234")
    assert bench.code("8613900001234") != old
    assert bench.hand_in("8613900001234", old)["Code"] == "VerifyCode.Incorrect"
    assert bench.hand_in("8613900001234", bench.code("8613900001234"))["Code"] == "OK"
    assert bench.effects("8613900001234") == {"initiates": 1, "codes_sent": 2, "hand_ins_wrong": 1, "hand_ins_right": 1}


def test_code_works_once(bench: Any) -> None:
    number = bench.verified("86", "13900001234")
    assert bench.hand_in(number, bench.code(number))["Code"] == "VerifyCode.Incorrect"


def test_code_nobody_asked_for(bench: Any) -> None:
    bench.initiate("86", "13900001234")
    assert bench.hand_in("8613900001234", "123456")["Code"] == "VerifyCode.NotRequested"


def test_five_wrong_tries_lock_the_number_for_an_hour(bench: Any) -> None:
    number = "8613900001234"
    bench.settings(code_seconds=100_000)
    bench.initiate("86", "13900001234")
    bench.request_code(number)
    code = bench.code(number)
    assert [bench.hand_in(number, wrong(code))["Code"] for _turn in range(5)] == ["VerifyCode.Incorrect"] * 5
    assert bench.hand_in(number, code)["Code"] == "VerifyCode.Locked"
    bench.advance(3599)
    assert bench.hand_in(number, code)["Code"] == "VerifyCode.Locked"
    bench.advance(2)
    assert bench.hand_in(number, code)["Code"] == "OK"
    assert bench.effects(number)["hand_ins_wrong"] == 5


def test_code_requests_have_a_daily_budget(bench: Any) -> None:
    number = "8613900001234"
    bench.initiate("86", "13900001234")
    assert [bench.request_code(number)["Code"] for _turn in range(6)] == ["OK"] * 5 + ["VerifyCode.RequestLimit"]
    assert len(bench.control("GET", "/inbox")["messages"]) == 5
    bench.advance(DAY + 1)
    assert bench.request_code(number)["Code"] == "OK"


def test_verification_lasts_fourteen_days(bench: Any) -> None:
    number = bench.verified("86", "13900001234")
    bench.advance(14 * DAY - 60)
    assert bench.verification(number)["Data"]["CodeVerificationStatus"] == "VERIFIED"
    bench.advance(61)
    assert bench.verification(number)["Data"]["CodeVerificationStatus"] == "EXPIRED"
    assert bench.row(number)["CodeVerificationStatus"] == "EXPIRED"
    assert bench.register(number)["Code"] == "PhoneNumber.NotVerified"


def test_register_needs_a_verified_number(bench: Any) -> None:
    bench.initiate("86", "13900001234")
    assert bench.register("8613900001234")["Code"] == "PhoneNumber.NotVerified"
    assert "registers" not in bench.effects("8613900001234")


def test_registers_have_a_budget_for_72_hours(bench: Any) -> None:
    number = bench.verified("86", "13900001234")
    assert [bench.register(number)["Code"] for _turn in range(11)] == ["OK"] * 10 + ["PhoneNumber.RegisterLimit"]
    bench.advance(3 * DAY + 1)
    assert bench.register(number)["Code"] == "OK"
    assert bench.effects(number)["registers"] == 11


def test_register_takes_the_time_that_was_set_however_often_it_is_called(bench: Any) -> None:
    bench.settings(register_seconds=100)
    number = bench.verified("86", "13900001234")
    bench.register(number)
    bench.advance(60)
    bench.register(number)
    assert bench.row(number)["Status"] == "PENDING"
    bench.advance(41)
    assert bench.row(number)["Status"] == "CONNECTED"


def test_number_registered_in_another_space_leaves_its_old_one(bench: Any) -> None:
    bench.control("POST", "/seed", {"spaces": [{"cust_space_id": "new", "owner_id": "1000000000000001"}]})
    number = "8613900000001"
    bench.initiate("86", "13900000001", "new")
    bench.request_code(number, "new")
    bench.hand_in(number, bench.code(number), "new")
    assert bench.row(number)["Status"] == "CONNECTED"
    bench.register(number, "new")
    assert bench.row(number)["Status"] == "MIGRATED"


def test_webhook_urls_come_back_and_flags_do_not(bench: Any) -> None:
    number, url = "8613900000001", "https://example.com/up?a=1&b= "
    given = {"CustSpaceId": "cams-demo", "PhoneNumber": number, "UpCallbackUrl": url, "HttpFlag": "Y", "QueueFlag": "N"}
    assert bench.call("UpdatePhoneWebhook", **given)["Code"] == "OK"
    row = bench.row(number)
    assert row["UpCallbackUrl"] == url
    assert not {"HttpFlag", "QueueFlag", "StatusCallbackUrl"} & set(row)
    bench.call("UpdatePhoneWebhook", CustSpaceId="cams-demo", PhoneNumber=number, StatusCallbackUrl="https://s/")
    assert bench.row(number)["UpCallbackUrl"] == url
    assert bench.effects(number) == {"webhook_updates": 2}


def test_icons_of_the_calling_configuration_stand_where_each_operation_has_them(bench: Any) -> None:
    calling = {"Calling": {"CallIconVisibility": "DEFAULT", "Status": "ENABLED", "CallHours": {"Status": "ENABLED"}}}
    number = {"cust_space_id": "cams-demo", "phone_number": "8613900000001", "calling_configure": calling}
    bench.control("POST", "/numbers", number)
    queried = bench.row("8613900000001")["CallingConfigure"]["Calling"]
    assert queried == {"Status": "ENABLED", "CallHours": {"Status": "ENABLED", "CallIconVisibility": "DEFAULT"}}
    synced = next(r for r in bench.sync()["PhoneNumbers"] if r["PhoneNumber"] == "8613900000001")
    assert synced["CallingConfigure"] == calling


@pytest.mark.parametrize(
    ("node", "change", "answer"),
    [
        ({"NodeType": "phone", "PhoneNumber": "8613900000001"}, {}, "AVAILABLE"),
        ({"NodeType": "phone", "PhoneNumber": "12025550143"}, {}, "LIMITED"),
        ({"NodeType": "phone", "PhoneNumber": "8613900000001"}, {"status": "BANNED"}, "BLOCKED"),
        ({"NodeType": "waba", "WabaId": "100200300400500"}, {"status": "BANNED"}, "AVAILABLE"),
        ({"NodeType": "template", "TemplateCode": "t", "Language": "en_US"}, {}, "AVAILABLE"),
    ],
)
def test_health_names_the_worst_part(bench: Any, node: dict[str, str], change: dict[str, str], answer: str) -> None:
    if change:
        bench.control("POST", "/numbers", {"cust_space_id": "cams-demo", "phone_number": "8613900000001", **change})
    data = bench.call("GetWhatsappHealthStatus", CustSpaceId="cams-demo", **node)["Data"]
    assert data["CanSendMessage"] == answer
    assert bool(data["Entities"][0].get("Errors")) == (answer != "AVAILABLE")


def test_waba_and_business_of_a_space(bench: Any) -> None:
    waba = bench.call("QueryChatappBindWaba", CustSpaceId="cams-demo")["Data"]
    assert (waba["AccountReviewStatus"], waba["BusinessName"]) == ("APPROVED", "Demo Retail Ltd")
    business = bench.call("QueryWabaBusinessInfo", CustSpaceId="cams-demo", WabaId=waba["Id"])
    assert business["Data"]["VerificationStatus"] == "verified"
    assert business["Success"] is False
    other = bench.call("QueryWabaBusinessInfo", CustSpaceId="cams-demo", WabaId="1")
    assert other["Code"] == "InvalidParameter.WabaId"
