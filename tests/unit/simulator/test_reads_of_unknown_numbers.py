# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings about what the service says of a number that is not there, not there yet, or there twice."""

from __future__ import annotations

import re
from typing import Any

import pytest

SPACE = "cams-demo"
NUMBER = "8613900001234"
UNKNOWN = "8613900009999"
FICTIONAL = ("14155550100", "12125550199", "447700900000", "447700900999")
NOT_FICTIONAL = ("14155550200", "447700901000")


def status_read(bench: Any, sign: Any, number: str) -> tuple[int, str, str]:
    """The refusal of a status read, without the digits and the letters that differ from call to call."""
    status, document = bench.send(
        sign("GetPhoneNumberVerificationStatus", {"CustSpaceId": SPACE, "PhoneNumber": number})
    )
    text = document["Message"].replace(number, "N")
    return status, document["Code"], re.sub(r"fbtrace_id \w+", "fbtrace_id T", text)


def answers(bench: Any, number: str = NUMBER) -> str:
    """The word of the status read, or `refused`."""
    document = bench.verification(number)
    return str(document["Data"]["CodeVerificationStatus"]) if document["Code"] == "OK" else "refused"


def statuses(bench: Any, number: str = NUMBER) -> list[str]:
    """The statuses of the number's rows, which query and sync show alike."""
    shown = [
        [row["Status"] for row in bench.call(action, CustSpaceId=SPACE)["PhoneNumbers"] if row["PhoneNumber"] == number]
        for action in ("QueryChatappPhoneNumbers", "ChatappSyncPhoneNumber")
    ]
    assert shown[0] == shown[1]
    return shown[0]


def put_number(bench: Any, status: str = "MIGRATED", **facts: Any) -> None:
    number = {"cust_space_id": SPACE, "phone_number": NUMBER, "status": status, **facts}
    bench.control("POST", "/seed", {"numbers": [number]})


def migrate_through(bench: Any) -> list[str]:
    """What the status read answers after initiate, after the code request, after the code, after register."""
    seen = []
    bench.initiate("86", "13900001234")
    seen.append(answers(bench))
    bench.request_code(NUMBER)
    seen.append(answers(bench))
    bench.hand_in(NUMBER, bench.code(NUMBER))
    seen.append(answers(bench))
    bench.register(NUMBER)
    seen.append(answers(bench))
    return seen


@pytest.mark.parametrize(
    ("reading", "seen"),
    [
        ("plain", ["NOT_VERIFIED", "NOT_VERIFIED", "VERIFIED", "VERIFIED"]),
        ("fussy", ["refused", "NOT_VERIFIED", "VERIFIED", "VERIFIED"]),
        ("blind", ["refused", "refused", "refused", "VERIFIED"]),
    ],
)
@pytest.mark.parametrize("old_row", [False, True])
def test_status_read_between_initiate_and_register(bench: Any, reading: str, seen: list[str], old_row: bool) -> None:
    bench.settings(status_read=reading)
    if old_row:
        put_number(bench)
        assert answers(bench) == "VERIFIED"
    assert migrate_through(bench) == seen


@pytest.mark.parametrize("reading", ["fussy", "blind"])
@pytest.mark.parametrize("refusal", ["listed", "unlisted"])
def test_status_read_refuses_an_initiated_number_exactly_like_an_unknown_one(
    bench: Any, sign: Any, reading: str, refusal: str
) -> None:
    bench.settings(status_read=reading, unknown_number_refusal=refusal)
    before = status_read(bench, sign, NUMBER)
    bench.initiate("86", "13900001234")
    assert status_read(bench, sign, NUMBER) == before == status_read(bench, sign, UNKNOWN)


def test_fussy_status_read_wants_a_code_request_since_the_last_initiate(bench: Any) -> None:
    bench.settings(status_read="fussy")
    migrate_through(bench)
    bench.advance(10)
    put_number(bench)
    bench.initiate("86", "13900001234")
    assert answers(bench) == "refused"
    bench.request_code(NUMBER)
    assert answers(bench) == "NOT_VERIFIED"


def test_fictional_numbers_are_refused_like_others_unless_told_otherwise(bench: Any, sign: Any) -> None:
    usual = status_read(bench, sign, UNKNOWN)
    assert {status_read(bench, sign, number) for number in (*FICTIONAL, *NOT_FICTIONAL)} == {usual}


