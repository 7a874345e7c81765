# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Migrate new numbers in two passes: first until each code was requested, then until each number is connected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.section import Line, Report, at_most
from benchmark.stage import (
    CODE_SENT,
    LATENCY,
    LIMIT,
    NOW_CONNECTED,
    Finished,
    Number,
    Stage,
    Traffic,
    customers,
    make_numbers,
    require_outcomes,
)

THROTTLED_PER_CALL = 1 / 1000
RECONCILE = "chatapp.cams.reconcile"

Way = Callable[[Stage, Sequence[Number], Mapping[str, str]], Finished]


@dataclass(frozen=True)
class Goal:
    text: str
    factor: float


GOALS = (Goal("until each code was requested", 1.10), Goal("until each is connected", 1.15))


@dataclass(frozen=True)
class TwoPasses:
    numbers: int = 200

    name = "passes"

    @property
    def title(self) -> str:
        return f"{self.numbers} new numbers in two passes"

    def run(self) -> Report:
        numbers = make_numbers(self.numbers)
        least = len(numbers) / LIMIT
        lines: list[Line] = []
        for goal, (finished, traffic) in zip(GOALS, two_passes(numbers, by_module), strict=True):
            summary = finished.shown()
            why = f"{goal.factor:.2f} x {least:g} s"
            lines += [
                at_most(f"module, {goal.text}: the playbook", finished.seconds, goal.factor * least, why=why),
                Line("- of these the module, by its `elapsed_seconds`", f"{summary['elapsed_seconds']:.2f} s"),
                throttles(f"- throttles in {traffic.calls} calls", traffic),
            ]
        for goal, (finished, traffic) in zip(GOALS, two_passes(numbers, by_playbook), strict=True):
            lines += [
                Line(f"`playbooks/reconcile.yml`, {goal.text}", f"{finished.seconds:.2f} s"),
                Line(f"- throttles in {traffic.calls} calls", str(traffic.throttled)),
            ]
        spaces = len({number.cust_space_id for number in numbers})
        return Report(_METHOD.format(spaces=spaces, limit=LIMIT, latency=LATENCY * 1e3, least=least), lines)


def two_passes(numbers: Sequence[Number], way: Way) -> Iterator[tuple[Finished, Traffic]]:
    """Run each pass in its own process, check its effects, and yield its figures."""
    with Stage() as stage:
        stage.seed(numbers)
        finished = way(stage, numbers, {})
        stage.require(dict.fromkeys(numbers, CODE_SENT))
        first = stage.traffic()
        yield finished, first
        finished = way(stage, numbers, stage.codes())
        stage.require(dict.fromkeys(numbers, NOW_CONNECTED))
        yield finished, stage.traffic().since(first)


def by_module(stage: Stage, numbers: Sequence[Number], codes: Mapping[str, str]) -> Finished:
    finished = stage.run(stage.write_fleet(numbers, codes))
    ended = "converged" if codes else "awaiting_code"
    require_outcomes(finished.shown(), declared=len(numbers), changed=len(numbers), **{ended: len(numbers)})
    return finished


def by_playbook(stage: Stage, numbers: Sequence[Number], codes: Mapping[str, str]) -> Finished:
    inventory = stage.write_inventory(customers(numbers, codes))
    variables = json.dumps({"cams_max_changes": 0, "cams_journal": stage.journal})
    return stage.run(RECONCILE, "-i", str(inventory), "-e", variables)


def throttles(what: str, traffic: Traffic) -> Line:
    allowed = traffic.calls * THROTTLED_PER_CALL
    return Line(what, str(traffic.throttled), "≤ 1 in 1,000", traffic.throttled <= allowed)


_METHOD = """\
A *space* is one customer of the ISV; the CAMS console shows its id under Channel Management.

The numbers are in {spaces} spaces and belong to another provider. The limit is {limit} calls a second, the latency
{latency:.0f} ms. One call for each number takes {least:g} s. The bounds are multiples of this time.

- The module is one task with all numbers: `ansible-playbook playbook.yml`, measured from the start to the end of the
  process. Its journal is enabled.
- The playbook of the role uses an inventory with one host for each space:
  `ansible-playbook chatapp.cams.reconcile -i inventory.json -e cams_max_changes=0`.
- After each pass the benchmark checks the effects in the simulator. Each number has the expected state, one initiate
  and one code, and at the end one submitted code and one register.

"""
