# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module processes of several machines that share a store in PostgreSQL."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fork_server import StartedProcess
from module_runs import LONGEST_RUN_SECONDS, Modules, Result
from pgbouncer import PgBouncer
from postgres_server import PostgresServer
from simulator_process import Simulator
from tcp_proxy import TcpProxy
from worlds import SPACE

INITIATE, REQUEST = "CreateChatappMigrationInitiate", "GetMigrationVerifyCode"
WRITES = {INITIATE, REQUEST, "ChatappMigrationVerified", "ChatappMigrationRegister", "UpdatePhoneWebhook"}
# Short, so that a take-over takes seconds.
LEASE_SECONDS = 3.0


def numbers(count: int) -> list[str]:
    return [f"+86139{index:08}" for index in range(count)]


@dataclass
class Machines:
    """Starts modules as processes of machines with homes and network names of their own."""

    simulator: Simulator
    server: PostgresServer
    url: str
    folder: Path
    started: list[StartedProcess] = field(default_factory=list)

    def start(self, name: str, module: str = "cams_number_fleet", **options: Any) -> StartedProcess:
        home = self.folder / name
        home.mkdir(exist_ok=True)
        variables = {**self.server.environment, "CAMS_STORE_LEASE_SECONDS": str(LEASE_SECONDS)}
        given = {"store": self.url, "rate_limit": 1000, "wait_timeout": 0, "lock_timeout": 0, **options}
        process = Modules(self.simulator, home).start(module, variables=variables, **given)
        self.started.append(process)
        return process

    def run(self, name: str, module: str = "cams_number_fleet", **options: Any) -> Result:
        return finish(self.start(name, module, **options))

    def writes(self) -> list[dict[str, Any]]:
        return [call for call in self.simulator.control.calls() if call["action"] in WRITES]

    def codes_sent(self) -> dict[str, int]:
        found = self.simulator.control.effects()["numbers"]
        return {f"+{number['phone_number']}": number["codes_sent"] for number in found if number["codes_sent"]}

    def intents(self) -> int:
        """Return how many requests the store has allowed. Without it no request may leave."""
        ((attempts,),) = self.rows("SELECT sum(attempts) FROM cams.entry")
        return int(attempts)

    def rows(self, statement: str) -> Any:
        return self.server.sql(statement, database=self.url)


def finish(process: StartedProcess) -> Result:
    output, errors = process.communicate(timeout=LONGEST_RUN_SECONDS)
    assert errors == ""
    result: Result = json.loads(output)
    return result


def declared(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"cust_space_id": SPACE, "phone_number": number, **more} for number in numbers(count)]


def wait_until(condition: Any, what: str) -> None:
    for _try in range(3000):
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"This did not happen: {what}")


@pytest.fixture
def machines(simulator: Simulator, postgres: PostgresServer, database_url: str, tmp_path: Path) -> Iterator[Machines]:
    simulator.control.change_settings(register_seconds=0)
    used = Machines(simulator, postgres, database_url, tmp_path)
    yield used
    for process in used.started:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()


# --- databases that are refused ---


def refused(machines: Machines, message: str, **options: Any) -> None:
    result = machines.run("first", numbers=declared(1), **options)
    assert result["failed"] is True
    assert re.search(message, result["msg"]), result["msg"]
    assert "\n" not in result["msg"]
    assert machines.simulator.control.calls() == []


def test_a_password_in_the_url_is_refused_and_not_shown(machines: Machines) -> None:
    for url in ("postgresql://cams:hush@127.0.0.1/cams", "postgresql://127.0.0.1/cams?user=cams&password=hush"):
        process = machines.start("first", numbers=declared(1), store=url)
        result = finish(process)
        assert "store contains a password" in result["msg"]
        assert "PGPASSWORD" in result["msg"]
        assert "hush" not in json.dumps({**result, "invocation": None})


@pytest.mark.parametrize("url", ["mysql://db/cams", "db.example.com", "postgresql://[::1", "/var/lib/store"])
def test_something_else_than_the_url_of_a_database_is_refused(machines: Machines, url: str) -> None:
    refused(machines, "store (must be|is not a valid) ", store=url)


