# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What keeps a run from doing more than was meant."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._engine import plan_document
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError


class RefusedError(CamsError):
    """A guard rail stopped the run before its first write."""


@dataclass(frozen=True)
class Guards:
    """The limits of a run. Zero means no limit."""

    max_changes: int = 0
    stop_after_equal_errors: int = 0
    # A document of an earlier check mode: each number has to be as it says.
    plan: dict[str, Any] | None = None

    def forbids(self, changes: int) -> bool:
        """Whether a run may not change so many numbers."""
        return 0 < self.max_changes < changes

    def check_changes(self, changes: int) -> None:
        """Raise RefusedError if the run would change too many numbers."""
        if self.forbids(changes):
            raise RefusedError(
                f"This run would change {changes} numbers, and max_changes allows {self.max_changes}. Nothing was"
                f" written. Check what it would do with --check, then raise max_changes to {changes}, or name fewer"
                " numbers."
            )

    def check_plan(self, results: Sequence[NumberResult]) -> None:
        """Raise RefusedError if a number is not as the plan says."""
        refusal = plan_document.mismatch(self.plan, results) if self.plan is not None else ""
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
        """The code of the error that a number ended with; empty when it ended well."""
        with self._lock:
            self._count = self._count + 1 if code == self._code else 1
            self._code = code
            if code and self._count == self._limit:
                self.verdict = f"{code} came back for {self._limit} numbers in a row, so no others were started."
