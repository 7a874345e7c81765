# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play random histories of two machines that share a store, and count the numbers that got two codes.

python tests/reliability/store_histories.py [HISTORIES] [--files]      SEED=… draws the same events again

With --files the two machines share nothing, so some numbers must get two codes.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
_PATHS = [str(ROOT / folder) for folder in (".work/tree", "roles/simulator/files", "tests", "tests/support")]
sys.path[:0] = _PATHS

# ruff: noqa: E402
from engine_processes import prepare_forks
from reliability.kills import SEED
from reliability.store_history import StoreHistory
from store_worlds import StoreWorld

HISTORIES = 1_000
SHARE = 25
WORKERS = 4
CLOCK_OFFSETS = {-600: "server clock behind", 0: "server clock right", 600: "server clock ahead"}


@dataclass
class Tally:
    """What happened in many histories."""

    histories: int = 0
    # Histories with a number that got two codes.
    doubled: int = 0
    # How many numbers got so many codes.
    codes: Counter[int] = field(default_factory=Counter)
    # How many numbers were given a code so many times.
    submits: Counter[int] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    # The story of each history with two codes or with an unexpected error.
    stories: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        self.histories += other.histories
        self.doubled += other.doubled
        self.codes += other.codes
        self.submits += other.submits
        self.outcomes += other.outcomes
        self.events += other.events
        self.stories += other.stories

    def __str__(self) -> str:
        codes = ", ".join(f"{count} numbers got {sent}" for sent, count in sorted(self.codes.items()))
        submits = ", ".join(f"{count} numbers were given {given}" for given, count in sorted(self.submits.items()))
        ends = ", ".join(f"{count} {outcome}" for outcome, count in self.outcomes.most_common())
        lines = [
            f"{self.histories} histories, SEED={SEED}: {self.doubled} with a number that got two codes",
            f"codes: {codes}",
            f"submits: {submits}",
            f"last outcomes: {ends}",
            *(f"{count:7} {event}" for event, count in sorted(self.events.items())),
        ]
        return "\n".join(lines)


def _play_share(first: int, count: int, files: bool) -> Tally:
    """Play some histories with programs of their own."""
    prepare_forks(_PATHS, "pytest", "reliability.store_history")
    offset, clock = list(CLOCK_OFFSETS.items())[first // SHARE % len(CLOCK_OFFSETS)]
    tally = Tally()
    with StoreWorld(files=files, clock_offset=offset) as world:
        for number in range(first, first + count):
            history = StoreHistory(world, Random(f"{SEED}/{number}"), f"history {number}")
            history.play()
            tally.histories += 1
            tally.doubled += any(sent > 1 for sent in history.codes.values())
            tally.codes += Counter(history.codes.values())
            tally.submits += Counter(history.submits.values())
            tally.outcomes += Counter(history.outcomes.values())
            tally.events += history.events if files else history.events + Counter([clock])
            if history.unexpected or (history.is_wrong() and not files):
                tally.stories.append(history.story())
    return tally


def play(histories: int, *, files: bool = False, first: int = 0) -> Iterator[Tally]:
    """Play histories in several processes, and return the tally of each share."""
    os.environ["SEED"] = SEED
    shares = [(start, min(SHARE, first + histories - start)) for start in range(first, first + histories, SHARE)]
    # These processes start processes of their own, which those of a Pool may not.
    with ProcessPoolExecutor(WORKERS, multiprocessing.get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_play_share, *share, files) for share in shares]):
            yield future.result()


def main(arguments: list[str]) -> int:
    files = "--files" in arguments
    counts = [int(argument) for argument in arguments if argument.isdigit()]
    tally = Tally()
    for share in play(counts[0] if counts else HISTORIES, files=files, first=counts[1] if len(counts) > 1 else 0):
        tally.add(share)
        for story in share.stories:
            print(story, file=sys.stderr, flush=True)
        print(f"{tally.histories} played, {tally.doubled} with two codes", file=sys.stderr, flush=True)
    print("Files of two machines that share nothing:" if files else "A store in PostgreSQL:")
    print(tally)
    return int(bool(tally.doubled) != files)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
