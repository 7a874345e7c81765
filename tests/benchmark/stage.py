# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A simulator with numbers in spaces, and real runs of ansible-playbook with checks of their effects."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from cams_simulator.client import ControlClient
from environment import contained_environment
from playbook_runs import ANSIBLE_PLAYBOOK, credentials_environment, write_playbook
from simulator_process import Simulator
from worlds import make_space

Document = dict[str, Any]

LIMIT = 10
# The highest rate that a module takes.
UNLIMITED = 1000
LATENCY = 0.2
PER_SPACE = 100
LONGEST_RUN_SECONDS = 900.0
# Long lists take the control port some time on a busy machine.
CONTROL_SECONDS = 120.0
_SHOWN = re.compile(r'^ +"msg": (".*")$', re.MULTILINE)


class WrongResultError(Exception):
    """The measured run had a wrong result."""


@dataclass(frozen=True)
class Number:
    cust_space_id: str
    phone_number: str

    @property
    def wire(self) -> str:
        return self.phone_number.removeprefix("+")

    def declaration(self, codes: Mapping[str, str]) -> Document:
        """Return the number as an item of the module's option or of ``cams_numbers``."""
        code = {"verify_code": codes[self.wire]} if self.wire in codes else {}
        return {"cust_space_id": self.cust_space_id, "phone_number": self.phone_number, **code}


@dataclass(frozen=True)
class NumberFacts:
    """The status of a number in the cloud (None if absent) and the counts of its effects."""

    status: str | None = None
    initiates: int = 0
    codes_sent: int = 0
    hand_ins_right: int = 0
    hand_ins_wrong: int = 0
    registers: int = 0
    webhook_updates: int = 0


ABSENT = NumberFacts()
CODE_SENT = NumberFacts("MIGRATING", initiates=1, codes_sent=1)
NOW_CONNECTED = NumberFacts("CONNECTED", initiates=1, codes_sent=1, hand_ins_right=1, registers=1)
WAS_CONNECTED = NumberFacts("CONNECTED")


@dataclass(frozen=True)
class Traffic:
    """Counts of calls in the simulator."""

    calls: int = 0
    throttled: int = 0
    by_action: Mapping[str, int] = field(default_factory=dict)

    def since(self, earlier: Traffic) -> Traffic:
        actions = {name: count - earlier.by_action.get(name, 0) for name, count in self.by_action.items()}
        kept = {name: count for name, count in actions.items() if count}
        return Traffic(self.calls - earlier.calls, self.throttled - earlier.throttled, kept)


def make_numbers(count: int, *, per_space: int = PER_SPACE, first: int = 0) -> list[Number]:
    places = range(first, first + count)
    return [Number(f"space-{place // per_space + 1}", f"+861390{place:07d}") for place in places]


def customers(numbers: Sequence[Number], codes: Mapping[str, str]) -> Document:
    """Return an inventory with one host for each space, which lists its numbers."""
    hosts: dict[str, Document] = {}
    for number in numbers:
        host = hosts.setdefault(number.cust_space_id, {"cams_cust_space_id": number.cust_space_id, "cams_numbers": []})
        declaration = number.declaration(codes)
        del declaration["cust_space_id"]
        host["cams_numbers"].append(declaration if codes else number.phone_number)
    return {"all": {"hosts": hosts}}


def hosts_of_one(numbers: Sequence[Number], **variables: Any) -> Document:
    """Return an inventory with one host for each number."""
    hosts = {
        f"number-{number.wire}": {
            "cams_cust_space_id": number.cust_space_id,
            "cams_phone_number": number.phone_number,
        }
        for number in numbers
    }
    return {"all": {"hosts": hosts, "vars": variables}}


@dataclass(frozen=True)
class Finished:
    seconds: float
    # User and system time of the process and of the children that it waited for.
    cpu_seconds: float
    output: str

    def shown(self) -> Document:
        """Return the JSON document of the last debug task."""
        found = _SHOWN.findall(self.output)
        if not found:
            raise WrongResultError(f"The playbook shows nothing:\n{self.output[-3000:]}")
        document: Document = json.loads(json.loads(found[-1]))
        return document


