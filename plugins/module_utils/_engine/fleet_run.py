# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one or many numbers: lock, query each space once, plan, check limits, execute steps in threads, wait, return.

A problem of one number never stops another number.
"""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from time import monotonic

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space, query_space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import Lesson, UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._engine.code_submission import CodeSubmission
from ansible_collections.chatapp.cams.plugins.module_utils._engine.connections import Connections
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Gate, Guards, RepeatedErrors
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun, note_rows_elsewhere
from ansible_collections.chatapp.cams.plugins.module_utils._engine.observer import Observer
from ansible_collections.chatapp.cams.plugins.module_utils._engine.plan_document import NOT_IN_PLAN
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import NumbersStage, Progress, Stage
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult, failed_result
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result_of_run import result_of_number_run
from ansible_collections.chatapp.cams.plugins.module_utils._engine.step_runner import StepRunner
from ansible_collections.chatapp.cams.plugins.module_utils._errors import UNEXPECTED, CamsError, describe_unexpected
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import after_failed_read
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._system.threads import (
    Item,
    run_in_threads,
    run_with_followers,
)

# Reading the rows of a space again takes a sync and a query, so it saves calls from three numbers on.
FEW_NEW_NUMBERS = 2
# A sync brings the rows of all waiting numbers up to date, so it saves calls from two numbers on.
FEW_WAITING_NUMBERS = 1


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
        self._declared: defaultdict[str, list[Declaration]] = defaultdict(list)
        self._spaces: dict[str, Space | CamsError] = {}
        # By number, in the order of the declarations. None until the space of the number is read.
        self._started: dict[str, NumberRun | NumberResult | None] = {}
        self._gate: Gate
        self._numbers_stage: NumbersStage
        self._lesson: Lesson
        self._observer: Observer
        self._runner: StepRunner
        self._held_back = ""
        self._without_plan = ""

    @property
    def why_stopped(self) -> str:
        """Why the run stopped before it processed all numbers, in a sentence. Empty if it did not stop."""
        refused_codes = self._codes.refusal if self._codes else ""
        return self._reason_to_stop or self._errors.verdict or self._held_back or refused_codes or self._without_plan

    @property
    def _reason_to_stop(self) -> str:
        return self._journal.why_lost or ("The run was stopped." if self._client.is_stopped else "")

    def _reason_to_stop_number(self, number_run: NumberRun) -> str:
        return self._reason_to_stop or self._errors.verdict_about_space(number_run.declaration.cust_space_id)

    def run(self, declarations: Sequence[Declaration]) -> list[NumberResult]:
        """Return the results in the order of the declarations. Each number is locked before it is observed."""
        left_out = self._guards.numbers_without_plan
        wanted = [declaration for declaration in declarations if declaration.phone_number not in left_out]
        owners: dict[str, str] = {}
        if self._locks is not None:
            owners = self._locks.acquire([d.phone_number for d in wanted], self._waits.lock)
        self._journal.load({declaration.phone_number for declaration in wanted} - owners.keys())
        self._make_observer_and_runner({declaration.phone_number for declaration in declarations})
        self._started = dict.fromkeys(declaration.phone_number for declaration in declarations)
        for declaration in declarations:
            number = declaration.phone_number
            if number in left_out:
                self._started[number] = NumberResult(declaration, Outcome.NOT_ATTEMPTED, next_action=NOT_IN_PLAN)
                self._without_plan = NOT_IN_PLAN
            elif number in owners:
                self._started[number] = self._locked_result(declaration, owners[number])
        self._read_and_process([declaration for declaration in wanted if declaration.phone_number not in owners])
        if self._health:
            self._run_stage(Stage.HEALTH, self._read_health, [run for run in self._number_runs if run.is_connected])
        ended = [item for item in self._started.values() if item is not None]
        return [self._result_of_number(item) if isinstance(item, NumberRun) else item for item in ended]

    @property
    def _number_runs(self) -> list[NumberRun]:
        return [item for item in self._started.values() if isinstance(item, NumberRun)]

    def _make_observer_and_runner(self, declared: set[str]) -> None:
        unknown_numbers = UnknownNumbers(self._client, self._learnt, declared, sleep=self._sleep)
        self._lesson = unknown_numbers.lesson
        self._observer = Observer(
            self._client, self._journal, unknown_numbers, check_mode=self._check_mode, sleep=self._sleep
        )
        self._runner = StepRunner(self._client, self._journal, unknown_numbers, self._observer)

    # --- observe spaces, plan from their rows, execute steps ---

    def _read_and_process(self, declarations: Sequence[Declaration]) -> None:
        """Query every space, and process its numbers as soon as the limits of the run allow that.

        A space that is slow or denied holds back the numbers of other spaces only where a limit needs its rows.
        """
        for declaration in declarations:
            self._declared[declaration.cust_space_id].append(declaration)
        self._gate = Gate(
            self._guards, len(declarations), check_mode=self._check_mode, waits_for_codes=self._codes is not None
        )
        self._numbers_stage = NumbersStage(self._progress, len(declarations))
        with self._progress.stage(Stage.SPACES, len(self._declared)):
            self._work_in_threads(self._declared)
        note_rows_elsewhere(self._spaces, self._number_runs)
        if not self._gate.is_open:
            self._check_guards(self._number_runs)
            pending = self._begin(self._gate.release())
            with self._progress.stage(Stage.NUMBERS, len(declarations), self._numbers_stage.done):
                self._work_in_threads(pending)
        self._finish(self._number_runs)

    def _work_in_threads(self, items: Iterable[str | NumberRun]) -> None:
        run_with_followers(self._work_on, items, self._concurrency, stop=self._client.stop)

    def _work_on(self, item: str | NumberRun) -> Sequence[NumberRun]:
        """Query a space, or process a number. Returns the numbers that may start now."""
        if isinstance(item, str):
            return self._read_space(item)
        self._numbers_stage.begin()
        self._process_number(item)
        self._numbers_stage.one_done()
        return ()

    def _read_space(self, cust_space_id: str) -> Sequence[NumberRun]:
        self._spaces[cust_space_id] = query_space(self._client, cust_space_id)
        self._sync_waiting_numbers(cust_space_id)
        started = {d.phone_number: self._start_number(d) for d in self._declared[cust_space_id]}
        self._started.update(started)
        self._progress.one_done(Stage.SPACES)
        number_runs = [item for item in started.values() if isinstance(item, NumberRun)]
        for item in started.values():
            if not isinstance(item, NumberRun) or item.is_over:
                self._numbers_stage.one_done()
        released = self._gate.admit(len(started), number_runs)
        return self._begin(released) if released else ()

    def _sync_waiting_numbers(self, cust_space_id: str) -> None:
        """Sync a space whose rows show numbers that wait for a code, so that their rows can be believed."""
        space = self._spaces[cust_space_id]
        if self._check_mode or isinstance(space, CamsError):
            return
        waiting = sum(self._observer.waits_by_its_row(declared, space) for declared in self._declared[cust_space_id])
        if waiting > FEW_WAITING_NUMBERS:
            # Without the answer, the status of each number is read.
            with contextlib.suppress(CamsError):
                space.sync()

    def _begin(self, number_runs: Sequence[NumberRun]) -> Sequence[NumberRun]:
        """Wait for the codes of numbers whose rows show that they wait for one. Returns the numbers to process."""
        # This comes first: as soon as its code is found, a number has a step. The thread that waits for codes makes it.
        pending = self._pending(number_runs)
        if self._codes is not None:
            # All of them before the sources are read, so that max_changes counts codes that are there together.
            for number_run in number_runs:
                if number_run.waits_for_code:
                    self._codes.add(number_run)
            self._codes.start(self._gate.number_runs, self._continue_with_code)
        return pending

    def _start_number(self, declaration: Declaration) -> NumberRun | NumberResult:
        space = self._spaces[declaration.cust_space_id]
        if isinstance(space, CamsError):
            return failed_result(declaration, "NoAnswer", space.message, after_failed_read(space), space.error)
        try:
            return self._observer.start_from_row(declaration, space)
        except Exception as error:
            message = f"Failed to plan {declaration.phone_number}: {describe_unexpected(error)}"
            return failed_result(declaration, UNEXPECTED, message, "Nothing was written.")

    def _locked_result(self, declaration: Declaration, owner: str) -> NumberResult:
        message = f"Another run works on {declaration.phone_number}: {owner}. Waited {self._waits.lock:.0f} s."
        return failed_result(declaration, "Locked", message, "Run again when that run has ended.")

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
        number_run.call(lambda: self._observer.observe_and_plan(number_run, compare=True))

    # --- execute steps ---

    @staticmethod
    def _pending(number_runs: Sequence[NumberRun]) -> Sequence[NumberRun]:
        """Return the numbers that may need a step. Numbers of one space share its reads."""
        pending = [number_run for number_run in number_runs if not number_run.is_over]
        new = Counter(id(number_run.space) for number_run in pending if number_run.before is None)
        for number_run in pending:
            number_run.space.read_new_numbers_together = new[id(number_run.space)] > FEW_NEW_NUMBERS
        return pending

    def _finish(self, number_runs: Sequence[NumberRun]) -> None:
        """Wait for missing codes and for connections, and execute the steps that had to wait for a connection."""
        if self._codes is not None:
            with self._progress.stage(Stage.CODES, self._codes.waiting_count):
                self._codes.finish()
        if self._check_mode:
            return
        Connections(
            self._client,
            self._journal,
            self._progress,
            self._concurrency,
            self._waits.connection,
            self._sleep,
            self._clock,
        ).wait(number_runs)
        unfinished = [number_run for number_run in number_runs if number_run.effects and not number_run.is_over]
        self._run_stage(Stage.WEBHOOKS, self._finish_after_connecting, unfinished)
        stale = {id(number_run.space): number_run.space for number_run in number_runs if number_run.space.is_stale}
        run_in_threads(self._query_again, stale.values(), self._concurrency, stop=self._client.stop)

    def _process_number(self, number_run: NumberRun) -> None:
        if self._reason_to_stop_number(number_run):
            return
        number_run.call(lambda: self._observe_and_execute(number_run))
        if number_run.held_back:
            self._held_back = number_run.held_back
        self._note_error(number_run)
        if self._codes is not None and number_run.waits_for_code:
            self._codes.add(number_run)

    def _observe_and_execute(self, number_run: NumberRun, *, fresh_rows: bool = False) -> None:
        is_new = number_run.plan is None and number_run.observation.status is None
        with self._lesson.in_turn() if is_new and not self._check_mode else contextlib.nullcontext():
            if number_run.plan is None:
                self._observer.observe_and_plan(number_run, fresh_rows=fresh_rows)
            if number_run.plan is not None and number_run.ended is None and not self._check_mode:
                self._runner.execute_plan(number_run, number_run.plan)

    def _continue_with_code(self, number_run: NumberRun, code: str) -> None:
        """Verify a number whose code arrived during the run, and register it."""
        if self._reason_to_stop_number(number_run):
            return
        number_run.give_code(code)
        number_run.call(lambda: self._observe_and_execute(number_run, fresh_rows=not self._check_mode))
        self._note_error(number_run)
        self._progress.one_done(Stage.CODES)

    def _finish_after_connecting(self, number_run: NumberRun) -> None:
        """Execute the steps that had to wait until the number was connected."""
        plan = number_run.plan
        if plan is not None:
            number_run.call(lambda: self._runner.execute_plan(number_run, plan))
        self._note_error(number_run)

    def _read_health(self, number_run: NumberRun) -> None:
        number_run.call(lambda: self._observer.read_health(number_run))

    def _note_error(self, number_run: NumberRun) -> None:
        result = self._result_of_number(number_run)
        code = str(result.problem.error["code"]) if result.has_failed and result.problem else ""
        self._errors.note(number_run.declaration.cust_space_id, code)

    def _run_stage(self, stage: Stage, function: Callable[[Item], None], items: Iterable[Item]) -> None:
        """Call a function for every item and count progress."""

        def step(item: Item) -> None:
            function(item)
            self._progress.one_done(stage)

        items = list(items)
        with self._progress.stage(stage, len(items)):
            run_in_threads(step, items, self._concurrency, stop=self._client.stop)

    # --- return results ---

    @staticmethod
    def _query_again(space: Space) -> None:
        """Read the rows after the last step, so that the results show the current rows."""
        with contextlib.suppress(Exception):
            space.query()

    def _result_of_number(self, number_run: NumberRun) -> NumberResult:
        reason_to_stop = self._reason_to_stop_number(number_run)
        return result_of_number_run(number_run, check_mode=self._check_mode, reason_to_stop=reason_to_stop)
