# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane: its answers, its requests, and the callers that it refuses."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from cams_simulator import rows, world
from cams_simulator.model import Number
from cams_simulator.wire import Request

NUMBER = "8613900001234"
OWNER = "1000000000000001"


def test_inbox_shows_a_number_with_or_without_its_plus_and_only_what_is_new(bench: Any) -> None:
    for national in ("13900001234", "13900005678"):
        bench.initiate("86", national)
        bench.request_code("86" + national)
    first, second = bench.control("GET", "/inbox")["messages"]
    assert (first["to"], second["to"]) == ("+8613900001234", "+8613900005678")
    assert first["code"] == "".join(c for c in first["text"] if c.isdecimal())
    assert bench.control("GET", "/inbox?phone_number=%2B8613900001234")["messages"] == [first]
    for since in (second["received_at_seconds"], second["received_at"]):
        assert bench.control("GET", f"/inbox?since={since}")["messages"] == [second]


def test_code_reaches_the_handset_after_the_delivery_time(bench: Any) -> None:
    bench.settings(code_delivery_seconds=30)
    bench.initiate("86", "13900001234")
    bench.request_code(NUMBER)
    assert bench.control("GET", "/inbox")["messages"] == []
    bench.advance(31)
    assert len(bench.control("GET", "/inbox")["messages"]) == 1


def test_clock_moves_forward_only(bench: Any, control_refused: type[Exception]) -> None:
    before = bench.control("GET", "/clock")["now"]
    assert bench.control("POST", "/clock", {"advance": 3600})["now"] == pytest.approx(before + 3600, abs=5)
    with pytest.raises(control_refused, match="forward"):
        bench.advance(-1)


def test_log_keeps_every_call_without_its_secrets(bench: Any, sign: Any) -> None:
    before = bench.control("GET", "/clock")["now"]
    number = bench.verified("86", "13900001234")
    code = bench.code(number)
    bench.send(sign("QueryChatappPhoneNumbers", {}, secret="wrong"))
    calls = bench.control("GET", "/calls")
    assert [call["effect"] for call in calls["calls"]] == ["initiated", "code_sent", "code_accepted", None]
    assert [call["code"] for call in calls["calls"]] == ["OK", "OK", "OK", "SignatureDoesNotMatch"]
    assert calls["calls"][0]["user"] == f"{OWNER}/operations"
    assert calls["calls"][2]["parameters"] == {"CustSpaceId": "cams-demo", "PhoneNumber": number, "VerifyCode": "***"}
    assert code not in json.dumps([call["parameters"] for call in calls["calls"]])
    moments = [call["time"] for call in calls["calls"]]
    after = bench.control("GET", "/clock")["now"]
    assert [before, *moments, after] == sorted([*moments, before, after])


def test_log_can_be_followed_and_filtered(bench: Any) -> None:
    for _turn in range(3):
        bench.sync()
        bench.row(NUMBER)
    followed = bench.control("GET", "/calls?after=2&action=ChatappSyncPhoneNumber&limit=1")["calls"]
    assert [call["id"] for call in followed] == [3]
    assert bench.control("GET", "/calls?after=6")["calls"] == []


def test_wrong_hand_in_is_an_effect_and_a_locked_one_is_not(bench: Any) -> None:
    bench.settings(wrong_tries=1)
    bench.initiate("86", "13900001234")
    bench.request_code(NUMBER)
    wrong = f"{(int(bench.code(NUMBER)) + 1) % 1_000_000:06d}"
    bench.hand_in(NUMBER, wrong)
    bench.hand_in(NUMBER, wrong)
    assert [call["effect"] for call in bench.control("GET", "/calls?after=2")["calls"]] == ["code_refused", None]
    assert bench.effects(NUMBER)["hand_ins_wrong"] == 1


def test_seed_merges_and_keeps_what_it_does_not_name(bench: Any) -> None:
    bench.control("POST", "/seed", {"numbers": [
        {"cust_space_id": "cams-demo", "phone_number": "8613900000001", "quality_rating": "RED"}]})  # fmt: skip
    row = bench.row("8613900000001")
    assert (row["QualityRating"], row["MessagingLimitTier"], row["Status"]) == ("RED", "TIER_1K", "CONNECTED")


