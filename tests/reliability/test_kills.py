# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill fifty migrations of a real ansible-playbook at random times. SEED repeats the times."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from environment import contained_environment
from reliability.kills import SEED, Durations, NewMigration, check_survival, kill_at, measure, table_of_places
from reliability.passes import Migration
from simulator_process import Simulator

KILLS = 50


@pytest.fixture(scope="module")
def new_migration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewMigration]:
    folder, numbers = tmp_path_factory.mktemp("migrations"), itertools.count(8613900000000)

    def make() -> Migration:
        number = next(numbers)
        return Migration(simulator, contained_environment(), Path(folder, str(number)), f"+{number}")

    with Simulator(":memory:", "--setting", "register_seconds=0.2") as simulator:
        yield make


@pytest.fixture(scope="module")
def durations(new_migration: NewMigration) -> Durations:
    return measure(new_migration)


@pytest.fixture(scope="module")
def places() -> Iterator[Counter[str]]:
    counted: Counter[str] = Counter()
    yield counted
    print(f"\n{table_of_places(counted)}")


@pytest.mark.parametrize("attempt", range(KILLS))
def test_runs_after_a_kill_converge_and_send_no_code_by_themselves(
    new_migration: NewMigration, durations: Durations, places: Counter[str], attempt: int
) -> None:
    killed = kill_at(new_migration, durations, Random(f"{SEED}/{attempt}"))
    places[killed.place] += 1
    print(f"SEED={SEED}, attempt {attempt}, killed {killed.place}")

    check_survival(killed)
