# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One fleet as a job of AWX in slices: each a process of ansible-runner that shares nothing with the others."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.passes import RECONCILE
from benchmark.section import Line, Report
from benchmark.stage import (
    BROUGHT,
    CODE_SENT,
    LATENCY,
    LIMIT,
    Fact,
    Number,
    Stage,
    Started,
    hosts_of_one,
    make_numbers,
)
from environment import ROOT

ANSIBLE_RUNNER = str(ROOT / ".venv/bin/ansible-runner")
PER_SPACE = 25


@dataclass(frozen=True)
class Slices:
    numbers: int = 100
    counts: tuple[int, ...] = (1, 2, 4)

    name = "slices"
    title = "One fleet in slices, as AWX cuts a job"

    def run(self) -> Report:
        numbers = make_numbers(self.numbers, per_space=PER_SPACE)
        lines: list[Line] = []
        for count in self.counts:
            with Stage() as stage:
                stage.seed(numbers)
                lines += _pass(stage, numbers, count, "until each was sent its code", CODE_SENT)
                lines += _pass(stage, numbers, count, "until each is connected", BROUGHT)
        least, spaces = self.numbers / LIMIT, len({number.cust_space_id for number in numbers})
        return Report(
            _METHOD.format(numbers=self.numbers, spaces=spaces, limit=LIMIT, latency=LATENCY * 1e3, least=least), lines
        )


def _pass(stage: Stage, numbers: Sequence[Number], count: int, goal: str, fact: Fact) -> list[Line]:
    """All slices at once. The world tells afterwards whether each number is right and nothing was done twice."""
    codes = stage.codes() if fact == BROUGHT else {}
    before = stage.traffic()
    since = time.perf_counter()
    started = [_start(stage, _slice(numbers, turn, count), codes, f"slice-{turn}") for turn in range(count)]
    for run in started:
        run.finish()
    seconds = time.perf_counter() - since
    stage.require(dict.fromkeys(numbers, fact))
    traffic = stage.traffic().since(before)
    return [
        Line(f"{count} slice{'s' if count > 1 else ''}, {goal}", f"{seconds:.1f} s"),
        Line(f"- throttles in {traffic.calls} calls", str(traffic.throttled)),
    ]


def _slice(numbers: Sequence[Number], turn: int, count: int) -> Sequence[Number]:
    """AWX deals the hosts out one by one."""
    return numbers[turn::count]


def _start(stage: Stage, numbers: Sequence[Number], codes: Mapping[str, str], machine: str) -> Started:
    """A private data directory and a state folder of its own, as in a container of its own."""
    private = stage.new_folder()
    inventory = hosts_of_one(numbers)
    for number in numbers if codes else ():
        inventory["all"]["hosts"][f"number-{number.wire}"]["cams_verify_code"] = codes[number.wire]
    for name, content in {"inventory/hosts.json": inventory, "env/extravars": {"cams_max_changes": 0}}.items():
        (private / name).parent.mkdir()
        (private / name).write_text(json.dumps(content), encoding="utf-8")
    (private / "project").mkdir()
    return stage.start_command([ANSIBLE_RUNNER, "run", str(private), "--playbook", RECONCILE], machine=machine)


_METHOD = """\
{numbers} new numbers in {spaces} spaces, each a host of its own, at {limit} calls a second, {latency:.0f} ms latency.
An operation that is called once for each number takes {least:g} s, however many slices there are: the limit is the
account's. Each slice is `ansible-runner run … --playbook chatapp.cams.reconcile` with a private data directory, an
inventory, a journal and a state folder of its own, so that only throttles tell it of the others. All slices start at
once, and both passes are taken from the first start to the last end. After each pass the simulator was asked what
really happened: each number is where it should be, was initiated once, sent one code, verified once and registered
once.

"""
