# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets, reconciled in several runs of ansible-playbook, and the result that each run gives to each host."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from declared_fleets import NUMBERS, PLAN, QUERY, RECONCILE, ROLE, STATUS, Fleet, hosts_with
from worlds import make_space
from writes import EFFECTS_OF_WRITES, assert_each_write_had_an_effect

Results = dict[str, list[dict[str, Any]]]

EFFECT_OF_STEP = {
    "initiate": "initiates",
    "request_code": "codes_sent",
    "verify": "hand_ins_right",
    "register": "registers",
}
RESULTS_OF_HOST = "ansible_play_hosts_all | map('extract', hostvars, ['reconcile_own', 'results'])"
PRINT_THE_CODE = """\
import json, sys, urllib.parse, urllib.request
control, number = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
query = urllib.parse.urlencode({"phone_number": number})
messages = json.load(opener.open(f"{control}/inbox?{query}", timeout=60))["messages"]
print(messages[-1]["text"] if messages else "")
"""


def reconcile(fleet: Fleet, *arguments: str, status: int = 0) -> Results:
    """Run the role in a play and return the results of each host."""
    path = fleet.folder / "results.json"
    content = f"{{{{ dict(ansible_play_hosts_all | zip({RESULTS_OF_HOST})) | to_json }}}}"
    keep = {
        "name": "Keep the results",
        "ansible.builtin.copy": {"dest": str(path), "content": content, "mode": "0600"},
        "delegate_to": "localhost",
        "run_once": True,
        "check_mode": False,
    }
    path.unlink(missing_ok=True)
    run = fleet.run(fleet.play(ROLE, keep), *arguments)
    assert run.status == status, run.output
    results: Results = json.loads(path.read_text(encoding="utf-8"))
    return results


def outcomes(results: Results) -> dict[str, list[str]]:
    return {host: [result["outcome"] for result in own] for host, own in results.items()}


def steps(result: Mapping[str, Any]) -> list[str]:
    return [action["action"] for action in result["actions"]]


def changed(results: Results) -> set[str]:
    return {result["phone_number"] for own in results.values() for result in own if result["changed"]}


