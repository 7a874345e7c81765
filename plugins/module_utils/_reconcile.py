# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring numbers to what is declared: lock, observe, plan, take one step, observe, plan again, report.

Every step is planned from what was observed in this run, after the number was locked. What a step did is taken from its
answer, or else from reading again; where neither tells, it is called unknown.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils import _lifecycle as life
from ansible_collections.chatapp.cams.plugins.module_utils import _phone
from ansible_collections.chatapp.cams.plugins.module_utils._api import client as api
from ansible_collections.chatapp.cams.plugins.module_utils._api import operations
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import ApiError, CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._journal import Entry, Journal, JournalError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Answer, Effect, Outcome, Phase, Step
from ansible_collections.chatapp.cams.plugins.module_utils._locks import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._numbers import (
    Row,
    answer_of,
    observed,
    read_rows,
    read_verification,
)

FIRST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 15.0
_EFFECT_OF = {
    api.Outcome.ANSWERED: Effect.DONE,
    api.Outcome.REFUSED: Effect.REFUSED,
    api.Outcome.THROTTLED: Effect.NOT_MADE,
    api.Outcome.NOT_SENT: Effect.NOT_MADE,
    api.Outcome.UNKNOWN: Effect.UNKNOWN,
}
_NOT_SETTLED = (Effect.REFUSED, Effect.UNKNOWN)


@dataclass(frozen=True)
class Action:
    """A step as it was taken, or as it is planned."""

    action: str
    outcome: str
    request_id: str = ""


@dataclass(frozen=True)
class Problem:
    """What went wrong: a sentence for a person, and the API's error, or one of ours where the API did not answer."""

    sentence: str
    error: dict[str, Any]

    @classmethod
    def of(cls, code: str, sentence: str, error: ApiError | None = None) -> Problem:
        return cls(sentence, error.as_dict() if error else {"code": code, "message": sentence, "request_id": ""})


@dataclass
class NumberResult:
    """How one number ended this run."""

    declaration: life.Declaration
    outcome: Outcome
    previous_phase: Phase | None = None
    phase: Phase | None = None
    changed: bool = False
    actions: list[Action] = field(default_factory=list)
    next_action: str = ""
    remarks: tuple[str, ...] = ()
    problem: Problem | None = None
    before: Row | None = None
    number: Row | None = None
    # Where the phase would be after the planned steps; in a run that takes them it is the phase.
    goal: Phase | None = None

    @property
    def failed(self) -> bool:
        return self.outcome in (Outcome.FAILED, Outcome.UNKNOWN)

    def as_dict(self) -> dict[str, Any]:
        result: dict[str, Any] = {
            "phone_number": self.declaration.phone_number,
            "cust_space_id": self.declaration.cust_space_id,
            "state": self.declaration.state.value,
            "previous_phase": self.previous_phase.value if self.previous_phase else None,
            "phase": self.phase.value if self.phase else None,
            "outcome": self.outcome.value,
            "changed": self.changed,
            "actions": [vars(action) for action in self.actions],
            "next_action": self.next_action,
            "number": self.number,
        }
        return {**result, "error": self.problem.error} if self.problem else result


class Space:
    """The rows of one space, as last read in this run."""

    def __init__(self, client: api.Client, cust_space_id: str) -> None:
        self._client = client
        self._parameters = {"CustSpaceId": cust_space_id}
        self.rows: dict[str, Row] = {}
        self.refreshed = False
        self.query()

    def query(self) -> None:
        self.rows = {
            row["phone_number"]: row for row in read_rows(self._client, operations.QUERY_NUMBERS, self._parameters)
        }

    def refresh(self) -> None:
        """Make the service look anew, then query."""
        self._client.call(operations.SYNC, self._parameters).answer()
        self.query()
        self.refreshed = True


