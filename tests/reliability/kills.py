# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A migration that is killed, and the operator who runs it again and follows what it says.

A migration is two passes: one until the code is sent, one from the code to the connection. A moment is a time within
both together.
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

# Slow enough that many moments lie between a request and its answer.
LATENCY = 0.4
COOLDOWN_MINUTES = 15
MOST_PASSES = 8

SEED = os.environ.get("SEED") or str(time.time_ns() % 1_000_000)

NewMigration = Callable[[], Migration]


@dataclass(frozen=True)
class Durations:
    """How long the two passes of an undisturbed migration take."""

    first: float
    second: float

    def moment(self, random: Random) -> float:
        return random.uniform(0, self.first + self.second)


@dataclass(frozen=True)
class Killed:
    """A migration after the kill, and the options of the pass that was killed."""

    migration: Migration
    options: dict[str, Any]

    @property
    def place(self) -> str:
        """Where the kill fell, as the journal knows it."""
        lines = self.migration.lines()
        if not lines:
            return "before the first write"
        step, outcome = lines[-1]["step"], lines[-1]["outcome"]
        return f"within {step}" if outcome == "intended" else f"after {step}"


@dataclass
class Operator:
    """Runs again, gives the code that is in the inbox, and names the number in resend when none came."""

    migration: Migration
    resends: int = 0
    given: set[str] = field(default_factory=set)

    def run(self, **options: Any) -> Result:
        """One pass, held to what must be true of every pass."""
        before = self.migration.effects()
        # Whoever was killed holds no lock, so there is nothing to wait for.
        result = self.migration.run(lock_timeout=0, **options)
        after = self.migration.effects()
        self.resends += options.get("resend", False)
        self.given |= {options["verify_code"]} if "verify_code" in options else set()
        assert after["registers"] - before["registers"] <= 1
        assert after["hand_ins_right"] + after["hand_ins_wrong"] <= after["codes_sent"]
        assert after["codes_sent"] <= 1 + self.resends
        assert result["changed"] or after == before, (result, before, after)
        assert self.migration.open_entries() == {}
        return result

    def bring_to_connected(self, result: Result) -> None:
        for _pass in range(MOST_PASSES):
            if result["outcome"] == "converged":
                assert result["phase"] == "connected"
                return
            result = self._next(result)
        raise AssertionError(f"It did not converge in {MOST_PASSES} passes: {result}")

    def _next(self, result: Result) -> Result:
        code = self.migration.code()
        if result["outcome"] == "awaiting_connection":
            return self.run()
        assert "resend" in result["next_action"] or "No other code is requested before" in result["next_action"], result
        if code and code not in self.given:
            return self.run(verify_code=code)
        asked_again = self.run(resend=True)
        if not asked_again["changed"]:
            assert "No other code is requested before" in asked_again["next_action"], asked_again
            self.migration.let_pass(COOLDOWN_MINUTES + 1)
        return asked_again


@contextmanager
def slow_answers(simulator: Simulator) -> Iterator[None]:
    simulator.control.change_settings(latency=LATENCY)
    try:
        yield
    finally:
        simulator.control.change_settings(latency=0)


def measure(new_migration: NewMigration) -> Durations:
    """An undisturbed migration, which also has to be one."""
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
    """A migration that was killed at a random moment; one that ended before it does not count and is done again."""
    while True:
        migration, moment, options = new_migration(), durations.moment(random), {}
        if moment >= durations.first:
            migration.run()
            moment -= durations.first
            options = {"verify_code": migration.code()}
        with slow_answers(migration.simulator):
            doomed = migration.start(**options)
            time.sleep(moment)
            was_running = doomed.is_running
            doomed.kill()
        if was_running:
            return Killed(migration, options)


def check_survival(killed: Killed) -> None:
    """The runs after a kill converge; a code request that was cut off is told as unknown and never repeated."""
    migration, operator = killed.migration, Operator(killed.migration)
    assert migration.effects()["codes_sent"] <= 1
    opened = migration.open_entries()
    # A code that was noted as handed in and never left is not tried again, so another one is needed.
    spent = "verify" in opened.values() and migration.effects()["hand_ins_right"] == 0
    result = operator.run(**killed.options)
    for entry, step in opened.items():
        if step == "request_code":
            assert migration.outcome_of(entry) == "unknown"
            assert (result["outcome"], result["actions"]) == ("awaiting_code", [])
            assert "not known" in result["next_action"]
            assert "resend" in result["next_action"]
    operator.bring_to_connected(result)
    effects = migration.effects()
    assert effects["hand_ins_right"] == 1
    assert effects["hand_ins_wrong"] == 0
    assert effects["codes_sent"] == 1 + spent


def tell(places: Counter[str]) -> str:
    """Where the kills fell, as a table."""
    rows = [f"{count:>5}  {place}" for place, count in sorted(places.items())]
    return "\n".join([f"{sum(places.values())} kills, SEED={SEED}", *rows])
