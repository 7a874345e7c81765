# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of an answer: its time, its size, and a stop."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import REQUEST_CODE, VERIFICATION_STATUS
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace, pace_directory
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallOutcome, CallResult
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import MOST_BYTES, NotSentError, Transport
from ansible_collections.chatapp.cams.plugins.module_utils._system import bounded_answer as _bounded_answer
from bad_server import MANY, BadServer, Kept, bomb, flood, slowly, whole
from certificates import write_certificate

# Only a call that hangs takes so long: those below are given a second.
HANG_SECONDS = 30.0
# An answer, its decoded form, and what parts of both are in the making.
MOST_MEMORY = 5 * MOST_BYTES
NUMBER = {"CustSpaceId": "space-1", "PhoneNumber": "8613900001234"}
OK = b'{"Code": "OK", "RequestId": "R-1"}'

SLOW: dict[str, Callable[[], Iterable[bytes | None]]] = {
    "silence": lambda: [None],
    "a body byte by byte": lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", *slowly(b" " * 9999)],
    "a header byte by byte": lambda: slowly(b"HTTP/1.1 200 OK\r\nServer: " + b"a" * 9999),
    "a chunk's length byte by byte": lambda: [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *slowly(b"0" * 9999),
    ],
    "slow lines of 100 Continue": lambda: slowly(b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "a body that stays away": lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", None],
}
LARGE: dict[str, Callable[[], Iterable[bytes]]] = {
    "a flood of 100 Continue": lambda: flood(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "an endless body": lambda: [b"HTTP/1.1 200 OK\r\n\r\n", *flood(b" ")],
    "an endless body in chunks": lambda: [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *flood(b"4\r\n    \r\n"),
    ],
    "a large body": lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MANY, *flood(b" ")],
    "a gzip bomb": lambda: [whole(bomb(), "Content-Encoding: gzip")],
}
BROKEN: dict[str, Callable[[], Iterable[bytes]]] = {
    "an endless line of a header": lambda: [b"HTTP/1.1 200 OK\r\nServer: ", *flood(b"a")],
    "a header without an end": lambda: [b"HTTP/1.1 200 OK\r\n", *flood(b"Server: a\r\n")],
    "a bomb in a bomb": lambda: [whole(bomb(2), "Content-Encoding: gzip, gzip")],
    "half of a gzip": lambda: [whole(gzip.compress(OK)[:-9], "Content-Encoding: gzip")],
    "a gzip that is none": lambda: [whole(OK, "Content-Encoding: gzip")],
    "an encoding nobody knows": lambda: [whole(OK, "Content-Encoding: br")],
    "a negative chunk": lambda: [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n"],
    "half a body": lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"],
    "nothing": lambda: [],
}


@pytest.fixture
def new_client(tmp_path: Path) -> Callable[..., Client]:
    def make(server: BadServer, *, timeout: float = 1, ca_path: str = "") -> Client:
        return Client(
            Transport(server.origin, ca_path=ca_path),
            lambda: Credentials("id", "secret"),
            Pace(pace_directory(tmp_path), "account", 1e6),
            user_agent="test",
            timeout=timeout,
            retries=0,
        )

    return make


def in_background(call: Callable[[], CallResult]) -> Callable[[], CallResult]:
    """Begin the call, and return what waits for its result and fails when it hangs."""
    results: list[CallResult] = []
    thread = threading.Thread(target=lambda: results.append(call()), daemon=True)
    thread.start()

    def result() -> CallResult:
        thread.join(HANG_SECONDS)
        assert not thread.is_alive(), "the call hangs"
        return results[0]

    return result


def called(client: Client) -> CallResult:
    # The table gives writes a minute; a test does not.
    return in_background(lambda: client.call(replace(REQUEST_CODE, read_timeout=0), NUMBER))()


@pytest.mark.parametrize("answer", SLOW)
def test_a_slow_answer_ends_at_its_timeout(new_client: Callable[..., Client], answer: str) -> None:
    with BadServer(SLOW[answer]()) as server:
        result = called(new_client(server))

        assert result.outcome is CallOutcome.UNKNOWN
        assert "did not send a whole answer within 1 s" in result.reason
        assert server.bytes_sent < 9999, "the answer was read to its end"


@pytest.mark.parametrize("answer", LARGE)
def test_a_large_answer_ends_at_the_limit(new_client: Callable[..., Client], answer: str) -> None:
    pieces = LARGE[answer]()
    tracemalloc.start()
    try:
        with BadServer(pieces) as server:
            result = called(new_client(server, timeout=HANG_SECONDS))
            _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert result.outcome is CallOutcome.UNKNOWN
    assert "an answer of more than 4 MiB" in result.reason
    assert peak < MOST_MEMORY
    # What the buffers of both ends hold comes on top.
    assert server.bytes_sent < MANY // 2


@pytest.mark.parametrize("answer", BROKEN)
def test_a_broken_answer_leaves_the_effect_unknown(new_client: Callable[..., Client], answer: str) -> None:
    with BadServer(BROKEN[answer]()) as server:
        result = called(new_client(server, timeout=HANG_SECONDS))

        assert result.outcome is CallOutcome.UNKNOWN
        assert server.bytes_sent < MANY // 2


@pytest.mark.parametrize(
    "answer",
    [
        whole(OK),
        whole(gzip.compress(OK), "Content-Encoding: gzip"),
        whole(zlib.compress(OK), "Content-Encoding: deflate"),
        whole(OK, "Content-Encoding: identity"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + whole(OK),
        b"HTTP/1.1 200 OK\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(OK), OK),
        whole(b" " * (MOST_BYTES - 200) + OK),
    ],
)
def test_a_complete_answer_within_the_limits_is_read(new_client: Callable[..., Client], answer: bytes) -> None:
    with BadServer([answer]) as server:
        assert called(new_client(server, timeout=HANG_SECONDS)).request_id == "R-1"


def test_a_connection_is_kept_after_a_complete_answer(new_client: Callable[..., Client]) -> None:
    with BadServer(
        Kept([whole(OK)]), Kept([whole(gzip.compress(OK), "Content-Encoding: gzip")]), [whole(OK)]
    ) as server:
        client = new_client(server)

        assert [called(client).outcome for _turn in range(3)] == [CallOutcome.ANSWERED] * 3
        assert (server.requests, server.connections) == (3, 1)


@pytest.mark.parametrize(
    "bad",
    [
        whole(b" " * (MOST_BYTES + 1)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nlate",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
    ],
    ids=["large", "late", "negative chunk"],
)
def test_a_connection_with_an_incomplete_answer_is_not_used_again(
    new_client: Callable[..., Client], bad: bytes
) -> None:
    with BadServer(Kept([bad]), [whole(OK)]) as server:
        client = new_client(server)

        assert [called(client).outcome for _turn in range(2)] == [CallOutcome.UNKNOWN, CallOutcome.ANSWERED]
        assert server.connections == 2


def test_a_call_to_a_closed_port_was_not_sent() -> None:
    server = BadServer()
    server.__enter__().__exit__(None, None, None)

    with pytest.raises(NotSentError):
        Transport(server.origin).post("", {}, 1)


@pytest.mark.parametrize("tls", [False, True])
def test_a_stop_ends_an_answer_that_does_not_come(
    new_client: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    monkeypatch.setattr(_bounded_answer, "STOP_SECONDS", 0.05)
    certificate = write_certificate(tmp_path) if tls else None
    answers = [[None], slowly(b"HTTP/1.1 200 OK\r\nServer: " + b"a" * 9999)]
    for answer in answers:
        with BadServer(answer, certificate=certificate) as server:
            client = new_client(server, timeout=600, ca_path=str(certificate or ""))
            result = in_background(lambda client=client: client.call(REQUEST_CODE, NUMBER))  # type: ignore[misc]
            assert server.begun.wait(HANG_SECONDS)
            client.stop()

            assert result().outcome is CallOutcome.UNKNOWN
            assert "The run was stopped before" in result().reason


def test_an_answer_that_comes_soon_after_a_stop_is_not_lost(
    new_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_bounded_answer, "STOP_SECONDS", HANG_SECONDS)
    with BadServer([None, whole(OK)]) as server:
        client = new_client(server, timeout=600)
        result = in_background(lambda: client.call(REQUEST_CODE, NUMBER))
        assert server.begun.wait(HANG_SECONDS)
        client.stop()
        server.go_on.set()

        assert result().outcome is CallOutcome.ANSWERED


def test_a_read_after_a_stop_has_little_time(
    new_client: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_bounded_answer, "STOP_SECONDS", 0.05)
    with BadServer([None]) as server:
        client = new_client(server, timeout=600)
        client.stop()
        result = in_background(lambda: client.call(VERIFICATION_STATUS, NUMBER))

        assert result().outcome is CallOutcome.UNKNOWN


def test_a_slow_answer_over_tls_ends_at_its_timeout(new_client: Callable[..., Client], tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path)
    with BadServer(SLOW["a header byte by byte"](), certificate=certificate) as server:
        result = called(new_client(server, ca_path=str(certificate)))

        assert "did not send a whole answer within 1 s" in result.reason


def test_many_calls_that_hang_end_together(new_client: Callable[..., Client]) -> None:
    count = 20
    with BadServer(*[SLOW["a header byte by byte"]() for _turn in range(count)]) as server:
        client = new_client(server)
        operation = replace(REQUEST_CODE, read_timeout=0)
        results = [in_background(lambda: client.call(operation, NUMBER)) for _turn in range(count)]

        assert [result().outcome for result in results] == [CallOutcome.UNKNOWN] * count
