# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches of a play with serial: whether the next batch starts while the numbers of this batch wait."""

from __future__ import annotations

import json
from typing import Any

import pytest
from declared_fleets import NUMBERS, RECONCILE, ROLE, Fleet, hosts_with, numbers, recap
from playbook_runs import Run
from table_rows import rows_of
from worlds import make_space

HELD = "cams_continue_when=as_declared"
ALL_THAT_WAIT = "awaiting_code,awaiting_connection,awaiting_owner,needs_operator"
LATER_SPACE = "space-of-later-batches"
AS_ROLES = {"roles": [{"role": RECONCILE}]}
AFTERWARDS = {
    "hosts": "localhost",
    "gather_facts": False,
    "tasks": [{"name": "Go on", "ansible.builtin.debug": {"msg": "The second play runs."}}],
}


@pytest.fixture
def fleet(fleet: Fleet) -> Fleet:
    """A fleet in two spaces."""
    fleet.simulator.control.seed({"spaces": [make_space(LATER_SPACE)]})
    return fleet


def canary_and_three_others(**variables: Any) -> dict[str, Any]:
    """One number, then two hosts of another space, of which one is a customer with two numbers."""
    later = {"cams_cust_space_id": LATER_SPACE}
    one, two = {**later, "cams_phone_number": NUMBERS[1]}, {**later, "cams_numbers": NUMBERS[2:4]}
    return {**numbers(1, **variables), "n1": one, "acme": two}


def waves(fleet: Fleet, *arguments: str, tasks: tuple[Any, ...] = (ROLE,), serial: Any = 1, **keywords: Any) -> Run:
    path = fleet.play(*tasks, serial=serial, **keywords)
    path.write_text(json.dumps([*json.loads(path.read_text()), AFTERWARDS]), encoding="utf-8")
    return fleet.run(path, *arguments)


def calls_for_later_batches(fleet: Fleet) -> int:
    return json.dumps(fleet.simulator.control.calls()).count(f'"{LATER_SPACE}"')


@pytest.mark.every_core
@pytest.mark.parametrize("way", [{}, {"tasks": (), **AS_ROLES}], ids=["import_role", "roles"])
def test_the_next_wave_starts_when_the_numbers_of_this_one_are_connected(fleet: Fleet, way: dict[str, Any]) -> None:
    fleet.declare(canary_and_three_others())

    first = waves(fleet, "-e", HELD, **way)

    assert first.status == 0, first.output
    assert fleet.effects("codes_sent") == {NUMBERS[0]: 1}
    assert calls_for_later_batches(fleet) == 0
    assert set(recap(first)) == {"n0", "localhost"}
    assert (
        "Not started: 2 hosts of later batches with 3 numbers, because 1 number of this batch is not as declared and"
        " cams_continue_when is as_declared."
    ) in first.output
    assert "The second play runs." in first.output

    (fleet.folder / "codes.yml").write_text(json.dumps({"cams_codes": fleet.codes(1)}), encoding="utf-8")
    second = waves(fleet, "-e", HELD, "-e", "@codes.yml", **way)

    assert second.status == 0, second.output
    assert fleet.effects("registers") == {NUMBERS[0]: 1}
    assert fleet.effects("codes_sent") == {NUMBERS[0]: 1, NUMBERS[1]: 1}
    assert set(recap(second)) == {"n0", "n1", "localhost"}
    assert "Not started: 1 host of later batches with 2 numbers" in second.output


def test_by_default_the_next_wave_starts_while_numbers_wait(fleet: Fleet) -> None:
    fleet.declare(canary_and_three_others())

    run = waves(fleet)

    assert run.status == 0, run.output
    assert len(fleet.effects("codes_sent")) == 4
    assert "Not started" not in run.output


