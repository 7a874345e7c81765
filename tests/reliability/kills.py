# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill a migration at a random time, then run it again like an operator who follows the next actions.

A migration has two passes: the first requests the code, the second submits it and waits for the connection. The random
time can be in either pass.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

from reliability.passes import Migration, Result
from simulator_process import Simulator

# Slow enough that many kills happen between a request and its answer.
LATENCY = 0.4
COOLDOWN_MINUTES = 15
MOST_PASSES = 8

SEED = os.environ.get("SEED") or str(time.time_ns() % 1_000_000)

NewMigration = Callable[[], Migration]


@dataclass(frozen=True)
class Durations:
    """Duration of the two passes without a kill."""

    first: float
    second: float

    def moment(self, random: Random) -> float:
        return random.uniform(0, self.first + self.second)


@dataclass(frozen=True)
class Killed:
    """A migration after the kill, and the options of the killed pass."""

    migration: Migration
    options: dict[str, Any]

    @property
    def place(self) -> str:
        """Return the position of the kill, according to the journal."""
        lines = self.migration.lines()
        if not lines:
            return "before the first write"
        step, outcome = lines[-1]["step"], lines[-1]["outcome"]
        return f"within {step}" if outcome == "intended" else f"after {step}"


@dataclass
class Operator:
    """Runs again, submits the code from the inbox, and names the number in resend if no code arrived."""

    migration: Migration
    resends: int = 0
    submitted: set[str] = field(default_factory=set)

    def run(self, **options: Any) -> Result:
        """Run one pass and check the rules of every pass."""
        before = self.migration.effects()
        # A killed process holds no lock, so do not wait for one.
        result = self.migration.run(lock_timeout=0, **options)
        after = self.migration.effects()
        self.resends += options.get("resend", False)
        self.submitted |= {options["verify_code"]} if "verify_code" in options else set()
        assert after["registers"] - before["registers"] <= 1
        assert after["hand_ins_right"] + after["hand_ins_wrong"] <= after["codes_sent"]
        assert after["codes_sent"] <= 1 + self.resends
        assert result["changed"] or after == before, (result, before, after)
        assert self.migration.open_entries() == {}
        return result

    def run_until_connected(self, result: Result) -> None:
        for _pass in range(MOST_PASSES):
            if result["outcome"] == "converged":
                assert result["phase"] == "connected"
                return
            result = self._next(result)
        raise AssertionError(f"The number did not converge in {MOST_PASSES} passes: {result}")

    def _next(self, result: Result) -> Result:
        code = self.migration.code()
        if result["outcome"] == "awaiting_connection":
            return self.run()
        assert "resend" in result["next_action"] or "No other code is requested before" in result["next_action"], result
        if code and code not in self.submitted:
            return self.run(verify_code=code)
        asked_again = self.run(resend=True)
        if not asked_again["changed"]:
            assert "No other code is requested before" in asked_again["next_action"], asked_again
            self.migration.advance_clocks(COOLDOWN_MINUTES + 1)
        return asked_again


@contextmanager
def slow_answers(simulator: Simulator) -> Iterator[None]:
    simulator.control.change_settings(latency=LATENCY)
    try:
        yield
    finally:
        simulator.control.change_settings(latency=0)


def measure(new_migration: NewMigration) -> Durations:
    """Measure a migration without a kill, and check its result."""
    migration = new_migration()
    with slow_answers(migration.simulator):
        start = time.monotonic()
        assert migration.run()["outcome"] == "awaiting_code"
        middle = time.monotonic()
        assert migration.run(verify_code=migration.code())["outcome"] == "converged"
        end = time.monotonic()
    assert migration.effects()["codes_sent"] == 1
    return Durations(middle - start, end - middle)


def kill_at(new_migration: NewMigration, durations: Durations, random: Random) -> Killed:
    """Kill a migration at a random time and return it. If it ended before that, repeat."""
    while True:
        migration, moment, options = new_migration(), durations.moment(random), {}
        if moment >= durations.first:
            migration.run()
            moment -= durations.first
            options = {"verify_code": migration.code()}
        with slow_answers(migration.simulator):
            killed_pass = migration.start(**options)
            time.sleep(moment)
            was_running = killed_pass.is_running
            killed_pass.kill()
        if was_running:
            return Killed(migration, options)


def check_survival(killed: Killed) -> None:
    """Check that runs after a kill converge. An interrupted code request must be unknown and not be repeated."""
    migration, operator = killed.migration, Operator(killed.migration)
    assert migration.effects()["codes_sent"] <= 1
    open_entries = migration.open_entries()
    # The journal records the code as submitted, but it was never sent. It is not used again, so another one is needed.
    needs_second_code = "verify" in open_entries.values() and migration.effects()["hand_ins_right"] == 0
    result = operator.run(**killed.options)
    for entry, step in open_entries.items():
        if step == "request_code":
            assert migration.outcome_of(entry) == "unknown"
            assert (result["outcome"], result["actions"]) == ("awaiting_code", [])
            assert "not known" in result["next_action"]
            assert "resend" in result["next_action"]
    operator.run_until_connected(result)
    effects = migration.effects()
    assert effects["hand_ins_right"] == 1
    assert effects["hand_ins_wrong"] == 0
    assert effects["codes_sent"] == 1 + needs_second_code


def table_of_places(places: Counter[str]) -> str:
    """Return a table of the positions of the kills."""
    rows = [f"{count:>5}  {place}" for place, count in sorted(places.items())]
    return "\n".join([f"{sum(places.values())} kills, SEED={SEED}", *rows])
