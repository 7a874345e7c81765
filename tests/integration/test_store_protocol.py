# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two ways to a wrong write that spin finds without the fence and without the deadline, and failover to a standby.

Each run here is one machine: it has sessions of its own, as in docs/model.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import StoreLostError
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres import session as sessions
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.session import Session
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import StoreOfRun
from machines import Machine
from postgres_server import PostgresServer
from server_process import wait_for
from tcp_proxy import TcpProxy

SPACE, NUMBER = "space-1", "+8613900000001"


@pytest.fixture(autouse=True)
def short_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMS_STORE_LEASE_SECONDS", "1")


@pytest.fixture
def server(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresServer]:
    """A server that a test may crash."""
    with PostgresServer() as server:
        monkeypatch.setenv("PGPASSWORD", server.environment["PGPASSWORD"])
        yield server


def begin(memory: StoreOfRun, timeout: float = 0) -> Journal:
    assert memory.locks is not None
    assert memory.locks.acquire([NUMBER], timeout) == {}
    memory.journal.load({NUMBER})
    return memory.journal


def sleep_past_lease(monkeypatch: pytest.MonkeyPatch, postgres: PostgresServer, url: str) -> None:
    """Let the runs of this database send no heartbeat any more, and end the sessions of their locks."""
    for session in postgres.activity(url):
        if session["application_name"].endswith("lock"):
            postgres.sql("SELECT pg_terminate_backend(%s)", session["pid"])
    postgres.sql("UPDATE cams.run SET beat_at = now() - interval '1 hour'", database=url)


