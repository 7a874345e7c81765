# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection in real playbooks: defaults for the group, text that looks like a template, secrets, the simulator."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playbook_runs import credentials_environment, run_playbook, write_playbook
from simulator_process import Simulator
from worlds import SPACE


def test_a_display_name_that_looks_like_a_template_stays_text(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    name = "{{ 7 * 191 }} {% raw %} {{ lookup('pipe', 'touch broken-out') }}"
    simulator.control.seed(
        {"numbers": [{"cust_space_id": SPACE, "phone_number": "8613900001234", "verified_name": name}]}
    )
    playbook = write_playbook(
        tmp_path,
        [
            {"name": "Read", "chatapp.cams.cams_number_info": {"cust_space_id": SPACE}, "register": "read"},
            {"name": "Keep", "ansible.builtin.set_fact": {"kept": "{{ read.numbers[0].verified_name }}"}},
            {"name": "Show", "ansible.builtin.debug": {"msg": "name: {{ kept }}, {{ read.numbers[0].verified_name }}"}},
        ],
    )

    run = run_playbook(playbook, {**contained, **credentials_environment(simulator)}, tmp_path)

    assert run.status == 0, run.output
    assert "{{ 7 * 191 }} {% raw %}" in run.output
    assert "1337" not in run.output
    assert not (tmp_path / "broken-out").exists()


def test_shared_options_come_from_the_action_group(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    shared = {
        "endpoint": simulator.endpoint,
        "access_key_id": simulator.access_key_id,
        "access_key_secret": simulator.access_key_secret,
    }
    playbook = write_playbook(
        tmp_path,
        [
            {"name": "Read", "chatapp.cams.cams_number_info": {"cust_space_id": SPACE}},
            {"name": "Sync", "chatapp.cams.cams_number_sync": {"cust_space_id": SPACE}},
        ],
        module_defaults={"group/chatapp.cams.cams": shared},
    )

    run = run_playbook(playbook, contained, tmp_path)

    assert run.status == 0, run.output
    assert simulator.control.effects()["syncs"][SPACE] == 1


def test_no_secret_is_in_the_most_verbose_output_or_the_log(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    options = {"endpoint": simulator.endpoint, "cust_space_id": "not-ours"}
    options |= {"access_key_id": simulator.access_key_id, "access_key_secret": simulator.access_key_secret}
    environment = {**contained, "ANSIBLE_LOG_PATH": str(tmp_path / "ansible.log")}
    task = {"name": "Read", "chatapp.cams.cams_number_info": options, "ignore_errors": True}
    playbook = write_playbook(tmp_path, [task])

    run = run_playbook(playbook, environment, tmp_path, "-vvvv", "--diff")

    assert run.status == 0, run.output
    assert "Unknown.ResourceOwnerId" in run.output
    for text in (run.output, (tmp_path / "ansible.log").read_text(encoding="utf-8")):
        assert simulator.access_key_secret not in text


def test_the_simulator_role_starts_once_with_its_settings_and_stops_once(
    contained: dict[str, str], tmp_path: Path
) -> None:
    def role(state: str, expected: bool) -> list[dict[str, Any]]:
        variables = {
            "simulator_state": state,
            "simulator_directory": str(tmp_path / "simulator"),
            "simulator_settings": {"latency": 0.25, "before_register": "hidden"},
        }
        return [
            {
                "name": "Have it",
                "ansible.builtin.include_role": {"name": "chatapp.cams.simulator"},
                "vars": variables,
            },
            {
                "name": "Compare",
                "ansible.builtin.assert": {"that": [f"simulator_process is {'' if expected else 'not '}changed"]},
            },
        ]

    settings = {
        "name": "Read settings",
        "ansible.builtin.uri": {"url": "{{ simulator_control }}/settings"},
        "register": "set",
    }
    check = {
        "name": "Compare",
        "ansible.builtin.assert": {"that": ["set.json.latency == 0.25", "set.json.before_register == 'hidden'"]},
    }
    tasks: list[dict[str, Any]] = [
        *role("started", True),
        *role("started", False),
        settings,
        check,
        *role("stopped", True),
        *role("stopped", False),
    ]

    run = run_playbook(write_playbook(tmp_path, tasks), contained, tmp_path)

    assert run.status == 0, run.output


@pytest.mark.parametrize("form", ["dictionary", "JSON file", "YAML file"])
def test_the_simulator_role_seeds_a_new_state_from_each_form_and_leaves_an_old_one(
    contained: dict[str, str], tmp_path: Path, form: str
) -> None:
    def start(*numbers: str) -> dict[str, Any]:
        seed: Any = {"numbers": [{"cust_space_id": "cams-demo", "phone_number": number} for number in numbers]}
        if form == "JSON file":
            (tmp_path / "seed.json").write_text(json.dumps(seed), encoding="utf-8")
            seed = "seed.json"
        elif form == "YAML file":
            lines = [f'  - {{cust_space_id: cams-demo, phone_number: "{number}"}}\n' for number in numbers]
            (tmp_path / "seed.yml").write_text("---\nnumbers:\n" + "".join(lines), encoding="utf-8")
            seed = str(tmp_path / "seed.yml")
        return {
            "name": "Have it",
            "ansible.builtin.include_role": {"name": "chatapp.cams.simulator"},
            "vars": {"simulator_directory": str(tmp_path / "simulator"), "simulator_seed": seed},
        }

    read = {"name": "Read", "ansible.builtin.uri": {"url": "{{ simulator_control }}/effects"}, "register": "read"}
    show = {"name": "Show", "ansible.builtin.debug": {"msg": "{{ read.json.numbers | map(attribute='phone_number') }}"}}
    stop = {
        "name": "Stop",
        "ansible.builtin.include_role": {"name": "chatapp.cams.simulator"},
        "vars": {"simulator_directory": str(tmp_path / "simulator"), "simulator_state": "stopped"},
    }

    runs = [run_playbook(write_playbook(tmp_path, [start("8613900005555"), read, show, stop]), contained, tmp_path)]
    if form == "dictionary":
        tasks = [start("8613900006666"), read, show, stop]
        runs.append(run_playbook(write_playbook(tmp_path, tasks), contained, tmp_path))

    for run in runs:
        assert run.status == 0, run.output
        assert "8613900005555" in run.output
        assert "8613900006666" not in run.output