@pytest.mark.parametrize("refusal", ["listed", "unlisted"])
def test_fictional_numbers_may_be_refused_in_another_way(bench: Any, sign: Any, refusal: str) -> None:
    bench.settings(fictional_numbers="other", unknown_number_refusal=refusal)
    usual = status_read(bench, sign, UNKNOWN)
    assert {status_read(bench, sign, number) for number in NOT_FICTIONAL} == {usual}
    other = {status_read(bench, sign, number)[1:] for number in FICTIONAL}
    assert other == {("InvalidParameter", "The phone number format is invalid.")} != {usual[1:]}


def test_fictional_number_in_the_space_is_a_number_like_others(bench: Any) -> None:
    bench.settings(fictional_numbers="other")
    bench.initiate("1", "4155550100")
    assert answers(bench, "14155550100") == "NOT_VERIFIED"


@pytest.mark.parametrize(("carrier", "status"), [("http_200", 200), ("http_400", 400)])
def test_unlisted_refusal_names_the_number_and_a_trace_that_changes(
    bench: Any, sign: Any, carrier: str, status: int
) -> None:
    bench.settings(unknown_number_refusal="unlisted", unknown_number_status=carrier)
    request = {"CustSpaceId": SPACE, "PhoneNumber": UNKNOWN}
    documents = [bench.send(sign("GetPhoneNumberVerificationStatus", request)) for _time in range(2)]
    assert {(got, document["Code"]) for got, document in documents} == {(status, "InvalidParameter")}
    texts = {document["Message"] for _status, document in documents}
    form = rf"\(#100\) Object with ID '{UNKNOWN}' does not exist, fbtrace_id A[A-Za-z0-9]{{22}}"
    assert len(texts) == 2
    assert all(re.fullmatch(form, text) for text in texts)


def test_unlisted_refusal_is_that_of_every_operation_on_an_unknown_number(bench: Any) -> None:
    bench.settings(unknown_number_refusal="unlisted")
    for answer in (bench.request_code(UNKNOWN), bench.hand_in(UNKNOWN, "123456"), bench.register(UNKNOWN)):
        assert (answer["Code"], UNKNOWN in answer["Message"]) == ("InvalidParameter", True)


def test_initiate_may_show_in_the_rows_late(bench: Any) -> None:
    bench.settings(row_delay_seconds=30)
    bench.initiate("86", "13900001234")
    assert (statuses(bench), answers(bench)) == ([], "NOT_VERIFIED")
    bench.advance(29)
    assert statuses(bench) == []
    bench.advance(1)
    assert statuses(bench) == ["PENDING"]


def test_initiate_may_show_in_the_status_late(bench: Any) -> None:
    bench.settings(status_delay_seconds=30)
    bench.initiate("86", "13900001234")
    assert (statuses(bench), answers(bench)) == (["PENDING"], "refused")
    bench.advance(30)
    assert answers(bench) == "NOT_VERIFIED"


def test_second_initiate_does_not_start_the_delay_again(bench: Any) -> None:
    bench.settings(row_delay_seconds=30, status_delay_seconds=30)
    bench.initiate("86", "13900001234")
    bench.advance(20)
    assert bench.initiate("86", "13900001234")["Code"] == "OK"
    bench.advance(10)
    assert (statuses(bench), answers(bench)) == (["PENDING"], "NOT_VERIFIED")


def test_late_row_shows_after_a_sync_where_changes_need_one(bench: Any) -> None:
    bench.settings(row_delay_seconds=30, needs_sync="yes")
    bench.initiate("86", "13900001234")
    bench.sync()
    assert bench.row(NUMBER) is None
    bench.advance(30)
    assert bench.row(NUMBER) is None
    bench.sync()
    assert bench.row(NUMBER)["Status"] == "PENDING"


@pytest.mark.parametrize(("reading", "later"), [("moves", ["PENDING"]), ("adds", ["PENDING", "MIGRATED"])])
def test_late_reclaim_shows_the_old_row_until_then(bench: Any, reading: str, later: list[str]) -> None:
    bench.settings(row_delay_seconds=30, status_delay_seconds=30, reclaim_row=reading)
    put_number(bench)
    bench.initiate("86", "13900001234")
    assert (statuses(bench), answers(bench)) == (["MIGRATED"], "VERIFIED")
    bench.advance(30)
    assert (statuses(bench), answers(bench)) == (later, "NOT_VERIFIED")


