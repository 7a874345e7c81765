# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real PostgreSQL of a test's own: a new cluster on a loopback port, with a password, as an ordinary user."""

from __future__ import annotations

import itertools
import secrets
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import psycopg
from certificates import write_certificate
from psycopg.rows import dict_row
from server_process import ServerFolder, free_port, stop_process, wait_for
from server_programs import Programs, find_programs

ROLE = "cams"
SUPERUSER = "postgres"
# Quick to start. A crash of the server loses nothing without fsync: only a crash of the machine would.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "shared_buffers": "16MB",
    "jit": "off",
    "timezone": "GMT",
    "log_timezone": "GMT",
    "max_wal_senders": "4",
    "wal_keep_size": "256MB",
}
_STOP_SIGNALS = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT}


class PostgresServer(AbstractContextManager["PostgresServer"]):
    """A PostgreSQL server. It starts on entry or with start(), and keeps its port and its data over a restart.

    `settings` are lines of postgresql.conf and `hba` are lines before those of initdb in pg_hba.conf. With `ssl` the
    server has a self-signed certificate. `clock_offset` is the number of seconds by which its clock is ahead.
    A thread that starts the server must live as long as the server.
    """

    def __init__(
        self,
        *,
        settings: Mapping[str, str] | None = None,
        hba: Sequence[str] = (),
        ssl: bool = False,
        clock_offset: int = 0,
        primary: PostgresServer | None = None,
    ) -> None:
        self.port = free_port()
        self.clock_offset = clock_offset
        self._programs: Programs = find_programs()
        self._settings = {**_SETTINGS, **(settings or {})}
        self._hba = hba
        self._ssl = ssl
        self._primary = primary
        self._passwords: dict[str, str] = primary._passwords if primary else _new_passwords()
        self._folder: ServerFolder | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._standbys: list[PostgresServer] = []
        self._names = (f"test_{number}" for number in itertools.count(1))

    def __enter__(self) -> PostgresServer:
        try:
            if self._process is None:
                self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for standby in self._standbys:
            standby.__exit__()
        self.stop("immediate")
        if self._folder is not None:
            self._folder.remove()
            self._folder = None

    # Where clients find the server

    @property
    def url(self) -> str:
        """The address of the database `cams`, without the password, which is in `environment`."""
        return self.url_of(ROLE)

    def url_of(self, database: str) -> str:
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    @property
    def environment(self) -> dict[str, str]:
        """The variables of libpq that a client needs."""
        variables = {"PGPASSWORD": self._passwords[ROLE], "PGCONNECT_TIMEOUT": "60"}
        if self._ssl:
            variables["PGSSLROOTCERT"] = str(self.folder.path / "certificate.pem")
        return variables

    @property
    def folder(self) -> ServerFolder:
        if self._folder is None:
            raise RuntimeError("The server was not started yet, or its folder was removed.")
        return self._folder

    @property
    def log(self) -> str:
        return (self.folder.path / "log").read_text(encoding="utf-8", errors="replace")

    # The life of the server

    def start(self) -> None:
        """Start the server, and make its cluster before the first start. Return when it accepts connections."""
        if self._process is not None:
            raise RuntimeError("The server is already running.")
        first = self._folder is None
        if first:
            self._folder = ServerFolder(self._programs)
            self._make_cluster()
        # A clock that only looks at the wall: timeouts and sleeps are not faked.
        clock = {
            "LD_PRELOAD": str(self._programs.libfaketime),
            "FAKETIME": f"{self.clock_offset:+d}",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        process = self._process = self.folder.spawn(
            self._programs.postgresql / "postgres",
            "-D",
            self.folder.path / "data",
            log=self.folder.path / "log",
            variables=clock if self.clock_offset else {},
        )
        wait_for(lambda: process.poll() is not None or self._is_ready(process.pid), "PostgreSQL is ready")
        if process.poll() is not None:
            self._process = None
            raise RuntimeError(f"PostgreSQL did not start. It wrote:\n{self.log[-2000:]}")
        if first and self._primary is None:
            self.sql(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{self._passwords[ROLE]}'")
            self.sql(f"CREATE DATABASE {ROLE} OWNER {ROLE}")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server if it runs: smart (waits for clients), fast (disconnects them) or immediate (a crash)."""
        if self._process is not None:
            stop_process(self._process, _STOP_SIGNALS[mode])
            self._process = None

    def crash(self) -> None:
        """Stop without a checkpoint. The next start() recovers from the write-ahead log."""
        self.stop("immediate")

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    # Databases and clients

    def new_database(self) -> str:
        """Create an empty database that belongs to the role, and return its address."""
        name = next(self._names)
        self.sql(f"CREATE DATABASE {name} OWNER {ROLE}")
        return self.url_of(name)

    def connect(self, url: str | None = None, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as the role, with autocommit unless the options say otherwise."""
        return psycopg.connect(url or self.url, **{"password": self._passwords[ROLE], "autocommit": True, **options})

    def connect_superuser(self, database: str = "postgres", **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """Connect as the superuser, who may do anything."""
        place = {"host": "127.0.0.1", "port": self.port, "dbname": database, "user": SUPERUSER}
        return psycopg.connect(**{**place, "password": self._passwords[SUPERUSER], "autocommit": True, **options})

    def sql(self, text: str, *parameters: Any, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as the superuser and return its rows. A database can also be given by its address."""
        with self.connect_superuser(database.rpartition("/")[2]) as connection:
            cursor = connection.execute(text.encode(), parameters or None)
            return cursor.fetchall() if cursor.description else []

    def activity(self, database: str | None = None) -> list[dict[str, Any]]:
        """Return a row of pg_stat_activity for each other client, of one database if its name or address is given."""
        name = database.rpartition("/")[2] if database else None
        with self.connect_superuser() as connection, connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(
                "SELECT * FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                " AND (%(name)s::text IS NULL OR datname = %(name)s) ORDER BY backend_start",
                {"name": name},
            )
            return cursor.fetchall()

    def disconnect_clients(self, database: str | None = None) -> int:
        """End the sessions of all other clients, and return how many there were."""
        pids = [row["pid"] for row in self.activity(database)]
        for pid in pids:
            self.sql("SELECT pg_terminate_backend(%s)", pid)
        return len(pids)

    def change_settings(self, **settings: str) -> None:
        """Change settings that need no restart, for sessions that are open too."""
        for name, value in settings.items():
            self.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        self.sql("SELECT pg_reload_conf()")

    # Standbys

    def standby(self, *, synchronous: bool = False, name: str = "standby1", clock_offset: int = 0) -> PostgresServer:
        """Start a standby that streams from this server. It stops with this server unless it is closed before.

        If it is synchronous, each COMMIT waits until the standby has written it.
        """
        standby = PostgresServer(
            settings={**self._settings, "cluster_name": name}, ssl=self._ssl, clock_offset=clock_offset, primary=self
        )
        self._standbys.append(standby)
        standby.start()
        wait_for(lambda: (name, "streaming") in self.sql(_REPLICATION), f"{name} streams from its primary")
        if synchronous:
            self.change_settings(synchronous_standby_names=name)
            wait_for(lambda: (name, "sync") in self.sql(_SYNCHRONOUS), f"{name} is synchronous")
        return standby

    def promote(self) -> None:
        """Make this standby a primary. The old primary is not stopped."""
        self.sql("SELECT pg_promote()")

    def _make_cluster(self) -> None:
        data = self.folder.path / "data"
        if self._primary is None:
            self._run_initdb()
        else:
            self._copy_primary(self._primary)
        if self._ssl:
            certificate = write_certificate(self.folder.path)
            self.folder.give(certificate)
            files = {"ssl": "on", "ssl_cert_file": str(certificate), "ssl_key_file": str(certificate)}
            self._settings.update(files)
        lines = [f"{name} = '{value}'" for name, value in {**self._settings, "port": str(self.port)}.items()]
        with (data / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write("\n".join(["", *lines, ""]))

    def _run_initdb(self) -> None:
        data = self.folder.path / "data"
        password = self.folder.write("superuser-password", self._passwords[SUPERUSER])
        options = ("--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync", "--no-instructions")
        initdb = self._programs.postgresql / "initdb"
        self.folder.run(initdb, "-D", data, f"--username={SUPERUSER}", f"--pwfile={password}", *options)
        rules = data / "pg_hba.conf"
        rules.write_text("\n".join([*self._hba, rules.read_text(encoding="utf-8")]), encoding="utf-8")

    def _copy_primary(self, primary: PostgresServer) -> None:
        name = self._settings["cluster_name"]
        source = f"host=127.0.0.1 port={primary.port} user={SUPERUSER} application_name={name}"
        self.folder.run(
            self._programs.postgresql / "pg_basebackup",
            *("--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"),
            *("-D", self.folder.path / "data", "-d", source),
            variables={"PGPASSWORD": self._passwords[SUPERUSER]},
        )

    def _is_ready(self, pid: int) -> bool:
        """Return what pg_ctl would find in the last line of the server's own status file."""
        try:
            lines = (self.folder.path / "data/postmaster.pid").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        # A standby reports "standby", and accepts connections, only when it is consistent.
        return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() in ("ready", "standby")


_REPLICATION = "SELECT application_name, state FROM pg_stat_replication"
_SYNCHRONOUS = "SELECT application_name, sync_state FROM pg_stat_replication"


def _new_passwords() -> dict[str, str]:
    return {name: secrets.token_urlsafe(16) for name in (ROLE, SUPERUSER)}
