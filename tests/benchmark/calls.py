# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the same signed call of our client, of the official SDK and of Ansible's HTTP functions."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmark.section import Report, at_most, table
from environment import ROOT, contained_environment
from simulator_process import Simulator

WORKER = Path(__file__).with_name("worker.py")
SPACE = "cams-demo"
NAMES = {
    "ours": "chatapp.cams client, paced",
    "sdk": "official SDK, `alibabacloud_cams20200606`",
    "urls": "`ansible.module_utils.urls`, signed by our code",
}


@dataclass(frozen=True)
class Costs:
    """Median costs of one way, in seconds."""

    call_cpu: float
    call_wall: float
    import_cpu: float
    import_wall: float


def measure(ways: list[str], *, rounds: int, seconds: float) -> dict[str, Costs]:
    """Run new processes one after the other. The ways take turns, so that other load affects all of them."""
    called: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    imported: dict[str, list[Mapping[str, float]]] = defaultdict(list)
    for way in ways:
        # Not counted: this run writes the bytecode and fills the disk cache.
        _work("import", way)
    with Simulator(":memory:", "--setting", "rate_limit=0") as simulator:
        account = (simulator.endpoint, simulator.access_key_id, simulator.access_key_secret, SPACE)
        for _turn in range(rounds):
            for way in ways:
                imported[way].append(_work("import", way))
                called[way].append(_work("calls", way, *account, str(seconds)))
    return {
        way: Costs(
            call_cpu=median(run["cpu_seconds"] for run in called[way]),
            call_wall=median(run["seconds"] for run in called[way]),
            import_cpu=median(run["cpu_seconds"] for run in imported[way]),
            import_wall=median(run["seconds"] for run in imported[way]),
        )
        for way in ways
    }


def _work(*arguments: str) -> Mapping[str, float]:
    environment = contained_environment() | {"PYTHONPATH": str(ROOT / ".work/tree")}
    run = subprocess.run(
        [sys.executable, str(WORKER), *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    figures: dict[str, float] = json.loads(run.stdout)
    return figures


@dataclass(frozen=True)
class CallCosts:
    rounds: int = 9
    seconds: float = 1.0

    name = "calls"
    title = "Cost of a signed call"

    def run(self) -> Report:
        costs = measure([*NAMES, "context"], rounds=self.rounds, seconds=self.seconds)
        context = costs.pop("context")
        sdk = costs["sdk"]
        header = ("way", "CPU per call, ms", "to SDK", "calls per second", "to SDK", "import, ms", "to SDK")
        rows = [
            (
                NAMES[way],
                f"{cost.call_cpu * 1e3:.3f}",
                f"{cost.call_cpu / sdk.call_cpu:.2f}",
                f"{1 / cost.call_wall:.0f}",
                f"{sdk.call_wall / cost.call_wall:.2f}",
                f"{cost.import_wall * 1e3:.0f}",
                f"{cost.import_wall / sdk.import_wall:.2f}",
            )
            for way, cost in costs.items()
        ]
        method = _METHOD.format(rounds=self.rounds, seconds=self.seconds, context=context.call_cpu * 1e3)
        ours = costs["ours"]
        lines = [
            at_most("CPU of a call of ours, to SDK", ours.call_cpu / sdk.call_cpu, 1.0, "{:.2f}"),
            at_most("import of ours, to SDK", ours.import_wall / sdk.import_wall, 0.5, "{:.2f}"),
        ]
        return Report(method + table(header, rows), lines)


_METHOD = """\
The call is `QueryChatappPhoneNumbers` for a space with three numbers. One thread sends it over plain HTTP and loopback
to the simulator, which runs in its own process without a rate limit. Each figure is the median of {rounds} runs. Each
run is a new process that calls for {seconds:g} s after a warm-up. The ways take turns.

- CPU is the user and system time of the calling process.
- Calls per second include the time of the simulator.
- Import is the wall time of the imports, with existing bytecode.
- Our client reserves its turn in the pace for every call, under a lock between processes. The other ways have no pace.
- Ansible's functions open a connection for each call and create a TLS context for it, also for plain HTTP. The context
  alone loads the trusted certificates and took {context:.3f} ms of CPU.

"""