@pytest.mark.parametrize("status", ["MIGRATED", "DELETED", "DISCONNECTED"])
@pytest.mark.parametrize(
    ("reading", "initiated", "registered"),
    [
        ("moves", ["PENDING"], ["CONNECTED"]),
        ("stays", ["OLD"], ["CONNECTED"]),
        ("adds", ["PENDING", "OLD"], ["CONNECTED", "OLD"]),
    ],
)
def test_row_of_a_reclaimed_number(
    bench: Any, status: str, reading: str, initiated: list[str], registered: list[str]
) -> None:
    bench.settings(reclaim_row=reading)
    put_number(bench, status)
    bench.initiate("86", "13900001234")
    assert statuses(bench) == [status if word == "OLD" else word for word in initiated]
    assert answers(bench) == "NOT_VERIFIED"
    bench.request_code(NUMBER)
    bench.hand_in(NUMBER, bench.code(NUMBER))
    assert (statuses(bench)[0] == status, answers(bench)) == (reading == "stays", "VERIFIED")
    bench.register(NUMBER)
    bench.advance(2)
    assert statuses(bench) == [status if word == "OLD" else word for word in registered]


def test_row_that_stays_keeps_the_verification_that_it_had(bench: Any) -> None:
    bench.settings(reclaim_row="stays")
    put_number(bench, verified=False)
    migrate_through_to_verified(bench)
    assert bench.row(NUMBER)["CodeVerificationStatus"] == "NOT_VERIFIED"


def migrate_through_to_verified(bench: Any) -> None:
    bench.initiate("86", "13900001234")
    bench.request_code(NUMBER)
    assert bench.hand_in(NUMBER, bench.code(NUMBER))["Code"] == "OK"


@pytest.mark.parametrize(
    ("place", "shown"), [("last", ["CONNECTED", "MIGRATED"]), ("first", ["MIGRATED", "CONNECTED"])]
)
def test_number_with_two_rows(bench: Any, place: str, shown: list[str]) -> None:
    bench.settings(old_row_place=place)
    put_number(bench, "CONNECTED", old_row_status="MIGRATED")
    assert statuses(bench) == shown
    assert bench.initiate("86", "13900001234")["Code"] != "OK"
    assert statuses(bench) == shown
    bench.control("POST", "/numbers", {"cust_space_id": SPACE, "phone_number": NUMBER, "old_row_status": ""})
    assert statuses(bench) == ["CONNECTED"]


def test_old_row_shows_although_the_current_one_is_hidden(bench: Any) -> None:
    bench.settings(before_register="hidden", old_row_place="first")
    put_number(bench, "MIGRATING", old_row_status="MIGRATED")
    assert statuses(bench) == ["MIGRATED"]


@pytest.mark.parametrize(("words", "run_out"), [("not_verified", "EXPIRED"), ("review", "REVOKED")])
def test_old_row_is_no_longer_verified(bench: Any, words: str, run_out: str) -> None:
    bench.settings(verification_words=words)
    put_number(bench, "CONNECTED", old_row_status="MIGRATED")
    rows = bench.call("QueryChatappPhoneNumbers", CustSpaceId=SPACE)["PhoneNumbers"]
    assert [row["CodeVerificationStatus"] for row in rows if row["PhoneNumber"] == NUMBER] == ["VERIFIED", run_out]


def test_old_row_is_found_by_the_status_of_the_query(bench: Any) -> None:
    put_number(bench, "CONNECTED", old_row_status="MIGRATED")
    rows = bench.call("QueryChatappPhoneNumbers", CustSpaceId=SPACE, Status="MIGRATED")["PhoneNumbers"]
    assert [(row["PhoneNumber"], row["Status"]) for row in rows] == [(NUMBER, "MIGRATED")]


def test_second_initiate_that_is_accepted_sends_no_code(bench: Any) -> None:
    for _time in range(2):
        assert bench.initiate("86", "13900001234")["Code"] == "OK"
    assert bench.effects(NUMBER) == {"initiates": 2}
    assert bench.control("GET", f"/inbox?phone_number={NUMBER}")["messages"] == []
