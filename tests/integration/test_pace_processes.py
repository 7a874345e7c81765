# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Eight processes keep one pace, as the service counts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from simulator_process import Simulator

LIMIT = 10
PROCESSES = 8
SECONDS = 10.0
ACTION = "QueryChatappPhoneNumbers"

CALLER = """
import sys, time
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._arguments import AUTH_ARGUMENTS, make_client
endpoint, key, secret, since, until = sys.argv[1:]
options = {name: argument.get("default") for name, argument in AUTH_ARGUMENTS.items()}
options |= {"endpoint": endpoint, "access_key_id": key, "access_key_secret": secret}
client = make_client(options, ansible_version="2", check_mode=False)
time.sleep(max(0, float(since) - time.time()))
while time.time() < float(until):
    client.call(QUERY_NUMBERS, {"CustSpaceId": "space-1"}).answer()
print(client.counts.calls.total())
"""


@pytest.fixture
def limited(simulator: Simulator) -> Simulator:
    simulator.control.change_settings(rate_limit=LIMIT)
    return simulator


def start(simulator: Simulator, state: Path, since: float, until: float) -> subprocess.Popen[str]:
    arguments = [simulator.endpoint, simulator.access_key_id, simulator.access_key_secret, str(since), str(until)]
    environment = {**os.environ, "XDG_STATE_HOME": str(state), "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-c", CALLER, *arguments], stdout=subprocess.PIPE, text=True, env=environment
    )


def arrivals(simulator: Simulator) -> list[float]:
    return [call["time"] for call in simulator.control.calls(action=ACTION)]


def most_in_a_second(moments: list[float]) -> int:
    return max(sum(1 for other in moments if start <= other < start + 1) for start in moments)


def test_eight_processes_stay_within_the_limit_and_use_it(limited: Simulator, tmp_path: Path) -> None:
    # All begin together, once each has imported what it needs.
    since = time.time() + 4
    processes = [start(limited, tmp_path / "state", since, since + SECONDS + 0.5) for number in range(PROCESSES)]
    each = [int(process.communicate(timeout=60)[0]) for process in processes]
    moments = arrivals(limited)
    window = [moment for moment in moments if moment < moments[0] + SECONDS]

    assert most_in_a_second(moments) <= LIMIT
    assert len(window) >= 0.95 * LIMIT * SECONDS
    assert limited.control.calls_summary()["throttled"] == 0
    assert min(each) >= 0.5 * sum(each) / PROCESSES, f"the slots were not shared fairly: {each}"


def test_a_process_that_is_killed_while_it_holds_a_slot_stops_nobody(limited: Simulator, tmp_path: Path) -> None:
    since = time.time() + 2
    until = since + 6
    doomed = [start(limited, tmp_path / "state", since, until) for number in range(3)]
    survivor = start(limited, tmp_path / "state", since, until)
    time.sleep(since + 3 - time.time())
    for process in doomed:
        process.send_signal(signal.SIGKILL)
        process.communicate()
    killed_at = time.time()
    calls = int(survivor.communicate(timeout=60)[0])
    after = [moment for moment in arrivals(limited) if moment > killed_at]

    assert calls > 0
    assert len(after) >= 0.85 * LIMIT * (until - killed_at)
