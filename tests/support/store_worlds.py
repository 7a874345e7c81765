# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two machines, each with its own home and name, one simulator, and a store that the machines share or not."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from engine_processes import WRITES, EngineProcess, Task
from machines import Machine
from postgres_server import PostgresServer
from simulator_process import Simulator
from tcp_proxy import TcpProxy
from worlds import SPACE, make_space

NAMES = ("first", "second")
SENT, SUBMITTED = "codes sent", "codes submitted"
# Short, so that a take-over takes less than a second.
LEASE_SECONDS = 0.6
# The password is not needed: a hash of it for each connection would take most of the time.
_TRUST = ("host all all 127.0.0.1/32 trust",)
_HAS_TABLES = "SELECT to_regclass('cams.entry') IS NOT NULL"


class StoreWorld(AbstractContextManager["StoreWorld"]):
    """The programs of many histories. Without PostgreSQL, each machine has its files and shares nothing."""

    def __init__(self, *, files: bool = False, clock_offset: int = 0) -> None:
        self.clock_offset = clock_offset
        self.simulator = Simulator(":memory:", "--random-seed", "1")
        self.server = None if files else PostgresServer(clock_offset=clock_offset, hba=_TRUST)
        self.proxies: dict[str, TcpProxy] = {}
        self.folder = Path()
        self.account = ""
        self._removed: Counter[tuple[str, str]] = Counter()
        self._stack = ExitStack()

    def __enter__(self) -> StoreWorld:
        with ExitStack() as stack:
            stack.enter_context(self.simulator)
            if self.server is not None:
                stack.enter_context(self.server)
                self.proxies = {name: stack.enter_context(TcpProxy(self.server.port)) for name in NAMES}
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # --- one history ---

    def begin(self, account: str, readings: dict[str, str | float]) -> None:
        """Begin a history with an empty simulator, empty homes, and an account that the store does not know."""
        control = self.simulator.control
        control.reset()
        control.remove_faults()
        control.change_settings(rate_limit=0, register_seconds=0, **readings)
        control.seed({"spaces": [make_space()]})
        self.account = account
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        for name in NAMES:
            (self.folder / name).mkdir()
        self._removed = Counter()

    def end(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def machine(self, name: str) -> Machine:
        home = self.folder / name
        if self.server is None:
            return Machine(name, home, journal=home / "journal.jsonl")
        url = self.proxies[name].url_of(self.server.url)
        return Machine(name, home, f"{url}?connect_timeout=2")

    def start(self, name: str, **options: Any) -> EngineProcess:
        """Start a run of the engine on a machine."""
        simulator = self.simulator
        variables = {"CAMS_STORE_LEASE_SECONDS": str(LEASE_SECONDS), "PGPASSWORD": "none"}
        keys = (simulator.access_key_id, simulator.access_key_secret)
        return EngineProcess(
            Task(self.machine(name), simulator.endpoint, *keys, self.account, variables=variables, **options)
        )

    # --- events ---

    def let_time_pass(self, seconds: int) -> None:
        """Advance the simulator's clock, and make the entries of the store older."""
        self.simulator.control.advance(seconds)
        if self.server is None or self.server.sql(_HAS_TABLES, database=self.server.url) != [(True,)]:
            return
        self.server.sql(
            "UPDATE cams.entry SET at = at - make_interval(secs => %s)", float(seconds), database=self.server.url
        )

    def cancel(self, digits: str) -> bool:
        """Remove a number that is not registered from its space, like a cancelled migration in the console."""
        facts = self.simulator.control.number(SPACE, digits)
        if facts is None or facts["registered_at"] is not None or facts["status"] == "CONNECTED":
            return False
        if facts["effects"]["registers"]:
            return False
        self._removed += _spent(digits, facts["effects"])
        self.simulator.control.remove_number(SPACE, digits)
        return True

    # --- facts ---

    def spent(self) -> Counter[tuple[str, str]]:
        """Return how many codes each number got, and how many it was given, also before it was removed."""
        spent = self._removed.copy()
        for number in self.simulator.control.effects(SPACE)["numbers"]:
            spent += _spent(number["phone_number"], number)
        return spent

    def writes(self) -> list[str]:
        """Return the writes that the simulator received, to explain a history."""
        calls = [call for call in self.simulator.control.calls() if call["action"] in WRITES]
        return [str({name: value for name, value in call.items() if value}) for call in calls]

    def entries(self) -> list[str]:
        if self.server is None:
            return []
        rows = self.server.sql(
            "SELECT e.number, e.step, e.state, e.generation, e.run, e.fence, e.at::time FROM cams.entry e"
            " JOIN cams.run r ON r.id = e.run ORDER BY e.at DESC LIMIT 30",
            database=self.server.url,
        )
        return [str(row) for row in reversed(rows)]


def _spent(digits: str, effects: dict[str, int]) -> Counter[tuple[str, str]]:
    submitted = effects["hand_ins_right"] + effects["hand_ins_wrong"]
    return Counter({(digits, SENT): effects["codes_sent"], (digits, SUBMITTED): submitted})
