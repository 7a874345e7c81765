# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: which call they hit, what its caller sees, and whether its effect is made."""

from __future__ import annotations

import json
from typing import Any

import pytest
from cams_simulator.wire import Ending

NUMBER = "8613900001234"
INITIATE = {"CustSpaceId": "cams-demo", "CountryCode": "86", "MobileNumber": "13900001234"}


def initiate_under(bench: Any, sign: Any, kind: str, **rule: Any) -> Any:
    bench.control("POST", "/faults", {"kind": kind, "operation": "CreateChatappMigrationInitiate", **rule})
    return bench.reply(sign("CreateChatappMigrationInitiate", INITIATE))


def initiated(bench: Any) -> bool:
    return bench.row(NUMBER) is not None


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("error_500", 500, "InternalError"),
        ("error_503", 503, "ServiceUnavailable"),
        ("throttle_user", 400, "Throttling.User"),
        ("throttle_api", 400, "Throttling.Api"),
        ("limit_control", 400, "System.LimitControl"),
        ("business_error", 200, "InvalidParameter.PhoneNumberError"),
    ],
)
def test_error_on_demand_with_and_without_the_effect(
    bench: Any, sign: Any, kind: str, status: int, code: str, after_effect: bool
) -> None:
    reply = initiate_under(bench, sign, kind, after_effect=after_effect)
    assert (reply.status, json.loads(reply.body)["Code"]) == (status, code)
    assert initiated(bench) is after_effect


def test_business_error_carries_what_was_ordered(bench: Any, sign: Any) -> None:
    reply = initiate_under(bench, sign, "business_error", code="Some.Code", message="Why.", http_status=400)
    document = json.loads(reply.body)
    assert (reply.status, document["Code"], document["Message"]) == (400, "Some.Code", "Why.")


@pytest.mark.parametrize("http_status", [200, 400])
@pytest.mark.parametrize("code", ["isp.SYSTEM_ERROR", "InvalidParameter"])
@pytest.mark.parametrize("count", [1, 3, None])
def test_status_read_may_be_refused_in_any_words_and_as_often_as_ordered(
    bench: Any, sign: Any, http_status: int, code: str, count: int | None
) -> None:
    rule = {"kind": "business_error", "operation": "GetPhoneNumberVerificationStatus", "count": count}
    bench.control("POST", "/faults", {**rule, "http_status": http_status, "code": code, "message": "Try again."})
    parameters = {"CustSpaceId": "cams-demo", "PhoneNumber": "8613900000001"}
    answers = [bench.send(sign("GetPhoneNumberVerificationStatus", parameters)) for _turn in range(5)]
    refused = [(status, answer["Message"]) for status, answer in answers if answer["Code"] == code]
    assert refused == [(http_status, "Try again.")] * (5 if count is None else count)
    assert all(answer["Code"] in (code, "OK") for _status, answer in answers)
    bench.control("DELETE", "/faults")
    assert bench.verification("8613900000001")["Code"] == "OK"


OTHER = "8613900005555"


def order_other_number(bench: Any, operation: str, **rule: Any) -> None:
    bench.control("POST", "/faults", {"kind": "other_number", "operation": operation, "other_number": OTHER, **rule})


@pytest.mark.parametrize("after_effect", [False, True])
def test_answers_for_another_number_with_and_without_the_effect(bench: Any, after_effect: bool) -> None:
    order_other_number(bench, "CreateChatappMigrationInitiate", after_effect=after_effect)
    answer = bench.initiate("86", "13900001234")
    assert (answer["Code"], answer["Data"]["PhoneNumber"], answer["Data"]["Status"]) == ("OK", OTHER, "MIGRATING")
    assert initiated(bench) is after_effect
    bench.initiate("86", "13900001234")
    order_other_number(bench, "GetMigrationVerifyCode", after_effect=after_effect)
    assert bench.request_code(NUMBER)["Data"]["PhoneNumber"] == OTHER
    assert bench.effects(NUMBER).get("codes_sent", 0) == int(after_effect)
    bench.request_code(NUMBER)
    order_other_number(bench, "ChatappMigrationVerified", after_effect=after_effect)
    assert bench.hand_in(NUMBER, bench.code(NUMBER))["Data"]["PhoneNumber"] == OTHER
    assert bench.effects(NUMBER).get("hand_ins_right", 0) == int(after_effect)


@pytest.mark.parametrize(("after_effect", "says"), [(False, "VERIFIED"), (True, "NOT_VERIFIED")])
def test_status_read_of_another_number(bench: Any, after_effect: bool, says: str) -> None:
    bench.initiate("86", "13900001234")
    order_other_number(bench, "GetPhoneNumberVerificationStatus", after_effect=after_effect)
    data = bench.verification(NUMBER)["Data"]
    assert (data["PhoneNumber"], data["CodeVerificationStatus"]) == (OTHER, says)
    assert bench.verification(NUMBER)["Data"]["PhoneNumber"] == NUMBER


def test_made_up_status_says_what_was_ordered(bench: Any) -> None:
    order_other_number(bench, "GetPhoneNumberVerificationStatus", verification_status="NOT_VERIFIED")
    assert bench.verification(NUMBER)["Data"]["CodeVerificationStatus"] == "NOT_VERIFIED"


def test_refusal_stays_a_refusal_although_another_number_was_ordered(bench: Any) -> None:
    order_other_number(bench, "GetPhoneNumberVerificationStatus", after_effect=True)
    assert bench.verification(NUMBER)["Code"] == "InvalidParameter.PhoneNumberError"