def without_a_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs that begin from now on trust no clock: they send no heartbeat and check no deadline."""
    monkeypatch.setattr(Session, "_beat_until_end", lambda self: None)
    monkeypatch.setattr(Session, "_watch_until_end", lambda self: None)
    monkeypatch.setattr(Session, "check_deadline", lambda self: None)


def test_a_run_that_slept_cannot_commit_the_intent_of_a_second_code(
    postgres: PostgresServer, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Machine("first", tmp_path / "first", database_url)
    second = Machine("second", tmp_path / "second", database_url)
    with monkeypatch.context() as clockless:
        without_a_clock(clockless)
        with first.run("run-1") as of_first:
            journal = begin(of_first)
            initiate = journal.intend(SPACE, NUMBER, Step.INITIATE)
            sleep_past_lease(monkeypatch, postgres, database_url)
            with second.run("run-2") as of_second:
                other = begin(of_second)
                (open_entry,) = other.open_entries(NUMBER)
                other.conclude(open_entry, Effect.UNKNOWN)
                other.conclude(other.intend(SPACE, NUMBER, Step.INITIATE), Effect.DONE)
                other.conclude(other.intend(SPACE, NUMBER, Step.REQUEST_CODE), Effect.DONE)
            # A resend begins a new generation, so only the fence stops it.
            with pytest.raises(StoreLostError, match="Another run took over"):
                journal.intend(SPACE, NUMBER, Step.REQUEST_CODE, resend=True)
            # The service accepts the initiate of the first run too.
            journal.conclude(initiate, Effect.DONE)
            with pytest.raises(StoreLostError, match="Another run took over"):
                journal.intend(SPACE, NUMBER, Step.REQUEST_CODE)

    counted = "SELECT count(*) FROM cams.entry WHERE step = 'request_code'"
    assert postgres.sql(counted, database=database_url) == [(1,)]


def test_a_run_that_slept_may_not_repeat_a_request_that_the_service_throttled(
    postgres: PostgresServer, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as clockless:
        without_a_clock(clockless)
        with Machine("first", tmp_path / "first", database_url).run("run-1") as of_first:
            journal = begin(of_first)
            request = journal.intend(SPACE, NUMBER, Step.REQUEST_CODE)
            journal.check(request)
            sleep_past_lease(monkeypatch, postgres, database_url)
            with Machine("second", tmp_path / "second", database_url).run("run-2") as of_second:
                begin(of_second)
                with pytest.raises(StoreLostError, match="Another run took over"):
                    journal.check(request)


def test_a_run_that_slept_makes_no_write_after_its_deadline_although_nobody_took_over(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Machine("first", tmp_path / "first", database_url).run("run-1") as of_first:
        journal = begin(of_first)
        request = journal.intend(SPACE, NUMBER, Step.REQUEST_CODE)
        awake = sessions.boot_time
        # Suspended for an hour. A clock that stops meanwhile would not show it.
        monkeypatch.setattr(sessions, "boot_time", lambda: awake() + 3600)
        with pytest.raises(StoreLostError, match="The store did not answer for"):
            journal.check(request)


def test_the_numbers_of_a_run_that_is_alive_are_not_taken_over_by_an_old_heartbeat_alone(
    postgres: PostgresServer, database_url: str, tmp_path: Path
) -> None:
    with Machine("first", tmp_path / "first", database_url).run("run-1") as of_first:
        begin(of_first)
        postgres.sql("UPDATE cams.run SET beat_at = now() - interval '1 hour'", database=database_url)
        with Machine("second", tmp_path / "second", database_url).run("run-2") as of_second:
            assert of_second.locks is not None
            assert list(of_second.locks.acquire([NUMBER], 0)) == [NUMBER]


@pytest.mark.parametrize("read_only", [False, True], ids=["run", "check mode"])
def test_a_store_that_answers_nothing_any_more_holds_up_no_run(
    postgres: PostgresServer, database_url: str, tmp_path: Path, read_only: bool
) -> None:
    with TcpProxy(postgres.port) as proxy:
        machine = Machine("first", tmp_path / "first", proxy.url_of(database_url))
        with machine.run("run-1", read_only=read_only) as memory:
            proxy.stall()
            with pytest.raises(StoreLostError, match=r"does not answer|did not answer"):
                memory.journal.load({NUMBER})


def test_a_run_ends_although_its_store_no_longer_answers(
    postgres: PostgresServer, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAMS_STORE_LEASE_SECONDS", "60")
    with (
        TcpProxy(postgres.port) as proxy,
        Machine("first", tmp_path / "first", proxy.url_of(database_url)).run("run-1"),
    ):
        proxy.stall()


# --- failover ---


def test_a_synchronous_standby_has_every_intent_after_a_failover(server: PostgresServer, tmp_path: Path) -> None:
    url = server.new_database()
    standby = server.standby(synchronous=True)
    with Machine("first", tmp_path / "first", url).run("run-1") as of_first:
        journal = begin(of_first)
        journal.conclude(journal.intend(SPACE, NUMBER, Step.INITIATE), Effect.DONE)
        journal.intend(SPACE, NUMBER, Step.REQUEST_CODE)
        server.crash()
    standby.promote()

    with Machine("second", tmp_path / "second", standby.url_of(url.rpartition("/")[2])).run("run-2") as of_second:
        journal = begin(of_second, timeout=30)
        assert [entry.step for entry in journal.open_entries(NUMBER)] == [Step.REQUEST_CODE]
        assert "may have forgotten a code request" in journal.limits(NUMBER, None).code_needs_resend


def test_an_asynchronous_standby_may_lose_the_last_intents_and_the_next_run_doubts(
    server: PostgresServer, tmp_path: Path
) -> None:
    url = server.new_database()
    database = url.rpartition("/")[2]
    standby = server.standby()
    with Machine("first", tmp_path / "first", url).run("run-1") as of_first:
        journal = begin(of_first)
        journal.conclude(journal.intend(SPACE, NUMBER, Step.INITIATE), Effect.DONE)
        made = "SELECT to_regclass('cams.entry') IS NOT NULL"
        wait_for(lambda: standby.sql(made, database=database) == [(True,)], "the standby has the tables")
        concluded = "SELECT count(*) FROM cams.entry WHERE state = 'done'"
        wait_for(lambda: standby.sql(concluded, database=database) == [(1,)], "the standby has the initiate")
        ((receiver,),) = standby.sql("SELECT pid FROM pg_stat_wal_receiver")
        os.kill(receiver, signal.SIGSTOP)
        journal.conclude(journal.intend(SPACE, NUMBER, Step.REQUEST_CODE), Effect.DONE)
        server.crash()
    os.kill(receiver, signal.SIGKILL)
    standby.crash()
    standby.start()
    standby.promote()

    with Machine("second", tmp_path / "second", standby.url_of(database)).run("run-2") as of_second:
        journal = begin(of_second, timeout=30)
        limits = journal.limits(NUMBER, None)
        assert not limits.memory.code_requested, "the standby did not have it"
        assert "may have forgotten a code request" in limits.code_needs_resend
        # The doubt ends when the number is registered.
        journal.conclude(journal.intend(SPACE, NUMBER, Step.REGISTER), Effect.DONE)
    with Machine("second", tmp_path / "second", standby.url_of(database)).run("run-3") as of_third:
        assert begin(of_third).limits(NUMBER, None).code_needs_resend == ""


def test_a_commit_that_no_standby_confirms_sends_nothing(
    server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.new_database()
    standby = server.standby(synchronous=True)
    with Machine("first", tmp_path / "first", url).run("run-1") as of_first:
        journal = begin(of_first)
        monkeypatch.setenv("CAMS_STORE_LEASE_SECONDS", "60")
        for session in server.activity(url):
            if session["application_name"].endswith("entries"):
                # As after the statement timeout, but sooner.
                cancel_when_waiting(server, standby, session["pid"])
        with pytest.raises(StoreLostError):
            journal.intend(SPACE, NUMBER, Step.REQUEST_CODE)
        assert "The store was lost" in journal.why_lost


def cancel_when_waiting(server: PostgresServer, standby: PostgresServer, pid: int) -> None:
    """Stop the standby, and cancel the next commit that waits for it."""
    standby.stop("immediate")

    def cancel() -> None:
        waiting: Any = "SELECT wait_event FROM pg_stat_activity WHERE pid = %s"
        for _try in range(2000):
            if server.sql(waiting, pid) == [("SyncRep",)]:
                server.sql("SELECT pg_cancel_backend(%s)", pid)
                return
            time.sleep(0.01)

    threading.Thread(target=cancel, daemon=True).start()
