# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Processes share the slots of one pace. The slots are compared, and not when calls arrive: a busy machine makes calls
late, and may make several of them late together. How the pace is used is measured by ``make benchmark``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import MARGIN
from reliability.passes import LONGEST_PASS_SECONDS, wait_until
from simulator_process import Simulator

LIMIT = 10
PROCESSES = 8
CALLS = 10
ACTION = "QueryChatappPhoneNumbers"
# The pace file keeps microseconds.
INTERVAL = MARGIN / LIMIT - 2e-6

CALLER = """
import json, sys
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import AUTH_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import make_client
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import pace_of_this_machine
endpoint, key, secret, calls = sys.argv[1:]
slots, reserve = [], Pace._reserve_slot

def noted(pace, action, deadline):
    slots.append(reserve(pace, action, deadline))
    return slots[-1]

Pace._reserve_slot = noted
options = {name: argument.get("default") for name, argument in AUTH_ARGUMENTS.items()}
options |= {"endpoint": endpoint, "access_key_id": key, "access_key_secret": secret, "retries": 20}
client = make_client(options, ansible_version="2", check_mode=False, make_pace=pace_of_this_machine)
# All go on together.
print("ready", flush=True)
sys.stdin.readline()
for _turn in range(int(calls)):
    client.call(QUERY_NUMBERS, {"CustSpaceId": "space-1"}).body_or_raise()
print(json.dumps({"slots": slots, "throttled": client.counts.throttled}))
"""


class Caller:
    """Start a process that makes this number of calls after a signal, and writes the slots that it used."""

    def __init__(self, simulator: Simulator, state: Path, calls: int) -> None:
        arguments = [simulator.endpoint, simulator.access_key_id, simulator.access_key_secret, str(calls)]
        self._process = subprocess.Popen(
            [sys.executable, "-c", CALLER, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "XDG_STATE_HOME": str(state), "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def wait_until_ready(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def result(self) -> dict[str, Any]:
        output, _nothing = self._process.communicate(timeout=LONGEST_PASS_SECONDS)
        found: dict[str, Any] = json.loads(output)
        return found

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


def started(simulator: Simulator, state: Path, count: int, *, calls: int = CALLS) -> list[Caller]:
    callers = [Caller(simulator, state, calls) for _turn in range(count)]
    for caller in callers:
        caller.wait_until_ready()
    for caller in callers:
        caller.go()
    return callers


def nearest(slots: Sequence[float]) -> float:
    return min(later - earlier for earlier, later in pairwise(sorted(slots)))


@pytest.fixture
def limited(simulator: Simulator) -> Simulator:
    simulator.control.change_settings(rate_limit=LIMIT)
    return simulator


def test_no_two_slots_of_eight_processes_lie_closer_than_the_limit_allows(limited: Simulator, tmp_path: Path) -> None:
    results = [caller.result() for caller in started(limited, tmp_path / "state", PROCESSES)]

    each = [len(result["slots"]) for result in results]
    throttled = sum(result["throttled"] for result in results)
    assert nearest([slot for result in results for slot in result["slots"]]) >= INTERVAL
    assert min(each) >= CALLS, each
    assert limited.control.calls_summary()["actions"][ACTION]["count"] == PROCESSES * CALLS + throttled


def test_processes_that_are_killed_while_they_hold_slots_stop_nobody(limited: Simulator, tmp_path: Path) -> None:
    doomed = started(limited, tmp_path / "state", 3, calls=10_000)
    wait_until(lambda: bool(limited.control.calls(action=ACTION)))
    for caller in doomed:
        caller.kill()
    [file] = (tmp_path / "state").glob(f"**/pace/*-{ACTION}")
    first_free = float(file.read_text(encoding="ascii").split()[0])
    [survivor] = started(limited, tmp_path / "state", 1)
    slots = survivor.result()["slots"]

    assert len(slots) >= CALLS
    assert nearest(slots) >= INTERVAL
    assert slots[0] >= first_free, "the slots of the dead are not given away again"
