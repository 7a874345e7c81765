# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Execute the planned steps of one number: write the intent to the journal, call, and read again if needed.

The answer of a call shows the effect of a step, or else the next read does. If neither shows it, the effect is unknown.
"""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.chatapp.cams.plugins.module_utils._api import client as api
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._engine.api_steps import (
    EFFECT_OF,
    call_for_step,
    own_error_code,
)
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.observer import Observer
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, Problem
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import next_actions, observing
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Declaration,
    Effect,
    Observation,
    Outcome,
    Phase,
    Step,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Plan
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import Entry, JournalError, StoreLostError
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal

STORE_LOST = "The steps that are listed were made, and no other. Run again when the store can be reached."
_NOT_SETTLED = (Effect.REFUSED, Effect.UNKNOWN)


class StepRunner:
    """Executes the steps of numbers. Safe for threads, one number in each."""

    def __init__(
        self, client: api.Client, journal: Journal, unknown_numbers: UnknownNumbers, observer: Observer
    ) -> None:
        self._client = client
        self._journal = journal
        self._unknown = unknown_numbers
        self._observer = observer

    def execute_plan(self, number_run: NumberRun, plan: Plan) -> None:
        """Execute the steps of the plan. A lost store ends them, and no later step is made."""
        try:
            self._confirm_and_execute(number_run, plan)
        except StoreLostError as error:
            if number_run.actions:
                number_run.fail("StoreLost", error.message, STORE_LOST)

    def _confirm_and_execute(self, number_run: NumberRun, plan: Plan) -> None:
        """Execute the steps of the plan. A plan that rests on an unconfirmed refusal must confirm it first."""
        not_under_way = plan.phase in (Phase.ABSENT, Phase.NOT_KNOWN)
        if not (plan.steps and not_under_way and number_run.rests_on_an_unconfirmed_refusal):
            self._execute_steps(number_run, plan)
            return
        if not self._uses_learnt_refusal(number_run):
            with self._unknown.confirmation_lock:
                # Another number may have taught it meanwhile.
                if not self._uses_learnt_refusal(number_run):
                    self._confirm_alone(number_run)
                    return
        self._execute_steps(number_run, number_run.replan())

    def _uses_learnt_refusal(self, number_run: NumberRun) -> bool:
        """Return whether the refusal is known by now to mean an unknown number, and use that for the number."""
        refusal = number_run.refusal
        if refusal is None or not self._unknown.is_learnt(refusal):
            return False
        number_run.observation = replace(number_run.observation, reading=VerificationReading.NO_SUCH_NUMBER)
        return True

    def _confirm_alone(self, number_run: NumberRun) -> None:
        """Confirm the refusal, execute the steps, and learn from them. The caller holds the confirmation lock."""
        if self._client.is_stopped:
            return
        try:
            self._interpret_refusal(number_run)
        except CamsError as error:
            number_run.fail("NoAnswer", error.message, next_actions.after_failed_read(error), error.error)
            return
        if not number_run.held_back:
            self._execute_steps(number_run, number_run.replan())

    def _interpret_refusal(self, number_run: NumberRun) -> None:
        """Find out whether the refusal means an unknown number. The caller holds the confirmation lock."""
        declaration, refusal = number_run.declaration, number_run.refusal
        if refusal is None:
            return
        if self._unknown.why_not_confirmed and not (declaration.code or declaration.resend or declaration.reclaim):
            number_run.held_back = self._unknown.why_not_confirmed
            return
        response, reading = self._unknown.compare_repeatedly(
            declaration.cust_space_id, declaration.phone_number, refusal, number_run.space.rows
        )
        number_run.refusal = response.refusal
        number_run.observation = replace(number_run.observation, reading=reading)

    def _execute_steps(self, number_run: NumberRun, plan: Plan) -> None:
        """Execute the first step of the plan and plan again, until no step is left."""
        declaration = number_run.declaration
        if next_actions.CODE_BEFORE_INITIATE in plan.remarks and declaration.code:
            try:
                self._journal.refuse_code(declaration.cust_space_id, declaration.phone_number, declaration.code)
            except JournalError as error:
                number_run.fail("JournalNotWritable", error.message, next_actions.NOTHING_WRITTEN)
                return
        while plan.steps:
            step = plan.steps[0]
            if step is Step.REGISTER and not number_run.space.refreshed:
                # The number may be connected already.
                if not self._refresh_row(number_run):
                    return
                plan = number_run.replan()
            if plan.steps and plan.steps[0] is step:
                self.execute(number_run, step)
                plan = number_run.replan()

    def _refresh_row(self, number_run: NumberRun) -> bool:
        try:
            number_run.space.refresh()
        except CamsError as error:
            number_run.problem = Problem.of("NoAnswer", error.message, error.error)
            phase = number_run.plan.phase if number_run.plan else Phase.VERIFIED
            number_run.plan = Plan(phase, Outcome.FAILED, next_action=next_actions.NOTHING_REGISTERED)
            return False
        number_run.update_row()
        return True

    def execute(self, number_run: NumberRun, step: Step) -> None:
        """Execute one step, without a look at the plan."""
        unconfirmed = (
            number_run.refusal if step is Step.INITIATE and number_run.rests_on_an_unconfirmed_refusal else None
        )
        effect = self._call_and_record(number_run, step)
        if effect is Effect.UNKNOWN and _is_proved_undone(step, number_run.observation):
            # A read shows that the step had no effect, so it is tried once more.
            effect = self._call_and_record(number_run, step)
        number_run.note_effect(step, effect)
        if step is Step.REQUEST_CODE:
            number_run.update_code_times(self._journal.limits(number_run.declaration.phone_number, None))
        if step is not Step.INITIATE or effect is not Effect.DONE:
            return
        if number_run.observation.reading is not VerificationReading.VERIFIED:
            self._observer.reobserve_new(number_run, read_alone=unconfirmed is not None)
        if unconfirmed is not None:
            self._learn_refusal(number_run, unconfirmed)

    def _learn_refusal(self, number_run: NumberRun, refusal: Refusal) -> None:
        """Learn from an accepted initiate how the service refuses an unknown number, or note that this failed."""
        reading = number_run.observation.reading
        if reading in (VerificationReading.LIKE_NO_SUCH_NUMBER, VerificationReading.REFUSED):
            self._unknown.why_not_confirmed = (
                f"The service accepted the initiate of {number_run.declaration.phone_number}, but still refuses to show"
                " its status. So a run cannot see whether other numbers are initiated. To request the code of the"
                f" initiated number, <<resend {number_run.declaration.phone_number}>>."
            )
        elif reading in (VerificationReading.NOT_VERIFIED, VerificationReading.VERIFIED):
            confirmed = self._unknown.confirm_refusal(
                number_run.declaration.cust_space_id, refusal, number_run.space.rows
            )
            if not confirmed and reading is VerificationReading.NOT_VERIFIED:
                number_run.observation = replace(number_run.observation, reading=VerificationReading.NOT_CONFIRMED)

    def _call_and_record(self, number_run: NumberRun, step: Step) -> Effect:
        """Write the intent, call, read again if the answer does not show the effect, and write the conclusion."""
        intent = Intent(self._journal, number_run.declaration, step)
        try:
            result = self._client.call(*call_for_step(step, number_run), intent.save_or_check)
        except StoreLostError:
            intent.conclude(Effect.NOT_MADE)
            raise
        except JournalError as error:
            intent.conclude(Effect.NOT_MADE)
            return self._note_step_not_made(number_run, step, Problem.of("JournalNotWritable", error.message))
        except CamsError as error:
            # Such an error, for example expired credentials, is raised before the request is sent.
            intent.conclude(Effect.NOT_MADE)
            return self._note_step_not_made(number_run, step, Problem.of("NotSent", error.message, error.error))
        if step is not Step.REQUEST_CODE:
            number_run.space.note_change()
        effect = EFFECT_OF[result.outcome]
        if effect is not Effect.DONE:
            number_run.problem = Problem.of(own_error_code(result), result.reason, result.error)
        if effect in _NOT_SETTLED:
            self._observer.reobserve(number_run, refresh=True)
            effect = observing.effect_after_reading(step, effect, number_run.observation)
        if effect in (Effect.DONE, Effect.SEEN, Effect.EARLIER):
            number_run.problem = None
        request_id = result.error.request_id if result.error else result.request_id
        if step is Step.REGISTER and effect is Effect.UNKNOWN:
            number_run.register_entry = intent.entry
        else:
            intent.conclude(effect.as_recorded, request_id, result.error.code if result.error else "")
        number_run.actions.append(Action(step.value, effect.as_recorded.value, request_id))
        return effect

    @staticmethod
    def _note_step_not_made(number_run: NumberRun, step: Step, problem: Problem) -> Effect:
        number_run.problem = problem
        number_run.actions.append(Action(step.value, Effect.NOT_MADE.value))
        return Effect.NOT_MADE


class Intent:
    """The journal's entry of one step, saved directly before its first request leaves."""

    def __init__(self, journal: Journal, declaration: Declaration, step: Step) -> None:
        self._journal = journal
        self._declaration = declaration
        self._step = step
        # None as long as no request was about to leave.
        self.entry: Entry | None = None

    def save_or_check(self) -> None:
        """Save the entry before the first request, and check it before each repeated one. Raises JournalError."""
        if self.entry is not None:
            self._journal.check(self.entry)
            return
        declared, step = self._declaration, self._step
        code = (declared.code or "") if step is Step.VERIFY else ""
        resend = declared.resend and step is Step.REQUEST_CODE
        self.entry = self._journal.intend(declared.cust_space_id, declared.phone_number, step, code, resend=resend)

    def conclude(self, effect: Effect, request_id: str = "", error_code: str = "") -> None:
        if self.entry is not None:
            self._journal.conclude(self.entry, effect, request_id, error_code)


def _is_proved_undone(step: Step, observation: Observation) -> bool:
    if step is Step.SET_WEBHOOK:
        return observation.webhook_shown is False
    return step is Step.INITIATE and observing.phase_of(observation) is Phase.ABSENT
