# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A space that is denied or slow does not stop the plan or the run of the other spaces."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from declared_fleets import (
    GATE,
    NUMBERS,
    PLAN,
    QUERY,
    RECONCILE,
    Fleet,
    failed_hosts,
    hosts_with,
    numbers,
)
from fork_server import StartedProcess
from module_runs import start_module
from table_rows import rows_of, totals_of
from worlds import SPACE, make_space

INITIATE, REQUEST = "CreateChatappMigrationInitiate", "GetMigrationVerifyCode"
LATER = "then, once the code is given"
# Only a hang takes longer.
LONGEST_SECONDS = 60.0
APPLY = ("-e", "cams_plan_file=plan.json")


@pytest.fixture
def fleet(fleet: Fleet) -> Fleet:
    """Three spaces. Two belong to the account, and the service denies the third."""
    fleet.simulator.control.seed({"spaces": [make_space("space-2")]})
    fleet.declare(
        {
            "ours": {"cams_numbers": NUMBERS[:2]},
            "theirs": {"cams_numbers": NUMBERS[2:9], "cams_cust_space_id": "not-ours"},
            "third": {"cams_phone_number": NUMBERS[9], "cams_cust_space_id": "space-2"},
        }
    )
    return fleet


def plan_of(fleet: Fleet) -> dict[str, Any]:
    plan: dict[str, Any] = json.loads((fleet.folder / "plan.json").read_text(encoding="utf-8"))
    return plan


def calls_of_space(fleet: Fleet, cust_space_id: str) -> int:
    return sum(call["parameters"].get("CustSpaceId") == cust_space_id for call in fleet.simulator.control.calls())


# --- a plan with a denied space ---


@pytest.mark.every_core
def test_a_plan_has_what_could_be_planned_and_says_what_could_not(fleet: Fleet) -> None:
    run = fleet.run(PLAN)

    assert run.status == 2, run.output
    assert failed_hosts(run) == {"theirs"}
    plan = plan_of(fleet)
    assert [number["phone_number"] for number in plan["numbers"]] == [*NUMBERS[:2], NUMBERS[9]]
    assert [(number["phone_number"], number["error"]["code"]) for number in plan["not_planned"]] == [
        (number, "Unknown.ResourceOwnerId") for number in NUMBERS[2:9]
    ]
    assert plan["numbers"][0]["steps"] == ["initiate", "request_code"]
    assert (plan["numbers"][0]["planned_phase"], plan["numbers"][0]["later_steps"]) == (
        "initiated",
        ["verify", "register"],
    )
    assert f"{fleet.folder}/plan.json has the plan of 3 of 10 numbers." in run.output
    assert "7 numbers of space not-ours failed: " in run.output
    assert rows_of(run.output)[NUMBERS[9]].last == f"initiate, request_code ({LATER}: verify, register)"
    assert {name: totals_of(run.output)[name] for name in ("planned", "failed")} == {"planned": "3", "failed": "7"}


@pytest.mark.every_core
def test_a_gate_for_drift_ends_with_4_if_a_number_could_not_be_planned(fleet: Fleet) -> None:
    run = fleet.run(PLAN, *GATE)

    assert run.status == 4, run.output
    assert len(plan_of(fleet)["numbers"]) == 3
    assert run.output.count("UNREACHABLE") == 1
    assert "only so that the playbook ends with exit status 4" in run.output


def test_a_plan_in_which_no_number_could_be_planned_is_not_written(fleet: Fleet) -> None:
    run = fleet.run(PLAN, "--limit", "theirs")

    assert run.status == 4, run.output
    assert not (fleet.folder / "plan.json").exists()


# --- that plan is applied ---


def test_a_partial_plan_is_applied_to_its_numbers_and_to_no_other(fleet: Fleet) -> None:
    assert fleet.run(PLAN).status == 2
    # The space is not denied any more, but nobody has seen the steps of its numbers.
    fleet.simulator.control.seed({"spaces": [make_space("not-ours")]})
    before = calls_of_space(fleet, "not-ours")

    run = fleet.run(RECONCILE, *APPLY)

    assert run.status == 2, run.output
    assert fleet.effects("codes_sent") == dict.fromkeys([*NUMBERS[:2], NUMBERS[9]], 1)
    assert calls_of_space(fleet, "not-ours") == before, "a number without a plan is not even read"
    assert hosts_with(run, "failed") == {"theirs"}
    assert "7 numbers were not attempted." in run.output
    assert "could not be planned. Fix the cause and make a new plan." in run.output


def test_a_number_that_is_in_no_part_of_the_plan_stops_the_run(fleet: Fleet) -> None:
    assert fleet.run(PLAN, "--limit", "ours").status == 0

    run = fleet.run(RECONCILE, "--limit", "ours,third", *APPLY)

    assert run.status == 2, run.output
    assert f"The plan no longer applies: {NUMBERS[9]}" in run.output
    assert not fleet.effects()


def test_a_number_that_cannot_be_read_any_more_does_not_stop_the_plan_of_others(fleet: Fleet) -> None:
    assert fleet.run(PLAN, "--limit", "ours,third").status == 0
    fleet.simulator.control.add_fault(
        "business_error", operation="GetPhoneNumberVerificationStatus", cust_space_id="space-2", count=None,
        code="NoPermission", message="Not allowed", http_status=403,
    )  # fmt: skip

    run = fleet.run(RECONCILE, "--limit", "ours,third", *APPLY)

    assert run.status == 2, run.output
    assert hosts_with(run, "failed") == {"third"}
    assert fleet.effects() == dict.fromkeys(NUMBERS[:2], 1)


