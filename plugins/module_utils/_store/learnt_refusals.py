# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The refusals that are known to mean an unknown number."""

from __future__ import annotations

import threading

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal

# Keeps the store small even if the refusals of a service differ each time.
MAX_REFUSALS = 32


class LearntRefusals:
    """The learnt refusals of one account. This class keeps them for one run, and stores save them. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.problems: list[str] = []
        self._refusals: list[Refusal] = []

    @property
    def is_empty(self) -> bool:
        return not self._refusals

    def has(self, refusal: Refusal) -> bool:
        return refusal in self._refusals

    def learn(self, refusal: Refusal) -> None:
        """Save a refusal. If that fails, the next run learns the refusal again."""
        with self._lock:
            if refusal in self._refusals:
                return
            self._refusals = list(dict.fromkeys([*self._read(), *self._refusals, refusal]))[-MAX_REFUSALS:]
            self._save(refusal)

    def _read(self) -> list[Refusal]:
        """Return the saved refusals."""
        return []

    def _save(self, refusal: Refusal) -> None:
        """Save a refusal that is new."""
