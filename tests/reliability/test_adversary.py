# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Test every change of every answer, and every value for every option. ``-s`` prints the tables."""

from __future__ import annotations

import os
from pathlib import Path

from adversary import campaign
from adversary.inputs import NUMBER, Processes, inputs
from reliability.kills import SEED
from simulator_process import Simulator
from worlds import SPACE, make_space

PROCESSES = 2
# ADVERSARY_PART=1/8 runs only the first of eight parts.
PART = os.environ.get("ADVERSARY_PART", "1/1")


def test_no_answer_ends_a_fleet_or_a_module() -> None:
    tally = campaign.run_all(SEED, PROCESSES, *map(int, PART.split("/")))
    print(f"\n{tally.table(SEED)}")

    assert tally.is_clean
    if not os.environ.get(campaign.WITHOUT_HANDLER):
        assert tally.caught_by_final_handler == []


def test_every_input_works_or_is_refused_before_any_call(tmp_path: Path) -> None:
    part, parts = map(int, PART.split("/"))
    tried, broken = 0, {}
    with Simulator() as simulator, Processes(simulator, tmp_path) as processes:
        simulator.control.change_settings(rate_limit=0)
        simulator.control.seed(
            {"spaces": [make_space()], "numbers": [{"cust_space_id": SPACE, "phone_number": NUMBER[1:]}]}
        )
        for given in list(inputs())[part - 1 :: parts]:
            tried += 1
            if found := processes.broken_promises(given):
                broken[str(given)] = found
    print(f"\n{tried:>7}  inputs\n{len(broken):>7}  of them with a traceback, or refused after a call")
    print("\n".join([f"{len(processes.caught):>7}  of them refused only by the final handler", *processes.caught[:40]]))

    assert broken == {}
