# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One random history of two machines: runs, alone or at the same time, and what goes wrong in the middle of a run.

No run names a number in resend or reclaim, so each number may get one code, however often its runs are killed.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from random import Random
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, State
from engine_processes import WRITES, EngineProcess, Place, Report
from histories import ALL_READINGS, FAULTS_BEFORE_OR_AFTER
from store_worlds import LEASE_SECONDS, NAMES, SENT, SUBMITTED, StoreWorld
from worlds import SPACE

DAY_SECONDS = 24 * 60 * 60
# Enough for a run to wait until the lease of another run is over, on a busy machine too.
PATIENCE = 5.0
# How often each event is drawn, relative to the others.
EVENTS = {
    "run_alone": 2,
    "run_both": 3,
    "kill": 5,
    "stop_and_continue": 5,
    "crash_server": 3,
    "cut_connection": 2,
    "stall_connection": 2,
    "check": 1,
    "cancel": 1,
    "let_time_pass": 1,
    "order_a_fault": 1,
}
EVENTS_OF_A_SERVER = ("crash_server", "cut_connection", "stall_connection")
# With the other readings, most new numbers wait for an operator before their first code.
CLEAR_READINGS: dict[str, str | float] = {
    "status_read": "plain",
    "unknown_number_refusal": "listed",
    "fictional_numbers": "same",
    "status_delay_seconds": 0,
}
# Every kind of event that many histories must show.
PLACES = (*(str(Place(1, after_answer)) for after_answer in (False, True)), "at a random time")
AT_A_RANDOM_TIME = PLACES[-1]
KINDS = {
    *(f"{kind} {place}" for kind in ("killed", "stopped") for place in PLACES),
    "continued after the other machine took over",
    "continued while the other machine runs",
    "run alone",
    "two runs at the same time",
    "check mode",
    "migration cancelled in the console",
    "time passed",
    "answer of a write lost",
}
KINDS_OF_A_SERVER = {
    *(f"{kind} {place}" for kind in ("server stopped", "connection cut", "connection stalled") for place in PLACES),
    "run ended because it lost its store",
}
# A run whose connection carries nothing must end by itself, except while it closes the connection.
STALLED_SECONDS = 6.0
# A run seldom takes longer.
LONGEST_MOMENT = 0.25


