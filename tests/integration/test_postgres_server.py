# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The PostgreSQL that tests use: databases, crash, standby, certificate and clock."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from postgres_server import PostgresServer
from server_process import ServerFolder, is_open, wait_for
from server_programs import Programs


@pytest.fixture
def own_server(postgres: PostgresServer) -> Iterator[PostgresServer]:
    """A server that the test may stop. The fixture postgres skips the test where PostgreSQL is not installed."""
    with PostgresServer() as server:
        yield server


def test_each_new_database_is_empty_and_belongs_to_the_role(postgres: PostgresServer, database_url: str) -> None:
    other = postgres.new_database()
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE notes (text text)")
        assert [row["usename"] for row in postgres.activity(database_url)] == ["cams"]
    with postgres.connect(other) as connection:
        assert connection.execute("SELECT to_regclass('notes')").fetchone() == (None,)


def test_the_password_is_needed_and_the_address_does_not_hold_it(postgres: PostgresServer) -> None:
    assert postgres.environment["PGPASSWORD"] not in postgres.url
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url, password="wrong")


def test_committed_rows_survive_a_crash(own_server: PostgresServer) -> None:
    connection = own_server.connect()
    connection.execute("CREATE TABLE notes (text text)")
    connection.execute("INSERT INTO notes VALUES ('kept')")
    own_server.crash()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    own_server.start()
    assert own_server.sql("SELECT text FROM notes", database=own_server.url) == [("kept",)]


def test_a_promoted_standby_has_what_was_committed(own_server: PostgresServer) -> None:
    standby = own_server.standby(synchronous=True)
    assert standby.sql("SELECT pg_is_in_recovery()") == [(True,)]
    own_server.connect().execute("CREATE TABLE notes (text text)")
    own_server.crash()
    standby.promote()
    with standby.connect() as connection:
        connection.execute("SET synchronous_commit = local")
        connection.execute("INSERT INTO notes VALUES ('written to the new primary')")


def test_the_clock_of_a_server_can_be_ahead(own_server: PostgresServer) -> None:
    own_server.stop()
    own_server.clock_offset = 86_400
    own_server.start()
    [(server_date,)] = own_server.sql("SELECT now()")
    # Between one and two days ahead, also on a busy machine.
    assert server_date.date() > datetime.datetime.now(datetime.timezone.utc).date()


def test_a_server_with_a_certificate_can_refuse_plain_connections(postgres: PostgresServer) -> None:
    rules = ("hostnossl all cams 127.0.0.1/32 reject",)
    with PostgresServer(ssl=True, hba=rules) as server:
        authority = server.environment["PGSSLROOTCERT"]
        server.connect(sslmode="verify-full", sslrootcert=authority).close()
        with pytest.raises(psycopg.OperationalError, match="rejects connection"):
            server.connect(sslmode="disable")


def test_a_server_does_not_outlive_a_test_process_that_is_killed(postgres: PostgresServer, tmp_path: Path) -> None:
    support = Path(__file__).parents[1] / "support"
    program = "import time; from postgres_server import PostgresServer as Server"
    program += "\nwith Server() as server: print(server.port, flush=True); time.sleep(3600)"
    path = f"{support}{os.pathsep}{support.parent}"
    # Nobody removes the folder of this server.
    environment = {**os.environ, "PYTHONPATH": path, "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        assert is_open(port)
        process.kill()
        wait_for(lambda: not is_open(port), "the server stops after its process")


def test_a_server_below_a_private_folder_finds_its_programs(tmp_path: Path) -> None:
    """Root starts servers under another account, and /root is closed to it. initdb asks whether it may run postgres."""
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    program = private / "postgres"
    program.touch(mode=0o755)
    folder = ServerFolder(Programs(postgresql=private, pgbouncer=program, libfaketime=program))
    try:
        folder.run(sys.executable, "-c", "import os, sys; sys.exit(not os.access(sys.argv[1], os.X_OK))", program)
    finally:
        folder.remove()
