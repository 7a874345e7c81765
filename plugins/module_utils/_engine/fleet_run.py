# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring numbers to what is declared: lock, query each space once, plan, guard, take steps with bounded threads, report.

One number or twenty thousand, it is the same run. One bad number never stops another.
"""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from time import monotonic

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import Health, cannot_send, describe_health
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._engine import plan_document
from ansible_collections.chatapp.cams.plugins.module_utils._engine.connections import take_connection, waits
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Guards, RefusedError, RepeatedErrors
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import Progress, Stage
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, NumberResult, failure
from ansible_collections.chatapp.cams.plugins.module_utils._engine.step_runner import StepRunner
from ansible_collections.chatapp.cams.plugins.module_utils._errors import UNEXPECTED, CamsError, describe_unexpected
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome, Step
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Plan
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.locks import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._system.threads import Item, run_in_threads

FIRST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 15.0
# To read the rows of a space again costs a sync and a query, so it pays from three numbers on.
FEW_NEW_NUMBERS = 2


class FleetRun:
    """One run over numbers."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        locks: NumberLocks | None,
        learnt: LearntRefusals | None = None,
        *,
        check_mode: bool = False,
        guards: Guards | None = None,
        progress: Progress | None = None,
        concurrency: int = 1,
        wait_timeout: float = 120,
        lock_timeout: float = 30,
        health: bool = False,
        sleep: Callable[[float], None] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._client = client
        self._journal = journal
        self._locks = locks
        self._check_mode = check_mode
        self._guards = guards or Guards()
        self._progress = progress or Progress()
        self._concurrency = concurrency
        self._wait_timeout = wait_timeout
        self._lock_timeout = lock_timeout
        self._health = health
        self._sleep = sleep or client.pause
        self._clock = clock
        self._learnt = learnt or LearntRefusals(None, "")
        self._errors = RepeatedErrors(self._guards.stop_after_equal_errors)
        self._spaces: dict[str, Space | CamsError] = {}
        self._worker: StepRunner
        self._held_back = ""

    @property
    def stopped(self) -> str:
        """Why some numbers were not started, in a sentence; empty when all were."""
        return self._stops_everything or self._held_back

    @property
    def _stops_everything(self) -> str:
        return "The run was stopped." if self._client.stopped else self._errors.verdict

    def run(self, declarations: Sequence[Declaration]) -> list[NumberResult]:
        """Results in the order of the declarations. Nothing is observed before its number is locked."""
        owners: dict[str, str] = {}
        if self._locks is not None:
            owners = self._locks.acquire([d.phone_number for d in declarations], self._lock_timeout)
        declared = {declaration.phone_number for declaration in declarations}
        self._journal.load(declared - owners.keys())
        unknown_numbers = UnknownNumbers(self._client, self._learnt, declared, sleep=self._sleep)
        self._worker = StepRunner(
            self._client, self._journal, unknown_numbers, check_mode=self._check_mode, sleep=self._sleep
        )
        free = [declaration for declaration in declarations if declaration.phone_number not in owners]
        self._watched(Stage.SPACES, self._query, dict.fromkeys(declaration.cust_space_id for declaration in free))
        started = [self._started(declaration, owners.get(declaration.phone_number)) for declaration in declarations]
        works = [work for work in started if isinstance(work, NumberRun)]
        self._note_rows_elsewhere(works)
        self._guard(works)
        self._watched(Stage.NUMBERS, self._pursue, self._batch(works), done=sum(work.is_over for work in works))
        if not self._check_mode:
            with self._progress.stage(Stage.CONNECTIONS, sum(map(waits, works))):
                self._await_connections(works)
            self._watched(Stage.WEBHOOKS, self._go_on, [work for work in works if work.taken and not work.is_over])
            self._each(self._look_again, {id(work.space): work.space for work in works if work.space.stale}.values())
        if self._health:
            self._watched(Stage.HEALTH, self._read_health, [work for work in works if work.serves])
        return [self._result(work) if isinstance(work, NumberRun) else work for work in started]

    # --- observe spaces, plan what their rows tell ---

    def _query(self, cust_space_id: str) -> None:
        try:
            self._spaces[cust_space_id] = Space(self._client, cust_space_id)
        except CamsError as error:
            self._spaces[cust_space_id] = error
        except Exception as error:  # whatever it is, the numbers of other spaces go on
            self._spaces[cust_space_id] = CamsError(
                f"Failed to query space {cust_space_id}: {describe_unexpected(error)}"
            )

    def _start(self, declaration: Declaration, owner: str | None) -> NumberRun | NumberResult:
        if owner is not None:
            message = f"Another run works on {declaration.phone_number}: {owner}. Waited {self._lock_timeout:.0f} s."
            return failure(declaration, "Locked", message, "Run again when that run has ended.")
        space = self._spaces[declaration.cust_space_id]
        if isinstance(space, CamsError):
            return failure(declaration, "NoAnswer", space.message, "Nothing was written. Run again.", space.error)
        return self._worker.begin(declaration, space)

    def _started(self, declaration: Declaration, owner: str | None) -> NumberRun | NumberResult:
        try:
            return self._start(declaration, owner)
        except Exception as error:
            message = f"Failed to plan {declaration.phone_number}: {describe_unexpected(error)}"
            return failure(declaration, UNEXPECTED, message, "Nothing was written.")

    def _note_rows_elsewhere(self, works: Sequence[NumberRun]) -> None:
        """Say of a number that another space of this run shows it too."""
        for name, space in self._spaces.items():
            if isinstance(space, CamsError):
                continue
            for work in works:
                row = space.rows.get(work.declaration.phone_number) if space is not work.space else None
                if row is not None:
                    work.remarks[f"Space {name} shows this number too, as {row['status']}."] = None

    # --- guard rails ---

    def _guard(self, works: Sequence[NumberRun]) -> None:
        """Refuse before the first write. Statuses are read here only when the rows alone do not clear the run."""
        most = self._guards.max_changes
        too_many = not self._check_mode and 0 < most < sum(work.may_have_steps for work in works)
        if too_many or self._guards.plan is not None:
            self._watched(Stage.STATUSES, self._look_and_compare, [work for work in works if work.plan is None])
        if self._guards.plan is not None:
            refusal = plan_document.mismatch(self._guards.plan, [self._result(work) for work in works])
            if refusal:
                raise RefusedError(refusal)
        changes = sum(work.may_have_steps for work in works) if too_many else 0
        if changes > most:
            raise RefusedError(
                f"This run would change {changes} numbers, and max_changes allows {most}. Nothing was written. Look at"
                f" what it would do with --check, then raise max_changes to {changes}, or name fewer numbers."
            )

    def _batch(self, works: Sequence[NumberRun]) -> Sequence[NumberRun]:
        """The numbers to go on with; those that nothing is left to do for are no part of it."""
        pending = [work for work in works if not work.is_over]
        chosen = pending[: self._guards.batch_size or None]
        new = Counter(id(work.space) for work in chosen if work.before is None)
        for work in chosen:
            work.space.read_new_numbers_together = new[id(work.space)] > FEW_NEW_NUMBERS
        # Numbers of one space one after the other share more of its reads.
        place = {id(space): index for index, space in enumerate(self._spaces.values())}
        return sorted(chosen, key=lambda work: place[id(work.space)])

    def _look_and_compare(self, work: NumberRun) -> None:
        self._contained(work, lambda: self._worker.look(work, compare=True))

    # --- take steps ---

    def _contained(self, work: NumberRun, function: Callable[[], None]) -> None:
        """Call a function for one number. Whatever it raises is the trouble of that number alone."""
        try:
            function()
        except Exception as error:
            number = work.declaration.phone_number
            work.fail_unexpectedly(f"Failed to work on {number}: {describe_unexpected(error)}")

    def _pursue(self, work: NumberRun) -> None:
        if self._stops_everything:
            return
        self._contained(work, lambda: self._look_and_advance(work))
        if work.held_back:
            self._held_back = work.held_back
        self._note_error(work)

    def _look_and_advance(self, work: NumberRun) -> None:
        if work.plan is None:
            self._worker.look(work)
        if work.plan is not None and work.ended is None and not self._check_mode:
            self._worker.advance(work, work.plan)

    def _go_on(self, work: NumberRun) -> None:
        """Take what was left until the number was connected."""
        plan = work.plan
        if plan is not None:
            self._contained(work, lambda: self._worker.advance(work, plan))
        self._note_error(work)

    def _read_health(self, work: NumberRun) -> None:
        self._contained(work, lambda: self._worker.read_health(work))

    def _note_error(self, work: NumberRun) -> None:
        result = self._result(work)
        self._errors.note(str(result.problem.error["code"]) if result.failed and result.problem else "")

    def _each(self, function: Callable[[Item], None], items: Iterable[Item]) -> None:
        run_in_threads(function, items, self._concurrency, stop=self._client.stop)

    def _watched(self, stage: Stage, function: Callable[[Item], None], items: Iterable[Item], *, done: int = 0) -> None:
        """As _each, and noted for whoever watches; ``done`` of them were done before."""

        def step(item: Item) -> None:
            function(item)
            self._progress.one_done()

        items = list(items)
        with self._progress.stage(stage, done + len(items), done):
            self._each(step, items)

    # --- wait for connections ---

    def _await_connections(self, works: Sequence[NumberRun]) -> None:
        """Poll the spaces with growing intervals, each once for all its numbers that wait."""
        waiting = [work for work in works if waits(work)]
        deadline, pause = self._clock() + self._wait_timeout, FIRST_POLL_SECONDS
        while waiting and not self._client.stopped and self._clock() + pause <= deadline:
            self._sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL_SECONDS)
            self._each(self._refresh, {id(work.space): work.space for work in waiting}.values())
            for work in waiting:
                self._contained(work, functools.partial(take_connection, work))
            waiting = [work for work in waiting if waits(work)]
            self._progress.so_many_left(len(waiting))
        for work in works:
            if work.register_entry is not None:
                self._journal.conclude(work.register_entry, work.taken[Step.REGISTER], work.actions[-1].request_id)

    @staticmethod
    def _refresh(space: Space) -> None:
        # The next poll reads again.
        with contextlib.suppress(Exception):
            space.refresh()

    # --- report ---

    @staticmethod
    def _look_again(space: Space) -> None:
        """So that rows are reported as they are."""
        with contextlib.suppress(Exception):
            space.query()

    def _result(self, work: NumberRun) -> NumberResult:
        if work.ended is not None:
            return work.ended
        row = work.space.rows.get(work.declaration.phone_number)
        plan = work.plan
        untouched = plan is not None and bool(plan.steps) and not work.taken and not work.actions
        if plan is None or (untouched and not self._check_mode):
            return NumberResult(
                work.declaration,
                Outcome.NOT_ATTEMPTED,
                previous_phase=work.previous_phase,
                phase=work.previous_phase,
                goal=work.previous_phase,
                next_action=work.held_back or f"{self._stops_everything} Run again.".lstrip(),
                before=work.before,
                number=row,
                digest=work.digest,
            )
        planned = self._check_mode and bool(plan.steps)
        outcome, next_action = _with_health(plan, work.health)
        return NumberResult(
            work.declaration,
            Outcome.PLANNED if planned else outcome,
            previous_phase=work.previous_phase,
            phase=plan.phase,
            changed=planned or work.changed,
            actions=[Action(step.value, "planned") for step in plan.steps] if self._check_mode else work.actions,
            next_action=next_action,
            remarks=tuple(work.remarks),
            problem=work.problem,
            before=work.before,
            number=row,
            goal=plan.goal if planned else plan.phase,
            digest=work.digest,
            health=work.health,
        )


def _with_health(plan: Plan, health: Health | None) -> tuple[Outcome, str]:
    """A number that is as declared and cannot send is an operator's matter: no step of ours mends it."""
    if health is None:
        return plan.outcome, plan.next_action
    blocked = plan.outcome is Outcome.CONVERGED and cannot_send(health)
    told = " ".join(filter(None, [plan.next_action, describe_health(health)]))
    return Outcome.NEEDS_OPERATOR if blocked else plan.outcome, told
