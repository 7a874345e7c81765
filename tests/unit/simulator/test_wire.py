# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP by hand: whole requests only, bounded input, one write for each answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from cams_simulator.wire import BadRequestError, Connection, Ending, Reply, Request, parse_request

WHOLE = b"POST /a%20b?x=1 HTTP/1.1\r\nHost: h\r\nX-One:  1 \r\nContent-Length: 3\r\n\r\nabc"


def test_request_is_taken_off_the_buffer_only_when_it_is_whole() -> None:
    for cut in range(len(WHOLE)):
        assert parse_request(bytearray(WHOLE[:cut]), 100) is None
    buffer = bytearray(WHOLE + b"GET")
    request = parse_request(buffer, 100)
    assert request is not None
    assert (request.method, request.path, request.query, request.body) == ("POST", "/a b", "x=1", b"abc")
    assert request.headers == {"host": "h", "x-one": "1", "content-length": "3"}
    assert buffer == b"GET"


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST / HTTP/1.1\r\nContent-Length: 101\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 411),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nspace : 1\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET /" + b"a" * 70_000, 431),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    ],
)
def test_request_that_cannot_be_served_is_told_why(sent: bytes, status: int) -> None:
    with pytest.raises(BadRequestError) as refused:
        parse_request(bytearray(sent), 100)
    assert refused.value.status == status


class Recorder(asyncio.Transport):
    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = ""

    def write(self, data: Any) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = "closed"

    def abort(self) -> None:
        self.closed = "aborted"

    def is_closing(self) -> bool:
        return bool(self.closed)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


def exchange(reply: Reply, data: bytes, answers: int = 0) -> Recorder:
    """What leaves for these bytes; with delayed answers, once so many have left."""

    def answer(request: Request) -> Reply:
        return Reply(reply.status, reply.body + request.path.encode(), delay=reply.delay, ending=reply.ending)

    async def run() -> Recorder:
        transport = Recorder()
        connection = Connection(answer, 100, set())
        connection.connection_made(transport)
        connection.data_received(data)
        while len(transport.writes) < answers:
            await asyncio.sleep(0.005)
        return transport

    return asyncio.run(run())


def test_status_headers_and_body_leave_in_one_write() -> None:
    transport = exchange(Reply(200, b"{}"), WHOLE)
    assert len(transport.writes) == 1
    assert transport.writes[0].startswith(b"HTTP/1.1 200 OK\r\n")
    assert transport.writes[0].endswith(b"\r\nConnection: keep-alive\r\n\r\n{}/a b")
    assert not transport.closed


def test_requests_sent_together_are_answered_in_order() -> None:
    sent = b"".join(b"GET /%d HTTP/1.1\r\n\r\n" % i for i in range(3))
    transport = exchange(Reply(200, b"", delay=0.01), sent, 3)
    assert [write.rpartition(b"\r\n\r\n")[2] for write in transport.writes] == [b"/0", b"/1", b"/2"]


def test_truncated_answer_promises_more_than_it_sends_and_closes() -> None:
    transport = exchange(Reply(200, b"{", ending=Ending.TRUNCATED), b"GET / HTTP/1.1\r\n\r\n")
    assert b"Content-Length: 514\r\n" in transport.writes[0]
    assert transport.writes[0].endswith(b"\r\n\r\n{/")
    assert transport.closed == "closed"


def test_dropped_connection_writes_nothing() -> None:
    transport = exchange(Reply(200, b"{}", ending=Ending.NO_ANSWER), WHOLE)
    assert (transport.writes, transport.closed) == ([], "aborted")


def test_defect_behind_the_door_is_answered_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(request: Request) -> Reply:
        raise RuntimeError("a defect")

    async def run() -> Recorder:
        transport = Recorder()
        connection = Connection(broken, 100, set())
        connection.connection_made(transport)
        connection.data_received(WHOLE)
        return transport

    assert asyncio.run(run()).writes[0].startswith(b"HTTP/1.1 500 ")
    assert "a defect" in capsys.readouterr().err


def test_client_that_asks_for_a_close_gets_one() -> None:
    transport = exchange(Reply(200, b""), b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    assert b"\r\nConnection: close\r\n" in transport.writes[0]
    assert transport.closed == "closed"
