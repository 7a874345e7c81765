# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run one fleet like a sliced job of AWX: each slice is a separate process of ansible-runner."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmark.passes import RECONCILE
from benchmark.section import Line, Report
from benchmark.stage import (
    CODE_SENT,
    LATENCY,
    LIMIT,
    NOW_CONNECTED,
    Number,
    NumberFacts,
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
    title = "One fleet in slices, like a sliced job of AWX"

    def run(self) -> Report:
        numbers = make_numbers(self.numbers, per_space=PER_SPACE)
        lines: list[Line] = []
        for count in self.counts:
            with Stage() as stage:
                stage.seed(numbers)
                lines += _pass(stage, numbers, count, "until each code was requested", CODE_SENT)
                lines += _pass(stage, numbers, count, "until each is connected", NOW_CONNECTED)
        least, spaces = self.numbers / LIMIT, len({number.cust_space_id for number in numbers})
        return Report(
            _METHOD.format(numbers=self.numbers, spaces=spaces, limit=LIMIT, latency=LATENCY * 1e3, least=least), lines
        )


def _pass(stage: Stage, numbers: Sequence[Number], count: int, goal: str, fact: NumberFacts) -> list[Line]:
    """Run all slices at the same time. Then check that each number is right and has no double effects."""
    codes = stage.codes() if fact == NOW_CONNECTED else {}
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
    """Return the numbers of one slice. Like AWX, distribute the hosts one by one."""
    return numbers[turn::count]


def _start(stage: Stage, numbers: Sequence[Number], codes: Mapping[str, str], machine: str) -> Started:
    """Start a slice with its own private data and state directories, like a container."""
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
{numbers} new numbers are in {spaces} spaces, each on its own host. The limit is {limit} calls a second, the latency
{latency:.0f} ms. The limit belongs to the account, so one call for each number takes {least:g} s with any count of
slices. Each slice is `ansible-runner run … --playbook chatapp.cams.reconcile` with its own private data directory,
inventory, journal and state directory. Only throttles show it the other slices. All slices start at the same time.
Both passes are measured from the first start to the last end. After each pass the benchmark checks the effects: each
number has the expected state, one initiate, one code, one submitted code and one register.

"""
