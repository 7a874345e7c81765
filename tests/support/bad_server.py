# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server on a loopback port that sends bad answers."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import itertools
import socket
import ssl
import threading
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

# Pause between two bytes of a slow answer.
PAUSE_SECONDS = 0.1
# More bytes than the size limit of an answer.
MANY = 64 * 1024**2

# Newer Pythons end a flood of 100 Continue themselves, long before the size limit of an answer.
PYTHON_ENDS_FLOODS_OF_CONTINUE = hasattr(http.client, "_MAXINTERIMRESPONSES")

Answer = Iterable[bytes]


def valid_answer(body: bytes, *headers: str) -> bytes:
    """Return a valid answer."""
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def flood_of_data(data: bytes) -> Iterator[bytes]:
    """Yield the data repeatedly, up to MANY bytes."""
    block = data * (65_536 // len(data) + 1)
    return itertools.repeat(block, MANY // len(block))


def compression_bomb(times: int = 1) -> bytes:
    """Return 256 MiB of blanks, compressed once or several times."""
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = b"".join([*(packer.compress(b" " * 1024**2) for _turn in range(256)), packer.flush()])
    for _turn in range(times - 1):
        packed = gzip.compress(packed)
    return packed


class BadServer:
    """Sends the next answer to each request, in pieces.

    After an empty piece it pauses. At a piece that is None it waits until ``go_on`` is set.
    """

    def __init__(
        self, *answers: Iterable[bytes | None], certificate: Path | None = None, behind_proxy: bool = False
    ) -> None:
        """With a certificate it speaks TLS; behind a proxy, it opens a tunnel to itself before that."""
        self.bytes_sent = 0
        self.requests = 0
        self.connections = 0
        self.begun = threading.Event()
        self.go_on = threading.Event()
        self._answers = iter(answers)
        self._closing = threading.Event()
        self._behind_proxy = behind_proxy
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if certificate else "http"
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.origin = f"{scheme}://{self.address}"

    def __enter__(self) -> BadServer:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self.go_on.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as closing:
            closing.callback(connection.close)
            if self._behind_proxy:
                self._receive(connection)
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
                closing.callback(connection.close)
            while self._receive(connection):
                self.requests += 1
                answer = next(self._answers)
                self.begun.set()
                for piece in answer:
                    self._send(connection, piece)
                    if self._closing.is_set():
                        return
                if not isinstance(answer, Kept):
                    return

    @staticmethod
    def _receive(connection: socket.socket) -> bool:
        """Read one request. Return False if the client closed the connection."""
        received = b""
        while b"\r\n\r\n" not in received:
            more = connection.recv(65_536)
            if not more:
                return False
            received += more
        return True

    def _send(self, connection: socket.socket, piece: bytes | None) -> None:
        if piece is None:
            self.go_on.wait()
        elif piece:
            self.bytes_sent += connection.send(piece) if len(piece) < 65_536 else self._send_all(connection, piece)
        else:
            self._closing.wait(PAUSE_SECONDS)

    @staticmethod
    def _send_all(connection: socket.socket, piece: bytes) -> int:
        connection.sendall(piece)
        return len(piece)


class Kept(list[bytes]):
    """An answer after which the connection stays open."""


def byte_by_byte(data: Iterable[int]) -> Iterator[bytes]:
    for byte in data:
        yield bytes([byte])
        yield b""