@dataclass
class _Work:
    """One number under way."""

    declaration: life.Declaration
    space: Space
    observation: life.Observation
    limits: life.Limits
    plan: life.Plan
    before: Row | None
    previous_phase: Phase
    taken: dict[Step, Effect] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    problem: Problem | None = None
    register_entry: Entry | None = None
    # Of all plans of this run, each once, in the order in which they came.
    remarks: dict[str, None] = field(default_factory=dict)

    def take_row(self) -> None:
        """The row as the space was last queried; the verification status stays as it was read."""
        self.observation = observed(self.space.rows.get(self.declaration.phone_number), self.observation.answer)

    def replan(self) -> None:
        self.plan = life.plan(self.declaration, self.observation, self.taken, self.limits)
        self.remarks.update(dict.fromkeys(self.plan.remarks))


class Reconciler:
    """One run over numbers."""

    def __init__(
        self,
        client: api.Client,
        journal: Journal,
        locks: NumberLocks | None,
        *,
        check_mode: bool = False,
        wait_timeout: float = 120,
        lock_timeout: float = 30,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._journal = journal
        self._locks = locks
        self._check_mode = check_mode
        self._wait_timeout = wait_timeout
        self._lock_timeout = lock_timeout
        self._sleep = sleep
        self._clock = clock
        self._spaces: dict[str, Space | CamsError] = {}

    def run(self, declarations: Sequence[life.Declaration]) -> list[NumberResult]:
        """Results in the order of the declarations. Nothing is observed before its number is locked."""
        owners: dict[str, str] = {}
        if self._locks is not None:
            owners = self._locks.acquire([d.phone_number for d in declarations], self._lock_timeout)
        self._journal.load()
        ended = [self._start(declaration, owners.get(declaration.phone_number)) for declaration in declarations]
        under_way = [work for work in ended if isinstance(work, _Work)]
        if not self._check_mode:
            for work in under_way:
                self._advance(work)
            self._await_connections(under_way)
            self._look_again(under_way)
        return [self._result(work) if isinstance(work, _Work) else work for work in ended]

    # --- observe and plan ---

    def _start(self, declaration: life.Declaration, owner: str | None) -> _Work | NumberResult:
        if owner is not None:
            message = f"Another run works on {declaration.phone_number}: {owner}. Waited {self._lock_timeout:.0f} s."
            return _failure(declaration, "Locked", message, "Run again when that run has ended.")
        space = self._space(declaration.cust_space_id)
        if isinstance(space, CamsError):
            return _failure(declaration, "NoAnswer", space.message, "Nothing was written. Run again.", space.error)
        try:
            return self._observed(declaration, space)
        except JournalError as error:
            return _failure(declaration, "JournalNotWritable", error.message, "Nothing was written. Run again.")
        except CamsError as error:
            return _failure(declaration, "NoAnswer", error.message, "Nothing was written. Run again.", error.error)

    def _space(self, cust_space_id: str) -> Space | CamsError:
        if cust_space_id not in self._spaces:
            try:
                self._spaces[cust_space_id] = Space(self._client, cust_space_id)
            except CamsError as error:
                self._spaces[cust_space_id] = error
        return self._spaces[cust_space_id]

    def _observed(self, declaration: life.Declaration, space: Space) -> _Work:
        before = space.rows.get(declaration.phone_number)
        status = before["status"] if before else None
        if declaration.reclaim and life.can_be_reclaimed(status) and not self._check_mode and not space.refreshed:
            # An earlier reclaim may not show before a sync, and a second one would send a second code.
            space.refresh()
        observation = self._observe(declaration, space)
        self._settle_open_entries(declaration, observation)
        limits = self._journal.limits(declaration.phone_number, declaration.code)
        plan = life.plan(declaration, observation, {}, limits)
        if life.CODE_BEFORE_INITIATE in plan.remarks and declaration.code and not self._check_mode:
            self._journal.refuse_code(declaration.cust_space_id, declaration.phone_number, declaration.code)
        remarks = dict.fromkeys(plan.remarks)
        return _Work(declaration, space, observation, limits, plan, before, plan.phase, remarks=remarks)

    def _observe(self, declaration: life.Declaration, space: Space, *, always_read: bool = False) -> life.Observation:
        """The row as last queried, and the verification status where the row leaves it open; raises without one."""
        row = space.rows.get(declaration.phone_number)
        if not always_read and not life.needs_verification_status(row["status"] if row else None):
            return observed(row)
        word = read_verification(self._client, declaration.cust_space_id, declaration.phone_number)
        return observed(row, answer_of(word))

    def _settle_open_entries(self, declaration: life.Declaration, observation: life.Observation) -> None:
        """What a killed run left open is unknown; where reading tells, it is settled."""
        if self._check_mode:
            return
        for entry in self._journal.open_entries(declaration.phone_number):
            self._journal.conclude(entry, life.settled(entry.step, Effect.UNKNOWN, observation))

    # --- take steps ---

    def _advance(self, work: _Work) -> None:
        """Take the first step of the plan and plan again, until no step is left."""
        while work.plan.steps:
            step = work.plan.steps[0]
            if step is Step.REGISTER and not work.space.refreshed and not self._refreshed(work):
                return
            if work.plan.steps and work.plan.steps[0] is step:
                self._take(work, step)
                work.replan()

    def _refreshed(self, work: _Work) -> bool:
        """Sync and query before a register: the number may be connected already."""
        try:
            work.space.refresh()
        except CamsError as error:
            work.problem = Problem.of("NoAnswer", error.message, error.error)
            work.plan = life.Plan(work.plan.phase, Outcome.FAILED, next_action="Nothing was registered. Run again.")
            return False
        work.take_row()
        work.replan()
        return True

    def _take(self, work: _Work, step: Step) -> None:
        effect = self._call(work, step)
        if step is Step.INITIATE and effect is Effect.UNKNOWN and life.phase_of(work.observation) is Phase.ABSENT:
            # The reading that followed answered that it did not happen: one more try.
            effect = self._call(work, step)
        work.taken[step] = effect
        if step is Step.INITIATE and effect is Effect.DONE and work.observation.answer is not Answer.VERIFIED:
            self._reobserve(work, always_read=True)

    def _call(self, work: _Work, step: Step) -> Effect:
        """Write down, call, settle by reading where the answer does not tell, write down."""
        declaration = work.declaration
        code = (declaration.code or "") if step is Step.VERIFY else ""
        try:
            entry = self._journal.intend(declaration.cust_space_id, declaration.phone_number, step, code)
        except JournalError as error:
            return self._not_made(work, step, Problem.of("JournalNotWritable", error.message))
        try:
            result = self._client.call(*_call_of(step, declaration))
        except CamsError as error:
            # Whatever is raised, such as credentials that ran out, is raised before anything is sent.
            self._journal.conclude(entry, Effect.NOT_MADE)
            return self._not_made(work, step, Problem.of("NotSent", error.message, error.error))
        effect = _EFFECT_OF[result.outcome]
        if effect is not Effect.DONE:
            work.problem = Problem.of(_local_code(result), result.reason, result.error)
        if effect in _NOT_SETTLED:
            self._reobserve(work, refresh=True)
            effect = life.settled(step, effect, work.observation)
        if effect in (Effect.DONE, Effect.EARLIER):
            work.problem = None
        request_id = result.error.request_id if result.error else result.request_id
        if step is Step.REGISTER and effect is Effect.UNKNOWN:
            work.register_entry = entry
        else:
            self._journal.conclude(entry, effect, request_id, result.error.code if result.error else "")
        work.actions.append(Action(step.value, effect.value, request_id))
        return effect

    @staticmethod
    def _not_made(work: _Work, step: Step, problem: Problem) -> Effect:
        work.problem = problem
        work.actions.append(Action(step.value, Effect.NOT_MADE.value))
        return Effect.NOT_MADE

    def _reobserve(self, work: _Work, *, refresh: bool = False, always_read: bool = False) -> None:
        try:
            if refresh:
                work.space.refresh()
            work.observation = self._observe(work.declaration, work.space, always_read=always_read)
        except CamsError:
            work.observation = replace(work.observation, answer=Answer.NO_ANSWER)

    # --- wait for connections ---

    def _await_connections(self, works: Sequence[_Work]) -> None:
        """Poll each space with growing intervals, once for all its numbers that wait."""
        waiting = [work for work in works if self._waits(work)]
        deadline, pause = self._clock() + self._wait_timeout, FIRST_POLL_SECONDS
        while waiting and self._clock() + pause <= deadline:
            self._sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL_SECONDS)
            for space in {id(work.space): work.space for work in waiting}.values():
                self._poll(space, [work for work in waiting if work.space is space])
            waiting = [work for work in waiting if self._waits(work)]
        for work in works:
            if work.register_entry is not None:
                self._journal.conclude(work.register_entry, work.taken[Step.REGISTER], work.actions[-1].request_id)

    def _poll(self, space: Space, works: Sequence[_Work]) -> None:
        try:
            space.refresh()
        except CamsError:
            return
        for work in works:
            work.take_row()
            effect = life.settled(Step.REGISTER, work.taken[Step.REGISTER], work.observation)
            if effect is not work.taken[Step.REGISTER]:
                work.taken[Step.REGISTER] = effect
                work.actions[-1] = Action(Step.REGISTER.value, effect.value, work.actions[-1].request_id)
                work.problem = None
            work.replan()

    @staticmethod
    def _waits(work: _Work) -> bool:
        registered = work.taken.get(Step.REGISTER) in (Effect.DONE, Effect.UNKNOWN)
        return registered and work.plan.outcome in (Outcome.AWAITING_CONNECTION, Outcome.UNKNOWN)

    # --- report ---

    @staticmethod
    def _look_again(works: Sequence[_Work]) -> None:
        """Query the spaces that were not read since a step was taken in them, so that rows are reported as they are."""
        stale = {id(work.space): work.space for work in works if work.taken and Step.REGISTER not in work.taken}
        for space in stale.values():
            with contextlib.suppress(CamsError):
                space.query()

    def _result(self, work: _Work) -> NumberResult:
        planned = self._check_mode and bool(work.plan.steps)
        return NumberResult(
            work.declaration,
            Outcome.PLANNED if planned else work.plan.outcome,
            previous_phase=work.previous_phase,
            phase=work.plan.phase,
            changed=planned or Effect.DONE in work.taken.values(),
            actions=[Action(step.value, "planned") for step in work.plan.steps] if self._check_mode else work.actions,
            next_action=work.plan.next_action,
            remarks=tuple(work.remarks),
            problem=work.problem,
            before=work.before,
            number=work.space.rows.get(work.declaration.phone_number),
            goal=work.plan.goal if planned else work.plan.phase,
        )


def _call_of(step: Step, declaration: life.Declaration) -> tuple[operations.Operation, dict[str, str]]:
    space = {"CustSpaceId": declaration.cust_space_id}
    if step is Step.INITIATE:
        country, national = _phone.split(declaration.phone_number)
        return operations.INITIATE, {**space, "CountryCode": country, "MobileNumber": national}
    number = {**space, "PhoneNumber": _phone.to_wire(declaration.phone_number)}
    if step is Step.REQUEST_CODE:
        delivery = {"Locale": declaration.code_locale, "Method": declaration.code_method}
        return operations.REQUEST_CODE, {**number, **delivery}
    if step is Step.VERIFY:
        return operations.VERIFY, {**number, "VerifyCode": declaration.code or ""}
    return operations.REGISTER, number


def _local_code(result: api.CallResult) -> str:
    return "NotSent" if result.outcome in (api.Outcome.NOT_SENT, api.Outcome.THROTTLED) else "NoAnswer"


def _failure(
    declaration: life.Declaration, code: str, message: str, next_action: str, error: ApiError | None = None
) -> NumberResult:
    return NumberResult(declaration, Outcome.FAILED, problem=Problem.of(code, message, error), next_action=next_action)
