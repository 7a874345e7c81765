# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet module as its own process: its results, its messages about wrong options, and signals."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from module_runs import LONGEST_RUN_SECONDS, Modules, Result
from reliability.passes import wait_until
from simulator_process import Simulator
from worlds import SPACE

FLEET = "ansible_collections.chatapp.cams.plugins.modules.cams_number_fleet"
FIRST, SECOND = "+8613900001234", "+8613900001235"


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Modules:
    simulator.control.change_settings(register_seconds=0)
    return Modules(simulator, tmp_path)


# At ten calls a second these take minutes.
COUNT = 1000


def item(number: Any = FIRST, **facts: Any) -> dict[str, Any]:
    return {"cust_space_id": SPACE, "phone_number": number, **facts}


def many(count: int) -> list[dict[str, Any]]:
    return [item(f"+86139{index:08}") for index in range(count)]


def fleet(modules: Modules, numbers: list[dict[str, Any]], **options: Any) -> Result:
    return modules.run("cams_number_fleet", **{"numbers": numbers, "rate_limit": 1000, **options})


# --- what it returns


def test_results_and_summary_show_what_the_run_did(modules: Modules) -> None:
    result = fleet(modules, many(3), journal=str(modules.home / "journal.jsonl"))

    assert result["changed"]
    assert [r["phone_number"] for r in result["results"]] == [n["phone_number"] for n in many(3)]
    assert {r["outcome"] for r in result["results"]} == {"awaiting_code"}
    summary = result["summary"]
    assert (summary["declared"], summary["changed"], summary["awaiting_code"], summary["failed"]) == (3, 3, 3, 0)
    actions = modules.simulator.control.calls_summary()["actions"]
    assert summary["calls"] == {action: figures["count"] for action, figures in actions.items()}
    assert summary["throttled"] == 0
    assert isinstance(summary["elapsed_seconds"], float)
    assert result["stopped"] == ""
    assert [d["before"]["phase"] for d in result["diff"]] == ["absent"] * 3
    assert [d["after"]["phase"] for d in result["diff"]] == ["initiated"] * 3
    assert "plan" not in result


def test_a_throttled_call_is_counted(modules: Modules) -> None:
    modules.simulator.control.add_fault("throttle_user", operation="QueryChatappPhoneNumbers")

    result = fleet(modules, many(1), retries=2)

    assert result["summary"]["throttled"] == 1
    assert isinstance(result["summary"]["paced_seconds"], float)


def test_a_failed_number_fails_the_task_and_all_results_come_back(modules: Modules) -> None:
    numbers = many(3)
    bad = numbers[1]["phone_number"]
    modules.simulator.control.seed({"lines": [{"phone_number": bad[1:], "two_step_verification": True}]})

    result = fleet(modules, numbers)

    assert result["failed"]
    assert [r["outcome"] for r in result["results"]] == ["awaiting_code", "failed", "awaiting_code"]
    assert result["msg"].splitlines()[0] == "1 of 3 numbers failed or are unknown."
    assert f"Failed to initiate the migration of {bad}" in result["msg"]


def test_a_refused_run_says_how_many_it_would_have_changed_and_attempts_none(modules: Modules) -> None:
    result = fleet(modules, many(4), max_changes=3)

    assert result["failed"]
    assert "would change 4 numbers" in result["msg"]
    assert (result["changed"], {r["outcome"] for r in result["results"]}) == (False, {"not_attempted"})
    assert modules.simulator.control.effects(SPACE)["numbers"] == []


def test_a_run_applies_only_the_plan_of_check_mode(modules: Modules) -> None:
    planned = fleet(modules, many(3), _ansible_check_mode=True)
    assert [n["steps"] for n in planned["plan"]["numbers"]] == [["initiate", "request_code"]] * 3
    assert {n["phase"] for n in planned["plan"]["numbers"]} == {"absent"}

    fleet(modules, many(1))
    refused = fleet(modules, many(3), plan=planned["plan"])
    assert "The plan no longer applies: +8613900000000 " in refused["msg"]
    assert refused["changed"] is False


def test_check_mode_warns_of_a_run_that_would_be_refused(modules: Modules) -> None:
    result = fleet(modules, many(4), max_changes=3, _ansible_check_mode=True)

    assert result["changed"]
    assert any("4 numbers would change and max_changes is 3" in str(warning) for warning in result["warnings"])


def test_codes_are_masked_in_the_invocation_and_shown_nowhere_else(modules: Modules) -> None:
    numbers = many(2)
    fleet(modules, numbers)
    code = {m["phone_number"]: m["code"] for m in modules.simulator.control.inbox()}
    coded = [{**n, "verify_code": code[n["phone_number"][1:]]} for n in numbers]

    result = fleet(modules, coded, journal=str(modules.home / "journal.jsonl"))

    assert {r["outcome"] for r in result["results"]} == {"converged"}
    assert {n["verify_code"] for n in result["invocation"]["module_args"]["numbers"]} == {"********"}
    everything = json.dumps(result) + (modules.home / "journal.jsonl").read_text(encoding="utf-8")
    for secret in code.values():
        assert secret not in everything.replace("+8613900000000", "").replace("+8613900000001", "")


