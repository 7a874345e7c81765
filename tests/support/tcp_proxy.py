# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A loopback proxy that cuts or stalls the connections between a client and its server."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

_CHUNK_BYTES = 65536


@dataclass
class _Connection:
    client: socket.socket
    server: socket.socket
    closed: bool = field(default=False)


class TcpProxy(AbstractContextManager["TcpProxy"]):
    """Forwards each connection to a loopback port. It listens on `port` from entry to exit."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        # Connections accepted so far, and bytes forwarded so far.
        self.accepted = 0
        self.bytes_to_server = 0
        self.bytes_to_client = 0
        self._changed = threading.Condition()
        self._connections: list[_Connection] = []
        self._stalled_to_server = False
        self._stalled_to_client = False
        self._refusing = False

    def __enter__(self) -> TcpProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.refuse()
        with contextlib.suppress(OSError):
            # A thread that waits in accept() does not notice close().
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    @property
    def open_connections(self) -> int:
        with self._changed:
            return len(self._connections)

    def url_of(self, url: str) -> str:
        """Return the address of the same database through this proxy."""
        return url.replace(f":{self._server_port}/", f":{self.port}/")

    def cut(self) -> None:
        """Close all connections, with whatever a stall holds back. New connections are still accepted."""
        with self._changed:
            for connection in list(self._connections):
                self._close(connection)

    def refuse(self) -> None:
        """Close each new connection at once. Open connections stay. resume() ends it."""
        with self._changed:
            self._refusing = True

    def stall(self, *, to_server: bool = True, to_client: bool = True) -> None:
        """Forward nothing more in these directions, not even the end of a connection, as when a machine is gone.

        With only `to_client` the server executes what it receives, and the client never sees the answer.
        """
        with self._changed:
            self._stalled_to_server |= to_server
            self._stalled_to_client |= to_client

    def resume(self) -> None:
        """Forward what was held back, and everything after it."""
        with self._changed:
            self._stalled_to_server = self._stalled_to_client = self._refusing = False
            self._changed.notify_all()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                client.close()
                continue
            connection = _Connection(client, server)
            with self._changed:
                self.accepted += 1
                self._connections.append(connection)
                if self._refusing:
                    self._close(connection)
            for to_server in (True, False):
                threading.Thread(target=self._forward, args=(connection, to_server), daemon=True).start()

    def _forward(self, connection: _Connection, to_server: bool) -> None:
        source, target = connection.client, connection.server
        if not to_server:
            source, target = target, source
        data = b"-"
        while data:
            try:
                data = source.recv(_CHUNK_BYTES)
            except OSError:
                data = b""
            with self._changed:
                self._changed.wait_for(lambda: connection.closed or not self._is_stalled(to_server))
                if connection.closed:
                    return
                try:
                    target.sendall(data)
                except OSError:
                    data = b""
                self._count(len(data), to_server)
                if not data:
                    self._close(connection)

    def _is_stalled(self, to_server: bool) -> bool:
        return self._stalled_to_server if to_server else self._stalled_to_client

    def _count(self, size: int, to_server: bool) -> None:
        if to_server:
            self.bytes_to_server += size
        else:
            self.bytes_to_client += size

    def _close(self, connection: _Connection) -> None:
        if connection.closed:
            return
        connection.closed = True
        self._connections.remove(connection)
        for end in (connection.client, connection.server):
            with contextlib.suppress(OSError):
                # The other thread may wait in recv(), which close() does not end.
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._changed.notify_all()
