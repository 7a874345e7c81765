# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the inventory plugin with files that contain the same hosts, variables and groups."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from benchmark.section import Line, Report, at_most
from benchmark.stage import LATENCY, LIMIT, Document, Stage, WrongResultError, make_numbers
from environment import contained_environment
from playbook_runs import ANSIBLE_PLAYBOOK

ANSIBLE_INVENTORY = str(Path(ANSIBLE_PLAYBOOK).with_name("ansible-inventory"))
MEMORY = Path(__file__).with_name("memory.py")
PLUGIN = "chatapp.cams.cams_numbers"
QUERY = "QueryChatappPhoneNumbers"
LONGEST_SECONDS = 600


@dataclass(frozen=True)
class Loaded:
    """One run of ansible-inventory: its time, its peak memory in MiB, and its output."""

    seconds: float
    memory: float
    output: str

    @property
    def figure(self) -> str:
        return f"{self.seconds:.1f} s, {self.memory:.0f} MiB"


@dataclass(frozen=True)
class Inventories:
    numbers: int = 10_000
    spaces: int = 10

    name = "inventory"

    @property
    def title(self) -> str:
        return f"An inventory of {self.numbers:,} numbers from {self.spaces} spaces"

    def run(self) -> Report:
        numbers = make_numbers(self.numbers, per_space=self.numbers // self.spaces)
        with Stage() as stage:
            stage.seed([], connected=numbers)
            cloud = self._cloud_file(stage, sorted({number.cust_space_id for number in numbers}))
            before = stage.traffic()
            listed = self._load(stage, cloud, "--list")
            if stage.traffic().since(before).by_action != {QUERY: self.spaces}:
                raise WrongResultError(f"Not one query for each space: {stage.traffic().since(before).by_action}")
            document = self._document(listed)
            fetched = self._load(stage, cloud, "--graph", "--flush-cache")
            before = stage.traffic()
            cached = self._load(stage, cloud, "--graph")
            if stage.traffic().since(before).calls:
                raise WrongResultError("The cache was not used.")
            folder = stage.new_folder()
            (folder / "static.json").write_text(json.dumps(document), encoding="utf-8")
            (folder / "static.yml").write_text(yaml.safe_dump(document), encoding="utf-8")
            from_json = self._load(stage, folder / "static.json", "--graph")
            from_yaml = self._load(stage, folder / "static.yml", "--graph")
            if sorted(fetched.output.split()) != sorted(from_yaml.output.split()):
                raise WrongResultError("The file and the cloud have different hosts.")
        lines = [
            Line("`--graph` of a YAML file", from_yaml.figure),
            Line("`--graph` of a JSON file", from_json.figure),
            Line("`--graph`, fetched", fetched.figure),
            at_most("- time, to that of the YAML file", fetched.seconds / from_yaml.seconds, 1, "{:.2f}"),
            at_most("- memory, to that of the YAML file", fetched.memory / from_yaml.memory, 1, "{:.2f}"),
            Line("`--graph`, from a warm cache", cached.figure),
            at_most("- time, to that of the YAML file", cached.seconds / from_yaml.seconds, 1, "{:.2f}"),
            Line("`--list`, fetched", listed.figure),
        ]
        queries = (self.spaces - 1) / LIMIT + LATENCY
        return Report(_METHOD.format(limit=LIMIT, latency=LATENCY * 1e3, queries=queries), lines)

    @staticmethod
    def _cloud_file(stage: Stage, spaces: list[str]) -> Path:
        endpoint, key, secret = stage.account
        folder = stage.new_folder()
        options: dict[str, Any] = {
            "plugin": PLUGIN,
            "cust_space_ids": spaces,
            "endpoint": endpoint,
            "access_key_id": key,
            "access_key_secret": secret,
            "cache": True,
            "cache_plugin": "ansible.builtin.jsonfile",
            "cache_connection": str(folder / "cache"),
        }
        path = folder / "cams.yml"
        path.write_text(json.dumps(options), encoding="utf-8")
        return path

    def _load(self, stage: Stage, inventory: Path, *arguments: str) -> Loaded:
        noted = stage.new_folder() / "memory"
        command = [
            sys.executable,
            str(MEMORY),
            str(noted),
            ANSIBLE_INVENTORY,
            "--inventory",
            str(inventory),
            *arguments,
        ]
        environment = {**contained_environment(), "XDG_STATE_HOME": str(noted.parent)}
        since = time.perf_counter()
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
        )
        seconds = time.perf_counter() - since
        if done.returncode or "WARNING" in done.stderr:
            raise WrongResultError(f"ansible-inventory ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return Loaded(seconds, int(noted.read_text(encoding="utf-8")) / 1024, done.stdout)

    def _document(self, listed: Loaded) -> Document:
        """Return a static inventory with the listed hosts."""
        found = json.loads(listed.output, object_hook=lambda value: value.get("__ansible_unsafe", value))
        hosts = found.pop("_meta")["hostvars"]
        if len(hosts) != self.numbers:
            raise WrongResultError(f"{len(hosts)} hosts instead of {self.numbers}.")
        groups = {name: {"hosts": dict.fromkeys(group["hosts"])} for name, group in found.items() if "hosts" in group}
        return {"all": {"hosts": hosts, "children": groups}}


_METHOD = """\
`ansible-inventory --graph` shows only groups and hosts, so it measures mostly the loading. `--list` shows all variables
too. The files contain the same hosts, variables and groups as the cloud. The simulator has {latency:.0f} ms latency and
accepts {limit} calls a second, so the queries take {queries:.1f} s. Each command ran once.

"""
