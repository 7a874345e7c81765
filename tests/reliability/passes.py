# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes of a migration as real ansible-playbook processes that a test can kill."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from playbook_runs import ANSIBLE_PLAYBOOK, credentials_environment, run_playbook, write_playbook
from simulator_process import Simulator
from worlds import make_space

Result = dict[str, Any]

MARK = "CHATAPP_CAMS_TEST_PASS"
# Long enough that only a hang reaches it.
LONGEST_PASS_SECONDS = 300.0
_SHOWN = re.compile(r'^ +"msg": (".*")$', re.MULTILINE)


class Pass:
    """One ansible-playbook in the background. An environment variable marks its workers, which start own sessions."""

    def __init__(self, playbook: Path, environment: Mapping[str, str]) -> None:
        self._mark = f"{MARK}={uuid.uuid4().hex}"
        self._output = playbook.with_name("output.txt")
        name, _equals, value = self._mark.partition("=")
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [ANSIBLE_PLAYBOOK, str(playbook)],
                env={**environment, name: value},
                cwd=playbook.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def processes(self) -> dict[int, str]:
        """Return the process ids and command lines of all running processes of this pass."""
        found: dict[int, str] = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
        return found

    def kill(self) -> None:
        """Kill all processes at once, like a machine that fails."""
        while processes := self.processes():
            for pid in sorted(processes):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
        self._process.wait(LONGEST_PASS_SECONDS)

    def kill_controller(self) -> None:
        """Kill only ansible-playbook, but not its workers."""
        self._process.kill()
        self._process.wait(LONGEST_PASS_SECONDS)

    def result(self) -> Result:
        """Wait for the end of the pass and return the result of the module."""
        try:
            self._process.wait(LONGEST_PASS_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        return _result_in(self._output.read_text(encoding="utf-8"))


def _result_in(output: str) -> Result:
    """Return the result of the module in the output of a pass."""
    shown = _SHOWN.findall(output)
    assert shown, output
    result: Result = json.loads(json.loads(shown[-1]))
    return result


@dataclass
class Migration:
    """The migration of one number, with its own space and journal."""

    simulator: Simulator
    contained: Mapping[str, str]
    folder: Path
    number: str
    space: str = ""
    with_journal: bool = True
    _passes: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.space = f"space-of-{self.wire}"
        self.simulator.control.seed({"spaces": [make_space(self.space)]})

    @property
    def wire(self) -> str:
        return self.number.removeprefix("+")

    @property
    def journal(self) -> Path:
        return self.folder / "journal.jsonl"

    def start(self, **options: Any) -> Pass:
        """Start a pass that a test can kill. What it leaves is in folders of its own."""
        playbook = self._write_pass(options)
        folder = playbook.parent
        temporary = {
            "TMPDIR": str(folder),
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
        }
        return Pass(playbook, {**self._environment(), **temporary})

    def run(self, **options: Any) -> Result:
        """Run a pass to its end."""
        playbook = self._write_pass(options)
        return _result_in(run_playbook(playbook, self._environment(), playbook.parent).output)

    def _environment(self) -> dict[str, str]:
        state = {"XDG_STATE_HOME": str(self.folder / "state")}
        return {**self.contained, **credentials_environment(self.simulator), **state}

    def _write_pass(self, options: dict[str, Any]) -> Path:
        self._passes += 1
        folder = self.folder / f"pass-{self._passes}"
        folder.mkdir(parents=True)
        given = {"cust_space_id": self.space, "phone_number": self.number, "wait_timeout": 20, **options}
        if self.with_journal:
            given["journal"] = str(self.journal)
        tasks: list[dict[str, Any]] = [
            {
                "name": "Migrate",
                "chatapp.cams.cams_number_migration": given,
                "register": "migration",
                "ignore_errors": True,
            },
            {"name": "Show", "ansible.builtin.debug": {"msg": "{{ migration | to_json }}"}},
        ]
        return write_playbook(folder, tasks)

    def code(self) -> str | None:
        """Return the newest code that arrived on the phone."""
        return self.simulator.control.code(self.wire)

    def effects(self) -> dict[str, int]:
        """Return the real effects that the simulator counted."""
        number = self.simulator.control.number(self.space, self.wire)
        counted: dict[str, int] = number["effects"] if number else {}
        names = ("initiates", "codes_sent", "hand_ins_right", "hand_ins_wrong", "registers")
        return {name: counted.get(name, 0) for name in names}

    def lines(self) -> list[dict[str, Any]]:
        if not self.journal.exists():
            return []
        return [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]

    def open_entries(self) -> dict[str, str]:
        """Return the steps of the journal entries without a conclusion."""
        begun = {line["entry"]: line["step"] for line in self.lines()}
        for line in self.lines():
            if line["outcome"] != "intended":
                begun.pop(line["entry"], None)
        return begun

    def outcome_of(self, entry: str) -> str:
        return str([line for line in self.lines() if line["entry"] == entry][-1]["outcome"])

    def advance_clocks(self, minutes: int) -> None:
        """Let time pass: move the times in the journal back and the simulator's clock forward."""
        earlier = [
            {**line, "at": (datetime.fromisoformat(line["at"]) - timedelta(minutes=minutes)).isoformat()}
            for line in self.lines()
        ]
        self.journal.write_text("".join(json.dumps(line) + "\n" for line in earlier), encoding="utf-8")
        self.simulator.control.advance(60.0 * minutes)


def wait_until(happened: Callable[[], bool], seconds: float = LONGEST_PASS_SECONDS) -> None:
    """Wait until the condition is true. The limit is so long that only a hang reaches it."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() >= deadline:
            raise AssertionError(f"The condition was not true within {seconds:.0f} s.")
        time.sleep(0.02)
