# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks with a store that two machines share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from declared_fleets import NUMBERS, RECONCILE, Fleet, hosts_with, numbers
from playbook_runs import credentials_environment
from postgres_server import PostgresServer
from simulator_process import Simulator

STORE, REPORT, PLAN = "chatapp.cams.store", "chatapp.cams.report", "chatapp.cams.plan"


@pytest.fixture
def fleet(
    simulator: Simulator, contained: dict[str, str], postgres: PostgresServer, database_url: str, tmp_path: Path
) -> Fleet:
    """The first machine, with a journal beside the inventory and no store."""
    simulator.control.change_settings(register_seconds=0, before_register="hidden")
    environment = {**contained, **credentials_environment(simulator), **postgres.environment}
    (tmp_path / "first").mkdir()
    return Fleet(simulator, {**environment, "XDG_STATE_HOME": str(tmp_path / "first/state")}, tmp_path / "first")


def second_machine(fleet: Fleet) -> Fleet:
    folder = fleet.folder.parent / "second"
    folder.mkdir()
    return replace(fleet, folder=folder, environment={**fleet.environment, "XDG_STATE_HOME": str(folder / "state")})


def test_a_team_moves_to_a_store_and_a_second_machine_sends_no_second_code(fleet: Fleet, database_url: str) -> None:
    fleet.declare(numbers(2))
    assert fleet.run(RECONCILE).status == 0
    shared = {"cams_store": database_url, "cams_store_required": True}
    fleet.declare(numbers(3), **shared)

    refused = fleet.run(RECONCILE)
    assert refused.status == 2
    assert "is not in the store" in refused.output
    assert "ansible-playbook chatapp.cams.store" in refused.output
    moved = fleet.run(STORE, "-e", f"cams_store={database_url}")
    assert moved.status == 0, moved.output
    assert "Imported 4 new entries from" in moved.output
    assert "No run works on numbers of this account now." in moved.output
    assert "changed=0" in fleet.run(STORE, "-e", f"cams_store={database_url}").output

    second = second_machine(fleet)
    second.declare(numbers(3), **shared)
    run = second.run(RECONCILE)
    assert run.status == 0, run.output
    assert fleet.effects("codes_sent") == dict.fromkeys(NUMBERS[:3], 1)
    assert not second.journal.exists()
    assert not hosts_with(fleet.run(RECONCILE), "changed")

    report = second.run(REPORT, "-e", f"cams_report_directory={second.folder}")
    assert report.status == 0, report.output
    page = (second.folder / "report.json").read_text(encoding="utf-8")
    assert page.count('"step": "request_code"') == 3, page[:2000]

    fleet.declare(numbers(2))
    without = fleet.run(RECONCILE)
    assert without.status == 2
    assert "was moved to the store" in without.output


def test_a_required_store_that_is_not_named_stops_the_playbooks_before_a_call(fleet: Fleet) -> None:
    fleet.declare(numbers(1), cams_store_required=True)
    for playbook in (PLAN, RECONCILE):
        run = fleet.run(playbook)
        assert run.status != 0
        assert "no store is named" in run.output, run.output
    assert fleet.calls() == {}