def test_a_server_that_is_not_there_is_refused(machines: Machines) -> None:
    refused(
        machines, r"Could not connect to the store 127\.0\.0\.1:1/cams: ", store="postgresql://cams@127.0.0.1:1/cams"
    )


def test_a_store_is_required_if_the_options_say_so(machines: Machines) -> None:
    refused(machines, "store_required is true, but no store is named", store=None, store_required=True)


def test_a_standby_is_refused(machines: Machines, postgres: PostgresServer) -> None:
    with PostgresServer() as primary:
        standby = primary.standby()
        machines.server = primary
        url = standby.url_of("postgres")
        refused(machines, "The store is a standby server, which cannot save anything", store=url)


def test_tls_that_is_asked_for_and_not_offered_is_refused(machines: Machines) -> None:
    refused(machines, "Could not connect to the store .*SSL", store=f"{machines.url}?sslmode=require")


def test_tables_of_a_newer_version_are_refused(machines: Machines) -> None:
    assert not machines.run("first", numbers=declared(1, state="initiated")).get("failed")
    machines.simulator.control.reset()
    machines.rows("UPDATE cams.meta SET schema_version = 99 RETURNING 1")
    refused(machines, "have version 99, .* Update the collection on this machine")


def test_a_role_that_may_not_make_tables_is_refused_with_the_command_that_prepares_them(machines: Machines) -> None:
    (database,) = re.findall(r"/(\w+)$", machines.url)
    machines.server.sql("CREATE ROLE runs LOGIN PASSWORD 'runs'")
    machines.server.sql(f"REVOKE CREATE ON DATABASE {database} FROM PUBLIC")
    url = machines.url.replace("cams@", "runs@")
    process = Modules(machines.simulator, machines.folder).start(
        "cams_number_fleet", variables={"PGPASSWORD": "runs"}, numbers=declared(1), store=url
    )
    assert "ansible-playbook chatapp.cams.store" in finish(process)["msg"]
    assert machines.simulator.control.calls() == []


@pytest.mark.parametrize("robin", ["1", "0"])
def test_a_pooler_that_changes_sessions_between_transactions_is_refused(machines: Machines, robin: str) -> None:
    with PgBouncer(machines.server, settings={"server_round_robin": robin}) as pooler:
        refused(machines, "behind a connection pooler", store=pooler.url_of(machines.url))