@pytest.mark.parametrize(("kind", "effect"), [("drop_before", False), ("drop_after", True)])
def test_dropped_connection(bench: Any, sign: Any, kind: str, effect: bool) -> None:
    assert initiate_under(bench, sign, kind).ending is Ending.NO_ANSWER
    assert initiated(bench) is effect


@pytest.mark.parametrize("after_effect", [False, True])
def test_truncated_answer(bench: Any, sign: Any, after_effect: bool) -> None:
    reply = initiate_under(bench, sign, "truncated", after_effect=after_effect)
    assert reply.ending is Ending.TRUNCATED
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.body)
    assert initiated(bench) is after_effect


@pytest.mark.parametrize("status", [200, 502])
@pytest.mark.parametrize("after_effect", [False, True])
def test_answer_that_is_a_web_page(bench: Any, sign: Any, status: int, after_effect: bool) -> None:
    reply = initiate_under(bench, sign, "not_json", http_status=status, after_effect=after_effect)
    assert (reply.status, reply.content_type) == (status, "text/html")
    assert initiated(bench) is after_effect


def test_slow_answer_has_its_effect_at_once(bench: Any, sign: Any) -> None:
    bench.settings(latency=0.5)
    reply = initiate_under(bench, sign, "slow", seconds=3)
    assert reply.delay == 3.5
    assert initiated(bench)


def test_refused_connection_without_a_match_closes_the_door_at_once(bench: Any) -> None:
    bench.control("POST", "/faults", {"kind": "refuse_connection", "seconds": 2})
    assert bench.closed_doors == [2.0]
    assert bench.control("GET", "/faults")["faults"] == []


def test_refused_connection_with_a_match_closes_the_door_after_that_answer(bench: Any, sign: Any) -> None:
    reply = initiate_under(bench, sign, "refuse_connection", seconds=2)
    assert json.loads(reply.body)["Code"] == "OK"
    assert bench.closed_doors == []
    reply.before_sending()
    assert bench.closed_doors == [2.0]


def test_fault_is_used_up_by_as_many_calls_as_it_counts(bench: Any) -> None:
    bench.control("POST", "/faults", {"kind": "error_500", "count": 2})
    codes = [bench.sync()["Code"] for _turn in range(3)]
    assert codes == ["InternalError", "InternalError", "OK"]


def test_first_matching_fault_is_used_and_only_that(bench: Any) -> None:
    for kind in ("error_500", "error_503"):
        bench.control("POST", "/faults", {"kind": kind})
    assert [bench.sync()["Code"] for _turn in range(3)] == ["InternalError", "ServiceUnavailable", "OK"]


def test_fault_for_ever_lasts_until_it_is_removed(bench: Any) -> None:
    rule = bench.control("POST", "/faults", {"kind": "error_500", "count": None})
    assert {bench.sync()["Code"] for _turn in range(20)} == {"InternalError"}
    bench.control("DELETE", f"/faults?id={rule['id']}")
    assert bench.sync()["Code"] == "OK"


def test_fault_hits_its_number_its_space_and_its_operation_only(bench: Any) -> None:
    bench.control("POST", "/faults", {"kind": "error_500", "count": None, "phone_number": NUMBER,
                                      "operation": "GetPhoneNumberVerificationStatus"})  # fmt: skip
    assert bench.initiate("86", "13900001234")["Code"] == "OK"
    assert bench.verification("8613900000001")["Code"] == "OK"
    assert bench.verification(NUMBER)["Code"] == "InternalError"
    bench.control("POST", "/faults", {"kind": "error_503", "count": None, "cust_space_id": "elsewhere"})
    assert bench.sync()["Code"] == "OK"


def test_fault_by_chance_hits_about_as_often_as_ordered(bench: Any) -> None:
    bench.control("POST", "/faults", {"kind": "error_500", "count": None, "probability": 0.3})
    hits = sum(bench.sync()["Code"] != "OK" for _turn in range(400))
    assert 80 < hits < 160


def test_initiate_is_matched_by_the_joined_digits(bench: Any, sign: Any) -> None:
    reply = initiate_under(bench, sign, "error_500", phone_number=NUMBER)
    assert reply.status == 500


def test_throttled_call_has_no_effect_behind_a_fault_that_comes_after(bench: Any, sign: Any) -> None:
    bench.settings(rate_limit=1)
    bench.reply(sign("CreateChatappMigrationInitiate", {**INITIATE, "MobileNumber": "13900005555"}, arrived=0.0))
    bench.control("POST", "/faults", {"kind": "drop_after"})
    bench.reply(sign("CreateChatappMigrationInitiate", INITIATE, arrived=0.1))
    assert not initiated(bench)


def test_log_says_which_fault_hit_and_what_happened_all_the_same(bench: Any, sign: Any) -> None:
    initiate_under(bench, sign, "drop_after")
    logged = bench.control("GET", "/calls")["calls"][-1]
    assert (logged["fault"], logged["effect"], logged["http_status"]) == ("drop_after", "initiated", None)


@pytest.mark.parametrize(
    ("rule", "part"),
    [
        ({"kind": "earthquake"}, "earthquake"),
        ({"kind": "refuse_connection"}, "seconds"),
        ({"kind": "error_500", "operatoin": "*"}, "operatoin"),
        ({"kind": "error_500", "operation": "Initiate"}, "Initiate"),
        ({"kind": "error_500", "count": "2"}, "count"),
        ({"kind": "other_number", "operation": "ChatappMigrationRegister"}, "other_number"),
        ({"kind": "other_number"}, "other_number"),
        ({}, "kind"),
    ],
)
def test_fault_that_makes_no_sense_is_named(
    bench: Any, control_refused: type[Exception], rule: dict[str, Any], part: str
) -> None:
    with pytest.raises(control_refused, match=part):
        bench.control("POST", "/faults", rule)
