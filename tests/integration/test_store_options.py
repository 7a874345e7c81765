# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks that need a store refuse to work without one, before the first call. No test here has a database."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playbook_runs import Run, credentials_environment, run_playbook
from simulator_process import Simulator
from worlds import SPACE

REQUIRED = "store_required is true, but no store is named"


@pytest.fixture
def play(simulator: Simulator, contained: dict[str, str], tmp_path: Path) -> Any:
    hosts = {"shop-1": {"cams_phone_number": "+8613900001234", "cams_cust_space_id": SPACE}}
    inventory = json.dumps({"all": {"hosts": hosts}})
    (tmp_path / "numbers.yml").write_text(inventory, encoding="utf-8")

    def run(playbook: str, *arguments: str, **variables: str) -> Run:
        environment = {**contained, **credentials_environment(simulator), **variables}
        return run_playbook(playbook, environment, tmp_path, "-i", "numbers.yml", *arguments)

    return run


BY_VARIABLE: tuple[list[str], dict[str, str]] = (["-e", "cams_store_required=true"], {})
BY_ENVIRONMENT: tuple[list[str], dict[str, str]] = ([], {"CAMS_STORE_REQUIRED": "true"})


@pytest.mark.parametrize(
    ("playbook", "arguments", "variables"),
    [
        ("reconcile", *BY_VARIABLE),
        ("reconcile", *BY_ENVIRONMENT),
        ("plan", *BY_VARIABLE),
        ("report", *BY_ENVIRONMENT),
    ],
)
def test_a_required_store_must_be_named(
    simulator: Simulator, play: Any, playbook: str, arguments: list[str], variables: dict[str, str]
) -> None:
    run = play(f"chatapp.cams.{playbook}", *arguments, **variables)

    assert run.status != 0
    assert REQUIRED in " ".join(run.output.split())
    assert simulator.control.calls_summary()["actions"] == {}


def test_the_playbook_store_needs_a_store(play: Any) -> None:
    run = play("chatapp.cams.store")

    assert run.status == 2
    assert "No store is named. Name the database in cams_store" in " ".join(run.output.split())


def test_the_variable_reaches_the_module_which_refuses_what_is_not_a_database(simulator: Simulator, play: Any) -> None:
    run = play("chatapp.cams.reconcile", "-e", "cams_store=mysql://cams@db.example.com/cams")

    assert run.status == 2
    assert "store must be the URL of a PostgreSQL database" in " ".join(run.output.split())
    assert simulator.control.calls_summary()["actions"] == {}