def test_a_missing_psycopg_is_named(machines: Machines, tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError('there is no psycopg')\n", encoding="utf-8")
    hook = tmp_path / "sitecustomize.py"
    hook.write_text(f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n", encoding="utf-8")
    process = subprocess.run(
        ["env", f"PYTHONPATH={tmp_path}:{':'.join(__import__('sys').path)}", "python", "-c", MISSING],
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST_RUN_SECONDS,
    )
    assert "psycopg[binary] >= 3.1" in process.stdout, process.stderr
    assert "execution environment" in process.stdout


MISSING = """
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.postgres_store import PostgresStore
try:
    PostgresStore("postgresql://cams@127.0.0.1/cams")
except Exception as error:
    print(error)
"""


def test_a_journal_that_is_not_in_the_store_is_refused(machines: Machines, tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    journal.write_text("", encoding="utf-8")
    refused(machines, "is not in the store .* yet.*ansible-playbook chatapp.cams.store", journal=str(journal))


# --- several machines ---


def test_two_machines_that_start_together_send_each_number_one_code(machines: Machines) -> None:
    machines.simulator.control.change_settings(before_register="hidden")
    both = [machines.start(name, numbers=declared(12), max_changes=0) for name in ("first", "second")]
    results = [finish(process) for process in both]
    assert all("results" in result for result in results), results

    assert machines.codes_sent() == dict.fromkeys(numbers(12), 1)
    calls = Counter(call["action"] for call in machines.writes())
    assert calls == {INITIATE: 12, REQUEST: 12}
    owners = [item["error"]["message"] for result in results for item in result["results"] if "error" in item]
    assert all("Another run works on" in message for message in owners)


def test_the_second_machine_knows_what_the_first_did(machines: Machines) -> None:
    machines.simulator.control.change_settings(before_register="hidden")
    machines.run("first", numbers=declared(2))
    code = machines.simulator.control.code(numbers(1)[0][1:])
    again = machines.run("second", numbers=declared(2))
    assert [item["outcome"] for item in again["results"]] == ["awaiting_code"] * 2
    assert not again["changed"]

    ended = machines.run("first", numbers=declared(1, verify_code=code), wait_timeout=20)
    assert [item["outcome"] for item in ended["results"]] == ["converged"]
    assert machines.codes_sent() == dict.fromkeys(numbers(2), 1)


def test_check_mode_writes_nothing_to_the_store(machines: Machines) -> None:
    machines.run("first", numbers=declared(1))
    before = machines.rows("SELECT count(*) FROM cams.entry UNION ALL SELECT count(*) FROM cams.run")
    planned = machines.run("second", numbers=declared(2), _ansible_check_mode=True)
    assert [item["outcome"] for item in planned["results"]] == ["awaiting_code", "planned"]
    assert machines.rows("SELECT count(*) FROM cams.entry UNION ALL SELECT count(*) FROM cams.run") == before


# --- a machine that dies or sleeps ---


def started_writing(machines: Machines, count: int) -> None:
    wait_until(lambda: len(machines.writes()) >= count, f"{count} writes")


def test_the_numbers_of_a_killed_machine_are_taken_over_after_its_lease(machines: Machines) -> None:
    machines.simulator.control.change_settings(latency=0.2)
    killed = machines.start("first", numbers=declared(20), concurrency=2)
    started_writing(machines, 6)
    killed.kill()
    killed.wait()
    machines.simulator.control.change_settings(latency=0)

    early = machines.run("second", numbers=declared(20))
    assert {item["error"]["code"] for item in early["results"] if "error" in item} == {"Locked"}
    late = machines.run("second", numbers=declared(20), lock_timeout=60, max_changes=0)

    assert all(count == 1 for count in machines.codes_sent().values())
    outcomes = Counter(item["outcome"] for item in late["results"])
    assert set(outcomes) <= {"awaiting_code"}, late["msg"]
    assert machines.rows("SELECT count(*) FROM cams.entry WHERE state = 'open'") == [(0,)]


def test_a_machine_that_slept_makes_no_write_after_another_took_over(machines: Machines) -> None:
    machines.simulator.control.change_settings(latency=0.2)
    sleeper = machines.start("first", numbers=declared(20), concurrency=2)
    started_writing(machines, 6)
    sleeper.send_signal(signal.SIGSTOP)
    machines.simulator.control.change_settings(latency=0)
    machines.run("second", numbers=declared(20), lock_timeout=60, max_changes=0)
    before = machines.writes()
    sleeper.send_signal(signal.SIGCONT)
    result = finish(sleeper)

    assert result["failed"] is True
    assert "The store was lost" in result["stopped"]
    assert machines.writes() == before
    assert all(count == 1 for count in machines.codes_sent().values())
    assert "not_attempted" in {item["outcome"] for item in result["results"]}


# --- a store that is lost ---


def test_a_run_that_loses_its_store_stops_and_the_next_run_continues(machines: Machines) -> None:
    with PostgresServer() as server:
        machines.server, machines.url = server, server.new_database()
        machines.simulator.control.change_settings(latency=0.2)
        process = machines.start("first", numbers=declared(30), concurrency=4, max_changes=0)
        started_writing(machines, 10)
        server.crash()
        result = finish(process)
        assert result["failed"] is True
        assert "The store was lost, so the run was stopped." in result["msg"]
        outcomes = Counter(item["outcome"] for item in result["results"])
        assert outcomes["not_attempted"] >= 10
        assert set(outcomes) <= {"not_attempted", "unknown", "failed", "awaiting_code"}
        server.start()
        assert len(machines.writes()) <= machines.intents()
        machines.simulator.control.change_settings(latency=0)
        again = machines.run("first", numbers=declared(30), lock_timeout=60, max_changes=0)

    assert set(Counter(item["outcome"] for item in again["results"])) == {"awaiting_code"}, again["msg"]
    assert all(count == 1 for count in machines.codes_sent().values())


def test_a_connection_that_carries_nothing_any_more_stops_the_run(machines: Machines) -> None:
    with TcpProxy(machines.server.port) as proxy:
        machines.simulator.control.change_settings(latency=0.2)
        process = machines.start(
            "first", numbers=declared(30), concurrency=4, max_changes=0, store=proxy.url_of(machines.url)
        )
        started_writing(machines, 10)
        proxy.stall()
        result = finish(process)

        assert len(machines.writes()) <= machines.intents()
        assert "The store was lost" in result["stopped"]
        proxy.cut()
    assert all(count == 1 for count in machines.codes_sent().values())


# --- what the database holds ---


def test_no_code_and_no_password_is_in_the_database_the_output_or_the_list_of_sessions(machines: Machines) -> None:
    seen: list[str] = []
    machines.simulator.control.change_settings(latency=0.3)
    machines.run("first", numbers=declared(2), concurrency=1)
    codes = [machines.simulator.control.code(number[1:]) or "" for number in numbers(2)]
    given = [{**number, "verify_code": code} for number, code in zip(declared(2), codes, strict=True)]
    process = machines.start("second", numbers=given, wait_timeout=20)
    while process.poll() is None:
        seen += [json.dumps(machines.server.activity(machines.url), default=str)]
    result = finish(process)
    tables = [row[0] for row in machines.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'cams'")]
    contents = [str(machines.rows(f"SELECT * FROM cams.{table}")) for table in tables]
    assert machines.simulator.access_key_id not in "".join(contents)
    seen += contents
    seen += [json.dumps(result), machines.server.log]

    secrets = [*codes, machines.server.environment["PGPASSWORD"], machines.simulator.access_key_secret]
    assert all(secrets)
    assert {"entry", "lease", "meta", "pace", "refusal", "run"} <= set(tables)
    for text in seen:
        for secret in secrets:
            assert not re.search(rf"(?<![0-9]){re.escape(secret)}(?![0-9])", text)


def test_a_date_before_which_codes_need_resend_is_kept(machines: Machines) -> None:
    machines.run("first", numbers=declared(1, state="initiated"))
    machines.rows("UPDATE cams.meta SET no_codes_before = now() + interval '1 day' RETURNING 1")
    held = machines.run("first", numbers=declared(2))
    assert [item["outcome"] for item in held["results"]] == ["awaiting_code"] * 2
    assert "may have forgotten code requests, so before" in held["results"][1]["next_action"]
    assert machines.codes_sent() == {}

    machines.run("first", numbers=declared(2), resend=numbers(2))
    assert machines.codes_sent() == dict.fromkeys(numbers(2), 1)


def test_after_a_failover_a_number_that_the_store_knows_gets_a_code_only_by_resend(machines: Machines) -> None:
    with PostgresServer() as primary:
        machines.server, machines.url = primary, primary.new_database()
        standby = primary.standby()
        machines.run("first", numbers=declared(2, state="initiated"))
        wait_until(lambda: _has_all(standby, machines.url), "the standby has the entries")
        primary.crash()
        standby.promote()
        machines.server, machines.url = standby, standby.url_of(machines.url.rpartition("/")[2])
        # Somebody cancels both migrations in the console. A reclaim would request a code by itself.
        for number in numbers(2):
            machines.simulator.control.remove_number(SPACE, number[1:])
        result = machines.run("second", numbers=declared(2), reclaim=numbers(2), lock_timeout=60)

        assert [item["outcome"] for item in result["results"]] == ["awaiting_code"] * 2, result
        assert machines.rows("SELECT timeline_changed_at IS NOT NULL FROM cams.meta") == [(True,)]
        assert machines.codes_sent() == {}


def _has_all(standby: PostgresServer, url: str) -> bool:
    entries = "SELECT count(*) FROM cams.entry WHERE state <> 'open'"
    try:
        return standby.sql(entries, database=url.rpartition("/")[2]) == [(2,)]
    except psycopg.errors.UndefinedTable:
        # The standby is behind.
        return False
