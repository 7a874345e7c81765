# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes are requested when the owner of a number is ready, as the inventory, the run or the options of a module say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from declared_fleets import NUMBERS, PLAN, RECONCILE, STATUS, Fleet, hosts_with, numbers
from module_runs import Modules
from simulator_process import Simulator
from table_rows import rows_of, totals_of
from worlds import SPACE

LATER = "2999-12-01T09:00+08:00"
NOT_BEFORE = "No code is requested before 2999-12-01 09:00 +08:00, as"
FIRST, SECOND = NUMBERS[:2]


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Modules:
    simulator.control.change_settings(register_seconds=0)
    return Modules(simulator, tmp_path)


def outcomes(output: str) -> dict[str, str]:
    return {row.host: row.outcome for row in rows_of(output).values()}


# --- playbooks ---


INVENTORY = f"""
all:
  vars: {{cams_cust_space_id: "{SPACE}", cams_rate_limit: 1000}}
  hosts:
    today: {{cams_phone_number: "{NUMBERS[0]}", cams_ready: true, cams_code_not_before: "2020-01-01T09:00+08:00"}}
    later: {{cams_phone_number: "{NUMBERS[1]}", cams_code_not_before: 2999-12-01T09:00:00+08:00}}
    acme:
      cams_ready: false
      cams_numbers:
        - "{NUMBERS[2]}"
        - {{phone_number: "{NUMBERS[3]}", ready: "{{{{ 'yes' }}}}"}}
        - {{phone_number: "{NUMBERS[4]}", state: initiated}}
"""


@pytest.mark.every_core
def test_a_run_starts_the_numbers_whose_owners_are_ready_and_tells_what_the_others_wait_for(fleet: Fleet) -> None:
    fleet.inventory.parent.mkdir()
    fleet.inventory.write_text(INVENTORY, encoding="utf-8")
    keep = {"ansible.builtin.copy": {"content": "{{ reconcile_waiting | to_json }}", "dest": "{{ kept }}"}}
    for name in ("asked", "notified"):
        task = {"name": "Keep", **keep, "vars": {"kept": str(fleet.folder / f"{name}.json")}}
        (fleet.folder / f"{name}.yml").write_text(json.dumps([task]), encoding="utf-8")

    run = fleet.run(RECONCILE, "-e", "cams_code_tasks=asked.yml cams_notify_tasks=notified.yml cams_max_changes=3")

    assert run.status == 0, run.output
    assert fleet.effects() == {NUMBERS[0]: 1, NUMBERS[3]: 1, NUMBERS[4]: 1}
    assert fleet.effects("codes_sent") == {NUMBERS[0]: 1, NUMBERS[3]: 1}
    assert (totals_of(run.output)["waiting"], totals_of(run.output)["as declared"]) == ("4", "1")
    assert "Waiting for their owner: 2 numbers." in run.output
    rows = rows_of(run.output)
    assert rows[NUMBERS[1]].last == f"{NOT_BEFORE} cams_code_not_before says. Run again then."
    assert rows[NUMBERS[2]].last.startswith("No code is requested, because the owner of the number is not ready")
    assert rows[NUMBERS[2]].last.endswith("run again with -e cams_ready=+….")
    asked, notified = (json.loads((fleet.folder / f"{name}.json").read_text()) for name in ("asked", "notified"))
    assert [item["phone_number"] for item in asked] == [NUMBERS[0], NUMBERS[3]]
    assert [(item["outcome"], bool(item["deadline"])) for item in notified] == [
        ("awaiting_code", True),
        ("awaiting_owner", False),
        ("awaiting_owner", False),
        ("awaiting_code", True),
    ]


