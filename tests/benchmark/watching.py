# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs to show how far a run is."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from dataclasses import dataclass
from math import inf

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import CallCounts
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import VARIABLE, reporting_progress
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import Stage as Work
from benchmark.section import Line, Report, at_most
from benchmark.stage import CODE_SENT, Number, Stage, make_numbers

# A number takes a call at the least, and a call costs about 0.3 ms of CPU.
MOST_MICROSECONDS = 3.0
COUNTED = 100_000
SELDOM, OFTEN = {"CAMS_PROGRESS_INTERVAL": "3600"}, {"CAMS_PROGRESS_INTERVAL": "0.2"}


@dataclass
class Best:
    seconds: float = inf
    cpu: float = inf


@dataclass(frozen=True)
class Watching:
    numbers: int = 500
    runs: int = 3

    name = "watching"
    title = "The lines that show how far a run is"

    def run(self) -> Report:
        off, on = Best(), Best()
        numbers = make_numbers(self.numbers * self.runs * 2)
        with Stage(limit=0, latency=0) as stage:
            stage.seed(numbers)
            parts = iter([numbers[place :: self.runs * 2] for place in range(self.runs * 2)])
            for _turn in range(self.runs):
                self._take(stage, next(parts), off, SELDOM)
                self._take(stage, next(parts), on, OFTEN)
            stage.require(dict.fromkeys(numbers, CODE_SENT))
        lines = [
            Line("without a line", f"{off.seconds:.2f} s, CPU {off.cpu:.2f} s"),
            Line("with five lines a second", f"{on.seconds:.2f} s, CPU {on.cpu:.2f} s"),
            at_most(
                "CPU to note that a number is done", _noting(), MOST_MICROSECONDS, "{:.1f} µs", why="1 % of a call"
            ),
        ]
        return Report(_METHOD.format(numbers=self.numbers, runs=self.runs), lines)

    @staticmethod
    def _take(stage: Stage, numbers: list[Number], best: Best, variables: dict[str, str]) -> None:
        playbook = stage.write_fleet(numbers, rate_limit=1000)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        best.seconds = min(best.seconds, stage.run(playbook, variables=variables).seconds)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        best.cpu = min(best.cpu, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _noting() -> float:
    """Microseconds of CPU to count one number, while its progress is shown."""
    with tempfile.NamedTemporaryFile() as file:
        environment = {**os.environ, VARIABLE: file.name}
        with reporting_progress(environment, CallCounts(), 10.0) as progress, progress.stage(Work.NUMBERS, COUNTED):
            since = time.process_time()
            for _number in range(COUNTED):
                progress.one_done(Work.NUMBERS)
            return (time.process_time() - since) / COUNTED * 1e6


_METHOD = """\
The whole of `ansible-playbook` with one task of the fleet. It brings {numbers} new numbers as far as their codes.
Here the simulator answers at once and has no limit of calls, so this run is faster than a real one.
Half of the runs show a line five times a second, the other half are too short to show one. Runs alternate; each figure
is the best of {runs}. Runs differ more from each other than by the lines, so the bound is on the cost of each number,
which is measured alone.

"""