def test_seed_with_a_mistake_changes_nothing_and_names_it(bench: Any, control_refused: type[Exception]) -> None:
    good = {"cust_space_id": "cams-demo", "phone_number": "8613900007777"}
    for mistake, part in [
        ({"numbers": [good, {**good, "phone_number": "+86"}]}, "without a plus"),
        ({"numbers": [good, {**good, "cust_space_id": "nowhere"}]}, "nowhere"),
        ({"numbers": [good, {**good, "statsu": "BANNED"}]}, "statsu"),
        ({"numbers": [good], "spaces": [{"cust_space_id": "s"}]}, "owner_id"),
        ({"numbers": [good], "number": []}, "number"),
        ({"numbers": [good, "8613900001234"]}, "must be an object"),
        ({"numbers": [good], "spaces": ["s"]}, "must be an object"),
        ({"numbers": [good], "spaces": [{"cust_space_id": "s", "owner_id": "1", "numbers": [1]}]}, "must be an object"),
        ({"numbers": [good], "accounts": [{"owner_id": "3", "users": [
            {"name": "u", "access_keys": [{"id": "LTAI5tSimulator", "secret": "x"}]}]}]}, "two users"),
    ]:  # fmt: skip
        with pytest.raises(control_refused, match=part):
            bench.control("POST", "/seed", mistake)
    assert bench.row("8613900007777") is None


def test_four_thousand_numbers_are_written_by_one_commit_and_each_row_is_made_once(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: Counter[str] = Counter()
    bench.simulator._store._connection.set_trace_callback(lambda text: statements.update([text.split()[0]]))
    made: list[str] = []

    def counted(number: Number, *facts: Any) -> Any:
        made.append(number.phone_number)
        return rows.rows_of_number(number, *facts)

    monkeypatch.setattr(world, "rows_of_number", counted)
    numbers = [{"cust_space_id": f"s{i % 2}", "phone_number": f"861{i:010d}"} for i in range(4_000)]
    spaces = [{"cust_space_id": name, "owner_id": OWNER} for name in ("s0", "s1")]
    bench.control("POST", "/seed", {"spaces": spaces, "numbers": numbers})
    assert (statements["BEGIN"], statements["COMMIT"], statements["SELECT"]) == (1, 1, 0)

    statements.clear()
    for _turn in range(2):
        assert len(bench.call("QueryChatappPhoneNumbers", CustSpaceId="s0")["PhoneNumbers"]) == 2_000
    assert len(made) == len(set(made)) == 2_000
    assert not statements, "a query reads nothing from the store and writes nothing into it"


def test_operator_can_change_a_number_that_is_there_only(bench: Any, control_refused: type[Exception]) -> None:
    with pytest.raises(control_refused, match="8613900001234"):
        bench.control("POST", "/numbers", {"cust_space_id": "cams-demo", "phone_number": NUMBER, "status": "BANNED"})


def test_world_shows_the_hidden_facts_of_one_number(bench: Any) -> None:
    bench.control("POST", "/numbers", {"phone_number": NUMBER, "two_step_verification": True})
    bench.initiate("39", "0299999999")
    bench.request_code("390299999999")
    shown = bench.control("GET", "/world?phone_number=390299999999")
    assert [n["code"]["value"] for n in shown["spaces"][0]["numbers"]] == [bench.code("390299999999")]
    assert bench.control("GET", f"/world?phone_number={NUMBER}")["lines"][0]["two_step_verification"] is True


def test_reset_goes_back_to_the_first_start(bench: Any) -> None:
    bench.verified("86", "13900001234")
    bench.settings(latency=1, rate_limit=5)
    bench.advance(1000)
    bench.control("POST", "/faults", {"kind": "error_500"})
    bench.control("POST", "/reset", {})
    assert bench.row(NUMBER) is None
    assert bench.row("8613900000001") is not None
    assert bench.control("GET", "/faults")["faults"] == bench.control("GET", "/inbox")["messages"] == []
    assert bench.control("GET", "/clock")["offset"] == 0
    settings = bench.control("GET", "/settings")
    assert (settings["latency"], settings["rate_limit"]) == (0, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8601"}, 200),
        ({"host": "localhost:8601"}, 200),
        ({"host": "[::1]:8601"}, 200),
        ({"host": "localhost", "origin": "http://localhost:3000"}, 200),
        ({"host": "evil.example:8601"}, 403),
        ({"host": "127.0.0.1.evil.example"}, 403),
        ({"host": "127.0.0.1:8601", "origin": "https://evil.example"}, 403),
        ({"host": "127.0.0.1:8601", "origin": "null"}, 403),
        ({}, 403),
    ],
)
def test_control_plane_answers_to_loopback_names_only(bench: Any, headers: dict[str, str], status: int) -> None:
    assert bench.simulator.serve_control(Request("GET", "/health", "", headers, b"", 0.0)).status == status


def test_the_two_ports_share_no_path(bench: Any, sign: Any, control_refused: type[Exception]) -> None:
    for path in ("/health", "/inbox", "/settings", "/world"):
        assert bench.reply(sign("QueryChatappPhoneNumbers", {}, method="GET", path=path)).status == 404
    with pytest.raises(control_refused, match="There is no"):
        bench.control("POST", "/", {})