class StoreHistory:
    """One history. Its events are drawn in advance only by the random seed; the processes run freely."""

    def __init__(self, world: StoreWorld, random: Random, account: str) -> None:
        self._world = world
        self._random = random
        self._account = account
        self._numbers = [f"86139{random.randrange(10**8):08}" for _number in range(random.randint(1, 3))]
        self._readings = _draw_readings(random)
        # How many codes each number got, and how often it was given one.
        self.codes: dict[str, int] = {}
        self.submits: dict[str, int] = {}
        self._lines: list[str] = []
        # Each kind of event that really happened.
        self.events: Counter[str] = Counter()
        self.unexpected: list[str] = []
        # How each number ended the last run.
        self.outcomes: dict[str, str] = {}

    def play(self) -> None:
        self._world.begin(self._account, self._readings)
        try:
            for _event in range(self._random.randint(3, 7)):
                self._play_event()
            self._settle()
            spent = self._world.spent()
            self.codes = {number: spent[number, SENT] for number in self._numbers}
            self.submits = {number: spent[number, SUBMITTED] for number in self._numbers}
            if self.is_wrong():
                self._lines += ["writes:", *self._world.writes(), "entries:", *self._world.entries()]
        finally:
            self._world.end()

    def is_wrong(self) -> bool:
        """Return whether a number got two codes or was given its code twice, or an error was not caught."""
        return bool(self.unexpected) or max(*self.codes.values(), *self.submits.values()) > 1

    def story(self) -> str:
        head = [
            f"{self._account}: codes {self.codes}, submits {self.submits}",
            f"readings: {self._readings}",
            *self.unexpected,
        ]
        return "\n".join([*head, *self._lines])

    # --- events ---

    def _play_event(self) -> None:
        events = {name: w for name, w in EVENTS.items() if self._world.server or name not in EVENTS_OF_A_SERVER}
        (event,) = self._random.choices(list(events), list(events.values()))
        self._lines.append(f"event {event}")
        getattr(self, f"_{event}")()

    def _run_alone(self) -> None:
        self._finish(self._start(self._draw_machine()))
        self._count("run alone")

    def _run_both(self) -> None:
        runs = [self._start(name) for name in NAMES]
        for run in runs:
            self._finish(run)
        self._count("two runs at the same time")

    def _check(self) -> None:
        self._finish(self._start(self._draw_machine(), check_mode=True))
        self._count("check mode")

    def _kill(self) -> None:
        run, other, where = self._run_to_a_place(self._draw_machine())
        if where and run.send_signal(signal.SIGKILL):
            self._count(f"killed {where}")
        self._finish(run, other)

    def _stop_and_continue(self) -> None:
        """Stop a run, let the other machine run after the lease time, and let the first run continue."""
        name = self._draw_machine()
        run, other, where = self._run_to_a_place(name)
        if not where or not run.send_signal(signal.SIGSTOP):
            self._finish(run, other)
            return
        if where != AT_A_RANDOM_TIME:
            run.continue_from_place()
        self._count(f"stopped {where}")
        self._finish(other)
        second = self._start(_other_machine(name), lock_timeout=PATIENCE)
        if self._random.random() < 0.3:
            time.sleep(self._random.uniform(0, 2 * LEASE_SECONDS))
            self._count("continued while the other machine runs")
            run.send_signal(signal.SIGCONT)
            self._finish(second)
        else:
            report = self._finish(second)
            self._change_the_world_meanwhile()
            if where != AT_A_RANDOM_TIME and report and report.outcomes and "Locked" not in report.errors.values():
                self._count("continued after the other machine took over")
            run.send_signal(signal.SIGCONT)
        self._finish(run)

    def _change_the_world_meanwhile(self) -> None:
        """Sometimes do what makes a request of a stopped run more dangerous."""
        event = self._random.choice([self._cancel, self._let_time_pass, None, None, None, None])
        if event is not None:
            event()

    def _crash_server(self) -> None:
        run, other, where = self._run_to_a_place(self._draw_machine())
        server = self._world.server
        assert server is not None
        if not where:
            self._finish(run, other)
            return
        server.crash()
        self._count(f"server stopped {where}")
        starts_early = self._random.random() < 0.5
        if starts_early:
            server.start()
        if where != AT_A_RANDOM_TIME:
            run.continue_from_place()
        self._finish(run, other)
        if not starts_early:
            server.start()

    def _cut_connection(self) -> None:
        name = self._draw_machine()
        run, other, where = self._run_to_a_place(name)
        self._world.proxies[name].cut()
        if where:
            self._count(f"connection cut {where}")
            if where != AT_A_RANDOM_TIME:
                run.continue_from_place()
        self._finish(run, other)

    def _stall_connection(self) -> None:
        name = self._draw_machine()
        proxy = self._world.proxies[name]
        run, other, where = self._run_to_a_place(name)
        if where:
            answers_only = self._random.random() < 0.5
            proxy.stall(to_server=not answers_only)
            self._count(f"connection stalled {where}")
            if where != AT_A_RANDOM_TIME:
                run.continue_from_place()
        if not run.has_ended(STALLED_SECONDS):
            self._count("run waited for a stalled connection until it was cut")
        proxy.cut()
        proxy.resume()
        self._finish(run, other)

    def _order_a_fault(self) -> None:
        """Let the answer of a later write be lost, or replaced by an error."""
        fault, after_effect = self._random.choice(FAULTS_BEFORE_OR_AFTER), self._random.random() < 0.7
        operation = self._random.choice(sorted(WRITES))
        self._world.simulator.control.add_fault(fault, operation=operation, after_effect=after_effect, count=1)
        self._count("answer of a write lost")

    def _cancel(self) -> None:
        if self._world.cancel(self._random.choice(self._numbers)):
            self._count("migration cancelled in the console")

    def _let_time_pass(self) -> None:
        self._world.let_time_pass(self._random.choice([20 * 60, 2 * DAY_SECONDS]))
        self._count("time passed")

    def _settle(self) -> None:
        """Run once more, with the codes that arrived, when nothing goes wrong any more."""
        report = self._finish(self._start(self._draw_machine(), lock_timeout=PATIENCE, with_codes=True))
        self.outcomes = dict(report.outcomes) if report else {}

    # --- helpers ---

    def _run_to_a_place(self, name: str) -> tuple[EngineProcess, EngineProcess | None, str]:
        """Start a run, sometimes with a run of the other machine. Return the runs, and where the first one is.

        The place is empty if the run ended before it reached its place.
        """
        place = None
        if self._random.random() < 0.8:
            place = Place(self._random.randint(1, 2 * len(self._numbers)), self._random.random() < 0.5)
        run = self._start(name, place=place)
        other = self._start(_other_machine(name)) if self._random.random() < 0.3 else None
        if place is not None:
            return run, other, str(place) if run.reaches_place() else ""
        has_ended = run.has_ended(self._random.uniform(0, LONGEST_MOMENT))
        return run, other, "" if has_ended else AT_A_RANDOM_TIME

    def _start(self, name: str, *, with_codes: bool | None = None, **options: Any) -> EngineProcess:
        given = self._random.random() < 0.6 if with_codes is None else with_codes
        control = self._world.simulator.control
        declarations = [
            Declaration(SPACE, f"+{digits}", state=State.REGISTERED, code=control.code(digits) if given else None)
            for digits in self._numbers
        ]
        patience = self._random.choice([0, PATIENCE])
        concurrency = self._random.randint(1, len(self._numbers))
        chosen = {"lock_timeout": patience, "concurrency": concurrency, **options}
        self._lines.append(f"{name} starts with {chosen}, codes {given}")
        return self._world.start(name, declarations=declarations, **chosen)

    def _finish(self, *runs: EngineProcess | None) -> Report | None:
        """Wait for the end of the runs. Return the report of the first."""
        reports = [run.finish() for run in runs if run is not None]
        for report in reports:
            self._lines.append(f"  ended: {report}")
            if report is not None and report.unexpected:
                self.unexpected.append(report.unexpected)
            if report is not None and report.why_stopped.startswith("The store was lost"):
                self._count("run ended because it lost its store")
        return reports[0] if reports else None

    def _count(self, event: str) -> None:
        self._lines.append(f"  {event}")
        self.events[event] += 1

    def _draw_machine(self) -> str:
        return self._random.choice(NAMES)


def _draw_readings(random: Random) -> dict[str, str | float]:
    """Draw a reading of each doubt about the API. In most histories, a run can see whether a number is new."""
    drawn = {name: random.choice(list(values)) for name, values in ALL_READINGS.items()}
    clear = CLEAR_READINGS if random.random() < 0.7 else {}
    return {**drawn, **clear, "second_initiate": "accepted"}


def _other_machine(name: str) -> str:
    return NAMES[1 - NAMES.index(name)]