def code_file(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    path.chmod(0o600)
    return path


def inbox_of(fleet: Fleet, number: str = "") -> dict[str, str]:
    """The option ``url`` of a code source that reads the inbox of the simulator."""
    chosen = f"?phone_number={number.removeprefix('+')}" if number else ""
    fields = {"number_field": "to", "time_field": "received_at", "text_field": "text"}
    return {"address": f"{fleet.simulator.control.url}/inbox{chosen}", "messages": "messages", **fields}


@pytest.mark.every_core
def test_hosts_that_are_numbers_and_hosts_that_are_customers_are_reconciled_in_two_runs(fleet: Fleet) -> None:
    fleet.simulator.control.seed({"spaces": [make_space("space-2")]})
    fleet.seed({"cust_space_id": "space-2", "phone_number": NUMBERS[3], "status": "CONNECTED"})
    customer: list[Any] = [
        {"phone_number": NUMBERS[1], "verify_code": f"{{{{ codes['{NUMBERS[1]}'] | default('') }}}}"},
        {
            "cams_phone_number": NUMBERS[2],
            "cams_state": "verified",
            "cams_verify_code": f"{{{{ codes['{NUMBERS[2]}'] | default('') }}}}",
        },
        NUMBERS[3],
    ]
    number = {"cams_phone_number": NUMBERS[0], "cams_verify_code": "{{ codes[cams_phone_number] | default('') }}"}
    hosts: dict[str, dict[str, Any]] = {
        "a_number": number,
        "a_customer": {"cams_cust_space_id": "space-2", "cams_numbers": customer},
    }
    fleet.declare(hosts, codes={})

    first = reconcile(fleet)

    assert outcomes(first) == {
        "a_number": ["awaiting_code"],
        "a_customer": ["awaiting_code", "awaiting_code", "converged"],
    }
    assert changed(first) == set(NUMBERS[:3])
    assert fleet.effects("codes_sent") == dict.fromkeys(NUMBERS[:3], 1)

    code_file(fleet.folder / "codes.yml", {"codes": fleet.codes(3)})
    second = reconcile(fleet, "-e", "@codes.yml")

    assert outcomes(second) == {"a_number": ["converged"], "a_customer": ["converged"] * 3}
    assert changed(second) == set(NUMBERS[:3])
    assert fleet.effects("registers") == dict.fromkeys(NUMBERS[:2], 1)
    assert fleet.effects("hand_ins_right") == dict.fromkeys(NUMBERS[:3], 1)

    third = reconcile(fleet, "-e", "@codes.yml")
    gate = fleet.run(PLAN, "-e", "cams_fail_on_drift=true")

    assert outcomes(third) == outcomes(second)
    assert changed(third) == set()
    assert gate.status == 0, gate.output
    assert_each_write_had_an_effect(fleet.simulator)


@pytest.mark.every_core
def test_check_mode_shows_the_steps_for_each_phase_and_the_next_run_takes_exactly_these(fleet: Fleet) -> None:
    # The phase of each host, the steps that a run takes for it, and the outcome in check mode.
    expected: dict[str, tuple[dict[str, Any], list[str], str]] = {
        "absent": ({}, ["initiate", "request_code"], "planned"),
        "initiated": ({"status": "PENDING"}, [], "awaiting_code"),
        "initiated_with_resend": ({"status": "PENDING"}, ["request_code"], "planned"),
        "initiated_with_code": ({}, ["verify", "register"], "planned"),
        "verified": ({"status": "PENDING", "verified": True}, ["register"], "planned"),
        "connected": ({"status": "CONNECTED"}, [], "converged"),
        "limited": ({"status": "FLAGGED"}, [], "converged"),
        "halted": ({"status": "MIGRATED"}, [], "needs_operator"),
        "halted_with_reclaim": ({"status": "MIGRATED"}, ["initiate", "request_code"], "planned"),
    }
    number_of = dict(zip(expected, NUMBERS, strict=False))
    for host, (facts, _steps, _outcome) in expected.items():
        if facts:
            fleet.seed({"phone_number": number_of[host], **facts})
    hosts = {host: {"cams_phone_number": number} for host, number in number_of.items()}
    fleet.declare(hosts)
    assert fleet.run(RECONCILE, "--limit", "initiated_with_code").status == 0
    code = fleet.simulator.control.code(number_of["initiated_with_code"].removeprefix("+"))
    hosts["initiated_with_code"]["cams_verify_code"] = code or ""
    # A reclaim alone requests a code only where a journal of earlier runs shows that none was requested.
    resend = [number_of["initiated_with_resend"], number_of["halted_with_reclaim"]]
    fleet.declare(hosts, cams_resend=",".join(resend), cams_reclaim=number_of["halted_with_reclaim"])
    effects_before = fleet.simulator.control.effects()["numbers"]
    calls_before = fleet.calls()

    planned = reconcile(fleet, "--check")

    for host, (_facts, expected_steps, outcome) in expected.items():
        [result] = planned[host]
        assert (steps(result), result["outcome"]) == (expected_steps, outcome), host
        assert {action["outcome"] for action in result["actions"]} <= {"planned"}, host
        assert result["changed"] == bool(expected_steps), host
    assert fleet.simulator.control.effects()["numbers"] == effects_before
    made = {action for action, count in fleet.calls().items() if count != calls_before.get(action, 0)}
    assert QUERY in made
    assert made <= {QUERY, STATUS}

    effects_before_run = {effect: fleet.effects(effect) for effect in EFFECT_OF_STEP.values()}
    taken = reconcile(fleet)

    for host, (_facts, expected_steps, _outcome) in expected.items():
        [result] = taken[host]
        assert steps(result) == expected_steps, host
        assert {action["outcome"] for action in result["actions"]} <= {"done"}, host
    for step, effect in EFFECT_OF_STEP.items():
        added = {
            number: count - effects_before_run[effect].get(number, 0) for number, count in fleet.effects(effect).items()
        }
        meant = {number_of[host] for host, (_facts, host_steps, _outcome) in expected.items() if step in host_steps}
        assert {number: count for number, count in added.items() if count} == dict.fromkeys(meant, 1), step
    assert_each_write_had_an_effect(fleet.simulator)


@pytest.mark.every_core
def test_codes_are_looked_up_in_a_folder_a_file_a_variable_an_inbox_and_a_command(fleet: Fleet) -> None:
    folder, file = fleet.folder / "codes", fleet.folder / "codes.yml"
    program = fleet.folder / "print_the_code.py"
    program.write_text(PRINT_THE_CODE, encoding="utf-8")
    sources = {
        "from_a_folder": f"file='{folder}'",
        "from_a_file": f"file='{file}'",
        "from_a_variable": "vars=codes",
        "from_an_inbox": "url=inbox",
        "from_a_command": "exec=command",
    }
    hosts = {
        host: {
            "cams_phone_number": NUMBERS[index],
            "cams_verify_code": f"{{{{ lookup('chatapp.cams.cams_code', cams_phone_number, {source}) }}}}",
        }
        for index, (host, source) in enumerate(sources.items())
    }
    command = [sys.executable, str(program), fleet.simulator.control.url, "{number}"]
    fleet.declare(hosts, codes={}, inbox=inbox_of(fleet), command=command)

    first = reconcile(fleet)

    assert outcomes(first) == {host: ["awaiting_code"] for host in sources}
    assert "ChatappMigrationVerified" not in fleet.calls(), "a code that has not arrived must not be submitted"

    codes = fleet.codes(5)
    folder.mkdir(mode=0o700)
    code_file(folder / NUMBERS[0], f"{codes[NUMBERS[0]]}\n")
    code_file(file, {NUMBERS[1]: codes[NUMBERS[1]]})
    survey = code_file(fleet.folder / "survey.yml", {"codes": {NUMBERS[2]: codes[NUMBERS[2]]}})
    second = reconcile(fleet, "-e", f"@{survey}")

    assert outcomes(second) == {host: ["converged"] for host in sources}
    for effect in EFFECT_OF_STEP.values():
        assert fleet.effects(effect) == dict.fromkeys(NUMBERS[:5], 1), effect
    assert changed(reconcile(fleet, "-e", f"@{survey}")) == set()
    assert_each_write_had_an_effect(fleet.simulator)


@pytest.mark.every_core
def test_one_run_takes_codes_from_an_inbox_then_asks_a_task_file_then_notifies_about_the_rest(fleet: Fleet) -> None:
    answer = {NUMBERS[1]: "{{ read.json.messages[-1].code }}"}
    ask = [
        {
            "name": "Read the phone",
            "ansible.builtin.uri": {"url": inbox_of(fleet, NUMBERS[1])["address"], "use_proxy": False},
            "register": "read",
        },
        {
            "name": "Keep the numbers that wait",
            "ansible.builtin.copy": {
                "dest": str(fleet.folder / "asked.json"),
                "content": "{{ reconcile_waiting | map(attribute='phone_number') | to_json }}",
                "mode": "0600",
            },
        },
        {"name": "Set the code", "ansible.builtin.set_fact": {"cams_codes": answer}, "no_log": True},
    ]
    notify = [
        {
            "name": "Write a message",
            "ansible.builtin.copy": {
                "dest": str(fleet.folder / "message.json"),
                "content": "{{ reconcile_waiting | to_json }}",
                "mode": "0600",
            },
        }
    ]
    hosts: dict[str, dict[str, Any]] = {
        "by_the_inbox": {"cams_phone_number": NUMBERS[0]},
        "by_a_task": {"cams_phone_number": NUMBERS[1]},
        "by_nobody": {"cams_phone_number": NUMBERS[2], "cams_code_method": "voice"},
    }
    fleet.declare(
        hosts,
        cams_code_source={"url": inbox_of(fleet, NUMBERS[0])},
        cams_code_wait_seconds=1,
        cams_code_tasks=str(code_file(fleet.folder / "ask.yml", ask)),
        cams_notify_tasks=str(code_file(fleet.folder / "notify.yml", notify)),
    )

    results = reconcile(fleet)

    assert outcomes(results) == {
        "by_the_inbox": ["converged"],
        "by_a_task": ["converged"],
        "by_nobody": ["awaiting_code"],
    }
    assert set(json.loads((fleet.folder / "asked.json").read_text("utf-8"))) == set(NUMBERS[1:3])
    [message] = json.loads((fleet.folder / "message.json").read_text("utf-8"))
    shown = (message["phone_number"], message["host"], message["outcome"], message["code_method"])
    assert shown == (NUMBERS[2], "by_nobody", "awaiting_code", "voice")
    assert fleet.effects("codes_sent") == dict.fromkeys(NUMBERS[:3], 1)
    assert fleet.effects("registers") == dict.fromkeys(NUMBERS[:2], 1)
    assert_each_write_had_an_effect(fleet.simulator)


def test_a_space_that_is_not_ours_fails_its_own_host_with_the_reason(fleet: Fleet) -> None:
    theirs = {"cams_cust_space_id": "space-of-somebody-else", "cams_numbers": NUMBERS[2:4]}
    ours = {f"ours_{index}": {"cams_phone_number": NUMBERS[index]} for index in range(2)}
    fleet.declare({**ours, "theirs": theirs})

    for expected in ({NUMBERS[0]: 1, NUMBERS[1]: 1},) * 2:
        run = fleet.run(RECONCILE)

        assert run.status == 2, run.output
        assert hosts_with(run, "failed") == {"theirs"}
        assert "Unknown.ResourceOwnerId" in run.output
        assert fleet.effects("codes_sent") == expected
    writes = {action for action in fleet.calls() if action in EFFECTS_OF_WRITES}
    assert writes == {"CreateChatappMigrationInitiate", "GetMigrationVerifyCode"}
    assert_each_write_had_an_effect(fleet.simulator)