@pytest.mark.every_core
def test_a_run_that_names_ready_numbers_requests_codes_for_them_and_for_no_others(fleet: Fleet) -> None:
    fleet.declare({**numbers(3), "acme": {"cams_numbers": [{"phone_number": NUMBERS[3], "ready": False}, NUMBERS[4]]}})
    fleet.inventory.write_text(fleet.inventory.read_text().replace(f'"{FIRST}"', f'"{FIRST}", "cams_ready": false'))

    named = fleet.run(RECONCILE, "-e", f"cams_ready={FIRST},{NUMBERS[3]}")

    assert named.status == 0, named.output
    assert fleet.effects("codes_sent") == {FIRST: 1, NUMBERS[3]: 1}
    assert outcomes(named.output) == {
        "n0": "awaiting_code",
        "n1": "awaiting_owner",
        "n2": "awaiting_owner",
        "acme": "awaiting_owner",
    }
    nobody = fleet.run(RECONCILE, "-e", "cams_ready=false")
    assert (nobody.status, hosts_with(nobody, "changed")) == (0, set()), nobody.output
    assert fleet.effects("codes_sent") == {FIRST: 1, NUMBERS[3]: 1}


def test_a_code_that_is_given_is_submitted_whoever_is_ready(fleet: Fleet) -> None:
    fleet.declare(numbers(1))
    (fleet.folder / "codes.yml").write_text(json.dumps({"cams_codes": fleet.request_codes(1)}), encoding="utf-8")

    run = fleet.run(RECONCILE, "-e", "cams_ready=false", "-e", "@codes.yml")

    assert (run.status, totals_of(run.output)["as declared"]) == (0, "1"), run.output
    assert fleet.effects("registers") == {FIRST: 1}


@pytest.mark.parametrize(
    ("variables", "messages"),
    [
        (f"cams_resend={FIRST}", [f'"{FIRST}"  The number is not ready for a code. {NOT_BEFORE} cams_code_']),
        (
            f"cams_ready={NUMBERS[9]} cams_code_not_before=2026-12-01T09:00",
            ["No host of this play declares this number.", '"2026-12-01T09:00"  It has no time zone'],
        ),
        ("cams_ready=", ["Write true, false, or the numbers that are ready in this run"]),
    ],
    ids=["resend", "a number and a time", "empty"],
)
def test_mistakes_about_readiness_are_refused_before_the_first_call(
    fleet: Fleet, variables: str, messages: list[str]
) -> None:
    fleet.declare(numbers(2, cams_code_not_before=LATER))

    run = fleet.run(RECONCILE, "-e", variables)

    assert run.status == 2, run.output
    assert [message for message in messages if message not in run.output] == [], run.output
    assert not fleet.calls()


def test_a_resend_for_a_number_that_the_run_names_as_ready_requests_a_code(fleet: Fleet) -> None:
    fleet.declare(numbers(1, cams_code_not_before=LATER))

    run = fleet.run(RECONCILE, "-e", f"cams_resend={FIRST} cams_ready={FIRST}")

    assert (run.status, fleet.effects("codes_sent")) == (0, {FIRST: 1}), run.output


def test_a_number_that_waits_for_its_owner_is_drift_and_can_make_its_host_red(fleet: Fleet) -> None:
    fleet.declare({**numbers(1), "n1": {"cams_phone_number": SECOND, "cams_ready": False}})

    drift = fleet.run(PLAN, "-e", "cams_fail_on_drift=true")
    run = fleet.run(RECONCILE, "-e", "cams_fail_on=awaiting_owner")

    assert (drift.status, hosts_with(drift, "failed")) == (2, {"n0", "n1"}), drift.output
    assert (run.status, hosts_with(run, "failed")) == (2, {"n1"}), run.output


def test_a_plan_starts_the_numbers_that_were_ready_when_it_was_made_and_no_others(fleet: Fleet) -> None:
    fleet.declare({**numbers(1), "n1": {"cams_phone_number": SECOND, "cams_ready": False}})
    assert fleet.run(PLAN).status == 0
    fleet.declare(numbers(2))

    run = fleet.run(RECONCILE, "-e", "cams_plan_file=plan.json")

    assert run.status == 0, run.output
    assert fleet.effects() == {FIRST: 1}
    assert rows_of(run.output)[SECOND].outcome == "awaiting_owner"
    assert "when the plan was made, so the plan does not start it." in run.output


