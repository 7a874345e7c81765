# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The daily run over numbers that wait for their codes, in each reading of what the rows show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.section import Report, table
from benchmark.stage import (
    CODE_SENT,
    LIMIT,
    NOW_CONNECTED,
    UNLIMITED,
    Finished,
    Number,
    Stage,
    Traffic,
    make_numbers,
)

SPACES = 3
CODES = 5
LATENCY = 0.1

READINGS: dict[str, Mapping[str, str]] = {
    "`PENDING`": {"before_register": "pending"},
    "`PENDING`, old until a sync": {"before_register": "pending", "needs_sync": "yes"},
    "`UNVERIFIED`": {"before_register": "unverified"},
    "`MIGRATING`": {"before_register": "migrating"},
    "no row": {"before_register": "hidden"},
}
HEADER = ("numbers", "the rows show", "run", "calls", "status reads", "throttled", "seconds", "- of these the module")


@dataclass(frozen=True)
class Run:
    """One measured run."""

    name: str
    finished: Finished
    traffic: Traffic

    def row(self, count: int, reading: str) -> tuple[str, ...]:
        return (
            f"{count:,}",
            reading,
            self.name,
            str(self.traffic.calls),
            str(self.traffic.by_action.get("GetPhoneNumberVerificationStatus", 0)),
            str(self.traffic.throttled),
            f"{self.finished.seconds:.1f}",
            f"{self.finished.shown()['elapsed_seconds']:.1f}",
        )


@dataclass(frozen=True)
class Waiting:
    counts: Sequence[int] = (300, 3000)

    name = "waiting"

    @property
    def title(self) -> str:
        return f"Numbers that wait for their codes, and {CODES} codes a day"

    def run(self) -> Report:
        rows = [
            run.row(count, reading)
            for count in self.counts
            for reading, settings in READINGS.items()
            for run in _runs(make_numbers(count, per_space=count // SPACES), settings, is_large=count > self.counts[0])
        ]
        method = _METHOD.format(spaces=SPACES, limit=LIMIT, latency=LATENCY * 1e3, codes=CODES)
        return Report(method + table(HEADER, rows))


def _runs(numbers: Sequence[Number], settings: Mapping[str, str], *, is_large: bool) -> Iterator[Run]:
    # The numbers come to wait for their codes without a limit. What is measured has one.
    with Stage(limit=UNLIMITED, latency=0) as stage:
        stage.control.change_settings(register_seconds=0, **settings)
        stage.seed(numbers)
        stage.run(stage.write_fleet(numbers, rate_limit=UNLIMITED))
        # A service that shows a change only after a sync shows all numbers from here on.
        stage.run(stage.write_fleet(numbers, rate_limit=UNLIMITED))
        stage.control.change_settings(rate_limit=LIMIT, latency=LATENCY)

        def measure(name: str, playbook: Path, machine: str = "machine") -> Run:
            before = stage.traffic()
            finished = stage.run(playbook, machine=machine)
            return Run(name, finished, stage.traffic().since(before))

        yield measure("nothing new", stage.write_fleet(numbers))
        if not is_large or settings["before_register"] != "hidden":
            journal = f"{stage.new_folder()}/journal.jsonl"
            yield measure("nothing new, no memory", stage.write_fleet(numbers, journal=journal), "another machine")
        given = numbers[:: len(numbers) // CODES]
        arrived = stage.codes()
        codes = {number.wire: arrived[number.wire] for number in given}
        yield measure(f"{CODES} codes", stage.write_fleet(numbers, codes))
        facts = {number: NOW_CONNECTED if number in given else CODE_SENT for number in numbers}
        stage.require(facts)


_METHOD = """\
The numbers are in {spaces} spaces and wait for codes that were requested earlier. The limit is {limit} calls a second,
the latency {latency:.0f} ms. Each run is `ansible-playbook playbook.yml` with one task of `cams_number_fleet` and all
numbers. A run over a space with waiting numbers makes a query and a sync. If no row shows the numbers, a run believes
the journal; without that memory it reads the status of each number. With {codes} codes, the run submits them, registers
these numbers and waits until they are connected. Afterwards the benchmark checks that no second code was sent.

"""
