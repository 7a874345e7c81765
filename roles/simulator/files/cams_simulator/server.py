# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server process with its two ports: the API port, and the control port on loopback."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .calls import CallLog
from .clock import Clock
from .control import Control
from .faults import Faults
from .gateway import Gateway
from .seeding import BUILT_IN_SEED, add_seed, read_seed
from .settings import Settings
from .store import Store
from .wire import Connection, Handler, Reply, Request
from .world import World

CONTROL_HOST = "127.0.0.1"
MAX_API_BODY = 1 << 20
MAX_CONTROL_BODY = 1 << 26


@dataclass(slots=True)
class Options:
    state: str = "cams-simulator.sqlite3"
    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    ready_file: Path | None = None
    seeds: list[Path] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    random_seed: int | None = None


class Simulator:
    """All parts of the simulator. A reset creates them again."""

    def __init__(
        self, options: Options, store: Store, refuse_connections: Callable[[float], None], stop: Callable[[], None]
    ) -> None:
        self._options = options
        self._store = store
        self._refuse_connections = refuse_connections
        self._stop = stop
        self._create_parts()

    def _create_parts(self) -> None:
        random_generator = random.Random(self._options.random_seed)
        world = World(self._store, Clock(), Settings(), random_generator)
        if not world.accounts:
            world.change_settings(self._options.settings)
            for path in (BUILT_IN_SEED, *self._options.seeds):
                add_seed(world, read_seed(path))
            self._store.commit()
        faults = Faults(random_generator, self._refuse_connections)
        calls = CallLog()
        self._gateway = Gateway(world, faults, calls)
        self._control = Control(world, self._gateway, faults, calls, self._reset, self._stop)

    def _reset(self) -> None:
        self._store.clear()
        self._create_parts()

    def serve_api(self, request: Request) -> Reply:
        return self._gateway.handle(request)

    def serve_control(self, request: Request) -> Reply:
        return self._control.handle(request)


class ApiListener:
    """The API port. A fault can close it for some seconds, so that connections are refused."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._opening: asyncio.Task[None] | None = None
        self.handler: Handler
        self.port = options.port

    async def open(self) -> None:
        tls = None
        if self._options.certificate is not None:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self._options.certificate, self._options.key)
        self._server = await _listen(self.handler, MAX_API_BODY, self._connections, self._options.host, self.port, tls)
        self.port = _port_of(self._server)

    def close_for_seconds(self, seconds: float) -> None:
        self.close()
        if self._opening is not None:
            self._opening.cancel()
        self._opening = asyncio.get_running_loop().create_task(self._reopen(seconds))

    async def _reopen(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        while True:
            try:
                return await self.open()
            except OSError:
                # Another process may use the port for a moment. Clients know only this port, so try again.
                await asyncio.sleep(0.05)

    def close(self) -> None:
        if self._server is not None:
            self._server.close()
        for connection in list(self._connections):
            connection.close()


async def _listen(
    handler: Handler,
    max_body: int,
    connections: set[Connection],
    host: str,
    port: int,
    tls: ssl.SSLContext | None = None,
) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: Connection(handler, max_body, connections), host, port, ssl=tls, backlog=1024
    )


def _port_of(server: asyncio.Server) -> int:
    port: int = server.sockets[0].getsockname()[1]
    return port


async def serve(options: Options) -> None:
    stopped = asyncio.Event()
    store = Store(options.state)
    listener = ApiListener(options)
    simulator = Simulator(options, store, listener.close_for_seconds, stopped.set)
    listener.handler = simulator.serve_api
    await listener.open()
    connections: set[Connection] = set()
    control = await _listen(simulator.serve_control, MAX_CONTROL_BODY, connections, CONTROL_HOST, options.control_port)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stopped.set)
    _print_ready_line(options, listener.port, _port_of(control))
    await stopped.wait()
    # First send the answer to the stop request.
    await asyncio.sleep(0)
    control.close()
    for connection in list(connections):
        connection.close()
    listener.close()
    await asyncio.sleep(0)
    store.close()


def _print_ready_line(options: Options, port: int, control_port: int) -> None:
    scheme = "http" if options.certificate is None else "https"
    ready = {
        "endpoint": f"{scheme}://{options.host}:{port}",
        "control": f"http://{CONTROL_HOST}:{control_port}",
        "pid": os.getpid(),
    }
    line = json.dumps(ready) + "\n"
    if options.ready_file is not None:
        partial = options.ready_file.with_name(options.ready_file.name + ".partial")
        partial.write_text(line, "utf-8")
        partial.replace(options.ready_file)
    sys.stdout.write(line)
    sys.stdout.flush()
