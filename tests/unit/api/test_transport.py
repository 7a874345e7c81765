# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits of an answer: its time, its size, and a stop."""

from __future__ import annotations

import gzip
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api import transport as _transport
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import REQUEST_CODE, VERIFICATION_STATUS
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallOutcome, CallResult
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import (
    MOST_BYTES,
    LostAnswerError,
    NotSentError,
    Transport,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import file_pace, pace_directory
from ansible_collections.chatapp.cams.plugins.module_utils._system import bounded_answer as _bounded_answer
from bad_server import (
    MANY,
    PYTHON_ENDS_FLOODS_OF_CONTINUE,
    BadServer,
    Kept,
    byte_by_byte,
    compression_bomb,
    flood_of_data,
    valid_answer,
)
from certificates import write_certificate

# Only a call that hangs takes so long: those below are given a second.
HANG_SECONDS = 30.0
# An answer, its decoded form, and what parts of both are in the making.
MOST_MEMORY = 5 * MOST_BYTES
NUMBER = {"CustSpaceId": "space-1", "PhoneNumber": "8613900001234"}
OK = b'{"Code": "OK", "RequestId": "R-1"}'

SLOW: dict[str, Callable[[], Iterable[bytes | None]]] = {
    "silence": lambda: [None],
    "a body byte by byte": lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", *byte_by_byte(b" " * 9999)],
    "a header byte by byte": lambda: byte_by_byte(b"HTTP/1.1 200 OK\r\nServer: " + b"a" * 9999),
    "a chunk's length byte by byte": lambda: [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *byte_by_byte(b"0" * 9999),
    ],
    "slow lines of 100 Continue": lambda: byte_by_byte(b"HTTP/1.1 100 Continue\r\n\r\n" * 500),
    "a body that stays away": lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", None],
}
CONTINUE = "a flood of 100 Continue"
LARGE: dict[str, Callable[[], Iterable[bytes]]] = {
    CONTINUE: lambda: flood_of_data(b"HTTP/1.1 100 Continue\r\n\r\n"),
    "an endless body": lambda: [b"HTTP/1.1 200 OK\r\n\r\n", *flood_of_data(b" ")],
    "an endless body in chunks": lambda: [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        *flood_of_data(b"4\r\n    \r\n"),
    ],
    "a large body": lambda: [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % MANY, *flood_of_data(b" ")],
    "a gzip bomb": lambda: [valid_answer(compression_bomb(), "Content-Encoding: gzip")],
}
BROKEN: dict[str, Callable[[], Iterable[bytes]]] = {
    "an endless line of a header": lambda: [b"HTTP/1.1 200 OK\r\nServer: ", *flood_of_data(b"a")],
    "a header without an end": lambda: [b"HTTP/1.1 200 OK\r\n", *flood_of_data(b"Server: a\r\n")],
    "a bomb in a bomb": lambda: [valid_answer(compression_bomb(2), "Content-Encoding: gzip, gzip")],
    "half of a gzip": lambda: [valid_answer(gzip.compress(OK)[:-9], "Content-Encoding: gzip")],
    "a gzip that is none": lambda: [valid_answer(OK, "Content-Encoding: gzip")],
    "an encoding nobody knows": lambda: [valid_answer(OK, "Content-Encoding: br")],
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
            file_pace(pace_directory(tmp_path), "account", 1e6),
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
    is_ended_by_python = answer == CONTINUE and PYTHON_ENDS_FLOODS_OF_CONTINUE
    assert ("closed the connection" if is_ended_by_python else "an answer of more than 4 MiB") in result.reason
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
        valid_answer(OK),
        valid_answer(gzip.compress(OK), "Content-Encoding: gzip"),
        valid_answer(zlib.compress(OK), "Content-Encoding: deflate"),
        valid_answer(OK, "Content-Encoding: identity"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + valid_answer(OK),
        b"HTTP/1.1 200 OK\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(OK), OK),
        valid_answer(b" " * (MOST_BYTES - 200) + OK),
    ],
)
def test_a_complete_answer_within_the_limits_is_read(new_client: Callable[..., Client], answer: bytes) -> None:
    with BadServer([answer]) as server:
        assert called(new_client(server, timeout=HANG_SECONDS)).request_id == "R-1"


def test_a_connection_is_kept_after_a_complete_answer(new_client: Callable[..., Client]) -> None:
    with BadServer(
        Kept([valid_answer(OK)]), Kept([valid_answer(gzip.compress(OK), "Content-Encoding: gzip")]), [valid_answer(OK)]
    ) as server:
        client = new_client(server)

        assert [called(client).outcome for _turn in range(3)] == [CallOutcome.ANSWERED] * 3
        assert (server.requests, server.connections) == (3, 1)


@pytest.mark.parametrize(
    "bad",
    [
        valid_answer(b" " * (MOST_BYTES + 1)),
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nlate",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
    ],
    ids=["large", "late", "negative chunk"],
)
def test_a_connection_with_an_incomplete_answer_is_not_used_again(
    new_client: Callable[..., Client], bad: bytes
) -> None:
    with BadServer(Kept([bad]), [valid_answer(OK)]) as server:
        client = new_client(server)

        assert [called(client).outcome for _turn in range(2)] == [CallOutcome.UNKNOWN, CallOutcome.ANSWERED]
        assert server.connections == 2


# --- sent or not: a request that never left may be repeated, a lost answer may not ---

ELSEWHERE = "https://cams.example.com"
TLS_ALERT = b"\x15\x03\x03\x00\x02\x02\x28"


def outcome_of(origin: str, **options: Any) -> str:
    try:
        Transport(origin, **options).post("", {}, 1)
    except NotSentError as error:
        return f"NOT SENT: {error}"
    except LostAnswerError as error:
        return f"LOST: {error}"
    return "ANSWERED"


def use_proxy(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    for name in ("NO_PROXY", "no_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", address)


def closed_address() -> str:
    server = BadServer()
    server.__enter__().__exit__(None, None, None)
    return server.address


def test_a_refused_connection_means_not_sent() -> None:
    assert "Connection refused" in outcome_of(f"http://{closed_address()}")
    assert outcome_of(f"http://{closed_address()}").startswith("NOT SENT: Could not connect to 127.0.0.1")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (socket.gaierror(-2, "Name or service not known"), "The host name cams.example.com is not known"),
        (TimeoutError("timed out"), "Could not connect to cams.example.com within 10 s"),
        (OSError(101, "Network is unreachable"), "Could not connect to cams.example.com: Network is unreachable"),
    ],
)
def test_a_connection_that_cannot_be_made_means_not_sent(
    monkeypatch: pytest.MonkeyPatch, error: OSError, text: str
) -> None:
    def refuse(*_arguments: Any, **_options: Any) -> None:
        raise error

    monkeypatch.setattr("urllib3.util.connection.create_connection", refuse)

    assert outcome_of(ELSEWHERE).startswith(f"NOT SENT: {text}")


