# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories played to the end and counted, also with one rule of the engine switched off: the checks must notice.

python tests/reliability/played.py [HISTORIES]      SEED=… repeats them; WITHOUT_RULE=2 or 3 switches a rule off
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in (".work/tree", "roles/simulator/files", "tests", "tests/support")]

# ruff: noqa: E402
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import StatusResponse
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Memory, VerificationReading
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from histories import Histories, World
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from reliability.kills import SEED

SHARES = 100
HISTORIES = 10_000
STEPS = 10
RULES = {"2": "how an unknown number is refused is learnt", "3": "memory decides before the API does"}


@dataclass
class Tally:
    """How many histories were played, how many broke a promise, and which one each broke first."""

    histories: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    spent: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        self.histories += other.histories
        self.broken += other.broken
        self.spent += other.spent

    def __str__(self) -> str:
        lines = [f"{self.histories} histories, SEED={SEED}: {self.broken.total()} broke a promise"]
        lines += [f"{count:7} {promise}" for promise, count in self.broken.most_common()]
        return "\n".join([*lines, f"spent: {dict(self.spent)}"])


def share_of_histories(share: int, machine: type[Histories], count: int, phases: list[Phase]) -> None:
    """Play one share; each share has a seed of its own."""
    chosen = settings(
        max_examples=count,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=phases,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(f"{SEED}/{share}")(machine), settings=chosen)
    finally:
        World.close_shared()


def counted(share: int, count: int, rule: str = "") -> Tally:
    """Play one share to its end, whatever is broken on the way."""
    tally = Tally()

    class Counted(Histories):
        """A broken promise is noted, not raised."""

        broken = ""

        def promise(self, holds: bool, words: str) -> None:
            if not holds and not self.broken:
                self.broken = words

        def teardown(self) -> None:
            made = None
            try:
                if hasattr(self, "world"):
                    self.reaches_an_end()
                    made = self.world.look().made
            finally:
                if hasattr(self, "world"):
                    self.world.close()
            if made is not None:
                tally.histories += 1
                tally.broken += Counter([self.broken] if self.broken else [])
                tally.spent += Counter({name: getattr(made, name) for name in made.__dataclass_fields__})

    with without(rule):
        share_of_histories(share, Counted, count, [Phase.generate])
    return tally


@contextmanager
def without(rule: str) -> Iterator[None]:
    """An engine that lacks a rule; an empty one lacks none."""
    if rule == "2":
        lacking: Any = mock.patch.object(UnknownNumbers, "reading_of", _every_refusal_means_unknown)
    elif rule == "3":
        lacking = mock.patch.object(Journal, "_memory", return_value=Memory())
    else:
        yield
        return
    with lacking:
        yield


def _every_refusal_means_unknown(_self: UnknownNumbers, response: StatusResponse) -> VerificationReading:
    return VerificationReading.NO_SUCH_NUMBER if response.refusal is not None else response.reading


def _play(task: tuple[int, int, str]) -> Tally:
    return counted(*task)


def main(arguments: list[str]) -> int:
    histories = int(arguments[0]) if arguments else HISTORIES
    rule = os.environ.get("WITHOUT_RULE", "")
    os.environ["SEED"] = SEED
    # Shares of the same size as the whole ten thousand have, so that a smaller number repeats the first of them.
    size = min(histories, HISTORIES // SHARES)
    tasks = [(share, size, rule) for share in range(-(-histories // size))]
    tally = Tally()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for share in pool.imap_unordered(_play, tasks):
            tally.add(share)
            print(f"{tally.histories} played, {tally.broken.total()} broke a promise", file=sys.stderr, flush=True)
    print(f"Without rule {rule} ({RULES[rule]}):" if rule else "With every rule:")
    print(tally)
    # An engine that lacks a rule has to be found out.
    return int(bool(tally.broken) != bool(rule))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
