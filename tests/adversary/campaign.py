# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All changes, or a seeded choice of them, in processes side by side, and the table of what was seen."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from random import Random
from unittest import mock

from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse
from ansible_collections.chatapp.cams.plugins.module_utils._cloud import space as _space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud import spaces as _spaces
from ansible_collections.chatapp.cams.plugins.module_utils._engine import fleet_run as _reconcile
from ansible_collections.chatapp.cams.plugins.module_utils._modules import preflight_info as _preflight_info
from ansible_collections.chatapp.cams.plugins.module_utils._store import tried_codes

from adversary.answers import Change, changes_of
from adversary.bodies import Bodies
from adversary.fleets import Fleet, is_contained

# With this variable set, nothing catches what the shapes let through: the run shows how much that is.
WITHOUT_HANDLER = "ADVERSARY_WITHOUT_HANDLER"


@dataclass
class Tally:
    """What a part of the campaign found."""

    fleets: int = 0
    bodies: int = 0
    crashes: list[str] = field(default_factory=list)
    without_full_results: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    contained: list[str] = field(default_factory=list)
    by_operation: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    def table(self, seed: str) -> str:
        rows = {
            "cases": self.fleets + self.bodies,
            "fleets of twenty numbers, two passes each": self.fleets,
            "bodies of modules": self.bodies,
            "crashes": len(self.crashes),
            "fleets without full results": len(self.without_full_results),
            "other promises broken": len(self.broken),
            "cases that only the final handler caught": len(self.contained),
        }
        lines = [f"{count:>7}  {name}" for name, count in rows.items()]
        operations = [f"{count:>7}  {name}" for name, count in sorted(self.by_operation.items())]
        found = [*self.crashes, *self.without_full_results, *self.broken, *self.contained][:40]
        return "\n".join([f"SEED={seed}", *lines, "by operation:", *operations, *found])

    @property
    def is_clean(self) -> bool:
        return not (self.crashes or self.without_full_results or self.broken)


# Changes that once ended a fleet or a module, left an entry of the journal open, or hid a row.
KNOWN = (
    "GetPhoneNumberVerificationStatus Data: digits",
    "QueryChatappBindWaba Data.Id: zero",
    "QueryChatappBindWaba Data.Currency: NaN",
    "ChatappMigrationRegister Code: lone surrogate",
    "QueryChatappPhoneNumbers PhoneNumbers.0.CodeVerificationStatus: in snake case beside it",
    "ChatappSyncPhoneNumber PhoneNumbers: small first letter",
    "ChatappSyncPhoneNumber PhoneNumbers.0.Status: lists 900 deep",
    "GetMigrationVerifyCode body: HTTP 429",
)


def run(seed: str, *, share: int = 0, shares: int = 1, most: int | None = None) -> Tally:
    """One share of the changes; with ``most``, so many that the seed chooses, and the known ones."""
    tally, random = Tally(), Random(seed)
    with _fast(), _handlers():
        fleet, bodies = Fleet(), Bodies()
        try:
            changes = _changes({**bodies.answers(), **fleet.answers()})
            if most is not None:
                known = [change for change in changes if str(change) in KNOWN]
                assert len(known) == len(KNOWN), "A known change is not made any more."
                changes = [*known, *random.sample(changes, most)]
            for change in changes[share::shares]:
                _try_fleet(fleet, change, Random(f"{seed}/{change}"), tally)
                _try_bodies(bodies, change, Random(f"{seed}/{change}"), tally, most=2 if most is None else 1)
        finally:
            fleet.close()
            bodies.close()
    return tally


def run_all(seed: str, processes: int, part: int = 1, parts: int = 1) -> Tally:
    """Every change, or every one of a part of many, shared between processes."""
    shares = processes * 8
    every = [(seed, (part - 1) * shares + share, shares * parts) for share in range(shares)]
    total = Tally()
    with ProcessPoolExecutor(processes) as pool:
        for tally in pool.map(_share, every):
            total += tally
    return total


def _share(given: tuple[str, int, int]) -> Tally:
    seed, share, shares = given
    return run(seed, share=share, shares=shares)


def _changes(answers: dict[str, HttpResponse]) -> Sequence[Change]:
    missing = set(OPERATIONS) - set(answers)
    assert not missing, f"No case calls {', '.join(sorted(missing))}: extend adversary.bodies."
    return [change for action in sorted(answers) for change in changes_of(action, answers[action])]


def _try_fleet(fleet: Fleet, change: Change, random: Random, tally: Tally) -> None:
    aim = fleet.aims(change, random)
    if aim is None:
        return
    tally.fleets += 1
    tally.by_operation[change.action] += 1
    told = f"{change} (of {aim.subject}, pass {aim.at})"
    try:
        passed = fleet.run(aim)
        broken = fleet.judge(aim, passed)
    except Exception as error:
        tally.crashes.append(f"fleet: {told}: {type(error).__name__}: {str(error)[:200]}")
        tally.without_full_results.append(f"fleet: {told}: it crashed")
        return
    tally.without_full_results += [f"fleet: {told}: {flaw}" for flaw in broken if " results of " in flaw]
    tally.broken += [f"fleet: {told}: {flaw}" for flaw in broken if " results of " not in flaw]
    if is_contained(passed):
        tally.contained.append(f"fleet: {told}")


def _try_bodies(bodies: Bodies, change: Change, random: Random, tally: Tally, *, most: int) -> None:
    names = bodies.concerned(change)
    for name in random.sample(names, min(most, len(names))):
        tally.bodies += 1
        tally.by_operation[change.action] += 1
        try:
            broken = bodies.judge(name, change)
        except Exception as error:
            tally.crashes.append(f"{name}: {change}: {type(error).__name__}: {str(error)[:200]}")
            continue
        tally.broken += [f"{name}: {change}: {flaw}" for flaw in broken]


@contextlib.contextmanager
def _fast() -> Iterator[None]:
    """Codes of this run protect nobody."""
    with mock.patch.object(tried_codes, "_HASH_ROUNDS", 1):
        yield


@contextlib.contextmanager
def _handlers() -> Iterator[None]:
    """As they are, or none, so that what they caught comes through."""
    if not os.environ.get(WITHOUT_HANDLER):
        yield
        return

    def come_through(error: Exception) -> str:
        raise error

    with contextlib.ExitStack() as stack:
        for module in (_reconcile, _preflight_info, _space, _spaces):
            stack.enter_context(mock.patch.object(module, "describe_unexpected", come_through))
        yield
