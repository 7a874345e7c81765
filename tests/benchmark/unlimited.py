# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the module without a rate limit, and the cost of many thousand numbers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmark.section import Line, Report, at_least, at_most, table
from benchmark.stage import (
    CODE_SENT,
    WAS_CONNECTED,
    Finished,
    Number,
    Stage,
    WrongResultError,
    make_numbers,
    require_outcomes,
)

LIMIT = 1000
LATENCY = 0.05
LEAST_CALLS = 300.0
LONGEST_PLAN_SECONDS = 3.0
# Twice the numbers may cost twice as much, plus a tenth for other load of the machine.
PER_DOUBLING = 2.2
MEMORY_WORKER = Path(__file__).with_name("memory.py")


@dataclass(frozen=True)
class Cost:
    """Costs of a plan with this count of numbers."""

    numbers: int
    seconds: float
    module_seconds: float
    mebibytes: float


@dataclass(frozen=True)
class Unlimited:
    first_pass: int = 500
    planned: int = 5000
    runs: int = 3

    name = "unlimited"
    title = "Without the rate limit"

    def run(self) -> Report:
        lines = [
            *self._first_pass(),
            *self._plan("connected", new=0),
            *self._plan(f"of which {self.planned // 10:,} are new", new=self.planned // 10),
            *self._plan("all new", new=self.planned, judged=False),
        ]
        costs = [self._cost(self.planned * factor) for factor in (1, 2, 4)]
        for smaller, larger in pairwise(costs):
            lines += _growth(smaller, larger)
        method = _METHOD.format(
            limit=LIMIT, latency=LATENCY * 1e3, runs=self.runs, most=PER_DOUBLING, status=self.planned / LIMIT
        )
        return Report(method + _table(costs), lines)

    def _first_pass(self) -> list[Line]:
        numbers = make_numbers(self.first_pass)
        with Stage(limit=LIMIT, latency=LATENCY) as stage:
            stage.seed(numbers)
            finished = stage.run(stage.write_fleet(numbers, rate_limit=LIMIT))
            stage.require(dict.fromkeys(numbers, CODE_SENT))
            traffic = stage.traffic()
        summary = finished.shown()
        require_outcomes(summary, declared=len(numbers), changed=len(numbers), awaiting_code=len(numbers))
        rate = traffic.calls / summary["elapsed_seconds"]
        what = f"{len(numbers)} new numbers until each code was requested"
        return [
            Line(f"{what}: the playbook", f"{finished.seconds:.2f} s"),
            Line("- of these the module, by its `elapsed_seconds`", f"{summary['elapsed_seconds']:.2f} s"),
            at_least(f"- calls a second of the module, of {traffic.calls} calls", rate, LEAST_CALLS, "{:.0f}"),
            Line("- throttles", str(traffic.throttled)),
        ]

    def _plan(self, kind: str, *, new: int, judged: bool = True) -> list[Line]:
        numbers = make_numbers(self.planned)
        with Stage(limit=LIMIT, latency=LATENCY) as stage:
            stage.seed(numbers, connected=numbers[new:])
            plans = [_planned(stage, numbers, numbers[new:]) for _turn in range(self.runs)]
        best = min(plans, key=lambda plan: plan.seconds)
        what = f"plan of {len(numbers):,} numbers, {kind}: the playbook"
        bounded = at_most(what, best.seconds, LONGEST_PLAN_SECONDS)
        return [
            bounded if judged else Line(what, bounded.figure),
            Line("- of these the module, by its `elapsed_seconds`", f"{best.shown()['elapsed_seconds']:.2f} s"),
        ]

    def _cost(self, count: int) -> Cost:
        numbers = make_numbers(count)
        with Stage(limit=LIMIT, latency=LATENCY) as stage:
            stage.seed(numbers, connected=numbers)
            taken = [_measured(stage, numbers) for _turn in range(self.runs)]
        return Cost(
            count,
            seconds=min(cost.seconds for cost in taken),
            module_seconds=min(cost.module_seconds for cost in taken),
            mebibytes=min(cost.mebibytes for cost in taken),
        )


def _planned(stage: Stage, numbers: Sequence[Number], connected: Sequence[Number], *arguments: str) -> Finished:
    """Run a plan in check mode and check that it changes nothing."""
    playbook = stage.write_fleet(numbers, rate_limit=LIMIT)
    finished = stage.run(playbook, "--check", *arguments)
    stage.require(dict.fromkeys(connected, WAS_CONNECTED))
    new = len(numbers) - len(connected)
    require_outcomes(finished.shown(), declared=len(numbers), converged=len(connected), planned=new)
    return finished


def _measured(stage: Stage, numbers: Sequence[Number]) -> Cost:
    """Measure a plan. A wrapper starts the module's interpreter and records its peak memory."""
    folder = stage.new_folder()
    interpreter, noted = folder / "python", folder / "kibibytes"
    interpreter.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{MEMORY_WORKER}" "{noted}" "$@"\n', encoding="utf-8")
    interpreter.chmod(0o700)
    finished = _planned(stage, numbers, numbers, "-e", f"ansible_python_interpreter={interpreter}")
    if not noted.exists():
        raise WrongResultError("The module ran without the wrapper that records its memory.")
    kibibytes = int(noted.read_text(encoding="utf-8"))
    return Cost(len(numbers), finished.seconds, finished.shown()["elapsed_seconds"], kibibytes / 1024)


def _growth(smaller: Cost, larger: Cost) -> list[Line]:
    doubling = f"{smaller.numbers:,} to {larger.numbers:,} numbers"
    return [
        at_most(f"{doubling}: time of the playbook", larger.seconds / smaller.seconds, PER_DOUBLING, "{:.2f} times"),
        at_most(
            f"{doubling}: time of the module",
            larger.module_seconds / smaller.module_seconds,
            PER_DOUBLING,
            "{:.2f} times",
        ),
        at_most(
            f"{doubling}: memory of the module", larger.mebibytes / smaller.mebibytes, PER_DOUBLING, "{:.2f} times"
        ),
    ]


def _table(costs: Sequence[Cost]) -> str:
    header = ("plan of connected numbers", "playbook, s", "module, s", "peak memory of the module, MiB", "KiB a number")
    rows = [
        (
            f"{cost.numbers:,}",
            f"{cost.seconds:.2f}",
            f"{cost.module_seconds:.2f}",
            f"{cost.mebibytes:.0f}",
            f"{cost.mebibytes * 1024 / cost.numbers:.1f}",
        )
        for cost in costs
    ]
    return table(header, rows)


_METHOD = """\
The simulator accepts {limit:,} calls a second with {latency:.0f} ms latency, and the module has `rate_limit: {limit}`.
Each space has 100 numbers. The command is `ansible-playbook playbook.yml` for the first pass and
`ansible-playbook --check playbook.yml` for plans. The playbook is one task with all numbers.

- If all numbers are new, the module reads the verification status of each. This alone takes {status:g} s at this
  limit.
- Each plan is the best of {runs} runs.
- The plans with a growing count use connected numbers. Memory is the peak of the module's process, as the kernel counts
  it. Growth is proportional if twice the numbers take at most {most:g} times as much.
- After each run the benchmark checks the effects in the simulator.

"""
