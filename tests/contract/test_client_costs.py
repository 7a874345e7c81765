# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a call and the import cost beside the official SDK, counted. ``make benchmark`` measures their time."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass

import pytest
from benchmark.calls import SPACE, WORKER
from environment import ROOT, contained_environment
from simulator_process import Simulator

CALLS = 50
LONGEST_SECONDS = 300

COUNTER = """
import json, socket, sys
from collections import Counter
sys.path.insert(0, sys.argv[1])
import worker
way, endpoint, key, secret, space, calls = sys.argv[2:]
imported_before = len(sys.modules)
connect = worker.WAYS[way]()
modules = len(sys.modules) - imported_before
count_numbers = connect(endpoint, key, secret, space)
connections, opened = [], socket.socket.connect
socket.socket.connect = lambda plain, address: (connections.append(address), opened(plain, address))[1]
for _turn in range(worker.WARM_UP_CALLS):
    count_numbers()
functions = Counter()
sys.setprofile(lambda frame, event, argument: functions.update([event]))
for _turn in range(int(calls)):
    count_numbers()
sys.setprofile(None)
print(json.dumps({"modules": modules, "functions": functions["call"], "connections": len(connections)}))
"""


@dataclass(frozen=True)
class Costs:
    """Of one way in a fresh process: modules that it imports, Python functions that run for a call, connections."""

    modules: int
    functions: int
    connections: int


def count(simulator: Simulator, way: str) -> Costs:
    account = (simulator.endpoint, simulator.access_key_id, simulator.access_key_secret, SPACE)
    done = subprocess.run(
        [sys.executable, "-c", COUNTER, str(WORKER.parent), way, *account, str(CALLS)],
        env=contained_environment() | {"PYTHONPATH": str(ROOT / ".work/tree")},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=LONGEST_SECONDS,
    )
    figures = json.loads(done.stdout)
    return Costs(figures["modules"], figures["functions"] // CALLS, figures["connections"])


@pytest.fixture(scope="module")
def costs() -> dict[str, Costs]:
    with Simulator(":memory:", "--setting", "rate_limit=0") as simulator:
        return {way: count(simulator, way) for way in ("ours", "sdk")}


def test_a_call_runs_fewer_functions_than_one_by_the_official_sdk(costs: dict[str, Costs]) -> None:
    assert costs["ours"].functions < costs["sdk"].functions


def test_all_calls_share_one_connection(costs: dict[str, Costs]) -> None:
    assert costs["ours"].connections == 1


def test_the_import_loads_less_than_half_of_the_modules_of_the_official_sdk(costs: dict[str, Costs]) -> None:
    assert costs["ours"].modules < costs["sdk"].modules / 2