# --- bad input


@pytest.mark.parametrize(
    ("options", "messages"),
    [
        ({"numbers": []}, ["numbers is empty"]),
        (
            {"numbers": [item(), item(SECOND), item("+86 139-0000 1234")]},
            [f"{FIRST} is declared twice: numbers[0] and numbers[2]."],
        ),
        (
            {"numbers": [item(), item(cust_space_id="other")]},
            [f"{FIRST} is declared twice: numbers[0] and numbers[1], in space {SPACE} and in space other."],
        ),
        ({"numbers": [item(), item(4915112345678)]}, ["numbers[1]: phone_number:", "plus is missing"]),
        (
            {"numbers": [item("12"), item("+0123456789"), item(SECOND, verify_code="12")]},
            ["numbers[0]: phone_number:", "numbers[1]: phone_number:", "numbers[2]: "],
        ),
        ({"numbers": [item(cust_space_id=" ")]}, ["numbers[0]: cust_space_id is empty"]),
        ({"numbers": [item(stat="verified")]}, ["stat"]),
        ({"numbers": [item()], "resend": [SECOND]}, [f"resend names {SECOND}, which is not in numbers"]),
        ({"numbers": [item()], "reclaim": ["soon"]}, ["reclaim: 'soon' is not a phone number"]),
        ({"numbers": [item()], "max_changes": -1}, ["max_changes must be 0 or more"]),
        ({"numbers": [item()], "code_wait_seconds": -1}, ["code_wait_seconds must be from 0 to 86400 seconds"]),
        ({"numbers": [item()], "concurrency": 0}, ["concurrency must be from 1 to 64"]),
        ({"numbers": [item()], "concurrency": 65}, ["concurrency must be from 1 to 64"]),
        ({"numbers": [item()], "plan": {"version": 1}}, ["is not a document that chatapp.cams made"]),
    ],
)
def test_a_wrong_option_is_refused_with_its_place_and_nothing_is_written(
    modules: Modules, options: dict[str, Any], messages: list[str]
) -> None:
    result = modules.run("cams_number_fleet", **options)

    assert result["failed"]
    assert "results" not in result
    for message in messages:
        assert message in result["msg"]
    actions = modules.simulator.control.calls_summary()["actions"]
    assert actions.keys() <= {"QueryChatappPhoneNumbers", "GetPhoneNumberVerificationStatus"}


def test_fifty_of_a_hundred_mistakes_are_shown_and_the_others_counted(modules: Modules) -> None:
    result = modules.run("cams_number_fleet", numbers=[item(f"+86139x{index}") for index in range(100)])

    assert len(result["msg"].splitlines()) == 51
    assert result["msg"].endswith("And 50 more.")


def test_mistakes_in_all_lists_of_numbers_are_shown_together(modules: Modules) -> None:
    wrong_space = {**item("+8613900000002"), "cust_space_id": " "}
    result = modules.run(
        "cams_number_fleet",
        numbers=[item("+86139x"), item(FIRST), wrong_space, item(FIRST)],
        resend=["+8613900000002", "+8613900009999"],
        reclaim=["86", "+8613900009998"],
    )

    assert [line.partition(". ")[0].partition(": ")[0] for line in result["msg"].splitlines()] == [
        "reclaim",
        "numbers[0]",
        "numbers[2]",
        f"{FIRST} is declared twice",
        "resend names +8613900009999, which is not in numbers.",
        "reclaim names +8613900009998, which is not in numbers.",
    ]
    assert f"{FIRST} is declared twice: numbers[1] and numbers[3]." in result["msg"]
    assert not modules.simulator.control.calls()


def test_a_number_with_a_requested_code_is_not_initiated_again_when_it_looks_absent(modules: Modules) -> None:
    control = modules.simulator.control
    control.change_settings(before_register="hidden")
    (first,) = fleet(modules, [item()])["results"]
    coded = [item(verify_code=control.code(FIRST[1:]))]
    absent = {"code": "PhoneNumber.NotFound", "message": "The phone number is not in this space"}
    control.add_fault("business_error", operation="GetPhoneNumberVerificationStatus", count=None, **absent)

    (second,) = fleet(modules, coded)["results"]

    assert [action["action"] for action in first["actions"]] == ["initiate", "request_code"]
    assert [action["action"] for action in second["actions"]] == ["verify", "register"]
    assert (second["previous_phase"], second["outcome"]) == ("initiated", "converged")


