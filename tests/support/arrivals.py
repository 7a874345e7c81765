# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet whose codes arrive one by one in a real inbox, reconciled by one run of ansible-playbook with one fork."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inbox import Inbox
from playbook_runs import Run, credentials_environment, run_playbook, write_playbook
from simulator_process import Simulator
from worlds import SPACE

NUMBERS = "{{ (ansible_play_batch | chatapp.cams.cams_declarations(hostvars)).numbers }}"


@dataclass(frozen=True)
class Arrivals:
    """How the run ended."""

    run: Run
    # The readings of the inbox.
    requests: int
    summary: dict[str, Any]


def reconcile_while_codes_arrive(
    simulator: Simulator, environment: Mapping[str, str], folder: Path, *, count: int, seconds: float
) -> Arrivals:
    """Codes reach the inbox evenly over so many seconds, from when the last was requested."""
    numbers = [f"+86139{index:08}" for index in range(count)]
    hosts = {f"number{index}": {"cams_phone_number": number} for index, number in enumerate(numbers)}
    variables = {"cams_cust_space_id": SPACE}
    inventory = folder / "inventory.json"
    inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}), encoding="utf-8")
    with Inbox() as inbox:
        playbook = write_playbook(folder, _playbook_tasks(inbox), hosts="all", connection="local")
        postman = threading.Thread(target=_deliver_codes, args=(simulator, inbox, numbers, seconds), daemon=True)
        postman.start()
        arguments = ["--inventory", str(inventory), "--forks", "1"]
        run = run_playbook(playbook, {**environment, **credentials_environment(simulator)}, folder, *arguments)
        return Arrivals(run, len(inbox.requests), _read_summary(run))


def _playbook_tasks(inbox: Inbox) -> list[dict[str, Any]]:
    fleet = {
        "numbers": NUMBERS,
        "max_changes": 0,
        "rate_limit": 1000,
        "wait_timeout": 60,
        "code_source": {"url": inbox.options},
        "code_wait_seconds": 120,
    }
    shown = {"msg": "summary={{ fleet.summary | to_json }}"}
    return [
        {"name": "Reconcile", "chatapp.cams.cams_number_fleet": fleet, "register": "fleet", "run_once": True},
        {"name": "Show", "ansible.builtin.debug": shown, "run_once": True},
    ]


def _deliver_codes(simulator: Simulator, inbox: Inbox, numbers: list[str], seconds: float) -> None:
    codes: dict[str, str] = {}
    while len(codes) < len(numbers):
        time.sleep(0.2)
        codes = {message["to"]: message["text"] for message in simulator.control.inbox()}
    for number in numbers:
        time.sleep(seconds / len(numbers))
        inbox.receive(number, codes[number])


def _read_summary(run: Run) -> dict[str, Any]:
    _before, found, rest = run.output.partition('"msg": "summary=')
    if not found:
        raise AssertionError(run.output)
    summary: dict[str, Any] = json.loads(json.loads('"' + rest.splitlines()[0]))
    return summary
