# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrations by real ansible-playbook processes: killed, started twice, and waiting for each other."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from reliability.kills import SEED, Durations, Killed, NewMigration, check_survival, kill_at, measure
from reliability.passes import Migration, wait_until
from simulator_process import Simulator

KILLS = 4
HELD_SECONDS = 60
ACTIONS = {
    "initiate": "CreateChatappMigrationInitiate",
    "request_code": "GetMigrationVerifyCode",
    "verify": "ChatappMigrationVerified",
    "register": "ChatappMigrationRegister",
}
EFFECTS = {
    "initiate": "initiates",
    "request_code": "codes_sent",
    "verify": "hand_ins_right",
    "register": "registers",
}

_numbers = itertools.count(8613900000000)


@pytest.fixture
def new_migration(simulator: Simulator, contained: dict[str, str], tmp_path: Path) -> Callable[..., Migration]:
    simulator.control.change_settings(register_seconds=0.2)

    def make(*, with_journal: bool = True) -> Migration:
        number = next(_numbers)
        folder = tmp_path / str(number)
        return Migration(simulator, contained, folder, f"+{number}", with_journal=with_journal)

    return make


@pytest.fixture
def migration(new_migration: Callable[..., Migration]) -> Migration:
    return new_migration()


def hold(migration: Migration, step: str, seconds: float = HELD_SECONDS) -> Callable[[], bool]:
    """Keep the answer of a step back. Returns whether the step has taken effect by now."""
    migration.simulator.control.add_fault("slow", operation=ACTIONS[step], seconds=seconds)
    return lambda: migration.effects()[EFFECTS[step]] == 1


# --- killed


@pytest.fixture(scope="module")
def measured() -> dict[str, Durations]:
    """Holds the durations once they were measured: the simulator is emptied for each test."""
    return {}


@pytest.mark.parametrize("attempt", range(KILLS))
def test_runs_after_a_kill_at_a_random_moment_converge_and_send_no_code_by_themselves(
    new_migration: NewMigration, measured: dict[str, Durations], attempt: int
) -> None:
    if not measured:
        measured["undisturbed"] = measure(new_migration)
    killed = kill_at(new_migration, measured["undisturbed"], Random(f"{SEED}/{attempt}"))
    print(f"SEED={SEED}, attempt {attempt}, killed {killed.place}")

    check_survival(killed)


@pytest.mark.parametrize("step", list(ACTIONS))
def test_a_run_that_is_killed_between_a_write_and_its_answer_is_taken_up(migration: Migration, step: str) -> None:
    options = {}
    if step in ("verify", "register"):
        migration.run()
        options = {"verify_code": migration.code()}
    took_effect = hold(migration, step)

    doomed = migration.start(**options)
    wait_until(took_effect)
    doomed.kill()

    assert list(migration.open_entries().values()) == [step]
    check_survival(Killed(migration, options))
    assert migration.effects() == {
        "initiates": 1,
        "codes_sent": 1,
        "hand_ins_right": 1,
        "hand_ins_wrong": 0,
        "registers": 1,
    }


# --- at the same time


@pytest.mark.parametrize("with_journal", [True, False], ids=["journal", "no journal"])
def test_two_runs_started_together_send_one_code(new_migration: Callable[..., Migration], with_journal: bool) -> None:
    migration = new_migration(with_journal=with_journal)
    # One of them reads that the number is absent, and is still at it when the other arrives.
    migration.simulator.control.add_fault("slow", operation="GetPhoneNumberVerificationStatus", seconds=2)

    results = [run.result() for run in [migration.start(), migration.start()]]

    assert migration.effects()["codes_sent"] == 1
    assert migration.effects()["initiates"] == 1
    assert [result["outcome"] for result in results] == ["awaiting_code", "awaiting_code"]
    first, second = sorted(results, key=lambda result: str(result["previous_phase"]))
    assert [action["action"] for action in first["actions"]] == ["initiate", "request_code"]
    assert (first["previous_phase"], second["previous_phase"]) == ("absent", "initiated")
    assert (second["actions"], second["changed"]) == ([], False)
    assert "verify_code" in second["next_action"]


def test_the_lock_timeout_names_the_owner_and_a_killed_owner_frees_the_number(migration: Migration) -> None:
    took_effect = hold(migration, "initiate")
    owner = migration.start()
    wait_until(took_effect)
    (run,) = {line["run"] for line in migration.lines()}
    pids = [pid for pid, command in owner.processes().items() if "cams_number_migration" in command]

    turned_away = migration.run(lock_timeout=1)

    assert turned_away["failed"]
    assert (turned_away["outcome"], turned_away["error"]["code"]) == ("failed", "Locked")
    assert f"run {run} of " in turned_away["msg"]
    assert any(f"process {pid}, " in turned_away["msg"] for pid in pids), (turned_away["msg"], pids)
    assert [line["run"] for line in migration.lines()] == [run]

    owner.kill()
    assert migration.run(lock_timeout=0)["outcome"] == "awaiting_code"


def test_a_module_whose_controller_is_killed_takes_no_further_step(migration: Migration) -> None:
    took_effect = hold(migration, "initiate", seconds=10)
    orphaned = migration.start()
    wait_until(took_effect)
    for pid, command in orphaned.processes().items():
        if "ansible-playbook" in command:
            os.kill(pid, 9)

    # It waits for the module, which brings the step that is under way to its end.
    result = migration.run(lock_timeout=120)

    assert (result["previous_phase"], result["outcome"]) == ("initiated", "awaiting_code")
    assert (migration.effects()["initiates"], migration.effects()["codes_sent"]) == (1, 0)
    assert migration.open_entries() == {}
    assert migration.run(resend=True)["outcome"] == "awaiting_code"
    assert migration.effects()["codes_sent"] == 1
