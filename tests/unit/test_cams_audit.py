# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source that receives the service's audit reports, over real HTTP, in the event loop of the test."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

SOURCE = Path(__file__).resolve().parents[2] / "extensions/eda/plugins/event_source/cams_audit.py"
PLUGIN: dict[str, Any] = {"__name__": __name__}
# As ansible-rulebook loads it. runpy does not find the file where ansible-test has replaced the importers.
exec(compile(SOURCE.read_text(encoding="utf-8"), SOURCE, "exec"), PLUGIN)
TOKEN = "0123456789abcdef-token"
ARGUMENTS = {"token": TOKEN, "duplicate_seconds": 600}
REPORT = {"Type": "phoneQualityUpdate", "WabaId": "65921621816", "PhoneNumber": "8613900001234", "Status": "YELLOW"}
Post = Callable[..., Awaitable[int]]


def receive(scenario: Callable[[Post], Awaitable[None]], **arguments: Any) -> list[dict[str, str]]:
    """Run the source, let the scenario post to it, and return the events without their times."""

    async def run() -> list[dict[str, str]]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        queue: asyncio.Queue[Any] = asyncio.Queue()
        source = asyncio.create_task(PLUGIN["main"](queue, {**ARGUMENTS, "port": str(port), **arguments}))
        try:
            async with aiohttp.ClientSession() as session:

                async def post(body: Any, path: str = f"/audit/{TOKEN}", **headers: str) -> int:
                    data = body if isinstance(body, bytes) else json.dumps(body).encode()
                    url = f"http://127.0.0.1:{port}{path}"
                    async with session.post(url, data=data, headers=headers) as answer:
                        await answer.read()
                        return answer.status

                while True:
                    try:
                        await post([], "/")
                        break
                    except aiohttp.ClientConnectionError:
                        if source.done():
                            source.result()
                        await asyncio.sleep(0.01)
                await scenario(post)
        finally:
            source.cancel()
            await asyncio.gather(source, return_exceptions=True)
        return [queue.get_nowait() for _turn in range(queue.qsize())]

    found = asyncio.run(run())
    assert all(event.pop("received_at").endswith("Z") for event in found)
    return found


def test_each_report_of_a_callback_makes_an_event() -> None:
    async def scenario(post: Post) -> None:
        assert await post([REPORT, {**REPORT, "PhoneNumber": "+390212345678", "Reason": "Because", "New": [1]}]) == 200

    event = {"type": "phoneQualityUpdate", "waba_id": "65921621816", "status": "YELLOW"}
    assert receive(scenario) == [
        {**event, "phone_number": "+8613900001234"},
        {**event, "phone_number": "+390212345678", "reason": "Because"},
    ]


def test_the_token_may_be_in_the_path_or_in_the_header() -> None:
    async def scenario(post: Post) -> None:
        assert await post([REPORT], f"/{TOKEN}") == 200
        assert await post([{**REPORT, "Status": "RED"}], "/audit", Authorization=f"Bearer {TOKEN}") == 200

    assert [event["status"] for event in receive(scenario)] == ["YELLOW", "RED"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/", {}),
        ("/audit/0123456789abcdef-tokem", {}),
        (f"/audit/{TOKEN}/", {}),
        (f"/audit?token={TOKEN}", {}),
        (f"/audit/{TOKEN}", {"Authorization": "Bearer wrong"}),
        ("/audit", {"Authorization": f"Basic {TOKEN}"}),
        ("/audit/%C3%A9%FF", {}),
    ],
)
def test_a_request_without_the_token_is_refused(
    path: str, headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(post: Post) -> None:
        assert await post([REPORT], path, **headers) == 401

    assert receive(scenario) == []
    assert TOKEN not in caplog.text


def test_the_token_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    async def scenario(post: Post) -> None:
        assert await post([REPORT]) == 200
        assert await post(b"{", Authorization=f"Bearer {TOKEN}") == 400

    receive(scenario)
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("body", [b"", b"nonsense", b"\xff", b"{}", b'"text"', b"[" * 100_000])
def test_a_body_that_is_not_a_list_of_reports_is_refused(body: bytes) -> None:
    async def scenario(post: Post) -> None:
        assert await post(body) == 400

    assert receive(scenario) == []


def test_a_too_long_body_is_refused() -> None:
    async def scenario(post: Post) -> None:
        assert await post([{**REPORT, "Reason": "x" * 2000}]) == 413
        assert await post([REPORT]) == 200

    assert len(receive(scenario, max_body_bytes=1000)) == 1


def test_an_invalid_report_does_not_stop_valid_reports() -> None:
    async def scenario(post: Post) -> None:
        assert await post([1, None, {}, {"Type": {"a": 1}}, REPORT]) == 200

    assert len(receive(scenario)) == 1


@pytest.mark.parametrize("number", ["{{ lookup('pipe', 'id') }}", "12", "86139000012345678", "+0123456789", "8613 x"])
def test_an_invalid_phone_number_is_left_out_of_the_event(number: str) -> None:
    async def scenario(post: Post) -> None:
        assert await post([{**REPORT, "PhoneNumber": number}]) == 200

    [event] = receive(scenario)
    assert "phone_number" not in event


def test_text_of_senders_cannot_be_a_template() -> None:
    async def scenario(post: Post) -> None:
        assert await post([{**REPORT, "Type": "{% x %}", "Reason": "{{ lookup('pipe', 'id') }}"}]) == 200

    [event] = receive(scenario)
    assert event["reason"] == "(( lookup('pipe', 'id') ))"
    assert not set("{}") & set("".join(event.values()))


def test_a_repeated_report_makes_one_event() -> None:
    async def scenario(post: Post) -> None:
        for _turn in range(3):
            assert await post([REPORT, REPORT]) == 200

    assert len(receive(scenario)) == 1


def test_a_status_that_returns_makes_a_new_event() -> None:
    async def scenario(post: Post) -> None:
        for status in ("YELLOW", "GREEN", "GREEN", "YELLOW"):
            assert await post([{**REPORT, "Status": status}]) == 200

    assert [event["status"] for event in receive(scenario)] == ["YELLOW", "GREEN", "YELLOW"]


def test_the_same_report_makes_a_new_event_after_some_time() -> None:
    now = [0.0]
    memory = PLUGIN["LastReports"](600, lambda: now[0])
    heard = []
    for now[0] in (0, 599, 1198, 1798):
        heard.append(memory.is_new(REPORT))
    assert heard == [True, False, False, True]


def test_the_memory_of_reports_is_bounded() -> None:
    memory = PLUGIN["LastReports"](600)
    for index in range(PLUGIN["SUBJECTS_REMEMBERED"] + 10):
        assert memory.is_new({"phone_number": str(index)})
    assert len(memory._last) == PLUGIN["SUBJECTS_REMEMBERED"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"port": None}, "port is missing"),
        ({"port": "x"}, "port must be a whole number"),
        ({"token": ""}, "token must have at least 16"),
        ({"token": "short"}, "token must have at least 16"),
        ({"token": "with/slash/0123456789"}, "token must have at least 16"),
        ({"max_body_bytes": -1}, "max_body_bytes must be a whole number"),
    ],
)
def test_a_wrong_argument_is_refused_in_one_sentence(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        asyncio.run(PLUGIN["main"](asyncio.Queue(), {**ARGUMENTS, "port": 1, **arguments}))
    assert arguments.get("token") not in ("short", "with/slash/0123456789") or arguments["token"] not in str(
        caught.value
    )