# --- stopped


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_new_steps_and_the_results_so_far_are_returned_and_in_the_journal(
    modules: Modules, number: signal.Signals
) -> None:
    control = modules.simulator.control
    control.change_settings(latency=0.1)
    journal = modules.home / "journal.jsonl"
    process = modules.start(
        "cams_number_fleet", numbers=many(400), max_changes=0, rate_limit=10, journal=str(journal), concurrency=8
    )
    wait_until(lambda: any(n["codes_sent"] for n in control.effects(SPACE)["numbers"]))
    process.send_signal(number)
    output, errors = process.communicate(timeout=LONGEST_RUN_SECONDS)
    result = json.loads(output)

    assert errors == ""
    assert result["failed"]
    assert result["stopped"] == "The run was stopped."
    assert "were not attempted" in result["msg"]
    assert result["summary"]["not_attempted"] > 0
    done = [[a["action"] for a in r["actions"] if a["outcome"] == "done"] for r in result["results"]]
    effects = control.effects(SPACE)["numbers"]
    assert sum("initiate" in actions for actions in done) == sum(n["initiates"] for n in effects)
    assert sum("request_code" in actions for actions in done) == sum(n["codes_sent"] for n in effects)
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert {line["entry"] for line in lines} == {line["entry"] for line in lines if line["outcome"] != "intended"}


def test_a_fleet_whose_ansible_is_killed_takes_no_further_step(modules: Modules) -> None:
    """A fork that waits for the module outlives the Ansible that made it, and so does the module."""
    control = modules.simulator.control
    control.change_settings(latency=0.1)
    arguments = {
        "endpoint": modules.simulator.endpoint,
        "access_key_id": modules.simulator.access_key_id,
        "access_key_secret": modules.simulator.access_key_secret,
        "numbers": many(COUNT),
        "max_changes": 0,
    }
    script = modules.home / "ansible-like"
    script.write_text(
        "import json, os, subprocess, sys, time\n"
        "if os.fork() == 0:\n"
        f"    subprocess.run([sys.executable, '-m', '{FLEET}'],"
        f" input=json.dumps({{'ANSIBLE_MODULE_ARGS': {arguments!r}}}), text=True, stdout=subprocess.DEVNULL)\n"
        "time.sleep(60)\n",
        encoding="utf-8",
    )
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(modules.home), "PYTHONPATH": ":".join(sys.path)}
    process = subprocess.Popen([sys.executable, str(script)], env=environment, start_new_session=True)
    try:
        wait_until(lambda: any(n["codes_sent"] for n in control.effects(SPACE)["numbers"]))
        process.kill()
        process.wait()
        # It brings the steps that are under way to their end, and ends long before all numbers had their turn.
        wait_until(lambda: not modules_that_run(process.pid))
        assert 0 < len(control.effects(SPACE)["numbers"]) < COUNT
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def modules_that_run(group: int) -> list[str]:
    """The processes of this process group that execute the module. A process that ended has no command any more."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            executes = FLEET.encode() in (process / "cmdline").read_bytes().split(b"\0")
            if executes and os.getpgid(int(process.name)) == group:
                found.append(process.name)
    return found


@pytest.mark.parametrize("moment", [0.15, 0.4, 0.8])
def test_a_second_run_completes_a_killed_fleet(modules: Modules, moment: float) -> None:
    control = modules.simulator.control
    control.change_settings(latency=0.05)
    journal = str(modules.home / "journal.jsonl")
    numbers = many(40)
    doomed = modules.start("cams_number_fleet", numbers=numbers, rate_limit=1000, journal=journal, concurrency=8)
    wait_until(lambda: bool(control.effects(SPACE)["numbers"]))
    time.sleep(moment)
    doomed.kill()
    doomed.communicate()
    killed = {n["phone_number"]: n["codes_sent"] for n in control.effects(SPACE)["numbers"]}

    again = fleet(modules, numbers, journal=journal)

    assert not again.get("failed")
    assert {r["outcome"] for r in again["results"]} == {"awaiting_code"}
    effects = {n["phone_number"]: n for n in control.effects(SPACE)["numbers"]}
    assert {n["initiates"] for n in effects.values()} == {1}
    codes = {digits: effect["codes_sent"] for digits, effect in effects.items()}
    assert codes == {digits: killed.get(digits, 1) for digits in codes}, "who was initiated by the killed run gets none"
    without = [f"+{digits}" for digits, sent in codes.items() if not sent]
    assert all("resend" in r["next_action"] for r in again["results"] if r["phone_number"] in without)
    lines = [json.loads(line) for line in Path(journal).read_text(encoding="utf-8").splitlines()]
    assert {line["entry"] for line in lines} == {line["entry"] for line in lines if line["outcome"] != "intended"}
