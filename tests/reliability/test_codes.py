# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hundred codes that take half a minute to arrive, as they do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from arrivals import reconcile_while_codes_arrive
from environment import contained_environment
from simulator_process import Simulator
from worlds import SPACE, make_space

COUNT = 200
SECONDS = 30.0


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as started:
        started.control.change_settings(rate_limit=0)
        started.control.seed({"spaces": [make_space()]})
        yield started


def test_one_run_serves_two_hundred_numbers_whose_codes_arrive_over_half_a_minute(
    simulator: Simulator, tmp_path: Path
) -> None:
    environment = {**contained_environment(), "XDG_STATE_HOME": str(tmp_path / "state")}
    arrivals = reconcile_while_codes_arrive(simulator, environment, tmp_path, count=COUNT, seconds=SECONDS)
    print(f"\n{arrivals.requests} readings for {COUNT} codes over {SECONDS} s")

    assert arrivals.run.status == 0, arrivals.run.output
    assert arrivals.summary["converged"] == COUNT
    # One wait reads the inbox for all numbers at growing intervals.
    assert arrivals.requests < COUNT / 4
    effects = simulator.control.effects(SPACE)["numbers"]
    assert {effect["hand_ins_right"] for effect in effects} == {effect["codes_sent"] for effect in effects} == {1}
    assert sum(effect["hand_ins_wrong"] for effect in effects) == 0
