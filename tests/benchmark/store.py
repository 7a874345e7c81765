# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the store in PostgreSQL with files, side by side, and let two machines share the pace."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmark.section import Line, Report
from benchmark.stage import LIMIT, UNLIMITED, WrongResultError
from module_runs import Modules
from postgres_server import PostgresServer
from simulator_process import Simulator
from worlds import SPACE, make_space

CODE_REQUEST = "GetMigrationVerifyCode"
_TRANSACTIONS = "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = %s"


@dataclass(frozen=True)
class Cost:
    """What one run of the module cost."""

    wall: float
    cpu: float
    transactions: int = 0


@dataclass(frozen=True)
class SharedStore:
    numbers: int = 1000
    runs: int = 3
    paced: int = 300

    name = "store"
    title = "A store in PostgreSQL"

    def run(self) -> Report:
        with Simulator() as simulator, PostgresServer(settings={"fsync": "on"}) as server:
            lines = [*self._overhead(simulator, server), *self._shared_pace(simulator, server)]
        method = _METHOD.format(numbers=self.numbers, runs=self.runs, paced=self.paced, limit=LIMIT)
        return Report(method, lines)

    def _overhead(self, simulator: Simulator, server: PostgresServer) -> list[Line]:
        files: list[Cost] = []
        postgres: list[Cost] = []
        for _turn in range(self.runs):
            files.append(_run_once(simulator, self.numbers))
            postgres.append(_run_once(simulator, self.numbers, server))
        walls = [median(cost.wall for cost in costs) for costs in (files, postgres)]
        cpus = [median(cost.cpu for cost in costs) for costs in (files, postgres)]
        per_number = postgres[0].transactions / self.numbers
        return [
            Line("wall time with files", f"{walls[0]:.2f} s"),
            Line("wall time with PostgreSQL, to files", f"{walls[1] / walls[0]:.2f} x"),
            Line("CPU time of the module with PostgreSQL, to files", f"{cpus[1] / cpus[0]:.2f} x"),
            Line("transactions for each number (initiate, read, code request)", f"{per_number:.1f}"),
        ]

    def _shared_pace(self, simulator: Simulator, server: PostgresServer) -> list[Line]:
        alone, _calls = _run_paced(simulator, server, [self.paced])
        half = self.paced // 2
        together, calls = _run_paced(simulator, server, [half, self.paced - half])
        throttled = sum((call["code"] or "").startswith("Throttling") for call in calls)
        requests = [call for call in calls if call["action"] == CODE_REQUEST]
        first_half = Counter(call["parameters"]["PhoneNumber"] for call in requests[: len(requests) // 2])
        of_first = sum(int(number[-8:]) < half for number in first_half)
        split = f"{of_first} : {len(first_half) - of_first}"
        return [
            Line(f"two machines: throttles in {len(calls)} calls", str(throttled), "0", throttled == 0),
            Line("two machines: code requests of each in the first half of the run", split),
            Line("wall time of two machines, to one machine alone", f"{together / alone:.2f} x"),
        ]


def _number(index: int) -> str:
    return f"+86139{index:08}"


def _declared(first: int, count: int) -> list[dict[str, Any]]:
    return [{"cust_space_id": SPACE, "phone_number": _number(first + index)} for index in range(count)]


def _prepare(simulator: Simulator, limit: int) -> None:
    simulator.control.reset()
    simulator.control.change_settings(rate_limit=limit)
    simulator.control.seed({"spaces": [make_space()]})


def _run_once(simulator: Simulator, count: int, server: PostgresServer | None = None) -> Cost:
    """Request a code for new numbers, without a limit."""
    _prepare(simulator, 0)
    with tempfile.TemporaryDirectory() as folder:
        options: dict[str, Any] = {"numbers": _declared(0, count), "max_changes": 0, "rate_limit": UNLIMITED}
        url = server.new_database() if server else ""
        variables = server.environment if server else {}
        options |= {"store": url} if url else {"journal": f"{folder}/journal.jsonl"}
        began, cpu_before = time.perf_counter(), _cpu_of_children()
        result = Modules(simulator, Path(folder)).run("cams_number_fleet", variables=variables, **options)
        wall, cpu = time.perf_counter() - began, _cpu_of_children() - cpu_before
        _require_codes(result, count)
        transactions = int(server.sql(_TRANSACTIONS, url.rpartition("/")[2])[0][0]) if server else 0
    return Cost(wall, cpu, transactions)


def _run_paced(
    simulator: Simulator, server: PostgresServer, shares: Sequence[int]
) -> tuple[float, list[dict[str, Any]]]:
    """Run one machine for each share at the limit of the service. Return the wall time and the calls."""
    _prepare(simulator, LIMIT)
    url = server.new_database()
    with tempfile.TemporaryDirectory() as folder:
        began, first, started = time.perf_counter(), 0, []
        for share in shares:
            home = Path(folder) / f"machine-{first}"
            home.mkdir()
            options: dict[str, Any] = {"numbers": _declared(first, share), "max_changes": 0, "store": url, "retries": 5}
            started.append(Modules(simulator, home).start("cams_number_fleet", variables=server.environment, **options))
            first += share
        for process, share in zip(started, shares, strict=True):
            output, _errors = process.communicate()
            _require_codes(json.loads(output), share)
        return time.perf_counter() - began, simulator.control.calls()


def _require_codes(result: dict[str, Any], count: int) -> None:
    if result["summary"]["awaiting_code"] != count:
        raise WrongResultError(f"Not every number awaits its code: {result.get('msg', result['summary'])}")


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


_METHOD = """\
One process of `cams_number_fleet` requests codes for {numbers:,} new numbers from a simulator without a limit and
without latency: {runs} times with a journal in a file, and {runs} times with PostgreSQL on the same machine (with
`fsync`), in turns. The figures are medians.

Then {paced} new numbers at {limit} calls a second for each operation: one machine alone, and two machines that share a
store, with half of the numbers each.
"""