def test_a_failed_tls_handshake_means_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        answering = threading.Thread(target=_answer_once, args=(listener, TLS_ALERT), daemon=True)
        answering.start()
        outcome = outcome_of(f"https://127.0.0.1:{listener.getsockname()[1]}")

    assert outcome.startswith("NOT SENT: The TLS handshake with 127.0.0.1")


def _answer_once(listener: socket.socket, answer: bytes) -> None:
    connection, _address = listener.accept()
    with connection:
        connection.recv(65_536)
        connection.sendall(answer)


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ([b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"], "The proxy did not connect"),
        ([b"HTTP/1.1 502 Bad Gateway\r\n\r\n"], "The proxy did not connect"),
        ([], ""),
        ([b"\x00\x01 garbage"], "Could not connect to"),
        ([None], ""),
        (byte_by_byte(b"HTTP/1.1 200 OK\r\nServer: " + b"a" * 9999), ""),
        ([b"HTTP/1.1 200 Connection established\r\n\r\n"], ""),
        ([b"HTTP/1.1 200 Connection established\r\n\r\n", TLS_ALERT], "The TLS handshake"),
    ],
    ids=["407", "502", "closed", "garbage", "silence", "slow", "closed tunnel", "no TLS in the tunnel"],
)
def test_a_proxy_that_opens_no_connection_means_not_sent(
    monkeypatch: pytest.MonkeyPatch, answer: Iterable[bytes | None], text: str
) -> None:
    monkeypatch.setattr(_transport, "CONNECT_TIMEOUT", 0.5)
    with BadServer(answer) as proxy:
        use_proxy(monkeypatch, f"http://user:hunter2@{proxy.address}")
        outcome = outcome_of(ELSEWHERE)

    assert outcome.startswith(f"NOT SENT: {text}")
    assert "hunter2" not in outcome
    assert proxy.requests == 1


