# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet of new numbers in two passes: until each was sent its code, and with the codes until each is connected."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmark.section import Line, Report, at_most
from benchmark.stage import (
    BROUGHT,
    CODE_SENT,
    LATENCY,
    LIMIT,
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


GOALS = (Goal("until each was sent its code", 1.10), Goal("until each is connected", 1.15))


@dataclass(frozen=True)
class TwoPasses:
    numbers: int = 500

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
    """Each pass in a process of its own, and checked before its figures are taken."""
    with Stage() as stage:
        stage.seed(numbers)
        finished = way(stage, numbers, {})
        stage.require(dict.fromkeys(numbers, CODE_SENT))
        first = stage.traffic()
        yield finished, first
        finished = way(stage, numbers, stage.codes())
        stage.require(dict.fromkeys(numbers, BROUGHT))
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
Numbers in {spaces} spaces that another provider has, at {limit} calls a second and {latency:.0f} ms latency. An
operation that is called once for each number takes {least:g} s; that is the limit that the passes are compared with.

- The module is one task of a playbook that holds all numbers: `ansible-playbook playbook.yml`, from the start of the
  process to its end. Its journal is on.
- The role's playbook takes the same numbers from an inventory with one host for each space, in batches of 100:
  `ansible-playbook chatapp.cams.reconcile -i inventory.json -e cams_max_changes=0`.
- After each pass the simulator was asked what really happened: each number is where it should be, was initiated once
  and sent one code, and in the end was verified and registered once.

"""
