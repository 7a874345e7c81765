# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the fleet module with other ways to request codes for the same new numbers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.section import Line, Report, at_most, table
from benchmark.stage import (
    CODE_SENT,
    LATENCY,
    LIMIT,
    Number,
    Stage,
    Traffic,
    WrongResultError,
    customers,
    hosts_of_one,
    make_numbers,
)
from environment import contained_environment
from playbook_runs import write_playbook

SCRIPT = Path(__file__).with_name("script.py")
FORKS = 10
THREADS = 32
INITIATE = "CreateChatappMigrationInitiate"
# The script waits this factor of the exact distance, or the service throttles it now and then.
SCRIPT_RATE = LIMIT / 1.03
# Our own run may take so many seconds longer than the script with a limiter.
LONGER_SECONDS = 2.5
COUNTRY_CODE = "86"
SPACES = 5
# A number that the account migrated before.
EARLIER = Number("space-1", "+8613899999999")


@dataclass(frozen=True)
class WayResult:
    seconds: float
    left_undone: int = 0


@dataclass(frozen=True)
class Measured:
    """Figures of one way: its own and those of the simulator."""

    seconds: float
    traffic: Traffic
    migrated: int
    left_undone: int
    # From the start of the process to the first call, and from the first initiate to the last.
    first_call_seconds: float
    span_seconds: float


Way = Callable[[Stage, Sequence[Number]], WayResult]


def by_fleet(stage: Stage, numbers: Sequence[Number]) -> WayResult:
    return WayResult(stage.run(stage.write_fleet(numbers)).seconds)


def by_loop(stage: Stage, numbers: Sequence[Number]) -> WayResult:
    task = _migration(stage, "{{ item.cust_space_id }}", "{{ item.phone_number }}")
    task |= {
        "loop": [number.declaration({}) for number in numbers],
        "loop_control": {"label": "{{ item.phone_number }}"},
    }
    return WayResult(stage.run(write_playbook(stage.new_folder(), [task])).seconds)


def by_hosts(stage: Stage, numbers: Sequence[Number]) -> WayResult:
    task = _migration(stage, "{{ cams_cust_space_id }}", "{{ cams_phone_number }}")
    playbook = write_playbook(stage.new_folder(), [task], hosts="all")
    inventory = stage.write_inventory(hosts_of_one(numbers, ansible_connection="local"))
    return WayResult(stage.run(playbook, "-i", str(inventory), "--forks", str(FORKS)).seconds)


def by_script(threads: int, rate: float = 0) -> Way:
    def run(stage: Stage, numbers: Sequence[Number]) -> WayResult:
        file = stage.new_folder() / "numbers.json"
        rows = [(number.cust_space_id, COUNTRY_CODE, number.wire.removeprefix(COUNTRY_CODE)) for number in numbers]
        file.write_text(json.dumps(rows), encoding="utf-8")
        since = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(SCRIPT), str(threads), str(rate), *stage.account, str(file)],
            env=contained_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - since
        return WayResult(seconds, json.loads(done.stdout)["left_undone"])

    return run


def _migration(stage: Stage, cust_space_id: str, phone_number: str) -> dict[str, Any]:
    options = {"cust_space_id": cust_space_id, "phone_number": phone_number, "journal": stage.journal}
    return {"name": "Migrate the number", "chatapp.cams.cams_number_migration": options}


def by_reconcile(stage: Stage, numbers: Sequence[Number]) -> WayResult:
    inventory = stage.write_inventory(customers(numbers, {}))
    arguments = ("-i", str(inventory), "-e", "cams_max_changes=0")
    return WayResult(stage.run("chatapp.cams.reconcile", *arguments).seconds)


def by_debug(stage: Stage, _numbers: Sequence[Number]) -> WayResult:
    task = {"name": "Say something", "ansible.builtin.debug": {"msg": "nothing"}}
    return WayResult(stage.run(write_playbook(stage.new_folder(), [task])).seconds)


FLEET = "`cams_number_fleet`, one task"
FIRST_FLEET = "- in the first run of an account"
LIMITED_SCRIPT = f"script over the official SDK, {THREADS} threads and a limiter"
FAST_WAYS: dict[str, Way] = {
    LIMITED_SCRIPT: by_script(THREADS, SCRIPT_RATE),
    FLEET: by_fleet,
    FIRST_FLEET: by_fleet,
    "`chatapp.cams.reconcile`, one host for each space": by_reconcile,
}
WAYS: dict[str, Way] = {
    **FAST_WAYS,
    "`cams_number_migration` in a loop": by_loop,
    f"`cams_number_migration`, one host for each number, `--forks {FORKS}`": by_hosts,
    "script over the official SDK, one call after the other": by_script(1),
    f"script over the official SDK, {THREADS} threads": by_script(THREADS),
    "a playbook with one debug task, which makes no call": by_debug,
}


