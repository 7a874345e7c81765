# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one or many numbers: lock, query each space once, plan, check limits, execute steps in threads, wait, return.

A problem of one number never stops another number.
"""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._engine.code_submission import CodeSubmission
from ansible_collections.chatapp.cams.plugins.module_utils._engine.connections import (
    update_connection,
    waits_for_connection,
)
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Guards, RepeatedErrors
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.observer import Observer
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import Progress, Stage
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult, failed_result
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result_of_run import result_of_number_run
from ansible_collections.chatapp.cams.plugins.module_utils._engine.step_runner import StepRunner
from ansible_collections.chatapp.cams.plugins.module_utils._errors import UNEXPECTED, CamsError, describe_unexpected
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Step
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import after_failed_read
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._system.threads import Item, run_in_threads

FIRST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 15.0
# Reading the rows of a space again takes a sync and a query, so it saves calls from three numbers on.
FEW_NEW_NUMBERS = 2


@dataclass(frozen=True)
class Waits:
    """The maximum waits of a run, in seconds."""

    connection: float = 120
    lock: float = 30


class FleetRun:
    """Runs one or many numbers."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        locks: NumberLocks | None,
        learnt: LearntRefusals | None = None,
        *,
        check_mode: bool = False,
        guards: Guards | None = None,
        codes: CodeSubmission | None = None,
        progress: Progress | None = None,
        concurrency: int = 1,
        waits: Waits | None = None,
        health: bool = False,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._client = client
        self._journal = journal
        self._locks = locks
        self._check_mode = check_mode
        self._guards = guards or Guards()
        self._codes = codes
        self._progress = progress or Progress()
        self._concurrency = concurrency
        self._waits = waits or Waits()
        self._health = health
        self._sleep = sleep or client.pause
        self._clock = clock
        self._learnt = learnt or LearntRefusals()
        self._errors = RepeatedErrors(self._guards.stop_after_equal_errors)
        self._spaces: dict[str, Space | CamsError] = {}
        self._observer: Observer
        self._runner: StepRunner
        self._held_back = ""

    @property
    def why_stopped(self) -> str:
        """Why the run stopped before it processed all numbers, in a sentence. Empty if it did not stop."""
        refused_codes = self._codes.refusal if self._codes else ""
        return self._reason_to_stop or self._held_back or refused_codes

    @property
    def _reason_to_stop(self) -> str:
        if self._journal.why_lost:
            return self._journal.why_lost
        return "The run was stopped." if self._client.is_stopped else self._errors.verdict

    def run(self, declarations: Sequence[Declaration]) -> list[NumberResult]:
        """Return the results in the order of the declarations. Each number is locked before it is observed."""
        owners: dict[str, str] = {}
        if self._locks is not None:
            owners = self._locks.acquire([d.phone_number for d in declarations], self._waits.lock)
        declared = {declaration.phone_number for declaration in declarations}
        self._journal.load(declared - owners.keys())
        self._make_observer_and_runner(declared)
        free = [declaration for declaration in declarations if declaration.phone_number not in owners]
        self._run_stage(
            Stage.SPACES, self._query_space, dict.fromkeys(declaration.cust_space_id for declaration in free)
        )
        started = [
            self._start_number(declaration, owners.get(declaration.phone_number)) for declaration in declarations
        ]
        number_runs = [item for item in started if isinstance(item, NumberRun)]
        self._note_rows_elsewhere(number_runs)
        self._check_guards(number_runs)
        self._process(number_runs)
        if self._health:
            connected = [number_run for number_run in number_runs if number_run.is_connected]
            self._run_stage(Stage.HEALTH, self._read_health, connected)
        return [self._result_of_number(item) if isinstance(item, NumberRun) else item for item in started]

    def _make_observer_and_runner(self, declared: set[str]) -> None:
        unknown_numbers = UnknownNumbers(self._client, self._learnt, declared, sleep=self._sleep)
        self._observer = Observer(
            self._client, self._journal, unknown_numbers, check_mode=self._check_mode, sleep=self._sleep
        )
        self._runner = StepRunner(self._client, self._journal, unknown_numbers, self._observer)

    # --- observe spaces, plan from their rows ---

    def _query_space(self, cust_space_id: str) -> None:
        try:
            self._spaces[cust_space_id] = Space(self._client, cust_space_id)
        except CamsError as error:
            self._spaces[cust_space_id] = error
        except Exception as error:  # the run continues with the numbers of other spaces
            self._spaces[cust_space_id] = CamsError(
                f"Failed to query space {cust_space_id}: {describe_unexpected(error)}"
            )

    def _start_number(self, declaration: Declaration, owner: str | None) -> NumberRun | NumberResult:
        try:
            return self._start_from_row(declaration, owner)
        except Exception as error:
            message = f"Failed to plan {declaration.phone_number}: {describe_unexpected(error)}"
            return failed_result(declaration, UNEXPECTED, message, "Nothing was written.")

    def _start_from_row(self, declaration: Declaration, owner: str | None) -> NumberRun | NumberResult:
        if owner is not None:
            message = f"Another run works on {declaration.phone_number}: {owner}. Waited {self._waits.lock:.0f} s."
            return failed_result(declaration, "Locked", message, "Run again when that run has ended.")
        space = self._spaces[declaration.cust_space_id]
        if isinstance(space, CamsError):
            return failed_result(declaration, "NoAnswer", space.message, after_failed_read(space), space.error)
        return self._observer.start_from_row(declaration, space)

    def _note_rows_elsewhere(self, number_runs: Sequence[NumberRun]) -> None:
        """Add a remark if another space of this run shows a number too."""
        for name, space in self._spaces.items():
            if isinstance(space, CamsError):
                continue
            for number_run in number_runs:
                row = space.rows.get(number_run.declaration.phone_number) if space is not number_run.space else None
                if row is not None:
                    number_run.remarks[f"Space {name} shows this number too, as {row['status']}."] = None

    # --- check limits ---

    def _check_guards(self, number_runs: Sequence[NumberRun]) -> None:
        """Refuse before the first write. Statuses are read here only when the rows alone do not clear the run."""
        changes = sum(number_run.may_have_steps for number_run in number_runs)
        too_many = not self._check_mode and self._guards.forbids_changes(changes)
        if too_many or self._guards.plan is not None:
            without_plan = [number_run for number_run in number_runs if number_run.plan is None]
            self._run_stage(Stage.STATUSES, self._observe_and_compare, without_plan)
        if self._guards.plan is not None:
            self._guards.check_plan([self._result_of_number(number_run) for number_run in number_runs])
        if too_many:
            self._guards.check_changes(sum(number_run.may_have_steps for number_run in number_runs))

    def _observe_and_compare(self, number_run: NumberRun) -> None:
        self._call_for_number(number_run, lambda: self._observer.observe_and_plan(number_run, compare=True))

    # --- execute steps ---

    def _process(self, number_runs: Sequence[NumberRun]) -> None:
        """Execute what is possible for every number, submit codes as they arrive, and wait for connections."""
        over = [number_run for number_run in number_runs if number_run.is_over]
        if self._codes is not None:
            self._codes.start(number_runs, self._continue_with_code)
        self._run_stage(Stage.NUMBERS, self._process_number, self._pending_by_space(number_runs), done=len(over))
        if self._codes is not None:
            with self._progress.stage(Stage.CODES, self._codes.waiting_count):
                self._codes.finish()
        if self._check_mode:
            return
        with self._progress.stage(Stage.CONNECTIONS, sum(map(waits_for_connection, number_runs))):
            self._await_connections(number_runs)
        unfinished = [number_run for number_run in number_runs if number_run.effects and not number_run.is_over]
        self._run_stage(Stage.WEBHOOKS, self._finish_after_connecting, unfinished)
        stale = {id(number_run.space): number_run.space for number_run in number_runs if number_run.space.is_stale}
        self._call_in_threads(self._query_again, stale.values())

    def _pending_by_space(self, number_runs: Sequence[NumberRun]) -> Sequence[NumberRun]:
        """Return the numbers that may need a step, grouped by space, so that they share its reads."""
        pending = [number_run for number_run in number_runs if not number_run.is_over]
        new = Counter(id(number_run.space) for number_run in pending if number_run.before is None)
        for number_run in pending:
            number_run.space.read_new_numbers_together = new[id(number_run.space)] > FEW_NEW_NUMBERS
        place = {id(space): index for index, space in enumerate(self._spaces.values())}
        return sorted(pending, key=lambda number_run: place[id(number_run.space)])

    def _call_for_number(self, number_run: NumberRun, function: Callable[[], None]) -> None:
        """Call a function for one number. If it raises, only that number fails."""
        try:
            function()
        except Exception as error:
            number = number_run.declaration.phone_number
            number_run.fail_unexpectedly(f"Failed to work on {number}: {describe_unexpected(error)}")

    def _process_number(self, number_run: NumberRun) -> None:
        if self._reason_to_stop:
            return
        self._call_for_number(number_run, lambda: self._observe_and_execute(number_run))
        if number_run.held_back:
            self._held_back = number_run.held_back
        self._note_error(number_run)
        if self._codes is not None and number_run.waits_for_code:
            self._codes.add(number_run)

    def _observe_and_execute(self, number_run: NumberRun, *, fresh_rows: bool = False) -> None:
        if number_run.plan is None:
            self._observer.observe_and_plan(number_run, fresh_rows=fresh_rows)
        if number_run.plan is not None and number_run.ended is None and not self._check_mode:
            self._runner.execute_plan(number_run, number_run.plan)

    def _continue_with_code(self, number_run: NumberRun, code: str) -> None:
        """Verify a number whose code arrived during the run, and register it."""
        if self._reason_to_stop:
            return
        number_run.give_code(code)
        self._call_for_number(
            number_run, lambda: self._observe_and_execute(number_run, fresh_rows=not self._check_mode)
        )
        self._note_error(number_run)
        self._progress.one_done(Stage.CODES)

    def _finish_after_connecting(self, number_run: NumberRun) -> None:
        """Execute the steps that had to wait until the number was connected."""
        plan = number_run.plan
        if plan is not None:
            self._call_for_number(number_run, lambda: self._runner.execute_plan(number_run, plan))
        self._note_error(number_run)

    def _read_health(self, number_run: NumberRun) -> None:
        self._call_for_number(number_run, lambda: self._observer.read_health(number_run))

    def _note_error(self, number_run: NumberRun) -> None:
        result = self._result_of_number(number_run)
        self._errors.note(str(result.problem.error["code"]) if result.has_failed and result.problem else "")

    def _call_in_threads(self, function: Callable[[Item], None], items: Iterable[Item]) -> None:
        run_in_threads(function, items, self._concurrency, stop=self._client.stop)

    def _run_stage(
        self, stage: Stage, function: Callable[[Item], None], items: Iterable[Item], *, done: int = 0
    ) -> None:
        """Call a function for every item and count progress. ``done`` items were done before."""

        def step(item: Item) -> None:
            function(item)
            self._progress.one_done(stage)

        items = list(items)
        with self._progress.stage(stage, done + len(items), done):
            self._call_in_threads(step, items)

    # --- wait for connections ---

    def _await_connections(self, number_runs: Sequence[NumberRun]) -> None:
        """Poll the spaces at growing intervals, each space once for all its waiting numbers."""
        waiting = [number_run for number_run in number_runs if waits_for_connection(number_run)]
        deadline, pause = self._clock() + self._waits.connection, FIRST_POLL_SECONDS
        while waiting and not self._client.is_stopped and self._clock() + pause <= deadline:
            self._sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL_SECONDS)
            self._call_in_threads(self._refresh_space, {id(item.space): item.space for item in waiting}.values())
            for number_run in waiting:
                self._call_for_number(number_run, functools.partial(update_connection, number_run))
            waiting = [number_run for number_run in waiting if waits_for_connection(number_run)]
            self._progress.set_left(len(waiting))
        for number_run in number_runs:
            if number_run.register_entry is not None:
                effect, action = number_run.effects[Step.REGISTER], number_run.actions[-1]
                self._journal.conclude(number_run.register_entry, effect, action.request_id)

    @staticmethod
    def _refresh_space(space: Space) -> None:
        # The next poll reads again.
        with contextlib.suppress(Exception):
            space.refresh()

    # --- return results ---

    @staticmethod
    def _query_again(space: Space) -> None:
        """Read the rows after the last step, so that the results show the current rows."""
        with contextlib.suppress(Exception):
            space.query()

    def _result_of_number(self, number_run: NumberRun) -> NumberResult:
        return result_of_number_run(number_run, check_mode=self._check_mode, reason_to_stop=self._reason_to_stop)
