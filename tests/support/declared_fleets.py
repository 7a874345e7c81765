# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that an inventory declares, and runs of playbooks over them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from module_runs import Modules
from playbook_runs import Run, run_playbook
from simulator_process import Simulator
from worlds import SPACE

RECONCILE, PLAN = "chatapp.cams.reconcile", "chatapp.cams.plan"
# A plan with steps then has the status 2.
GATE = ("-e", "cams_fail_on_drift=true")
QUERY, STATUS, SYNC = "QueryChatappPhoneNumbers", "GetPhoneNumberVerificationStatus", "ChatappSyncPhoneNumber"
NUMBERS = [f"+861390000{index:04}" for index in range(10)]
PLANNED = "initiate, request_code (then, once the code is given: verify, register)"
Host = dict[str, Any]


def numbers(count: int, **more: Any) -> dict[str, Host]:
    """So many hosts that are numbers: n0, n1, …"""
    return {f"n{index}": {"cams_phone_number": number, **more} for index, number in enumerate(NUMBERS[:count])}


@dataclass
class Fleet:
    """An inventory in a folder of its own, and runs of playbooks over it."""

    simulator: Simulator
    environment: dict[str, str]
    folder: Path

    @property
    def inventory(self) -> Path:
        return self.folder / "inventory/hosts.yml"

    @property
    def journal(self) -> Path:
        return self.folder / "inventory/.cams-journal.jsonl"

    def declare(self, hosts: Mapping[str, Host], **variables: Any) -> None:
        everybody = {"cams_cust_space_id": SPACE, "cams_rate_limit": 1000, "ansible_host": "192.0.2.1", **variables}
        self.inventory.parent.mkdir(exist_ok=True)
        self.inventory.write_text(json.dumps({"all": {"hosts": hosts, "vars": everybody}}), encoding="utf-8")

    def run(self, playbook: Path | str, *arguments: str, **environment: str) -> Run:
        options = ("-i", str(self.inventory), *arguments)
        return run_playbook(playbook, {**self.environment, **environment}, self.folder, *options)

    def play(self, *tasks: Host, **keywords: Any) -> Path:
        """A playbook of a user's with these tasks over all hosts."""
        return self.plays({"tasks": tasks, **keywords})

    def plays(self, *plays: dict[str, Any]) -> Path:
        """A playbook of a user's with these plays, each over all hosts unless it says otherwise."""
        path = self.folder / "play.yml"
        path.write_text(json.dumps([{"hosts": "all", "gather_facts": False, **play} for play in plays]), "utf-8")
        return path

    def each(self, variables: Mapping[str, dict[str, Any]]) -> Path:
        """A playbook with a play for each of these hosts or patterns. An error does not end the later plays."""
        go_on = {"ignore_errors": True, "ignore_unreachable": True}
        return self.plays(
            *({"hosts": hosts, "tasks": [ROLE], "vars": own, **go_on} for hosts, own in variables.items())
        )

    def request_codes(self, count: int) -> dict[str, str]:
        """Start the migration of so many declared numbers, like a run of the playbook but quicker. Return the codes."""
        declared = [{"cust_space_id": SPACE, "phone_number": number} for number in NUMBERS[:count]]
        state = {"XDG_STATE_HOME": self.environment["XDG_STATE_HOME"]}
        result = Modules(self.simulator, self.folder).run(
            "cams_number_fleet", variables=state, numbers=declared, journal=str(self.journal), rate_limit=1000
        )
        assert [number["outcome"] for number in result["results"]] == ["awaiting_code"] * count, result
        return self.codes(count)

    def effects(self, name: str = "initiates") -> dict[str, int]:
        """How often it happened to each number to which it did."""
        found = self.simulator.control.effects()["numbers"]
        return {f"+{number['phone_number']}": number[name] for number in found if number[name]}

    def calls(self) -> dict[str, int]:
        actions = self.simulator.control.calls_summary()["actions"]
        return {action: figures["count"] for action, figures in actions.items()}

    def seed(self, *facts: Mapping[str, Any]) -> None:
        every = [{"cust_space_id": SPACE, **number} for number in facts]
        self.simulator.control.seed(
            {"numbers": [{**number, "phone_number": number["phone_number"].removeprefix("+")} for number in every]}
        )

    def codes(self, count: int) -> dict[str, str]:
        return {number: self.simulator.control.code(number.removeprefix("+")) or "" for number in NUMBERS[:count]}


ROLE = {"name": "Reconcile", "ansible.builtin.import_role": {"name": RECONCILE, "rolespec_validate": False}}


def recap(run: Run) -> dict[str, dict[str, int]]:
    """The counts of each host."""
    lines = run.output.partition("PLAY RECAP")[2].splitlines()
    found = [re.match(r"(\S+) +: (ok=.*)", line) for line in lines]
    return {
        match[1]: {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", match[2])} for match in found if match
    }


def hosts_with(run: Run, what: str) -> set[str]:
    return {host for host, counts in recap(run).items() if counts[what]}


def failed_hosts(run: Run) -> set[str]:
    """The hosts that Ansible shows as failed, also in a run that ends without a recap."""
    return set(re.findall(r"fatal: \[(\S+)\]: FAILED!", run.output))
