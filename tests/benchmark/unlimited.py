# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the module without a rate limit, and plans of many thousand numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.section import Line, Report, at_least, at_most
from benchmark.stage import (
    CODE_SENT,
    WAS_CONNECTED,
    Finished,
    Number,
    Stage,
    make_numbers,
    require_outcomes,
)

LIMIT = 1000
LATENCY = 0.05
LEAST_CALLS = 300.0
LONGEST_PLAN_SECONDS = 3.0


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
        method = _METHOD.format(limit=LIMIT, latency=LATENCY * 1e3, runs=self.runs, status=self.planned / LIMIT)
        return Report(method, lines)

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


def _planned(stage: Stage, numbers: Sequence[Number], connected: Sequence[Number], *arguments: str) -> Finished:
    """Run a plan in check mode and check that it changes nothing."""
    playbook = stage.write_fleet(numbers, rate_limit=LIMIT)
    finished = stage.run(playbook, "--check", *arguments)
    stage.require(dict.fromkeys(connected, WAS_CONNECTED))
    new = len(numbers) - len(connected)
    require_outcomes(finished.shown(), declared=len(numbers), converged=len(connected), planned=new)
    return finished


_METHOD = """\
The simulator accepts {limit:,} calls a second with {latency:.0f} ms latency, and the module has `rate_limit: {limit}`.
Each space has 100 numbers. The command is `ansible-playbook playbook.yml` for the first pass and
`ansible-playbook --check playbook.yml` for plans. The playbook is one task with all numbers.

- If all numbers are new, the module reads the verification status of each. This alone takes {status:g} s at this
  limit.
- Each plan is the best of {runs} runs.
- After each run the benchmark checks the effects in the simulator.

"""
