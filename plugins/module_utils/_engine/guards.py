# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of a run, which stop it before it does more than the user wants."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import is_about_the_account
from ansible_collections.chatapp.cams.plugins.module_utils._engine import plan_document
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
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

    def allow_start(self, may_change: int, not_read: int) -> bool:
        """Whether numbers may start while spaces with so many other numbers are not read yet.

        A plan is compared with every number before the first write.
        """
        return self.plan is None and not self.forbids_changes(may_change + not_read)

    def check_changes(self, changes: int) -> None:
        """Raise RefusedError if the run would change too many numbers."""
        if self.forbids_changes(changes):
            raise RefusedError(
                f"This run would change {changes} numbers, but <<max_changes>> is {self.max_changes}. Nothing was"
                f" written. To see the changes, <<see the changes>>. Then <<allow {changes}>>, or run with"
                " fewer numbers."
            )

    @property
    def numbers_without_plan(self) -> frozenset[str]:
        """The numbers that the plan lists as not planned."""
        return frozenset() if self.plan is None else plan_document.numbers_not_planned(self.plan)

    def check_plan(self, results: Sequence[NumberResult]) -> None:
        """Raise RefusedError if a number is not as the plan says."""
        refusal = plan_document.why_plan_does_not_match(self.plan, results) if self.plan is not None else ""
        if refusal:
            raise RefusedError(refusal)


class RepeatedErrors:
    """Counts errors of one code that follow each other. Safe for threads.

    Equal errors of one space stop the numbers of that space. Equal errors of several spaces, or about the account, stop
    the run.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        # The last error code of each space, and how many of its numbers in a row had it.
        self._last_of_space: dict[str, tuple[str, int]] = {}
        self._code = ""
        # The numbers in a row with the last error code, by space.
        self._in_a_row: Counter[str] = Counter()
        self._why_space_stopped: dict[str, str] = {}
        self._why_run_stopped = ""

    @property
    def verdict(self) -> str:
        """Why numbers were not started. Empty if all were."""
        with self._lock:
            about_spaces = list(self._why_space_stopped.values())
        more = f"In all, {len(about_spaces)} spaces were stopped in this way." if len(about_spaces) > 1 else ""
        return self._why_run_stopped or " ".join(filter(None, [*about_spaces[:1], more]))

    def verdict_about_space(self, space: str) -> str:
        """Why no other number of this space may start, in a sentence. Empty if they may."""
        return self._why_run_stopped or self._why_space_stopped.get(space, "")

    def note(self, space: str, code: str) -> None:
        """Count the error code of a number of this space. Empty if the number had no error."""
        with self._lock:
            last, count = self._last_of_space.get(space, ("", 0))
            self._last_of_space[space] = (code, count + 1 if code == last else 1)
            if code != self._code:
                self._code = code
                self._in_a_row.clear()
            self._in_a_row[space] += 1
            if code and self._limit:
                self._judge(space, code)

    def _judge(self, space: str, code: str) -> None:
        if self._last_of_space[space] == (code, self._limit):
            self._why_space_stopped[space] = (
                f"{self._limit} numbers of space {space} in a row failed with {code}, so no other numbers of this space"
                " were started. Fix the cause of that error."
            )
        about_account = is_about_the_account(code)
        # A space that was stopped counts once, so that its error does not stop the other spaces.
        count = sum(
            1 if name in self._why_space_stopped and not about_account else errors
            for name, errors in self._in_a_row.items()
        )
        if count >= self._limit and (about_account or len(self._in_a_row) > 1) and not self._why_run_stopped:
            self._why_run_stopped = (
                f"{self._limit} numbers in a row failed with {code}, so no other numbers were started. Fix the cause of"
                " that error."
            )


class Gate:
    """Holds numbers back until the limits of the run allow the first write. Safe for threads.

    A run need not wait for a slow space if the numbers of that space cannot exceed a limit.
    """

    def __init__(self, guards: Guards, declared: int, *, check_mode: bool, waits_for_codes: bool) -> None:
        self._guards = guards
        self._not_read = declared
        self._check_mode = check_mode
        self._waits_for_codes = waits_for_codes
        self._lock = threading.Lock()
        self._held: list[NumberRun] = []
        # All numbers that were read.
        self.number_runs: list[NumberRun] = []
        self.is_open = False

    def admit(self, declared: int, number_runs: Sequence[NumberRun]) -> list[NumberRun]:
        """Add the numbers of a space that was read. Returns the numbers that may start now.

        ``declared`` counts all numbers of the space, also those that failed with it.
        """
        with self._lock:
            self._not_read -= declared
            self.number_runs += number_runs
            self._held += number_runs
            self.is_open = self.is_open or self._may_open()
            return self.release() if self.is_open else []

    def release(self) -> list[NumberRun]:
        """Open the gate. Returns the numbers that it held back."""
        self.is_open = True
        released, self._held = self._held, []
        return released

    def _may_open(self) -> bool:
        if self._check_mode and self._guards.plan is None:
            return True
        may_change = sum(map(self._may_change, self.number_runs))
        return self._guards.allow_start(may_change, self._not_read)

    def _may_change(self, number_run: NumberRun) -> bool:
        """Whether the number may change in this run, also because of a code that arrives during the run."""
        if self._waits_for_codes:
            return not number_run.is_over or number_run.waits_for_code
        return number_run.may_have_steps
