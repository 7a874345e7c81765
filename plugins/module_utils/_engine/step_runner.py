# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Observes one number, plans, takes one step, and observes and plans again."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from ansible_collections.chatapp.cams.plugins.module_utils._api import client as api
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import read_health
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import (
    Refusal,
    StatusResponse,
    read_verification,
)
from ansible_collections.chatapp.cams.plugins.module_utils._engine.api_steps import EFFECT_OF, call_of, local_code
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun, observation_of
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, Problem, failure
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import model, next_actions, observing, table
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Effect,
    Observation,
    Outcome,
    Phase,
    Step,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Plan
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import JournalError
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal

_NOT_SETTLED = (Effect.REFUSED, Effect.UNKNOWN)


_NOTHING_WRITTEN = "Nothing was written. Run again."


# Seconds between the readings of a number that was just initiated and is not shown yet.
LATE_PAUSES = (1.0, 2.0, 4.0)


class StepRunner:
    """Observes numbers and takes their steps. Safe for threads, one number in each."""

    def __init__(
        self,
        client: api.Client,
        journal: Journal,
        unknown_numbers: UnknownNumbers,
        *,
        check_mode: bool,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._client = client
        self._journal = journal
        self._unknown = unknown_numbers
        self._check_mode = check_mode
        self._sleep = sleep or client.pause

    # --- observe and plan ---

    def begin(self, declaration: model.Declaration, space: Space) -> NumberRun:
        """What the space's rows show. The plan is left open where only the verification status shows more."""
        before = space.rows.get(declaration.phone_number)
        work = NumberRun(declaration, space, before, observation_of(declaration, before))
        status = before["status"] if before else None
        if observing.needs_verification_status(status) or observing.can_be_reclaimed(status):
            work.limits = self._journal.limits(declaration.phone_number, declaration.code)
        if not self._needs_status(work) and not self._may_be_reclaimed(work):
            self._plan(work)
        return work

    def look(self, work: NumberRun, *, compare: bool = False) -> None:
        """Read what the rows leave open, and plan. ``compare`` reads a control number where that is needed."""
        declaration, space = work.declaration, work.space
        try:
            if self._may_be_reclaimed(work) and not space.refreshed:
                # An earlier reclaim may not show before a sync, and a second one would send a second code.
                space.refresh()
            self._observe(work)
            unconfirmed = work.rests_on_an_unconfirmed_refusal and work.refusal is not None
            if work.refusal is not None and unconfirmed and (compare or self._check_mode):
                reading = self._unknown.compare_once(declaration.cust_space_id, work.refusal, space.rows)
                work.observation = replace(work.observation, reading=reading)
        except CamsError as error:
            work.ended = failure(declaration, "NoAnswer", error.message, _NOTHING_WRITTEN, error.error)
            return
        self._plan(work)

    def _needs_status(self, work: NumberRun) -> bool:
        """Whether the phase depends on the verification status: without it, or where an old row may hide it."""
        status = work.observation.status
        if observing.needs_verification_status(status):
            return True
        names_a_code = work.declaration.reclaim and bool(work.declaration.code)
        return observing.can_be_reclaimed(status) and (work.limits.memory.under_way or names_a_code)

    def _may_be_reclaimed(self, work: NumberRun) -> bool:
        """Whether the row has to be synced first, since it may be the one of before an earlier reclaim."""
        can_be = work.declaration.reclaim and observing.can_be_reclaimed(work.observation.status)
        return can_be and not self._check_mode

    def _plan(self, work: NumberRun) -> None:
        declaration = work.declaration
        self._settle_open_entries(declaration, work.observation)
        work.limits = self._journal.limits(declaration.phone_number, declaration.code)
        if (
            work.limits.memory.under_way
            and observing.phase_of(work.observation) in table.CONNECTED_PHASES
            and not self._check_mode
        ):
            self._note_connected(declaration)
        plan = work.replan()
        work.previous_phase = plan.phase
        work.digest = _digest(declaration, work.observation, plan)

    def _note_connected(self, declaration: model.Declaration) -> None:
        # A journal that cannot be written stops a write; here there is none.
        with contextlib.suppress(JournalError):
            self._journal.note_connected(declaration.cust_space_id, declaration.phone_number)

    def _observe(self, work: NumberRun, *, always_read: bool = False) -> None:
        """The row as last queried, and the verification status where the row leaves it open; raises without one."""
        declaration = work.declaration
        row = work.space.rows.get(declaration.phone_number)
        work.observation = observation_of(declaration, row)
        if not always_read and not self._needs_status(work):
            return
        response = read_verification(self._client, declaration.cust_space_id, declaration.phone_number)
        work.refusal = response.refusal
        work.observation = observation_of(declaration, row, self._unknown.reading_of(response))

    def _settle_open_entries(self, declaration: model.Declaration, observation: Observation) -> None:
        """What a killed run left open is unknown; where reading shows its effect, it is settled."""
        if self._check_mode:
            return
        for entry in self._journal.open_entries(declaration.phone_number):
            self._journal.conclude(
                entry, observing.effect_after_reading(entry.step, Effect.UNKNOWN, observation).recorded
            )

    def read_health(self, work: NumberRun) -> None:
        """Whether a number that serves can send."""
        declaration = work.declaration
        try:
            work.health = read_health(self._client, declaration.cust_space_id, declaration.phone_number)
        except CamsError as error:
            work.remarks[f"Whether it can send is not known. {error.message}"] = None

    # --- take steps ---

    def advance(self, work: NumberRun, plan: Plan) -> None:
        """Take the steps of the plan. One that rests on an unconfirmed refusal has to teach, or to wait for that."""
        not_under_way = plan.phase in (Phase.ABSENT, Phase.NOT_KNOWN)
        if not (plan.steps and not_under_way and work.rests_on_an_unconfirmed_refusal):
            self._take_steps(work, plan)
            return
        with self._unknown.confirmation_lock:
            if self._client.stopped:
                return
            try:
                self._study(work)
            except CamsError as error:
                work.ended = failure(work.declaration, "NoAnswer", error.message, _NOTHING_WRITTEN, error.error)
                return
            if not work.held_back:
                self._take_steps(work, work.replan())

    def _study(self, work: NumberRun) -> None:
        """Find out whether the refusal means an unknown number. The lesson is held."""
        declaration, refusal = work.declaration, work.refusal
        if refusal is None:
            return
        if self._unknown.is_learnt(refusal):
            work.observation = replace(work.observation, reading=VerificationReading.NO_SUCH_NUMBER)
            return
        if self._unknown.why_not_confirmed and not (declaration.code or declaration.resend or declaration.reclaim):
            work.held_back = self._unknown.why_not_confirmed
            return
        response, reading = self._unknown.compare_repeatedly(
            declaration.cust_space_id, declaration.phone_number, refusal, work.space.rows
        )
        work.refusal = response.refusal
        work.observation = replace(work.observation, reading=reading)

    def _take_steps(self, work: NumberRun, plan: Plan) -> None:
        """Take the first step of the plan and plan again, until no step is left."""
        declaration = work.declaration
        if next_actions.CODE_BEFORE_INITIATE in plan.remarks and declaration.code:
            try:
                self._journal.refuse_code(declaration.cust_space_id, declaration.phone_number, declaration.code)
            except JournalError as error:
                work.ended = failure(declaration, "JournalNotWritable", error.message, _NOTHING_WRITTEN)
                return
        while plan.steps:
            step = plan.steps[0]
            if step is Step.REGISTER and not work.space.refreshed:
                # The number may be connected already.
                if not self._refreshed(work):
                    return
                plan = work.replan()
            if plan.steps and plan.steps[0] is step:
                self.take(work, step)
                plan = work.replan()

    def _refreshed(self, work: NumberRun) -> bool:
        try:
            work.space.refresh()
        except CamsError as error:
            work.problem = Problem.of("NoAnswer", error.message, error.error)
            phase = work.plan.phase if work.plan else Phase.VERIFIED
            work.plan = Plan(phase, Outcome.FAILED, next_action="Nothing was registered. Run again.")
            return False
        work.take_row()
        return True

    def take(self, work: NumberRun, step: Step) -> None:
        """Take a step, whatever the plan says."""
        unconfirmed = work.refusal if step is Step.INITIATE and work.rests_on_an_unconfirmed_refusal else None
        effect = self._call(work, step)
        if effect is Effect.UNKNOWN and _is_proved_undone(step, work.observation):
            # The reading that followed answered that it did not happen: one more try.
            effect = self._call(work, step)
        work.taken[step] = effect
        if step is not Step.INITIATE or effect is not Effect.DONE:
            return
        if work.observation.reading is not VerificationReading.VERIFIED:
            self._reobserve_new(work, read_alone=unconfirmed is not None)
        if unconfirmed is not None:
            self._confirm(work, unconfirmed)

    def _confirm(self, work: NumberRun, refusal: Refusal) -> None:
        """Learn from an accepted initiate how an unknown number is refused, or say that it could not be learnt."""
        reading = work.observation.reading
        if reading in (VerificationReading.LIKE_NO_SUCH_NUMBER, VerificationReading.REFUSED):
            self._unknown.why_not_confirmed = (
                f"{work.declaration.phone_number} was initiated, and the service still refuses to show its status, so"
                " it does not show whether other numbers are initiated. Name the number that was initiated in resend."
            )
        elif reading in (VerificationReading.NOT_VERIFIED, VerificationReading.VERIFIED):
            confirmed = self._unknown.confirm(work.declaration.cust_space_id, refusal, work.space.rows)
            if not confirmed and reading is VerificationReading.NOT_VERIFIED:
                work.observation = replace(work.observation, reading=VerificationReading.NOT_CONFIRMED)

    def _call(self, work: NumberRun, step: Step) -> Effect:
        """Write down, call, settle by reading where the answer does not tell, write down."""
        declaration = work.declaration
        code = (declaration.code or "") if step is Step.VERIFY else ""
        try:
            entry = self._journal.intend(declaration.cust_space_id, declaration.phone_number, step, code)
        except JournalError as error:
            return self._not_made(work, step, Problem.of("JournalNotWritable", error.message))
        try:
            result = self._client.call(*call_of(step, work))
        except CamsError as error:
            # Whatever is raised, such as credentials that ran out, is raised before anything is sent.
            self._journal.conclude(entry, Effect.NOT_MADE)
            return self._not_made(work, step, Problem.of("NotSent", error.message, error.error))
        if step is not Step.REQUEST_CODE:
            work.space.note_change()
        effect = EFFECT_OF[result.outcome]
        if effect is not Effect.DONE:
            work.problem = Problem.of(local_code(result), result.reason, result.error)
        if effect in _NOT_SETTLED:
            self._reobserve(work, refresh=True)
            effect = observing.effect_after_reading(step, effect, work.observation)
        if effect in (Effect.DONE, Effect.SEEN, Effect.EARLIER):
            work.problem = None
        request_id = result.error.request_id if result.error else result.request_id
        if step is Step.REGISTER and effect is Effect.UNKNOWN:
            work.register_entry = entry
        else:
            self._journal.conclude(entry, effect.recorded, request_id, result.error.code if result.error else "")
        work.actions.append(Action(step.value, effect.recorded.value, request_id))
        return effect

    @staticmethod
    def _not_made(work: NumberRun, step: Step, problem: Problem) -> Effect:
        work.problem = problem
        work.actions.append(Action(step.value, Effect.NOT_MADE.value))
        return Effect.NOT_MADE

    def _reobserve_new(self, work: NumberRun, *, read_alone: bool) -> None:
        """Read a number again that was just initiated: from its row where that shows enough, or else its own status.

        A service may take some seconds to show an initiate.
        """
        if not read_alone and work.space.read_new_numbers_together and self._row_tells(work):
            return
        for pause in (*LATE_PAUSES, None):
            self._reobserve(work, always_read=True)
            if work.refusal is None or pause is None or self._client.stopped:
                return
            self._sleep(pause)

    @staticmethod
    def _row_tells(work: NumberRun) -> bool:
        try:
            work.space.sync()
        except CamsError:
            return False
        row = work.space.rows.get(work.declaration.phone_number)
        word = row.get("code_verification_status") if row else None
        if row is None or not observing.is_under_way(row["status"]) or not word:
            return False
        work.refusal = None
        work.observation = observation_of(work.declaration, row, StatusResponse(str(word)).reading)
        return True

    def _reobserve(self, work: NumberRun, *, refresh: bool = False, always_read: bool = False) -> None:
        try:
            if refresh:
                work.space.refresh()
            self._observe(work, always_read=always_read)
        except CamsError:
            work.refusal = None
            work.observation = replace(work.observation, reading=VerificationReading.NO_ANSWER, webhook_shown=None)


def _is_proved_undone(step: Step, observation: Observation) -> bool:
    if step is Step.SET_WEBHOOK:
        return observation.webhook_shown is False
    return step is Step.INITIATE and observing.phase_of(observation) is Phase.ABSENT


def _digest(declaration: model.Declaration, observation: Observation, plan: Plan) -> str:
    """The same as long as the same is declared, observed and planned."""
    told = [
        declaration.cust_space_id,
        declaration.phone_number,
        declaration.state.value,
        observation.status,
        observation.row_verification,
        _same_for_a_plan(observation.reading).value,
        [step.value for step in plan.steps],
        declaration.webhook.parameters({}) if declaration.webhook else {},
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _same_for_a_plan(reading: VerificationReading) -> VerificationReading:
    """A plan stays valid when the refusal on which it rests is learnt meanwhile."""
    return VerificationReading.NO_SUCH_NUMBER if reading is VerificationReading.LIKE_NO_SUCH_NUMBER else reading