@pytest.mark.every_core
def test_a_pipeline_that_fails_on_waiting_numbers_is_red_when_a_wave_is_not_started(fleet: Fleet) -> None:
    fleet.declare(
        {**numbers(1), "n1": {"cams_phone_number": NUMBERS[1], "cams_state": "initiated"}, "n2": {}, "n3": {}}
    )

    run = waves(fleet, "-e", HELD, "-e", f"cams_fail_on={ALL_THAT_WAIT}", serial=2)

    assert run.status == 2, run.output
    assert (hosts_with(run, "failed"), set(recap(run))) == ({"n0"}, {"n0", "n1", "localhost"}), run.output
    assert "Not started: 2 hosts of later batches with 0 numbers" in run.output


@pytest.mark.every_core
def test_a_failed_number_holds_the_next_wave_and_its_host_stays_red(fleet: Fleet) -> None:
    fleet.seed({"phone_number": NUMBERS[1], "status": "FLAGGED"})
    theirs = {"cams_phone_number": NUMBERS[0], "cams_cust_space_id": "not-ours"}
    ours = {"cams_phone_number": NUMBERS[1]}
    fleet.declare(
        {"n0": theirs, "n1": ours, "n2": {"cams_phone_number": NUMBERS[2], "cams_cust_space_id": LATER_SPACE}}
    )

    run = waves(fleet, "-e", HELD, serial=2)

    assert run.status == 2, run.output
    assert (hosts_with(run, "failed"), set(recap(run))) == ({"n0"}, {"n0", "n1", "localhost"}), run.output
    assert rows_of(run.output)[NUMBERS[1]].phase == "limited"
    assert calls_for_later_batches(fleet) == 0


def test_every_wave_runs_when_all_numbers_are_as_declared(fleet: Fleet) -> None:
    statuses = ("CONNECTED", "FLAGGED", "CONNECTED")
    fleet.seed(*({"phone_number": number, "status": status} for number, status in zip(NUMBERS, statuses, strict=False)))
    fleet.declare({**numbers(3), "none": {}, "last": {"cams_phone_number": NUMBERS[3]}})
    after = {"name": "Say", "ansible.builtin.debug": {"msg": "after the role"}}

    # A host that declares no number is no wave of its own, because a run without a number is refused.
    run = waves(fleet, "-e", HELD, tasks=(ROLE, after), serial=[1, 1, 2, 1])

    assert run.status == 0, run.output
    assert fleet.effects("codes_sent") == {NUMBERS[3]: 1}
    assert "Not started" not in run.output
    assert run.output.count("after the role") == 5


def test_a_host_that_the_role_leaves_out_does_not_hold_the_next_wave(fleet: Fleet) -> None:
    fleet.declare(canary_and_three_others())
    role = {**ROLE, "when": "inventory_hostname != 'n0'"}

    run = waves(fleet, "-e", HELD, tasks=(role,))

    assert run.status == 0, run.output
    assert fleet.effects("codes_sent") == {NUMBERS[1]: 1}
    assert set(recap(run)) == {"n0", "n1", "localhost"}


def test_check_mode_plans_every_wave(fleet: Fleet) -> None:
    fleet.declare(canary_and_three_others())

    run = waves(fleet, "-e", HELD, "--check")

    assert run.status == 0, run.output
    assert set(rows_of(run.output)) == set(NUMBERS[:4])
    assert not fleet.effects()


def test_a_run_in_one_batch_has_no_later_batch(fleet: Fleet) -> None:
    fleet.declare(numbers(2))

    run = fleet.run(RECONCILE, "-e", HELD)

    assert run.status == 0, run.output
    assert len(fleet.effects("codes_sent")) == 2
    assert "Not started" not in run.output


def test_a_misspelt_value_is_refused_before_the_first_call(fleet: Fleet) -> None:
    fleet.declare(numbers(2))

    run = waves(fleet, "-e", "cams_continue_when=connected")

    assert run.status == 2, run.output
    assert 'cams_continue_when  "connected"  Write one of always, as_declared.' in run.output
    assert not fleet.calls()
