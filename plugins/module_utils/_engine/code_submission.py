# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Submit the codes that arrive from the code source during a run."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._codes.waiting import CodeWaiting
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._system.threads import run_in_threads

# The pace allows ten calls a second for each operation. This number of threads keeps several operations busy.
MOST_THREADS = 16


class CodeSubmission:
    """Waits for the codes of numbers and continues with each number as its code arrives."""

    def __init__(
        self,
        source: Mapping[str, Any],
        seconds: float,
        journal: Journal,
        *,
        max_changes: int,
        stop: threading.Event,
        stop_run: Callable[[], None],
    ) -> None:
        self._journal = journal
        self._max_changes = max_changes
        self._stop_run = stop_run
        self._numbers: dict[str, NumberRun] = {}
        self._all: Sequence[NumberRun] = ()
        self._continue: Callable[[NumberRun, str], None]
        self._waiting = CodeWaiting(source, seconds, self._submit, stop)
        self._used_codes: dict[str, None] = {}
        # Why the codes that arrived were not submitted, in a sentence.
        self.refusal = ""

    @property
    def why_codes_unreadable(self) -> str:
        """Why codes could not be read, in a sentence. Empty if there was no problem."""
        return f"Could not read verification codes: {self._waiting.problem}" if self._waiting.problem else ""

    @property
    def numbers_without_code(self) -> list[str]:
        """The numbers whose codes could not be read."""
        return self._waiting.numbers if self._waiting.problem else []

    @property
    def remarks(self) -> list[str]:
        """Why codes that were found were not used."""
        return [*self._waiting.remarks, *self._used_codes]

    @property
    def waiting_count(self) -> int:
        return len(self._waiting.numbers)

    def start(self, number_runs: Sequence[NumberRun], continue_with: Callable[[NumberRun, str], None]) -> None:
        """Start to wait for codes. ``number_runs`` are all numbers of the run, also those that are read later."""
        self._all, self._continue = number_runs, continue_with
        self._waiting.start()

    def add(self, number_run: NumberRun) -> None:
        number = number_run.declaration.phone_number
        self._numbers[number] = number_run
        self._waiting.add(number, requested_now=Step.REQUEST_CODE in number_run.effects)

    def finish(self) -> None:
        """Wait for missing codes until the timeout."""
        self._waiting.finish()

    def _submit(self, codes: Mapping[str, str]) -> set[str]:
        """Continue with the numbers of these codes. Returns the numbers that need another code."""
        used = {number for number, code in codes.items() if self._was_used(number, code)}
        new = {number: code for number, code in codes.items() if number not in used}
        if self._exceeds_max_changes(new):
            # More codes would only raise the count.
            self._waiting.give_up()
            return set()
        for number in new:
            # The row may have changed while the code was on its way.
            self._numbers[number].space.refreshed = False
        run_in_threads(self._continue_with_one, list(new.items()), MOST_THREADS, stop=self._stop_run)
        return used

    def _continue_with_one(self, number_and_code: tuple[str, str]) -> None:
        number, code = number_and_code
        self._continue(self._numbers[number], code)

    def _was_used(self, number: str, code: str) -> bool:
        if not self._journal.limits(number, code).code_was_tried:
            return False
        self._used_codes[f"{number}: The code that was found was submitted or refused before, so it was not used."] = (
            None
        )
        return True

    def _exceeds_max_changes(self, codes: Mapping[str, str]) -> bool:
        """Return whether these codes would change more numbers than max_changes."""
        changing = {item.declaration.phone_number for item in self._all if item.changed or item.may_have_steps}
        changes = len(changing | codes.keys())
        if codes and 0 < self._max_changes < changes:
            self.refusal = (
                f"With the codes that arrived, this run would change {changes} numbers, but <<max_changes>>"
                f" is {self._max_changes}. These codes were not submitted. <<allow {changes}>>, or run with fewer"
                " numbers."
            )
        return bool(self.refusal)
