# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PgBouncer that gives each transaction any of its connections to the server (pool_mode = transaction)."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack

from postgres_server import ROLE, PostgresServer
from server_process import ServerFolder, free_port, is_open, stop_process, wait_for
from server_programs import find_programs

_SETTINGS = {
    "pool_mode": "transaction",
    # Take the connections of the pool in turn. Without it a client that is alone always gets the same one.
    "server_round_robin": "1",
    "auth_type": "scram-sha-256",
    "listen_addr": "127.0.0.1",
    "unix_socket_dir": "",
    # PgBouncer drops these options of a connection. An empty list makes it refuse a client that sends `options`.
    "ignore_startup_parameters": "extra_float_digits,options",
}


class PgBouncer(AbstractContextManager["PgBouncer"]):
    """A pooler in front of a PostgresServer. It runs from entry to exit; `settings` are lines of pgbouncer.ini."""

    def __init__(self, server: PostgresServer, *, settings: Mapping[str, str] | None = None) -> None:
        self._server = server
        self._settings = {**_SETTINGS, **(settings or {})}
        self._programs = find_programs()
        self._folder: ServerFolder | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    def __enter__(self) -> PgBouncer:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            stop_process(self._process, signal.SIGTERM)
            self._process = None
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    def url_of(self, url: str) -> str:
        """Return the address of the same database through the pooler."""
        return url.replace(f":{self._server.port}/", f":{self.port}/")

    def open_connections(self, url: str, count: int = 3) -> None:
        """Have the pool open so many connections to a database, which the next transactions take in turn."""
        with ExitStack() as stack:
            for _turn in range(count):
                client = stack.enter_context(self._server.connect(self.url_of(url), autocommit=False))
                client.execute("SELECT 1")

    def _start(self) -> None:
        folder = self._folder = ServerFolder(self._programs)
        users = folder.write("users", f'"{ROLE}" "{self._server.environment["PGPASSWORD"]}"\n')
        settings = {**self._settings, "listen_port": str(self.port), "auth_file": str(users)}
        lines = [f"{name} = {value}" for name, value in settings.items()]
        databases = ["[databases]", f"* = host=127.0.0.1 port={self._server.port}", "[pgbouncer]"]
        configuration = folder.write("pgbouncer.ini", "\n".join([*databases, *lines, ""]))
        log = folder.path / "log"
        process = self._process = folder.spawn(self._programs.pgbouncer, configuration, log=log, variables={})
        wait_for(lambda: process.poll() is not None or is_open(self.port), "PgBouncer accepts connections")
        if process.poll() is not None:
            raise RuntimeError(f"PgBouncer did not start. It wrote:\n{log.read_text(encoding='utf-8')}")
