# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the fleet module with other ways to request codes for the same new numbers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.section import Report, table
from benchmark.stage import (
    CODE_SENT,
    LATENCY,
    LIMIT,
    Number,
    Stage,
    Traffic,
    WrongResultError,
    hosts_of_one,
    make_numbers,
)
from environment import contained_environment
from playbook_runs import write_playbook

SCRIPT = Path(__file__).with_name("script.py")
FORKS = 10
THREADS = 10
COUNTRY_CODE = "86"


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

    @property
    def rate(self) -> float:
        return self.migrated / self.seconds


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


def by_script(threads: int) -> Way:
    def run(stage: Stage, numbers: Sequence[Number]) -> WayResult:
        file = stage.new_folder() / "numbers.json"
        rows = [(number.cust_space_id, COUNTRY_CODE, number.wire.removeprefix(COUNTRY_CODE)) for number in numbers]
        file.write_text(json.dumps(rows), encoding="utf-8")
        since = time.perf_counter()
        done = subprocess.run(
            [sys.executable, str(SCRIPT), str(threads), *stage.account, str(file)],
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


WAYS: dict[str, Way] = {
    "`cams_number_fleet`, one task": by_fleet,
    "`cams_number_migration` in a loop": by_loop,
    f"`cams_number_migration`, one host for each number, `--forks {FORKS}`": by_hosts,
    "script over the official SDK, one call after the other": by_script(1),
    f"script over the official SDK, {THREADS} threads": by_script(THREADS),
}


@dataclass(frozen=True)
class SideBySide:
    numbers: int = 100

    name = "ways"

    @property
    def title(self) -> str:
        return f"{self.numbers} new numbers, compared with other ways"

    def run(self) -> Report:
        numbers = make_numbers(self.numbers, per_space=20)
        measured = {name: _measure(way, numbers) for name, way in WAYS.items()}
        fleet = next(iter(measured.values()))
        header = ("way", "seconds", "to the fleet", "calls", "throttled", "unfinished numbers", "numbers a second")
        rows = [
            (
                name,
                f"{way.seconds:.1f}",
                f"{way.seconds / fleet.seconds:.2f}",
                str(way.traffic.calls),
                str(way.traffic.throttled),
                str(way.left_undone),
                f"{way.rate:.1f}",
            )
            for name, way in measured.items()
        ]
        spaces = len({number.cust_space_id for number in numbers})
        return Report(_METHOD.format(spaces=spaces, limit=LIMIT, latency=LATENCY * 1e3) + table(header, rows))


def _measure(way: Way, numbers: Sequence[Number]) -> Measured:
    """Run one way with a new simulator. Check that its own count of unfinished numbers is true."""
    with Stage() as stage:
        stage.seed(numbers)
        way_result = way(stage, numbers)
        if not way_result.left_undone:
            stage.require(dict.fromkeys(numbers, CODE_SENT))
        migrated = sum(fact == CODE_SENT for fact in stage.facts().values())
        traffic = stage.traffic()
    if migrated + way_result.left_undone != len(numbers):
        raise WrongResultError(f"{migrated} numbers were migrated and {way_result.left_undone} said to be left undone.")
    return Measured(way_result.seconds, traffic, migrated, way_result.left_undone)


_METHOD = """\
The numbers are in {spaces} spaces. The limit is {limit} calls a second, the latency {latency:.0f} ms. The ways run one
after the other, each with its own simulator. Times are those of the whole process. Each number needs one initiate and
one code; the benchmark checks this in the simulator.

- Our modules read before they write, keep the pace, lock each number and record every write in a journal.
- The scripts make only the two writes for each number, without reading, pace or retries. They are
  `tests/benchmark/script.py`. A throttled call leaves its number unfinished, and a person has to find out which.

"""
