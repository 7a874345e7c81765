# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module that is signalled after its work prints its results; one whose controller is gone writes nothing."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from module_runs import Modules
from reliability.kills import SEED
from reliability.signals import Controller, Fleet, random_delays
from simulator_process import Simulator

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGTERM)


def test_a_signal_after_the_work_costs_no_result(simulator: Simulator, tmp_path: Path) -> None:
    fleet = Fleet(Modules(simulator, tmp_path), 300)
    longest = fleet.seconds_after_work()

    ended = [
        fleet.signal_after_work(number, delay)
        for number, delay in zip(SIGNALS, random_delays(SEED, len(SIGNALS), longest), strict=True)
    ]

    assert [(end.status, end.results) for end in ended] == [(0, 300)] * len(SIGNALS), f"SEED={SEED}"


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_a_module_whose_controller_is_gone_before_it_begins_writes_nothing(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path, share: float
) -> None:
    controller = Controller(simulator, contained, tmp_path)

    orphaned = controller.kill_after(share * controller.seconds_to_the_first_call(), "orphaned")

    assert orphaned.later == 0, orphaned