def test_a_plan_whose_list_of_numbers_without_a_plan_was_edited_is_refused(fleet: Fleet) -> None:
    assert fleet.run(PLAN).status == 2
    plan = plan_of(fleet)
    *left, moved = plan["not_planned"]
    edited = (
        {**plan, "not_planned": left, "numbers": [*plan["numbers"], {**moved, "digest": ""}]},
        {**plan, "not_planned": left},
    )
    for document in edited:
        (fleet.folder / "plan.json").write_text(json.dumps(document), encoding="utf-8")

        run = fleet.run(RECONCILE, *APPLY)

        assert run.status == 2, run.output
        assert "The plan was edited" in run.output
        assert not fleet.effects()


# --- a run with a denied or slow space ---


def test_a_denied_space_does_not_stop_the_run_of_the_others(fleet: Fleet) -> None:
    run = fleet.run(RECONCILE, "-e", "cams_stop_after_equal_errors=2")

    assert run.status == 2, run.output
    assert hosts_with(run, "failed") == {"theirs"}
    assert fleet.effects("codes_sent") == dict.fromkeys([*NUMBERS[:2], NUMBERS[9]], 1)
    assert "not attempted" in run.output


def test_equal_errors_of_one_space_leave_the_others_alone(fleet: Fleet) -> None:
    fleet.simulator.control.seed({"spaces": [make_space("not-ours")]})
    fleet.simulator.control.add_fault(
        "business_error", operation=INITIATE, cust_space_id="not-ours", count=None, code="NoPermission", message="No"
    )

    run = fleet.run(RECONCILE, "-e", "cams_stop_after_equal_errors=3", "-e", "cams_concurrency=1")

    assert run.status == 2, run.output
    assert fleet.effects("codes_sent") == dict.fromkeys([*NUMBERS[:2], NUMBERS[9]], 1)
    counts = totals_of(run.output)
    assert (counts["failed"], counts["not attempted"]) == ("3", "4")
    assert "3 numbers of space not-ours in a row failed with NoPermission" in run.output


def test_a_slow_space_fails_alone(fleet: Fleet) -> None:
    slow = {"cams_phone_number": NUMBERS[9], "cams_cust_space_id": "space-2"}
    fleet.declare({**numbers(2), "slow": slow}, cams_timeout=2, cams_retries=0)
    fleet.simulator.control.add_fault("slow", operation=QUERY, cust_space_id="space-2", count=None, seconds=30)

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert hosts_with(run, "failed") == {"slow"}
    assert fleet.effects("codes_sent") == dict.fromkeys(NUMBERS[:2], 1)


@pytest.mark.parametrize("changes", [50, 3, 0], ids=["default limit", "exact limit", "no limit"])
def test_numbers_are_migrated_while_a_space_does_not_answer(fleet: Fleet, changes: int) -> None:
    fleet.simulator.control.add_fault("slow", operation=QUERY, cust_space_id="space-2", count=None, seconds=600)
    module = start_fleet_module(fleet, max_changes=changes)

    wait_until(lambda: fleet.effects("codes_sent") == dict.fromkeys(NUMBERS[:2], 1))
    module.terminate()
    output, _errors = module.communicate(timeout=LONGEST_SECONDS)

    assert [result["outcome"] for result in json.loads(output)["results"]] == [
        "failed",
        "awaiting_code",
        "awaiting_code",
    ]


def test_a_limit_that_needs_the_rows_of_a_slow_space_waits_for_them(fleet: Fleet) -> None:
    fleet.simulator.control.add_fault("slow", operation=QUERY, cust_space_id="space-2", count=None, seconds=600)
    module = start_fleet_module(fleet, max_changes=2)

    wait_until(lambda: fleet.calls().get(QUERY) == 2)
    module.terminate()
    module.communicate(timeout=LONGEST_SECONDS)

    assert not fleet.effects()


def start_fleet_module(fleet: Fleet, **options: Any) -> StartedProcess:
    """Start a run with one number of a slow space, and then two numbers of another space."""
    declared = [("space-2", NUMBERS[9]), (SPACE, NUMBERS[0]), (SPACE, NUMBERS[1])]
    connection = {
        "endpoint": fleet.simulator.endpoint,
        "access_key_id": fleet.simulator.access_key_id,
        "access_key_secret": fleet.simulator.access_key_secret,
        "timeout": 3600,
    }
    numbers_option = [{"cust_space_id": space, "phone_number": number} for space, number in declared]
    return start_module(
        "cams_number_fleet", {**connection, "numbers": numbers_option, **options}, {"HOME": str(fleet.folder)}
    )


def wait_until(condition: Callable[[], bool]) -> None:
    ends_at = time.monotonic() + LONGEST_SECONDS
    while not condition():
        if time.monotonic() > ends_at:
            pytest.fail("What was expected did not happen.")
        time.sleep(0.05)


# --- check mode ---


def test_check_mode_shows_the_phase_after_the_planned_steps_and_what_follows(fleet: Fleet) -> None:
    fleet.seed({"phone_number": NUMBERS[1], "status": "PENDING", "verified": True})

    run = fleet.run(RECONCILE, "--check", "--diff", "--limit", "ours")

    assert run.status == 0, run.output
    new, verified = run.output.split(f"+++ after: {NUMBERS[0]}")[1].split(f"+++ after: {NUMBERS[1]}")
    for line in (
        '-    "phase": "absent",',
        '+    "phase": "initiated",',
        '+    "steps": "initiate, request_code",',
        f'+    "{LATER}": "verify, register"',
    ):
        assert line in new, run.output
    assert '+    "phase": "connected",' in verified
    assert '+    "steps": "register"' in verified
    assert LATER not in verified.partition("PLAY RECAP")[0].partition("TASK")[0]
