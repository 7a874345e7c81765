# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook reconcile_only, which works only on the numbers of an event."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playbook_runs import Run, credentials_environment, run_playbook
from simulator_process import Simulator
from table_rows import rows_of
from worlds import SPACE

NUMBERS = [f"+861390000{index:04}" for index in range(4)]
HOSTS = {"shop": {"cams_phone_number": NUMBERS[0]}, "acme": {"cams_numbers": NUMBERS[1:]}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    variables = {"cams_cust_space_id": SPACE, "cams_rate_limit": 1000, "ansible_host": "192.0.2.1"}
    (tmp_path / "hosts.json").write_text(json.dumps({"all": {"hosts": HOSTS, "vars": variables}}), encoding="utf-8")
    return tmp_path


def run_only(folder: Path, simulator: Simulator, contained: dict[str, str], **variables: Any) -> Run:
    environment = {**contained, **credentials_environment(simulator), "XDG_STATE_HOME": str(folder / "state")}
    arguments = ("-i", "hosts.json", "-e", json.dumps(variables))
    return run_playbook("chatapp.cams.reconcile_only", environment, folder, *arguments)


def initiated(simulator: Simulator) -> set[str]:
    return {f"+{one['phone_number']}" for one in simulator.control.effects()["numbers"] if one["initiates"]}


@pytest.mark.parametrize(
    "named",
    [
        f"{NUMBERS[0]}, {NUMBERS[2]}",
        # The last is what is left of a number when something made an integer of it.
        [NUMBERS[0], int(NUMBERS[2])],
    ],
)
def test_only_the_named_numbers_are_worked_on(
    folder: Path, simulator: Simulator, contained: dict[str, str], named: Any
) -> None:
    run = run_only(folder, simulator, contained, cams_only=named)

    assert run.status == 0, run.output
    assert initiated(simulator) == {NUMBERS[0], NUMBERS[2]}
    assert f"{NUMBERS[2]} is declared by host acme" in run.output
    assert rows_of(run.output)[NUMBERS[2]].outcome == "awaiting_code"


def test_cams_look_only_writes_nothing(folder: Path, simulator: Simulator, contained: dict[str, str]) -> None:
    run = run_only(folder, simulator, contained, cams_only=NUMBERS[0], cams_look_only=True)

    assert run.status == 0, run.output
    assert rows_of(run.output)[NUMBERS[0]].outcome == "planned"
    assert initiated(simulator) == set()


def test_a_number_that_no_host_declares_is_left_alone(
    folder: Path, simulator: Simulator, contained: dict[str, str]
) -> None:
    run = run_only(folder, simulator, contained, cams_only=["+390212345678", NUMBERS[0]])

    assert run.status == 0, run.output
    assert "+390212345678 is declared by no host and was left alone" in run.output
    assert initiated(simulator) == {NUMBERS[0]}


@pytest.mark.parametrize("variables", [{}, {"cams_only": []}])
def test_a_run_that_names_no_number_is_refused(
    folder: Path, simulator: Simulator, contained: dict[str, str], variables: dict[str, Any]
) -> None:
    run = run_only(folder, simulator, contained, **variables)

    assert run.status == 2
    assert "cams_only names no number. Nothing was done." in run.output
    assert simulator.control.calls() == []


def test_a_number_that_failed_fails_the_run(folder: Path, simulator: Simulator, contained: dict[str, str]) -> None:
    simulator.control.reset()

    run = run_only(folder, simulator, contained, cams_only=NUMBERS[0])

    assert run.status == 2
    assert f"{NUMBERS[0]} - The resource does not belong to the current user - Unknown.ResourceOwnerId" in run.output
