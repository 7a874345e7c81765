# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plays that run a role for some of their hosts, combined in one playbook, and the effects on each host."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playbook_runs import Run, credentials_environment, run_playbook
from simulator_process import Simulator
from worlds import make_space

RECONCILE = "chatapp.cams.reconcile"
WAYS = ("roles", "import_role", "include_role", "block")
Play = dict[str, Any]
Task = dict[str, Any]


@dataclass(frozen=True)
class Trial:
    """Hosts ``<name>-0``, ``<name>-1``, …, their plays, and the hosts on which the role must work."""

    name: str
    plays: Sequence[Play]
    meant: frozenset[int]
    count: int = 4
    facts: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hosts(self) -> list[str]:
        return [f"{self.name}-{index}" for index in range(self.count)]

    @property
    def intended_hosts(self) -> set[str]:
        return {self.hosts[index] for index in self.meant}


def play_with_role(way: str, condition: str | bool = True, role: str = RECONCILE, tasks_from: str = "main") -> Play:
    """Return the part of a play that includes the role in this way, for hosts that meet the condition."""
    if way == "roles":
        return {"roles": [{"role": role, "when": condition}]}
    named = {"name": role, "tasks_from": tasks_from, "rolespec_validate": False}
    module = f"ansible.builtin.{'import_role' if way == 'block' else way}"
    task = {"name": f"Run {role} by {way}", module: named}
    if way == "block":
        return {"tasks": [{"name": "Block", "when": condition, "block": [task]}]}
    return {"tasks": [{**task, "when": condition}]}


def condition_for_hosts(indices: Iterable[int]) -> str:
    """Return a condition that is true only for these hosts of a trial."""
    return f"inventory_hostname.split('-')[-1] | int in {sorted(indices)}"


@dataclass(frozen=True)
class Played:
    """The effects of a run on every host."""

    run: Run
    recap: dict[str, dict[str, int]]
    initiates: Counter[str]
    codes: Counter[str]
    called: frozenset[str]

    def hosts_with(self, hosts: Iterable[str], what: str) -> set[str]:
        return {host for host in hosts if self.recap.get(host, {}).get(what)}


@dataclass
class Stage:
    """A simulator with a space for each host, and runs over an inventory of all trials.

    ``serial_number`` gives several runs with one simulator different phone numbers.
    """

    simulator: Simulator
    environment: dict[str, str]
    folder: Path
    serial_number: int = 0

    def play(self, trials: Sequence[Trial], *arguments: str, **environment: str) -> Played:
        hosts = {host: trial for trial in trials for host in trial.hosts}
        numbers = {host: f"+86139{self.serial_number + index:08}" for index, host in enumerate(hosts)}
        self.serial_number += len(hosts)
        before = len(self.simulator.control.calls())
        self.simulator.control.seed({"spaces": [make_space(f"space-of-{host}") for host in hosts]})
        inventory = self._write_inventory(trials, numbers)
        playbook = self.folder / "plays.yml"
        plays = [{"hosts": trial.name, "gather_facts": False, **play} for trial in trials for play in trial.plays]
        playbook.write_text(json.dumps(plays), encoding="utf-8")
        everything = {**self.environment, **credentials_environment(self.simulator), **environment}
        run = run_playbook(playbook, everything, self.folder, "-i", str(inventory), *arguments)
        effects = {f"+{found['phone_number']}": found for found in self.simulator.control.effects()["numbers"]}
        calls = json.dumps(self.simulator.control.calls()[before:])
        return Played(
            run,
            recap_by_host(run),
            Counter({host: effects.get(number, {}).get("initiates", 0) for host, number in numbers.items()}),
            Counter({host: effects.get(number, {}).get("codes_sent", 0) for host, number in numbers.items()}),
            frozenset(host for host in hosts if f'"space-of-{host}"' in calls),
        )

    def _write_inventory(self, trials: Sequence[Trial], numbers: Mapping[str, str]) -> Path:
        groups = {}
        for trial in trials:
            hosts = {
                host: {
                    "cams_phone_number": numbers[host],
                    "cams_cust_space_id": f"space-of-{host}",
                    **trial.facts.get(index, {}),
                }
                for index, host in enumerate(trial.hosts)
            }
            groups[trial.name] = {"hosts": hosts, "vars": dict(trial.variables)}
        path = self.folder / "inventory/hosts.yml"
        path.parent.mkdir(exist_ok=True)
        everybody = {"cams_rate_limit": 1000, "ansible_host": "192.0.2.1"}
        path.write_text(json.dumps({"all": {"children": groups, "vars": everybody}}), encoding="utf-8")
        return path


def recap_by_host(run: Run) -> dict[str, dict[str, int]]:
    """Return the counts of each host in the recap."""
    lines = run.output.partition("PLAY RECAP")[2].splitlines()
    found = [re.match(r"(\S+) +: (ok=.*)", line) for line in lines]
    return {
        match[1]: {name: int(count) for name, count in re.findall(r"(\w+)=(\d+)", match[2])} for match in found if match
    }


def assert_migrated_once(trial: Trial, played: Played) -> None:
    """Check one initiate, one code and ``changed`` for each intended host, and no call and result for the others."""
    said = f"{trial.name}: meant {sorted(trial.meant)} of {trial.count}: {json.dumps(trial.plays)}\n"
    expected = {host: int(host in trial.intended_hosts) for host in trial.hosts}
    assert {host: played.initiates[host] for host in trial.hosts} == expected, f"initiates of {said}"
    assert {host: played.codes[host] for host in trial.hosts} == expected, f"codes of {said}"
    assert {host for host in trial.hosts if host in played.called} == trial.intended_hosts, f"calls of {said}"
    changed = {host: played.recap.get(host, {}).get("changed", 0) for host in trial.hosts}
    assert changed == expected, f"recap of {said}{played.run.output}"
    assert not played.hosts_with(trial.hosts, "failed"), f"recap of {said}{played.run.output}"
