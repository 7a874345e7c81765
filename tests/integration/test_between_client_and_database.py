# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands between a client and its database in tests: a proxy that cuts and stalls, and a pooler."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from pgbouncer import PgBouncer
from postgres_server import PostgresServer
from server_process import LONGEST_WAIT_SECONDS, wait_for
from tcp_proxy import TcpProxy

OWN_LOCK = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"


def test_a_cut_connection_is_an_error_and_the_next_one_works(postgres: PostgresServer) -> None:
    with TcpProxy(postgres.port) as proxy:
        address = proxy.url_of(postgres.url)
        connection = postgres.connect(address)
        proxy.cut()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
        postgres.connect(address).close()
        assert proxy.accepted == 2
        assert proxy.bytes_to_server > 0
        assert proxy.bytes_to_client > 0


def test_a_stalled_answer_arrives_after_resume(postgres: PostgresServer, database_url: str) -> None:
    with postgres.connect(database_url) as observer, ThreadPoolExecutor() as pool, TcpProxy(postgres.port) as proxy:
        observer.execute("CREATE TABLE notes (text text)")
        connection = postgres.connect(proxy.url_of(database_url))
        proxy.stall(to_server=False)
        received = proxy.bytes_to_client
        insert = pool.submit(connection.execute, "INSERT INTO notes VALUES ('stored') RETURNING text")
        wait_for(lambda: observer.execute("TABLE notes").fetchall() == [("stored",)], "the server stores the row")
        assert proxy.bytes_to_client == received
        proxy.resume()
        assert insert.result(LONGEST_WAIT_SECONDS).fetchall() == [("stored",)]


def test_a_stalled_server_does_not_notice_that_its_client_is_gone(postgres: PostgresServer, database_url: str) -> None:
    with TcpProxy(postgres.port) as proxy:
        connection = postgres.connect(proxy.url_of(database_url))
        proxy.stall()
        connection.close()
        assert len(postgres.activity(database_url)) == 1
        proxy.cut()
        wait_for(lambda: not postgres.activity(database_url), "the server ends the session")


def test_a_session_lock_is_lost_behind_pgbouncer(postgres: PostgresServer, database_url: str) -> None:
    with PgBouncer(postgres) as pooler:
        pooler.open_connections(database_url)
        with postgres.connect(pooler.url_of(database_url)) as connection:
            connection.execute("SELECT pg_advisory_lock(7)")
            pids = {connection.execute("SELECT pg_backend_pid()").fetchone() for _turn in range(2)}
            connection.execute("SELECT 1")
            # The fifth transaction of three connections: not the one that took the lock.
            assert connection.execute(OWN_LOCK).fetchone() == (0,)
            assert len(pids) == 2
