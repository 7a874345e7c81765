# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cost of a hundred, a thousand and ten thousand numbers, with files and with PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmark.section import Line, Report, at_most, table
from benchmark.stage import UNLIMITED, WrongResultError, make_numbers
from module_runs import Modules
from postgres_server import PostgresServer
from simulator_process import Simulator
from worlds import make_space

# Ten times the numbers may cost ten times as much, plus a tenth for other load of the machine.
PER_TENFOLD = 11.0
FIRST_RUN, NOTHING_NEW = "request a code for each", "nothing new"
HEADER = ("run", "memory in", "numbers", "wall, s", "CPU, s", "peak memory, MiB", "calls", "calls a number")


@dataclass(frozen=True)
class Cost:
    """What one process of the module cost."""

    run: str
    store: str
    numbers: int
    wall: float
    cpu: float
    mebibytes: float
    calls: int

    def row(self) -> tuple[str, ...]:
        return (
            self.run,
            self.store,
            f"{self.numbers:,}",
            f"{self.wall:.2f}",
            f"{self.cpu:.2f}",
            f"{self.mebibytes:.0f}",
            f"{self.calls:,}",
            f"{self.calls / self.numbers:.2f}",
        )


@dataclass(frozen=True)
class Growth:
    counts: Sequence[int] = (100, 1000, 10_000)

    name = "growth"
    title = "From a hundred to ten thousand numbers"

    def run(self) -> Report:
        with Simulator() as simulator, PostgresServer(settings={"fsync": "on"}) as server:
            costs = [cost for count in self.counts for cost in _costs(simulator, server, count)]
        lines = [line for smaller, larger in _steps(costs) for line in _growth(smaller, larger)]
        return Report(_METHOD + table(HEADER, [cost.row() for cost in costs]), lines)


def _costs(simulator: Simulator, server: PostgresServer, count: int) -> Iterator[Cost]:
    """Run over new numbers and again over the same numbers, with a journal in a file and with PostgreSQL."""
    numbers = make_numbers(count)
    declared = [number.declaration({}) for number in numbers]
    for store in ("files", "PostgreSQL"):
        simulator.control.reset()
        simulator.control.change_settings(rate_limit=0)
        simulator.control.seed({"spaces": [make_space(name) for name in sorted({n.cust_space_id for n in numbers})]})
        with tempfile.TemporaryDirectory() as folder:
            options: dict[str, Any] = {"numbers": declared, "max_changes": 0, "rate_limit": UNLIMITED}
            options |= {"journal": f"{folder}/journal.jsonl"} if store == "files" else {"store": server.new_database()}
            for run in (FIRST_RUN, NOTHING_NEW):
                yield _run_once(Modules(simulator, Path(folder)), server.environment, run, store, options)


def _run_once(modules: Modules, variables: dict[str, str], run: str, store: str, options: dict[str, Any]) -> Cost:
    before = modules.simulator.control.calls_summary()["count"]
    began = time.perf_counter()
    process = modules.start("cams_number_fleet", variables=variables, **options)
    # A benchmark measures programs, not forks of a server.
    assert isinstance(process, subprocess.Popen)
    assert process.stdout is not None
    result = json.loads(process.stdout.read())
    _process, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    count = len(options["numbers"])
    if result["summary"]["awaiting_code"] != count:
        raise WrongResultError(f"Not every number awaits its code: {result.get('msg', result['summary'])}")
    calls = modules.simulator.control.calls_summary()["count"] - before
    return Cost(run, store, count, wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, calls)


def _steps(costs: Sequence[Cost]) -> Iterator[tuple[Cost, Cost]]:
    """Yield each two costs of the same kind whose counts follow each other."""
    for kind in dict.fromkeys((cost.run, cost.store) for cost in costs):
        yield from pairwise([cost for cost in costs if (cost.run, cost.store) == kind])


def _growth(smaller: Cost, larger: Cost) -> list[Line]:
    what = f"{larger.run}, {larger.store}, {smaller.numbers:,} to {larger.numbers:,} numbers"
    return [
        at_most(f"{what}: {name}", after / before, PER_TENFOLD, "{:.1f} times")
        for name, before, after in (
            ("CPU", smaller.cpu, larger.cpu),
            ("memory", smaller.mebibytes, larger.mebibytes),
            ("calls", smaller.calls, larger.calls),
        )
    ]


_METHOD = """\
Each run is one process of `cams_number_fleet`, with a simulator without a limit and without latency on the same
machine. The module has `rate_limit: 1000`, the most that it takes. The numbers are in spaces of 100. The first run
starts their migration and requests a code for each. The second run finds nothing new. Memory is the peak of the
process, as the kernel counts it. PostgreSQL runs on the same machine, with `fsync`.

"""