def test_a_plan_does_not_start_a_number_that_is_not_ready_any_more(fleet: Fleet) -> None:
    fleet.declare(numbers(2))
    assert fleet.run(PLAN).status == 0
    fleet.declare(numbers(2, cams_ready=False))

    run = fleet.run(RECONCILE, "-e", "cams_plan_file=plan.json")

    assert run.status == 2, run.output
    assert "The plan no longer applies" in run.output
    assert not fleet.effects()


def test_a_report_and_a_preflight_know_numbers_that_wait_for_their_owner(fleet: Fleet) -> None:
    fleet.declare(numbers(2, cams_ready=False))

    report = fleet.run("chatapp.cams.report")
    preflight = fleet.run("chatapp.cams.preflight", "-e", f"cams_ready={FIRST}")

    assert (report.status, preflight.status) == (0, 0), report.output + preflight.output
    document = json.loads((fleet.folder / "cams-report/report.json").read_text())
    assert document["summary"]["outcomes"]["awaiting_owner"] == 2
    assert {entry["drifted"] for entry in document["numbers"]} == {True}


# --- modules ---


def migrate(modules: Modules, **options: Any) -> dict[str, Any]:
    given = {"cust_space_id": SPACE, "phone_number": FIRST, "rate_limit": 1000, **options}
    return modules.run("cams_number_migration", **given)


def writes(modules: Modules) -> set[str]:
    reads = {STATUS, "QueryChatappPhoneNumbers"}
    return set(modules.simulator.control.calls_summary()["actions"]) - reads


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("option", [{"ready": False}, {"code_not_before": LATER}], ids=["ready", "time"])
def test_a_module_does_not_start_a_number_that_is_not_ready(
    modules: Modules, option: dict[str, Any], check_mode: bool
) -> None:
    result = migrate(modules, **option, _ansible_check_mode=check_mode)

    assert (result["outcome"], result["phase"], result["changed"]) == ("awaiting_owner", "absent", False)
    assert result["next_action"]
    assert not writes(modules)


def test_a_module_starts_a_number_whose_time_has_come(modules: Modules) -> None:
    assert migrate(modules, code_not_before="2020-12-01T09:00Z")["outcome"] == "awaiting_code"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ready": False, "resend": True}, "resend asks for a code, but the number is not ready. No code is requested"),
        ({"code_not_before": LATER, "resend": True}, f"the number is not ready. {NOT_BEFORE} code_not_before says."),
        ({"code_not_before": "2026-12-01 09:00"}, "code_not_before: '2026-12-01 09:00' has no time zone"),
        ({"code_not_before": ""}, "code_not_before: '' is not a time"),
    ],
)
def test_a_module_refuses_what_cannot_be_meant(modules: Modules, options: dict[str, Any], message: str) -> None:
    result = migrate(modules, **options)

    assert result["failed"]
    assert message in result["msg"]
    assert not modules.simulator.control.calls()


def test_the_fleet_refuses_a_resend_for_each_number_that_is_not_ready(modules: Modules) -> None:
    items = [
        {"cust_space_id": SPACE, "phone_number": FIRST, "ready": False},
        {"cust_space_id": SPACE, "phone_number": SECOND, "code_not_before": LATER},
    ]
    result = modules.run("cams_number_fleet", numbers=items, resend=[FIRST, SECOND])

    assert result["failed"]
    assert [line.split(",")[0] for line in result["msg"].splitlines()] == [
        f"resend names {FIRST}",
        f"resend names {SECOND}",
    ]
    assert not modules.simulator.control.calls()


def test_a_refusal_that_does_not_mean_an_unknown_number_needs_an_operator_and_not_the_owner(modules: Modules) -> None:
    modules.simulator.control.add_fault(
        "business_error", operation=STATUS, http_status=400, code="InvalidParameter", count=1
    )

    result = migrate(modules, ready=False)

    assert result["outcome"] == "needs_operator"
    assert not writes(modules)