class Started:
    """One running ansible-playbook."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._output = folder / "output.txt"
        self._since = time.perf_counter()
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    def finish(self) -> Finished:
        """Wait for the end and return the time. Raise an error if the run failed."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        status = self._process.wait(LONGEST_RUN_SECONDS)
        seconds = time.perf_counter() - self._since
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        output = self._output.read_text(encoding="utf-8", errors="replace")
        if status:
            raise WrongResultError(f"ansible-playbook ended with status {status}:\n{output[-3000:]}")
        return Finished(seconds, cpu_seconds, output)

    def abandon(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait(LONGEST_RUN_SECONDS)


class Stage:
    """One simulator, and one folder for the files of its runs."""

    def __init__(self, *, limit: int = LIMIT, latency: float = LATENCY) -> None:
        self._simulator = Simulator(":memory:", "--setting", f"rate_limit={limit}", "--setting", f"latency={latency}")
        self._temporary = tempfile.TemporaryDirectory(prefix="benchmark-")
        self._folder = Path(self._temporary.name)
        self._started: list[Started] = []
        self.journal = str(self._folder / "journal.jsonl")

    def __enter__(self) -> Stage:
        self._simulator.start()
        self.control = ControlClient(self._simulator.control.url, CONTROL_SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for started in self._started:
            started.abandon()
        self._simulator.stop()
        self._temporary.cleanup()

    @property
    def account(self) -> tuple[str, str, str]:
        return self._simulator.endpoint, self._simulator.access_key_id, self._simulator.access_key_secret

    # --- the simulator

    def seed(self, numbers: Sequence[Number], *, connected: Sequence[Number] = ()) -> None:
        """Create the spaces of these numbers, with the connected numbers in them."""
        rows: dict[str, list[Document]] = {number.cust_space_id: [] for number in [*numbers, *connected]}
        for number in connected:
            rows[number.cust_space_id].append({"phone_number": number.wire, "status": "CONNECTED"})
        self.control.seed({"spaces": [make_space(name, numbers=found) for name, found in rows.items()]})

    def facts(self) -> dict[tuple[str, str], NumberFacts]:
        """Return the facts of every number, without the built-in space."""
        return {
            (number["cust_space_id"], number["phone_number"]): NumberFacts(number["status"], **number["effects"])
            for place in self.control.world()["spaces"]
            for number in place["numbers"]
            if place["cust_space_id"].startswith("space-")
        }

    def require(self, expected: Mapping[Number, NumberFacts]) -> None:
        """Check that every number is as expected and that no other number exists."""
        wanted = {(number.cust_space_id, number.wire): fact for number, fact in expected.items() if fact != ABSENT}
        found = self.facts()
        wrong = [key for key in {**wanted, **found} if wanted.get(key, ABSENT) != found.get(key, ABSENT)]
        if wrong:
            examples = "\n".join(f"{key}: {found.get(key)} instead of {wanted.get(key)}" for key in wrong[:3])
            raise WrongResultError(f"{len(wrong)} numbers are not as expected, for example\n{examples}")

    def codes(self) -> dict[str, str]:
        """Return the codes that arrived on the phones, by number."""
        return {message["phone_number"]: message["code"] for message in self.control.inbox()}

    def traffic(self) -> Traffic:
        summary = self.control.calls_summary()
        return Traffic(
            summary["count"],
            summary["throttled"],
            {name: action["count"] for name, action in summary["actions"].items()},
        )

    # --- runs

    def start(
        self,
        playbook: Path | str,
        *arguments: str,
        machine: str = "machine",
        variables: Mapping[str, str] | None = None,
    ) -> Started:
        """Start a playbook. Runs on one machine share their state files; different machines share only the account."""
        return self.start_command([ANSIBLE_PLAYBOOK, *arguments, str(playbook)], machine=machine, variables=variables)

    def start_command(
        self, command: Sequence[str], *, machine: str, variables: Mapping[str, str] | None = None
    ) -> Started:
        environment = {
            **contained_environment(),
            **credentials_environment(self._simulator),
            "XDG_STATE_HOME": str(self._folder / machine),
            **(variables or {}),
        }
        started = Started(command, environment, self.new_folder())
        self._started.append(started)
        return started

    def run(self, playbook: Path | str, *arguments: str, **keywords: Any) -> Finished:
        return self.start(playbook, *arguments, **keywords).finish()

    def new_folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._folder))

    def write_inventory(self, inventory: Document) -> Path:
        path = self.new_folder() / "inventory.json"
        path.write_text(json.dumps(inventory), encoding="utf-8")
        return path

    def write_fleet(self, numbers: Sequence[Number], codes: Mapping[str, str] | None = None, **options: Any) -> Path:
        """Write a playbook with one fleet task, which shows its summary at the end."""
        declared = [number.declaration(codes or {}) for number in numbers]
        fleet = {"numbers": declared, "max_changes": 0, "journal": self.journal, **options}
        tasks: list[Document] = [
            {"name": "Migrate the numbers", "chatapp.cams.cams_number_fleet": fleet, "register": "fleet"},
            {"name": "Show the summary", "ansible.builtin.debug": {"msg": "{{ fleet.summary | to_json }}"}},
        ]
        return write_playbook(self.new_folder(), tasks)


def require_outcomes(summary: Mapping[str, Any], **expected: int) -> None:
    """Check the outcomes in the summary of the module."""
    said = {outcome: summary[outcome] for outcome in expected}
    if said != expected:
        raise WrongResultError(f"The summary says {said} instead of {expected}: {dict(summary)}")
