# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RAM policies against the simulator's policy engine: each is enough for its job, and nothing in it is too much."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, Kind
from ansible_collections.chatapp.cams.plugins.module_utils._api.permissions import Job, ram_policy
from module_runs import Modules
from playbook_runs import run_playbook, write_playbook
from simulator_process import Simulator
from worlds import OWNER, SPACE

CONNECTED, NEW = "8613900001230", "8613900001231"
KEY: dict[str, Any] = {"access_key_id": "LTAIpolicy", "access_key_secret": "policy-secret"}
WEBHOOK = {"up_callback_url": "https://hooks.example.com/up"}
READ_ONLY = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["cams:Get*", "cams:List*"], "Resource": "*"}]}


def actions_of(job: Job) -> list[str]:
    actions: list[str] = ram_policy(job)["Statement"][0]["Action"]
    return actions


def let(simulator: Simulator, *policies: dict[str, Any]) -> None:
    """Give our access key these policies, and the space a number that is connected."""
    users = [
        {"name": "operations", "access_keys": [{"id": simulator.access_key_id, "secret": simulator.access_key_secret}]},
        {"name": "limited", "access_keys": [{"id": "LTAIpolicy", "secret": "policy-secret"}], "policies": policies},
    ]
    simulator.control.seed(
        {
            "accounts": [{"owner_id": OWNER, "users": users}],
            "numbers": [{"cust_space_id": SPACE, "phone_number": CONNECTED}],
        }
    )
    simulator.control.change_settings(register_seconds=0)


def numbers(code: str | None = None) -> list[dict[str, Any]]:
    declared = {"cust_space_id": SPACE, "webhook": WEBHOOK}
    new = {**declared, "phone_number": f"+{NEW}", **({"verify_code": code} if code else {})}
    return [{**declared, "phone_number": f"+{CONNECTED}"}, new]


def plan(modules: Modules) -> None:
    modules.run("cams_preflight_info", numbers=numbers(), **KEY)
    modules.run("cams_number_fleet", numbers=numbers(), health=True, _ansible_check_mode=True, **KEY)


def do_everything(modules: Modules) -> None:
    modules.run("cams_preflight_info", numbers=numbers(), **KEY)
    modules.run("cams_number_fleet", numbers=numbers(), health=True, **KEY)
    modules.run("cams_number_fleet", numbers=numbers(modules.simulator.control.code(NEW)), **KEY)


JOBS: dict[Job, Callable[[Modules], None]] = {Job.PLAN: plan, Job.FULL: do_everything}


def denied(simulator: Simulator) -> set[str]:
    return {f"cams:{call['action']}" for call in simulator.control.calls() if call["code"] == "Ram.PermissionDeny"}


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Modules:
    return Modules(simulator, tmp_path)


@pytest.mark.parametrize("job", Job)
def test_a_policy_is_enough_for_its_job(modules: Modules, job: Job) -> None:
    let(modules.simulator, ram_policy(job))

    JOBS[job](modules)

    called = {f"cams:{action}" for action in modules.simulator.control.calls_summary()["actions"]}
    assert denied(modules.simulator) == set()
    assert called == set(actions_of(job)), "and nothing in it is too much"


@pytest.mark.parametrize(("job", "action"), [(job, action) for job in Job for action in actions_of(job)])
def test_a_policy_that_lacks_one_action_is_not_enough(modules: Modules, job: Job, action: str) -> None:
    policy = ram_policy(job)
    policy["Statement"][0]["Action"].remove(action)
    let(modules.simulator, policy)

    JOBS[job](modules)

    assert action in denied(modules.simulator)


def test_the_policy_for_plans_allows_no_write_and_that_for_everything_all_there_is() -> None:
    reads = {operation.ram_action for operation in OPERATIONS.values() if operation.kind is Kind.READ}

    assert set(actions_of(Job.PLAN)) == reads
    assert "cams:ChatappSyncPhoneNumber" not in reads
    assert set(actions_of(Job.FULL)) == {operation.ram_action for operation in OPERATIONS.values()}


def test_the_clouds_own_policy_denies_the_query_and_lets_codes_be_sent(modules: Modules) -> None:
    let(modules.simulator, READ_ONLY)
    modules.simulator.control.seed(
        {"numbers": [{"cust_space_id": SPACE, "phone_number": NEW, "status": "MIGRATING"}]},
    )
    plan(modules)
    assert "cams:QueryChatappPhoneNumbers" in denied(modules.simulator)

    let(modules.simulator, READ_ONLY, ram_policy(Job.PLAN))
    modules.run("cams_number_fleet", numbers=numbers(), resend=[f"+{NEW}"], **KEY)
    assert modules.simulator.control.code(NEW)


def test_the_policy_for_plans_denies_the_sync_in_a_run_and_check_mode_needs_none(modules: Modules) -> None:
    let(modules.simulator, ram_policy(Job.PLAN))

    assert not modules.sync(_ansible_check_mode=True, **KEY).get("failed")
    assert denied(modules.simulator) == set()
    assert modules.sync(**KEY)["error"]["code"] == "Ram.PermissionDeny"
    assert denied(modules.simulator) == {"cams:ChatappSyncPhoneNumber"}


def test_a_denied_call_says_who_was_denied_what_where_the_service_does(modules: Modules) -> None:
    let(modules.simulator)
    modules.simulator.control.change_settings(denied_action="forbidden_ram")

    result = modules.info(**KEY)
    finding = modules.run("cams_preflight_info", numbers=numbers(), **KEY)["findings"][0]

    assert result["error"]["access_denied"]["AuthAction"] == "cams:QueryChatappPhoneNumbers"
    assert "EncodedDiagnosticMessage" not in result["error"]["access_denied"]
    for text in (result["msg"], finding["message"]):
        assert "limited" in text
        assert "may not call cams:QueryChatappPhoneNumbers: no policy" in text


def test_a_playbook_writes_the_policy_without_calling_anything(contained: dict[str, str], tmp_path: Path) -> None:
    content = "{{ lookup('chatapp.cams.cams_ram_policy', 'plan') | to_json }}"
    write = {"name": "Write", "ansible.builtin.copy": {"content": content, "dest": "policy.json", "mode": "0600"}}
    wrong = {
        "name": "Misspell",
        "ansible.builtin.debug": {"msg": "{{ query('chatapp.cams.cams_ram_policy', 'paln') }}"},
        "ignore_errors": True,
    }

    run = run_playbook(write_playbook(tmp_path, [write, wrong]), contained, tmp_path)

    assert run.status == 0, run.output
    assert json.loads((tmp_path / "policy.json").read_text(encoding="utf-8")) == ram_policy(Job.PLAN)
    assert "cams_ram_policy returns policies for plan or full, not for 'paln'." in run.output
