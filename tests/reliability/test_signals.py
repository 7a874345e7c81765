# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send a hundred signals to finished runs of 2,000 numbers, and kill fifty controllers early. SEED repeats both."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from environment import contained_environment
from module_runs import Modules
from reliability.kills import SEED
from reliability.signals import Controller, Fleet, random_delays
from simulator_process import Simulator

SIGNALS = 100
NUMBERS = 2000
KILLS = 50
EARLY_SECONDS = 2.0


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as started:
        started.control.change_settings(rate_limit=0)
        yield started


def test_a_hundred_signals_after_the_work_cost_no_result(simulator: Simulator, tmp_path: Path) -> None:
    fleet = Fleet(Modules(simulator, tmp_path), NUMBERS)
    longest = fleet.seconds_after_work()

    ended = [fleet.signal_after_work(signal.SIGTERM, delay) for delay in random_delays(SEED, SIGNALS, longest)]

    lost = sum(end.results != NUMBERS for end in ended)
    running = sum(end.was_running for end in ended)
    print(f"\nSEED={SEED}: {SIGNALS} signals within {longest:.2f} s after the work, {running} while the module ran")
    print(f"results lost: {lost}")
    assert lost == 0
    assert running > SIGNALS / 4


def test_fifty_controllers_killed_early_leave_no_module_that_writes(simulator: Simulator, tmp_path: Path) -> None:
    controller = Controller(simulator, contained_environment(), tmp_path)
    # A busy machine starts slowly. The kills must still happen around the start.
    longest = max(EARLY_SECONDS, 1.2 * controller.seconds_to_the_first_call())

    orphaned = [
        controller.kill_after(moment, str(turn)) for turn, moment in enumerate(random_delays(SEED, KILLS, longest))
    ]

    later = sum(run.later for run in orphaned)
    early = sum(run.within_grace for run in orphaned)
    left = sum(run.left_a_module for run in orphaned)
    print(f"\nSEED={SEED}: {KILLS} kills within {longest:.1f} s; {left} modules still ran 3 s later")
    print(f"writes within 3 s after the kill: {early}; later: {later}")
    assert later == 0
