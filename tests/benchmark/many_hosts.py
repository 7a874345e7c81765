# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure a run over many hosts whose numbers are as declared, compared with one debug task over the same hosts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmark.section import Line, Report, at_most
from benchmark.stage import LATENCY, LIMIT, WAS_CONNECTED, Finished, Stage, WrongResultError, hosts_of_one, make_numbers

QUERY = "QueryChatappPhoneNumbers"
DEBUG_TASK = {"name": "Say hello", "ansible.builtin.debug": {"msg": "hello"}}
# As the README of the role writes it.
ROLE_TASK = {
    "name": "Reconcile numbers",
    "ansible.builtin.import_role": {"name": "chatapp.cams.reconcile", "rolespec_validate": False},
}
# A playbook goes through the hosts once, for the result of each host. A role also has to find out which hosts run it.
MOST_OF_PLAYBOOK, MOST_OF_ROLE = 1.25, 2.6


@dataclass
class Way:
    """A playbook, the bound of its cost compared with the debug task, and its runs."""

    name: str
    playbook: Path | str
    most: float | None = None
    runs: list[Finished] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        return median(run.cpu_seconds for run in self.runs)

    @property
    def seconds(self) -> float:
        return median(run.seconds for run in self.runs)

    def lines(self, debug: Way) -> list[Line]:
        figures = Line(self.name, f"CPU {self.cpu:.1f} s, {self.seconds:.1f} s")
        if self.most is None:
            return [figures]
        return [
            figures,
            at_most("- CPU, to that of the debug task", self.cpu / debug.cpu, self.most, "{:.2f}"),
            at_most("- time, to that of the debug task", self.seconds / debug.seconds, self.most, "{:.2f}"),
        ]


@dataclass(frozen=True)
class ManyHosts:
    numbers: int = 1000
    turns: int = 3

    name = "hosts"

    @property
    def title(self) -> str:
        return f"{self.numbers:,} hosts with nothing to do"

    def run(self) -> Report:
        numbers = make_numbers(self.numbers)
        spaces = len({number.cust_space_id for number in numbers})
        with Stage() as stage:
            stage.seed(numbers, connected=numbers)
            inventory = stage.write_inventory(hosts_of_one(numbers))
            debug = Way("one task of `ansible.builtin.debug`", self._play(stage, DEBUG_TASK))
            ways = [
                Way("`chatapp.cams.reconcile`", "chatapp.cams.reconcile", MOST_OF_PLAYBOOK),
                Way("the role `reconcile` in a play", self._play(stage, ROLE_TASK), MOST_OF_ROLE),
            ]
            for _turn in range(self.turns):
                self._measure(stage, debug, inventory, queries=0)
                for way in ways:
                    self._measure(stage, way, inventory, queries=spaces)
            stage.require(dict.fromkeys(numbers, WAS_CONNECTED))
        lines = [line for way in [debug, *ways] for line in way.lines(debug)]
        queries = (spaces - 1) / LIMIT + LATENCY
        return Report(_METHOD.format(turns=self.turns, spaces=spaces, queries=queries), lines)

    @staticmethod
    def _play(stage: Stage, task: dict[str, Any]) -> Path:
        path = stage.new_folder() / "play.yml"
        path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
        return path

    def _measure(self, stage: Stage, way: Way, inventory: Path, queries: int) -> None:
        before = stage.traffic()
        finished = stage.run(way.playbook, "-i", str(inventory))
        made = stage.traffic().since(before).by_action
        if made != ({QUERY: queries} if queries else {}):
            raise WrongResultError(f"{way.name} made these calls: {made}")
        reached = finished.output.count("failed=0")
        if reached != self.numbers:
            raise WrongResultError(f"{way.name} reached {reached} hosts instead of {self.numbers}.")
        way.runs.append(finished)


_METHOD = """\
Each host declares one number, and all numbers are connected, in {spaces} spaces. The playbooks run in turns with the
same inventory and the same options, {turns} times each; each figure is the median. CPU is the user and system time of
the process and of its children. The role is in a play as its README shows it: `import_role` with
`rolespec_validate: false`. The queries of a run take {queries:.1f} s: the wait for the pace and the latency of the last
answer.

"""
