# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Send signals to modules that finished their work, and kill controllers before their module starts."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from fork_server import StartedProcess
from module_runs import Modules
from playbook_runs import credentials_environment, write_playbook
from reliability.passes import Pass, wait_until
from simulator_process import Simulator
from worlds import SPACE, make_space

# A module checks once a second whether its controller still runs. It finishes a write that it already sent.
GRACE_SECONDS = 3.0
LONGEST_SECONDS = 60.0
WRITES = {
    "CreateChatappMigrationInitiate",
    "GetMigrationVerifyCode",
    "ChatappMigrationVerified",
    "ChatappMigrationRegister",
    "UpdatePhoneWebhook",
}


# --- signals after the work


@dataclass(frozen=True)
class Finished:
    """The result of a module run that got a signal after its work."""

    was_running: bool
    status: int
    output: str

    @property
    def results(self) -> int:
        try:
            return len(json.loads(self.output)["results"])
        except (ValueError, KeyError):
            return 0


@dataclass
class Fleet:
    """A fleet of connected numbers: one query shows that all are as declared."""

    modules: Modules
    count: int

    def __post_init__(self) -> None:
        self.numbers = [f"+86139{index:08}" for index in range(self.count)]
        rows = [{"phone_number": number[1:], "status": "CONNECTED"} for number in self.numbers]
        self.modules.simulator.control.seed({"spaces": [make_space(numbers=rows)]})

    def signal_after_work(self, number: int, delay: float) -> Finished:
        """Run the module, and send the signal this many seconds after it released its locks."""
        process = self._start()
        self._wait_for_the_end_of_work(process)
        time.sleep(delay)
        was_running = process.poll() is None
        process.send_signal(number)
        output, _errors = process.communicate(timeout=LONGEST_SECONDS)
        return Finished(was_running, process.wait(), output)

    def seconds_after_work(self) -> float:
        """Return the seconds from the release of the locks to the exit, without a signal."""
        process = self._start()
        self._wait_for_the_end_of_work(process)
        began = time.monotonic()
        process.communicate(timeout=LONGEST_SECONDS)
        return time.monotonic() - began

    def _start(self) -> StartedProcess:
        self.queries_before = self._count_queries()
        items = [{"cust_space_id": SPACE, "phone_number": number} for number in self.numbers]
        return self.modules.start("cams_number_fleet", numbers=items, rate_limit=1000)

    def _count_queries(self) -> int:
        return len(self.modules.simulator.control.calls(action="QueryChatappPhoneNumbers"))

    def _wait_for_the_end_of_work(self, process: StartedProcess) -> None:
        """Wait until the module queried the space, and then until it released its locks."""
        note = self.modules.home / ".local/state/chatapp.cams/locks" / f"run-{process.pid}"
        has_begun, deadline = False, time.monotonic() + LONGEST_SECONDS
        while not has_begun or note.exists():
            assert process.poll() is None, process.communicate()
            if time.monotonic() > deadline:
                raise TimeoutError("The module did not finish its work.")
            # A note that is soon removed could be missed, but a query is not.
            has_begun = has_begun or self._count_queries() > self.queries_before
            time.sleep(0.0005)


# --- killed controllers


@dataclass(frozen=True)
class Orphaned:
    """Writes of a run after its controller was killed."""

    after: float
    within_grace: int
    later: int
    # Whether a module still ran after the grace time.
    left_a_module: bool


@dataclass
class Controller:
    """A real ansible-playbook that migrates many numbers slowly, so that most writes would follow its end."""

    simulator: Simulator
    contained: Mapping[str, str]
    folder: Path
    count: int = 20

    def begin(self, turn: str) -> Pass:
        folder = self.folder / turn
        folder.mkdir(parents=True)
        cust_space_id = f"space-{turn}"
        self.simulator.control.seed({"spaces": [make_space(cust_space_id)]})
        self.simulator.control.change_settings(latency=0.3)
        numbers = [{"cust_space_id": cust_space_id, "phone_number": f"+86138{index:08}"} for index in range(self.count)]
        fleet: dict[str, Any] = {"numbers": numbers, "concurrency": 1, "rate_limit": 1000, "wait_timeout": 0}
        tasks = [{"name": "Migrate", "chatapp.cams.cams_number_fleet": fleet}]
        environment = {
            **self.contained,
            **credentials_environment(self.simulator),
            "XDG_STATE_HOME": str(folder / "state"),
            "TMPDIR": str(folder),
            "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
            "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
        }
        return Pass(write_playbook(folder, tasks), environment)

    def seconds_to_the_first_call(self) -> float:
        """Return the seconds from the start of a run to its first call."""
        began = time.monotonic()
        calls = self._calls()
        undisturbed = self.begin("undisturbed")
        wait_until(lambda: self._calls() > calls, LONGEST_SECONDS)
        undisturbed.kill()
        return time.monotonic() - began

    def kill_after(self, seconds: float, turn: str) -> Orphaned:
        """Kill only ansible-playbook, and count the writes after that."""
        orphaned = self.begin(turn)
        time.sleep(seconds)
        before = self._writes()
        orphaned.kill_controller()
        time.sleep(GRACE_SECONDS)
        left_a_module = any("cams_number_fleet" in command for command in orphaned.processes().values())
        early = self._writes()
        wait_until(lambda: not orphaned.processes(), LONGEST_SECONDS)
        return Orphaned(seconds, early - before, self._writes() - early, left_a_module)

    def _writes(self) -> int:
        actions = self.simulator.control.calls_summary()["actions"]
        return sum(figures["count"] for action, figures in actions.items() if action in WRITES)

    def _calls(self) -> int:
        return sum(figures["count"] for figures in self.simulator.control.calls_summary()["actions"].values())


def random_delays(seed: str, count: int, longest: float) -> list[float]:
    """Return random delays. The same seed gives the same delays."""
    random = Random(seed)
    return [random.uniform(0, longest) for _moment in range(count)]