def test_a_proxy_that_does_not_listen_means_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    address = closed_address()
    use_proxy(monkeypatch, address)

    outcome = outcome_of(ELSEWHERE)
    assert outcome.startswith("NOT SENT: The proxy did not connect to cams.example.com.")
    assert f"Check the proxy {address}" in outcome


@pytest.mark.parametrize("address", ["http://127.0.0.1:port", "http://", "gopher://127.0.0.1:70"])
def test_a_proxy_that_cannot_be_used_is_a_mistake_in_the_configuration(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    use_proxy(monkeypatch, address)

    with pytest.raises(ConfigurationError, match=r"The proxy for cams\.example\.com cannot be used\."):
        Transport(ELSEWHERE).post("", {}, 1)


@pytest.mark.parametrize("path", ["/no/ca.pem", "a" * 10_000])
def test_certificates_that_do_not_exist_are_a_mistake_in_the_configuration(path: str) -> None:
    with pytest.raises(ConfigurationError, match="does not exist"):
        Transport(ELSEWHERE, ca_path=path)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("answer", [[], [b"HTTP/1.1 20"], [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"]])
def test_a_connection_closed_after_the_request_means_lost(tmp_path: Path, tls: bool, answer: list[bytes]) -> None:
    certificate = write_certificate(tmp_path) if tls else None
    with BadServer(answer, certificate=certificate) as server:
        assert outcome_of(server.origin, ca_path=str(certificate or "")).startswith("LOST: 127.0.0.1")
        assert server.requests == 1, "never repeated"


@pytest.mark.parametrize("answer", [[], [None], [b"HTTP/1.1 20"]])
def test_an_answer_lost_behind_a_proxy_is_lost(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: list[bytes | None]
) -> None:
    certificate = write_certificate(tmp_path)
    with BadServer(answer, certificate=certificate, behind_proxy=True) as proxy:
        use_proxy(monkeypatch, proxy.address)
        assert outcome_of("https://127.0.0.1:9", ca_path=str(certificate)).startswith("LOST: 127.0.0.1:9")
        assert proxy.requests == 1, "never repeated"


def test_a_kept_connection_that_fails_means_lost_although_it_was_connected_by_an_earlier_request() -> None:
    with BadServer(Kept([valid_answer(OK)]), []) as server:
        transport = Transport(server.origin)

        assert transport.post("", {}, 1).body == OK
        with pytest.raises(LostAnswerError):
            transport.post("", {}, 1)
        assert (server.requests, server.connections) == (2, 1)


def test_a_certificate_file_that_disappears_is_named_before_anything_is_sent(tmp_path: Path) -> None:
    certificate = write_certificate(tmp_path)
    with BadServer([valid_answer(OK)], certificate=certificate) as server:
        transport = Transport(server.origin, ca_path=str(certificate))
        certificate.unlink()

        with pytest.raises(ConfigurationError, match=r"The certificate file .* does not exist any more"):
            transport.post("", {}, 1)
        assert server.requests == 0


@pytest.mark.parametrize("tls", [False, True])
def test_a_stop_ends_an_answer_that_does_not_come(
    new_client: Callable[..., Client], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: bool
) -> None:
    monkeypatch.setattr(_bounded_answer, "STOP_SECONDS", 0.05)
    certificate = write_certificate(tmp_path) if tls else None
    answers = [[None], byte_by_byte(b"HTTP/1.1 200 OK\r\nServer: " + b"a" * 9999)]
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
    with BadServer([None, valid_answer(OK)]) as server:
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
