# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run all changes, or a random selection, in parallel processes, and print a table of the findings."""

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
from adversary.fleets import Fleet, needed_final_handler

# If this variable is set, no handler catches unexpected errors. The run then shows what the shape checks miss.
WITHOUT_HANDLER = "ADVERSARY_WITHOUT_HANDLER"


@dataclass
class Tally:
    """Findings of one part of the campaign."""

    fleets: int = 0
    bodies: int = 0
    crashes: list[str] = field(default_factory=list)
    with_missing_results: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    caught_by_final_handler: list[str] = field(default_factory=list)
    by_operation: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    def table(self, seed: str) -> str:
        rows = {
            "cases": self.fleets + self.bodies,
            "fleets of twenty numbers, two passes each": self.fleets,
            "bodies of modules": self.bodies,
            "crashes": len(self.crashes),
            "fleets with missing results": len(self.with_missing_results),
            "other promises broken": len(self.broken),
            "cases that only the final handler caught": len(self.caught_by_final_handler),
        }
        lines = [f"{count:>7}  {name}" for name, count in rows.items()]
        operations = [f"{count:>7}  {name}" for name, count in sorted(self.by_operation.items())]
        found = [*self.crashes, *self.with_missing_results, *self.broken, *self.caught_by_final_handler][:40]
        return "\n".join([f"SEED={seed}", *lines, "by operation:", *operations, *found])

    @property
    def is_clean(self) -> bool:
        return not (self.crashes or self.with_missing_results or self.broken)


# Changes that once crashed a fleet or module, left a journal entry open, or hid a row.
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
    """Run one share of the changes. With ``most``, run the known changes and this many random ones."""
    tally, random = Tally(), Random(seed)
    with _fast(), _handlers():
        fleet, bodies = Fleet(), Bodies()
        try:
            changes = _changes({**bodies.answers(), **fleet.answers()})
            if most is not None:
                known = [change for change in changes if str(change) in KNOWN]
                assert len(known) == len(KNOWN), "A known change is no longer generated."
                changes = [*known, *random.sample(changes, most)]
            for change in changes[share::shares]:
                _try_fleet(fleet, change, Random(f"{seed}/{change}"), tally)
                _try_bodies(bodies, change, Random(f"{seed}/{change}"), tally, most=2 if most is None else 1)
        finally:
            fleet.close()
            bodies.close()
    return tally


def run_all(seed: str, processes: int, part: int = 1, parts: int = 1) -> Tally:
    """Run every change, or every change of one part, in parallel processes."""
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
    assert not missing, f"No case calls {', '.join(sorted(missing))}. Add one to adversary.bodies."
    return [change for action in sorted(answers) for change in changes_of(action, answers[action])]


def _try_fleet(fleet: Fleet, change: Change, random: Random, tally: Tally) -> None:
    target = fleet.choose_target(change, random)
    if target is None:
        return
    tally.fleets += 1
    tally.by_operation[change.action] += 1
    label = f"{change} (of {target.subject}, pass {target.at})"
    try:
        passed = fleet.run(target)
        broken = fleet.broken_promises(target, passed)
    except Exception as error:
        tally.crashes.append(f"fleet: {label}: {type(error).__name__}: {str(error)[:200]}")
        tally.with_missing_results.append(f"fleet: {label}: it crashed")
        return
    tally.with_missing_results += [f"fleet: {label}: {flaw}" for flaw in broken if " results of " in flaw]
    tally.broken += [f"fleet: {label}: {flaw}" for flaw in broken if " results of " not in flaw]
    if needed_final_handler(passed):
        tally.caught_by_final_handler.append(f"fleet: {label}")


def _try_bodies(bodies: Bodies, change: Change, random: Random, tally: Tally, *, most: int) -> None:
    names = bodies.cases_that_call(change)
    for name in random.sample(names, min(most, len(names))):
        tally.bodies += 1
        tally.by_operation[change.action] += 1
        try:
            broken = bodies.broken_promises(name, change)
        except Exception as error:
            tally.crashes.append(f"{name}: {change}: {type(error).__name__}: {str(error)[:200]}")
            continue
        tally.broken += [f"{name}: {change}: {flaw}" for flaw in broken]


@contextlib.contextmanager
def _fast() -> Iterator[None]:
    """Hash codes with one round. The codes of this run are not secret."""
    with mock.patch.object(tried_codes, "_HASH_ROUNDS", 1):
        yield


@contextlib.contextmanager
def _handlers() -> Iterator[None]:
    """Keep the final handlers, or disable them so that unexpected errors are raised."""
    if not os.environ.get(WITHOUT_HANDLER):
        yield
        return

    def raise_again(error: Exception) -> str:
        raise error

    with contextlib.ExitStack() as stack:
        for module in (_reconcile, _preflight_info, _space, _spaces):
            stack.enter_context(mock.patch.object(module, "describe_unexpected", raise_again))
        yield
