# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP/1.1 server on asyncio, with persistent connections and limited input size."""

from __future__ import annotations

import asyncio
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from urllib.parse import unquote

MAX_HEAD = 65_536
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    # From the monotonic clock, because the machine's clock may jump.
    arrived: float


class Ending(Enum):
    """What the server does with the connection after an answer."""

    KEEP = "keep"
    CLOSE = "close"
    NO_ANSWER = "no_answer"
    TRUNCATED = "truncated"


@dataclass(slots=True)
class Reply:
    status: int
    body: bytes
    content_type: str = "application/json;charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    ending: Ending = Ending.KEEP
    before_sending: Callable[[], None] | None = None


Handler = Callable[[Request], Reply]


class BadRequestError(Exception):
    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Connection(asyncio.Protocol):
    def __init__(self, handler: Handler, max_body: int, connections: set[Connection]) -> None:
        self._handler = handler
        self._max_body = max_body
        self._connections = connections
        self._buffer = bytearray()
        self._busy = False
        self._last = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._connections.add(self)
        plain = transport.get_extra_info("socket")
        if plain is not None:
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._serve()

    def close(self) -> None:
        """Close the connection, after the current answer if there is one."""
        self._last = True
        if not self._busy:
            self._transport.close()

    def _serve(self) -> None:
        if self._busy or self._transport.is_closing():
            return
        try:
            request = parse_request(self._buffer, self._max_body)
        except BadRequestError as error:
            self._write(Reply(error.status, str(error).encode(), "text/plain", ending=Ending.CLOSE))
            return
        if request is None:
            return
        self._busy = True
        reply = self._reply_to(request)
        self._last = self._last or request.headers.get("connection", "").lower() == "close"
        if reply.delay > 0:
            asyncio.get_running_loop().call_later(reply.delay, self._finish_request, reply)
        else:
            self._finish_request(reply)

    def _reply_to(self, request: Request) -> Reply:
        try:
            return self._handler(request)
        except Exception:
            traceback.print_exc()
            return Reply(500, b"The simulator has a defect. See its standard error.", "text/plain")

    def _finish_request(self, reply: Reply) -> None:
        if reply.before_sending is not None:
            reply.before_sending()
        if self._last and reply.ending is Ending.KEEP:
            reply.ending = Ending.CLOSE
        if not self._transport.is_closing():
            self._write(reply)
        self._busy = False
        if self._buffer:
            asyncio.get_running_loop().call_soon(self._serve)

    def _write(self, reply: Reply) -> None:
        if reply.ending is Ending.NO_ANSWER:
            self._transport.abort()
            return
        self._transport.write(render_reply(reply))
        if reply.ending is not Ending.KEEP:
            self._transport.close()


def parse_request(buffer: bytearray, max_body: int) -> Request | None:
    """Remove one complete request from the buffer and return it, or None if it is incomplete."""
    end = buffer.find(b"\r\n\r\n")
    if end > MAX_HEAD or (end < 0 and len(buffer) > MAX_HEAD):
        raise BadRequestError(431, "The request head is too long.")
    if end < 0:
        return None
    lines = bytes(buffer[:end]).decode("latin-1").split("\r\n")
    headers = _headers(lines[1:])
    if "transfer-encoding" in headers:
        raise BadRequestError(411, "Send a Content-Length; chunked bodies are not supported.")
    length = headers.get("content-length", "0")
    if not length.isdecimal():
        raise BadRequestError(400, "Content-Length is not a number.")
    if int(length) > max_body:
        raise BadRequestError(413, "The body is too long.")
    whole = end + 4 + int(length)
    if len(buffer) < whole:
        return None
    body = bytes(buffer[end + 4 : whole])
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise BadRequestError(400, "The request line is not HTTP/1.1.")
    del buffer[:whole]
    path, _mark, query = words[1].partition("?")
    if words[2] == "HTTP/1.0":
        headers["connection"] = "close"
    return Request(words[0], unquote(path), query, headers, body, time.monotonic())


def _headers(lines: list[str]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequestError(400, "A header line is malformed.")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]},{value}" if name in headers else value
    return headers


def render_reply(reply: Reply) -> bytes:
    length = len(reply.body)
    if reply.ending is Ending.TRUNCATED:
        length += 512
    head = [
        f"HTTP/1.1 {reply.status} {_PHRASES.get(reply.status, 'Unknown')}",
        f"Content-Type: {reply.content_type}",
        f"Content-Length: {length}",
        f"Connection: {'keep-alive' if reply.ending is Ending.KEEP else 'close'}",
    ]
    head.extend(f"{name}: {value}" for name, value in reply.headers.items())
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + reply.body
