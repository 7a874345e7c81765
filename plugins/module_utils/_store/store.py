# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run needs of a store. The engine does not know which store it has."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity

# Makes the pace of an account with a rate limit.
MakePace = Callable[[str, float], Pace]


class NumberLocks(Protocol):
    """Locks numbers for one run, across everything that shares the store."""

    def acquire(self, numbers: Iterable[str], timeout: float) -> dict[str, str]:
        """Lock the numbers. Wait at most ``timeout`` seconds. Return the owner of each number that is not locked."""


@dataclass(frozen=True)
class StoreOfRun:
    """What one run uses of its store."""

    journal: Journal
    # None in check mode, which needs no locks.
    locks: NumberLocks | None
    refusals: LearntRefusals


class Store(Protocol):
    """What runs remember and share."""

    def make_pace(self, account: str, rate_limit: float) -> Pace:
        """Return the pace that everything shares that shares this store."""

    def open(self, client: Client, run: RunIdentity, *, read_only: bool) -> AbstractContextManager[StoreOfRun]:
        """Open the store for one run of the client's account. A store that is lost stops the client."""
