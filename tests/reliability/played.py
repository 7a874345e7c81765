# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Play histories to their end and count broken promises. With one engine rule disabled, the checks must find some.

python tests/reliability/played.py [HISTORIES]      SEED=… repeats them; WITHOUT_RULE=2 or 3 disables a rule
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
from ansible_collections.chatapp.cams.plugins.module_utils._store import limits
from histories import Histories, World
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from reliability.kills import SEED

SHARES = 100
HISTORIES = 10_000
STEPS = 10
RULES = {"2": "learn the refusal of unknown numbers", "3": "memory overrides the API"}


@dataclass
class Tally:
    """The count of histories, and the first broken promise of each."""

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
    """Play one share with its own random seed."""
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
    """Play one share to its end, also after a broken promise."""
    tally = Tally()

    class Counted(Histories):
        """Records a broken promise and continues."""

        broken = ""

        def promise(self, holds: bool, words: str) -> None:
            if not holds and not self.broken:
                self.broken = words

        def teardown(self) -> None:
            effects = None
            try:
                if hasattr(self, "world"):
                    self.check_reaches_end()
                    effects = self.world.take_snapshot().effects
            finally:
                if hasattr(self, "world"):
                    self.world.close()
            if effects is not None:
                tally.histories += 1
                tally.broken += Counter([self.broken] if self.broken else [])
                tally.spent += Counter({name: getattr(effects, name) for name in effects.__dataclass_fields__})

    with without(rule):
        share_of_histories(share, Counted, count, [Phase.generate])
    return tally


@contextmanager
def without(rule: str) -> Iterator[None]:
    """Disable one rule of the engine. An empty text disables none."""
    if rule == "2":
        lacking: Any = mock.patch.object(UnknownNumbers, "reading_of_response", _every_refusal_means_unknown)
    elif rule == "3":
        lacking = mock.patch.object(limits, "_memory", return_value=Memory())
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
    # Same share size as for ten thousand histories, so that a smaller run repeats the first of them.
    size = min(histories, HISTORIES // SHARES)
    tasks = [(share, size, rule) for share in range(-(-histories // size))]
    tally = Tally()
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        for share in pool.imap_unordered(_play, tasks):
            tally.add(share)
            print(f"{tally.histories} played, {tally.broken.total()} broke a promise", file=sys.stderr, flush=True)
    print(f"Without rule {rule} ({RULES[rule]}):" if rule else "With every rule:")
    print(tally)
    # With a disabled rule, the checks must find a broken promise.
    return int(bool(tally.broken) != bool(rule))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
