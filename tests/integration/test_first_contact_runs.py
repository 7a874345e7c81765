# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook first_contact, and its module in processes that are killed."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from module_runs import Modules
from playbook_runs import ANSIBLE_PLAYBOOK, Run, credentials_environment, run_playbook
from simulator_process import Simulator
from terminal import type_at_terminal
from worlds import SPACE

DIGITS = "8613900001234"
NUMBER = f"+{DIGITS}"
ITEM = {"cust_space_id": SPACE, "phone_number": NUMBER, "webhook": {"up_callback_url": "https://hooks.example.com/up"}}
INITIATE, REQUEST_CODE, VERIFY = "CreateChatappMigrationInitiate", "GetMigrationVerifyCode", "ChatappMigrationVerified"
REGISTER, SET_WEBHOOK = "ChatappMigrationRegister", "UpdatePhoneWebhook"
# Only a hang needs so long.
LONGEST_WAIT_SECONDS = 120.0
Play = Callable[..., Run]


def effects_of(simulator: Simulator) -> dict[str, int]:
    [effects] = simulator.control.effects(SPACE)["numbers"] or [{}]
    return {name: effects.get(name, 0) for name in ("initiates", "codes_sent", "hand_ins_right", "registers")}


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """An inventory with one host."""
    variables = {f"cams_{name}": value for name, value in ITEM.items()}
    path = tmp_path / "inventory.json"
    path.write_text(json.dumps({"all": {"hosts": {"first-number": variables}}}), encoding="utf-8")
    return path


@pytest.fixture
def environment(simulator: Simulator, tmp_path: Path, contained: dict[str, str]) -> dict[str, str]:
    return {**contained, **credentials_environment(simulator), "XDG_STATE_HOME": str(tmp_path / "state")}


@pytest.fixture
def play(environment: dict[str, str], inventory: Path, tmp_path: Path) -> Play:
    """Run the playbook without a terminal."""

    def run(*arguments: str) -> Run:
        return run_playbook("chatapp.cams.first_contact", environment, tmp_path, "-i", str(inventory), *arguments)

    return run


@pytest.mark.every_core
def test_the_playbook_looks_migrates_and_registers_with_one_code(
    play: Play, simulator: Simulator, tmp_path: Path
) -> None:
    looked = play("--check")
    assert looked.status == 0, looked.output
    assert "cams_confirm=+8613900001234" in looked.output
    assert effects_of(simulator)["initiates"] == 0

    started = play("-e", f"cams_confirm={NUMBER}")
    assert started.status == 0, started.output
    assert "Steps of this run: initiate done, request_code done" in started.output
    assert f'{{"cams_codes": {{"{NUMBER}": "CODE"}}}}' in started.output

    code = simulator.control.code(DIGITS) or ""
    (tmp_path / "codes.yml").write_text(json.dumps({"cams_codes": {NUMBER: code}}), encoding="utf-8")
    ended = play("-e", f"cams_confirm={NUMBER}", "-e", "cams_register=true", "-e", "@codes.yml")
    assert ended.status == 0, ended.output
    assert "Steps of this run: verify done, register done, set_webhook done" in ended.output
    assert effects_of(simulator) == {"initiates": 1, "codes_sent": 1, "hand_ins_right": 1, "registers": 1}
    assert code not in (tmp_path / "contact.json").read_text("utf-8") + ended.output


def test_the_playbook_refuses_another_number_and_shows_a_failure(play: Play, simulator: Simulator) -> None:
    other = play("-e", "cams_confirm=+8613900001235")
    assert other.status != 0
    assert "The number in cams_confirm is +8613900001235, but +8613900001234 is declared" in other.output
    assert simulator.control.calls() == []

    simulator.control.seed({"lines": [{"phone_number": DIGITS, "two_step_verification": True}]})
    refused = play("-e", f"cams_confirm={NUMBER}")
    assert refused.status != 0
    assert "Steps of this run: initiate refused" in refused.output
    assert effects_of(simulator)["codes_sent"] == 0


def test_a_code_typed_at_the_prompt_is_submitted_beside_codes_given_to_the_run(
    environment: dict[str, str], inventory: Path, play: Play, simulator: Simulator, tmp_path: Path
) -> None:
    play("-e", f"cams_confirm={NUMBER}")
    code = simulator.control.code(DIGITS) or ""
    arguments = [
        "-vvvv",
        "-e",
        f"cams_confirm={NUMBER}",
        "-e",
        json.dumps({"cams_codes": {"+8613900001235": "123456"}}),
    ]

    status, shown = type_at_terminal(
        [ANSIBLE_PLAYBOOK, "chatapp.cams.first_contact", "-i", str(inventory), *arguments],
        environment,
        tmp_path,
        after=f"Type the code that reached {NUMBER}",
        line=code,
        until="TASK [Submit the code]",
    )

    assert status == 0, shown
    assert "Steps of this run: verify done" in shown
    assert code not in shown
    assert effects_of(simulator) == {"initiates": 1, "codes_sent": 1, "hand_ins_right": 1, "registers": 0}


def run_and_kill(modules: Modules, action: str, options: dict[str, Any]) -> None:
    """Kill a run with SIGKILL while it waits for the answer of an operation that had its effect."""
    control = modules.simulator.control
    control.add_fault("slow", operation=action, seconds=600, count=1)
    process = modules.start("cams_first_contact", **options)
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while not control.calls(action=action):
        if time.monotonic() > until:
            pytest.fail(f"{action} was never called.")
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    control.remove_faults()


@pytest.mark.parametrize("action", [INITIATE, REQUEST_CODE, VERIFY, REGISTER, SET_WEBHOOK])
def test_a_killed_process_is_continued_by_the_same_command(simulator: Simulator, tmp_path: Path, action: str) -> None:
    modules = Modules(simulator, tmp_path)
    options = {
        "numbers": [ITEM],
        "confirm": NUMBER,
        "journal": str(tmp_path / "journal.jsonl"),
        "contact": str(tmp_path / "contact.json"),
    }

    def run(action_of_stage: tuple[str, ...], **more: Any) -> dict[str, Any]:
        if action in action_of_stage:
            run_and_kill(modules, action, {**options, **more})
        return modules.run("cams_first_contact", **{**options, **more})

    run((INITIATE, REQUEST_CODE))
    code = simulator.control.code(DIGITS)
    run((VERIFY,), numbers=[{**ITEM, "verify_code": code}])
    ended = run((REGISTER, SET_WEBHOOK), register=True)

    assert ended["results"][0]["phase"] == "connected"
    effects = effects_of(simulator)
    assert (effects["codes_sent"], effects["hand_ins_right"]) == (1, 1)
    assert simulator.control.code(DIGITS) == code