@dataclass(frozen=True)
class SideBySide:
    few: int = 100
    many: int = 1000

    name = "ways"

    @property
    def title(self) -> str:
        return f"{self.few} and {self.many:,} new numbers, compared with other ways"

    def run(self) -> Report:
        few = self._compared(self.few, WAYS)
        many = self._compared(self.many, FAST_WAYS)
        method = _METHOD.format(limit=LIMIT, latency=LATENCY * 1e3, few=self.few, many=self.many, script=SCRIPT_RATE)
        lines = [*self._bounds(self.few, few), *self._bounds(self.many, many)]
        tables = "\n\n".join(
            table((f"{count:,} numbers", *HEADER), _rows(measured))
            for count, measured in ((self.few, few), (self.many, many))
        )
        return Report(f"{method}{tables}", lines)

    @staticmethod
    def _compared(count: int, ways: Mapping[str, Way]) -> dict[str, Measured]:
        numbers = make_numbers(count, per_space=count // SPACES)
        return {name: _measure(way, numbers, is_first=name == FIRST_FLEET) for name, way in ways.items()}

    @staticmethod
    def _bounds(count: int, measured: Mapping[str, Measured]) -> list[Line]:
        fleet, script = measured[FLEET], measured[LIMITED_SCRIPT]
        least = (count - 1) / LIMIT
        return [
            at_most(
                f"{count:,} numbers: the fleet, more than the script with a limiter",
                fleet.seconds - script.seconds,
                LONGER_SECONDS,
            ),
            at_most(
                "- from the first initiate to the last", fleet.span_seconds, 1.03 * least, why=f"1.03 x {least:g} s"
            ),
            Line("- throttles", str(fleet.traffic.throttled), "none", fleet.traffic.throttled == 0),
        ]


HEADER = (
    "seconds",
    "to the script with a limiter",
    "first call after, s",
    "first to last initiate, s",
    "calls",
    "throttled",
    "unfinished",
)


def _rows(measured: Mapping[str, Measured]) -> list[tuple[str, ...]]:
    script = measured[LIMITED_SCRIPT]
    return [
        (
            name,
            f"{way.seconds:.1f}",
            f"{way.seconds / script.seconds:.2f}",
            f"{way.first_call_seconds:.1f}",
            f"{way.span_seconds:.1f}",
            str(way.traffic.calls),
            str(way.traffic.throttled),
            str(way.left_undone),
        )
        for name, way in measured.items()
    ]


def _measure(way: Way, numbers: Sequence[Number], *, is_first: bool) -> Measured:
    """Run one way with a new simulator. Check that its own count of unfinished numbers is true."""
    earlier = [] if is_first else [EARLIER]
    with Stage() as stage:
        stage.seed(numbers)
        if earlier:
            stage.run(stage.write_fleet(earlier))
        before, made_before = stage.traffic(), len(stage.control.calls())
        began = time.time()
        way_result = way(stage, numbers)
        traffic, calls = stage.traffic().since(before), stage.control.calls()[made_before:]
        if traffic.calls and not way_result.left_undone:
            stage.require(dict.fromkeys([*earlier, *numbers], CODE_SENT))
        migrated = sum(fact == CODE_SENT for fact in stage.facts().values()) - len(earlier)
    if calls and migrated + way_result.left_undone != len(numbers):
        raise WrongResultError(f"{migrated} numbers were migrated and {way_result.left_undone} said to be left undone.")
    times = [call["time"] for call in calls]
    initiates = [call["time"] for call in calls if call["action"] == INITIATE]
    return Measured(
        way_result.seconds,
        traffic,
        migrated,
        way_result.left_undone,
        first_call_seconds=min(times) - began if times else 0.0,
        span_seconds=max(initiates) - min(initiates) if initiates else 0.0,
    )


_METHOD = """\
The numbers are in five spaces. The limit is {limit} calls a second, the latency {latency:.0f} ms. The ways run one
after the other, each with its own simulator. Times are those of the whole process. Each number needs one initiate and
one code; the benchmark checks this in the simulator.

- Our modules read before they write, keep the pace, lock each number and record every write in a journal. In the first
  run of an account, one number goes ahead of the others: the run learns from it how the service refuses an unknown
  number. Before each other way, the account has migrated one number.
- The scripts make only the two writes for each number, without reading, retries, locks or a journal. They are
  `tests/benchmark/script.py`. A throttled call leaves its number unfinished, and a person has to find out which. The
  script with a limiter makes {script:.2f} calls of each operation in a second.

"""
