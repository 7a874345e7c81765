# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure a run over unchanged numbers: its calls, and its time compared with an empty playbook."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import inf

from benchmark.passes import RECONCILE
from benchmark.section import Line, Report, at_most
from benchmark.stage import (
    LATENCY,
    LIMIT,
    WAS_CONNECTED,
    Document,
    Stage,
    Traffic,
    customers,
    make_numbers,
)

LONGEST_SECONDS = 2.0
QUERY = "QueryChatappPhoneNumbers"
EMPTY_PLAY = [{"hosts": "all", "gather_facts": False, "tasks": []}]


@dataclass
class Compared:
    """The best times in seconds, and the calls of each run of the role's playbook."""

    empty: float = inf
    full: float = inf
    traffic: list[Traffic] = field(default_factory=list)

    def calls(self, spaces: int) -> Line:
        made = {json.dumps(traffic.by_action) for traffic in self.traffic}
        as_bound = made == {json.dumps({QUERY: spaces})}
        figure = str(spaces) if as_bound else ", ".join(sorted(made))
        return Line("- calls of each run", figure, f"exactly {spaces} queries", as_bound)


@dataclass(frozen=True)
class Unchanged:
    numbers: int = 1000
    runs: int = 3

    name = "unchanged"

    @property
    def title(self) -> str:
        return f"A run that changes nothing, over {self.numbers:,} numbers"

    def run(self) -> Report:
        numbers = make_numbers(self.numbers)
        spaces = len({number.cust_space_id for number in numbers})
        with Stage() as stage:
            stage.seed(numbers, connected=numbers)
            few = self._compared(stage, customers(numbers, {}))
            stage.require(dict.fromkeys(numbers, WAS_CONNECTED))
        lines = [
            Line(f"{spaces} hosts with lists: an empty playbook", f"{few.empty:.2f} s"),
            Line("- `playbooks/reconcile.yml`", f"{few.full:.2f} s"),
            at_most("- the difference", few.full - few.empty, LONGEST_SECONDS),
            few.calls(spaces),
        ]
        queries = (spaces - 1) / LIMIT + LATENCY
        method = _METHOD.format(spaces=spaces, limit=LIMIT, latency=LATENCY * 1e3, runs=self.runs, queries=queries)
        return Report(method, lines)

    def _compared(self, stage: Stage, document: Document) -> Compared:
        """Run an empty playbook and the role's playbook in turns."""
        inventory = stage.write_inventory(document)
        playbook = stage.new_folder() / "empty.yml"
        playbook.write_text(json.dumps(EMPTY_PLAY), encoding="utf-8")
        compared = Compared()
        for _turn in range(self.runs):
            compared.empty = min(compared.empty, stage.run(playbook, "-i", str(inventory)).seconds)
            before = stage.traffic()
            compared.full = min(compared.full, stage.run(RECONCILE, "-i", str(inventory)).seconds)
            compared.traffic.append(stage.traffic().since(before))
        return compared


_METHOD = """\
All numbers are connected, in {spaces} spaces. The limit is {limit} calls a second, the latency {latency:.0f} ms. The
inventory has one host for each space, with a list of numbers. The section `hosts` has one host for each number.
The benchmark compares `ansible-playbook chatapp.cams.reconcile -i inventory.json` with a playbook that has the same
inventory and no tasks. The two take turns, and each time is the best of {runs} runs. The queries alone take
{queries:.1f} s: the wait for the pace and the latency of the last answer.

"""
