# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of a run, which stop it before it does more than the user wants."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._engine import plan_document
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError


class RefusedError(CamsError):
    """A limit stopped the run before its first write."""


@dataclass(frozen=True)
class Guards:
    """The limits of a run. Zero means no limit."""

    max_changes: int = 0
    stop_after_equal_errors: int = 0
    # The plan of an earlier run in check mode. Each number must still be as planned.
    plan: dict[str, Any] | None = None

    def forbids_changes(self, changes: int) -> bool:
        """Whether a run may not change so many numbers."""
        return 0 < self.max_changes < changes

    def check_changes(self, changes: int) -> None:
        """Raise RefusedError if the run would change too many numbers."""
        if self.forbids_changes(changes):
            raise RefusedError(
                f"This run would change {changes} numbers, but <<max_changes>> is {self.max_changes}. Nothing was"
                f" written. To see the changes, <<see the changes>>. Then set <<max_changes>> to {changes}, or run with"
                " fewer numbers."
            )

    def check_plan(self, results: Sequence[NumberResult]) -> None:
        """Raise RefusedError if a number is not as the plan says."""
        refusal = plan_document.why_plan_does_not_match(self.plan, results) if self.plan is not None else ""
        if refusal:
            raise RefusedError(refusal)


class RepeatedErrors:
    """Counts errors of one code that follow each other. Safe for threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._code = ""
        self._count = 0
        self.verdict = ""

    def note(self, code: str) -> None:
        """Count the error code of a number. Empty if the number had no error."""
        with self._lock:
            self._count = self._count + 1 if code == self._code else 1
            self._code = code
            if code and self._count == self._limit:
                self.verdict = (
                    f"{self._limit} numbers in a row failed with {code}, so no other numbers were started. Fix the"
                    " cause of that error."
                )
