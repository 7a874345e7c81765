# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Invalid HTTP answers, sent from a plain socket to the real transport.

tests/integration tests endless answers, and signals during such answers.
"""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

GOOD = b'{"Code":"OK","RequestId":"R","Message":"OK"}'


def _http(status: str, body: bytes = GOOD, *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def _chunked(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body


# Name: the bytes, and whether they contain a complete answer.
ANSWERS: dict[str, tuple[bytes, bool]] = {
    "a good one": (_http("200 OK"), True),
    "no reason": (_http("200"), True),
    "100 Continue before it": (b"HTTP/1.1 100 Continue\r\n\r\n" + _http("200 OK"), True),
    "gzip": (_http("200 OK", gzip.compress(GOOD, mtime=0), "Content-Encoding: gzip"), True),
    "chunks": (_chunked(b"%x\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)), True),
    "another content type": (_http("200 OK", GOOD, "Content-Type: text/html; charset=utf-7"), True),
    "101 Switching Protocols": (_http("101 Switching Protocols"), False),
    "204 with a body": (_http("204 No Content"), False),
    "301 to elsewhere": (_http("301 Moved", GOOD, "Location: http://169.254.169.254/"), False),
    "302 to itself": (_http("302 Found", GOOD, "Location: /"), False),
    "304 with a body": (_http("304 Not Modified"), False),
    "307 to a file": (_http("307 Temporary Redirect", GOOD, "Location: file:///etc/passwd"), False),
    "407 of a proxy": (_http("407 Proxy Authentication Required"), False),
    "nothing": (b"", False),
    "no HTTP": (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", False),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x28", False),
    "a status that is a word": (_http("OK 200"), False),
    "a status of four digits": (_http("2000 OK"), False),
    "a negative status": (_http("-200 OK"), False),
    "HTTP/9": (b"HTTP/9.9 200 OK\r\n\r\n", False),
    "a status line without an end": (b"HTTP/1.1 200 " + b"a" * 70_000, False),
    "a header without an end": (b"HTTP/1.1 200 OK\r\nx: " + b"a" * 70_000, False),
    "a thousand headers": (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 1_000 + b"\r\n", False),
    "a header without a name": (_http("200 OK", GOOD, ": nothing"), True),
    "a header with zeros": (_http("200 OK", GOOD, "x: \0\x1b"), True),
    "a body that is cut": (_http("200 OK", length=len(GOOD) + 9), False),
    "a length that is a word": (b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + GOOD, True),
    "a negative length": (_http("200 OK", length=-1), True),
    "two lengths": (_http("200 OK", GOOD, "Content-Length: 7"), False),
    "a chunk that is cut": (_chunked(b"ff\r\n" + GOOD), False),
    "a chunk of a word": (_chunked(b"many\r\n" + GOOD), False),
    "a negative chunk": (_chunked(b"-1\r\n" + GOOD), False),
    "gzip that is none": (_http("200 OK", GOOD, "Content-Encoding: gzip"), False),
    "gzip that is cut": (_http("200 OK", gzip.compress(GOOD, mtime=0)[:-12], "Content-Encoding: gzip"), False),
    "an encoding nobody knows": (_http("200 OK", GOOD, "Content-Encoding: x-nobody"), False),
    "deflate that is none": (_http("200 OK", b"\xff" * 64, "Content-Encoding: deflate"), False),
}


@contextmanager
def serve_answer(answer: bytes) -> Iterator[str]:
    """Start a server that sends these bytes to every client and closes; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        over = threading.Event()
        server.settimeout(0.05)

        def serve() -> None:
            while not over.is_set():
                try:
                    asking, _address = server.accept()
                except TimeoutError:
                    continue
                with asking:
                    _send(asking, answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


def _send(asking: socket.socket, answer: bytes) -> None:
    try:
        asking.settimeout(5)
        asking.recv(65_536)
        asking.sendall(answer)
        asking.shutdown(socket.SHUT_WR)
    except OSError:
        return
