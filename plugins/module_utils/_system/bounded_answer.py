# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP answers with a limit on their time and their size. The limits include header and body.

The read timeout of ``requests`` limits each read from the network, so a server that sends a byte now and then is never
late. With this adapter, the read timeout limits the whole answer.
"""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import math
import os
import socket
import threading
import time
import zlib
from typing import Any

try:
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool

    REQUESTS_IMPORT_ERROR: str | None = None
except ImportError as _error:
    REQUESTS_IMPORT_ERROR = str(_error)
    HTTPAdapter = object  # type: ignore[assignment, misc]

# How long an answer may take after a stop. A shorter time would leave the effects of more writes unknown.
STOP_SECONDS = 2.0
_PIECE_BYTES = 65_536
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


class AnswerError(Exception):
    """The answer was not read to its end."""


class LateAnswerError(AnswerError):
    """The answer was not complete at its timeout."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class LargeAnswerError(AnswerError):
    """The answer is larger than the limit, as sent or after decoding."""


class StoppedError(AnswerError):
    """The run was stopped, and the answer was not complete soon after that."""


class ShortAnswerError(AnswerError):
    """The connection was closed before the answer had its length."""


class EncodingError(AnswerError):
    """The answer has an encoding that was not requested, or its encoding is damaged."""


class Answers:
    """The answers that one adapter reads now, so that another thread can end them."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._stopped = False
        self._open: set[_Reader] = set()
        self._lock = threading.Lock()

    def stop(self) -> None:
        """Limit the current answers, and all later ones, to STOP_SECONDS each. Returns immediately."""
        with self._lock:
            if self._stopped:
                return
            self._stopped = True
            under_way = set(self._open)
        if under_way:
            timer = threading.Timer(STOP_SECONDS, self._end_readers, [under_way])
            timer.daemon = True
            timer.start()

    def add(self, reader: _Reader) -> bool:
        """Add an answer that is read now. Return whether the run was stopped before."""
        with self._lock:
            self._open.add(reader)
            return self._stopped

    def remove(self, reader: _Reader) -> None:
        with self._lock:
            self._open.discard(reader)

    def _end_readers(self, readers: set[_Reader]) -> None:
        # A reader leaves the set before its socket is closed. So no socket in the set can belong to something else.
        with self._lock:
            for reader in readers & self._open:
                reader.wake_up()


class _Reader(io.RawIOBase):
    """Reads an answer from a socket. Raises when the answer is too late or too large, or when it is ended."""

    def __init__(self, answers: Answers, sock: Any) -> None:
        self._answers = answers
        self._socket = sock
        # Keeps the socket open until the answer is read, even if its connection is closed before.
        self._hold = sock.makefile("rb", buffering=0)
        # urllib3 has just set the timeout for this answer, or for the reply of a proxy.
        timeout = sock.gettimeout()
        seconds = math.inf if timeout is None else timeout
        self._bytes_left = answers.most_bytes
        self._ended = False
        self._too_late: AnswerError = LateAnswerError(seconds)
        if answers.add(self) and seconds > STOP_SECONDS:
            seconds, self._too_late = STOP_SECONDS, StoppedError()
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise self._too_late
        self._socket.settimeout(None if left == math.inf else left)
        try:
            received: int = self._socket.recv_into(buffer)
        except OSError as error:
            self._raise_if_ended()
            if isinstance(error, TimeoutError):
                raise self._too_late from None
            raise
        self._raise_if_ended()
        self._bytes_left -= received
        if self._bytes_left < 0:
            raise LargeAnswerError
        return received

    def wake_up(self) -> None:
        """Wake up the thread that waits in ``readinto``."""
        self._ended = True
        _shut_down(self._socket)

    def close(self) -> None:
        if not self.closed:
            self._answers.remove(self)
            self._hold.close()
        super().close()

    def _raise_if_ended(self) -> None:
        if self._ended:
            raise StoppedError


def _shut_down(sock: Any) -> None:
    """Shut down the connection of a socket of any kind, because another thread uses a TLS socket itself."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


class _AsSocket:
    """The only method of a socket that an HTTP response of the standard library calls."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


class _Response(http.client.HTTPResponse):
    def __init__(self, answers: Answers, sock: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(_AsSocket(_Reader(answers, sock)), *arguments, **options)  # type: ignore[arg-type]


class BoundedAdapter(HTTPAdapter):
    """An adapter for ``requests``. The read timeout and ``most_bytes`` limit each whole answer."""

    def __init__(self, most_bytes: int, **options: Any) -> None:
        self.answers = Answers(most_bytes)
        self._attempt = _Attempt()
        response = functools.partial(_Response, self.answers)
        self._pools = {
            "http": _bounded_pool_class(HTTPConnectionPool, response, self._attempt),
            "https": _bounded_pool_class(HTTPSConnectionPool, response, self._attempt),
        }
        super().__init__(**options)

    @property
    def request_may_have_left(self) -> bool:
        """Whether the last request of this thread had a connection. If not, no server can have received it."""
        return self._attempt.connected

    def send(self, *arguments: Any, **options: Any) -> Any:
        self._attempt.connected = False
        return super().send(*arguments, **options)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


class _Attempt(threading.local):
    """The last request of a thread. The exceptions of ``requests`` do not always show whether it had a connection."""

    connected = False


def _bounded_pool_class(pool: Any, response: Any, attempt: _Attempt) -> Any:
    """Return a class of pools whose connections read their answers by ``response`` and note that they are connected."""

    class BoundedConnection(pool.ConnectionCls):  # type: ignore[misc]
        # Since Python 3.14 a partial in a class is a method, which would get the connection as its first argument.
        response_class = staticmethod(response)

        def connect(self) -> None:
            # Through the tunnel of a proxy and through the TLS handshake, if there are any.
            super().connect()
            attempt.connected = True

        def request(self, *arguments: Any, **options: Any) -> None:
            # A new connection to plain http connects within the request.
            attempt.connected = self.sock is not None
            super().request(*arguments, **options)

    return type("BoundedPool", (pool,), {"ConnectionCls": BoundedConnection})


def read_body(response: Any, most_bytes: int) -> bytes:
    """Read and decode the body of a response of urllib3. Close the response if that fails.

    Before version 2.6, urllib3 decodes without a limit, so this function decodes the body.
    """
    try:
        body = _read_raw_body(response, most_bytes)
        encoding = response.headers.get("content-encoding", "").strip().lower()
        return _decode_body(body, encoding, most_bytes) if encoding not in ("", "identity") else body
    except AnswerError:
        # The rest of this answer must not be read as the next one.
        response.close()
        raise


def _read_raw_body(response: Any, most_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    try:
        # Many bodies are complete after one piece. If the length is not known, one more read finds the end.
        while response.length_remaining != 0 or not pieces:
            piece = response.read(_PIECE_BYTES, decode_content=False)
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
            if size > most_bytes:
                raise LargeAnswerError
        # urllib3 before version 2 does not check this.
        if response.length_remaining:
            raise ShortAnswerError
    except ValueError:
        # The standard library raises ValueError for a chunk with a negative length.
        raise EncodingError from None
    return b"".join(pieces)


def _decode_body(body: bytes, encoding: str, most_bytes: int) -> bytes:
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise EncodingError
    decoder = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        decoded = decoder.decompress(body, most_bytes + 1)
    except zlib.error:
        raise EncodingError from None
    if len(decoded) > most_bytes:
        raise LargeAnswerError
    if not decoder.eof:
        raise EncodingError
    return decoded
