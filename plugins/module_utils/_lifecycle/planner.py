# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner: it decides which steps a number still needs. Pure code: no I/O, no clock.

A declaration says how far a number should be, and an observation says how far it is. The planner compares the two. It
also uses the steps that this run has made and what the journal remembers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.ending import Ending
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Declaration,
    Effect,
    Limits,
    Observation,
    Outcome,
    Phase,
    State,
    Step,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import (
    AFTER_UNKNOWN,
    CODE_AND_RESEND,
    CODE_WAS_TRIED,
    CONTRADICTION,
    STATUS_NOT_READ,
    USE_RESEND,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import (
    can_be_reclaimed,
    is_verified,
    phase_of,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.situation import Situation
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import (
    ALLOWED,
    CONNECTED_PHASES,
    LEADS_TO,
    NO_READING,
    REFUSALS,
    STEPS,
    Trigger,
)


@dataclass(frozen=True)
class Plan:
    """The steps that are left, how the number ends when they succeed, and what to do next."""

    phase: Phase
    outcome: Outcome
    steps: tuple[Step, ...] = ()
    next_action: str = ""
    # One sentence for each option that was given and not used.
    remarks: tuple[str, ...] = ()
    # The steps that follow once the number has its code.
    later: tuple[Step, ...] = ()

    @property
    def goal(self) -> Phase:
        """Return the phase that the steps lead to."""
        leading = [step for step in self.steps if step in LEADS_TO]
        return LEADS_TO[leading[-1]] if leading else self.phase


def may_have_steps(declaration: Declaration, observation: Observation, limits: Limits) -> bool:
    """Return whether the plan can have steps after the verification status is read."""
    readings = (
        VerificationReading.NO_SUCH_NUMBER,
        VerificationReading.REFUSED,
        VerificationReading.NOT_VERIFIED,
        VerificationReading.VERIFIED,
    )
    return any(make_plan(declaration, replace(observation, reading=reading), {}, limits).steps for reading in readings)


def make_plan(
    declaration: Declaration,
    observation: Observation,
    taken: Mapping[Step, Effect] | None = None,
    limits: Limits | None = None,
) -> Plan:
    """Return the plan of a number. ``taken`` are the steps that this run has made, with their effects."""
    plan = _Planner(declaration, observation, taken or {}, limits or Limits()).make_plan()
    waits_for_code = plan.outcome is Outcome.AWAITING_CODE
    return replace(plan, later=steps_after_code(declaration, observation)) if waits_for_code else plan


def steps_after_code(declaration: Declaration, observation: Observation) -> tuple[Step, ...]:
    """Return the steps to the declared state of a number that is initiated and gets its code."""
    steps = tuple(step for step in STEPS[Phase.INITIATED][Trigger.CODE] if step in ALLOWED[declaration.state])
    needs_webhook = observation.webhook_shown is False and Step.REGISTER in steps
    return (*steps, Step.SET_WEBHOOK) if needs_webhook else steps


@dataclass(frozen=True)
class _Planner(Situation):
    """Makes the plan of one number."""

    def make_plan(self) -> Plan:
        phase = self._known_phase()
        obstacle = self._plan_without_steps(phase)
        if obstacle:
            return obstacle
        row = STEPS[phase]
        steps = row.get(self._trigger(phase), row[Trigger.NOTHING])
        steps = tuple(step for step in steps if step in ALLOWED[self.declared.state])
        if any(step in self.taken for step in steps if step in (Step.INITIATE, Step.VERIFY)):
            return Plan(phase, Outcome.UNKNOWN, next_action=CONTRADICTION)
        ending = self._make_ending()
        if ending.waits_for_owner(steps):
            remarks = ending.remarks_while_waiting_for_owner()
            return Plan(phase, Outcome.AWAITING_OWNER, next_action=self.declared.why_not_ready, remarks=remarks)
        left = tuple(step for step in steps if step not in self.taken and not self._is_forbidden(step))
        outcome, next_action = ending.outcome_and_next_action(phase, steps, left)
        return Plan(phase, outcome, left + self._webhook_steps(phase, left), next_action, ending.remarks(phase, steps))

    def _make_ending(self) -> Ending:
        return Ending(self.declared, self.observed, self.taken, self.limits)

    def _webhook_steps(self, phase: Phase, left: tuple[Step, ...]) -> tuple[Step, ...]:
        """Set the webhook after the register, or if the row of a connected number shows another webhook."""
        connected = phase in CONNECTED_PHASES or Step.REGISTER in left
        is_needed = connected and self.observed.webhook_shown is False and Step.SET_WEBHOOK not in self.taken
        return (Step.SET_WEBHOOK,) if is_needed else ()

    # --- the phase ---

    def _known_phase(self) -> Phase:
        """Return the observed phase, or a later phase that this run or memory knows."""
        observed = phase_of(self.observed)
        may_lag = observed in (Phase.ABSENT, Phase.NOT_KNOWN) or self._has_moved_away(observed)
        if not may_lag and observed is not Phase.INITIATED:
            return observed
        if self._is_done(Step.VERIFY) or self._is_verified_in_memory():
            return Phase.VERIFIED
        if may_lag and self._is_under_way():
            return Phase.VERIFIED if is_verified(self.observed) else Phase.INITIATED
        if self._has_moved_away(observed) and self.declared.reclaim and self.declared.code:
            # A code proves that a migration was started, so the verification status is about that migration.
            return Phase.VERIFIED if self.observed.reading is VerificationReading.VERIFIED else observed
        return observed

    def _is_under_way(self) -> bool:
        """Return whether this run or memory knows of an initiate that the cloud does not show."""
        if self._was_initiated_here or self._is_done(Step.REQUEST_CODE):
            return True
        return self.limits.memory.is_under_way and Step.INITIATE not in self.taken and not self._may_start_again()

    def _may_start_again(self) -> bool:
        """Return whether reclaim may start a migration again that memory knows: somebody may have cancelled it.

        While an old row or an unclear refusal hides whether it was cancelled, resend must name the number too.
        """
        if not self.declared.reclaim or self.declared.code:
            return False
        return phase_of(self.observed) is Phase.ABSENT or self.declared.resend

    def _is_verified_in_memory(self) -> bool:
        return self.limits.memory.verified and self.observed.reading in REFUSALS and not self._may_start_again()

    # --- what ends a run early ---

    def _plan_without_steps(self, phase: Phase) -> Plan | None:
        """Return the plan if the run of the number ends here, without the table of steps; else None."""
        for step, effect in self.taken.items():
            if effect is Effect.UNKNOWN:
                return Plan(phase, Outcome.UNKNOWN, next_action=AFTER_UNKNOWN[step])
            refused = effect in (Effect.REFUSED, Effect.NOT_MADE)
            if refused and not (step is Step.INITIATE and self._resend_overrules_the_refusal()):
                return Plan(
                    phase, Outcome.FAILED, next_action=self._make_ending().next_action_after_failure(step, effect)
                )
        if self.declared.state is State.INITIATED:
            return None
        if phase is Phase.INITIATED and self.observed.reading in NO_READING:
            # Before a send, the status read must answer.
            if self._was_initiated_here:
                return Plan(phase, Outcome.AWAITING_CODE, next_action=f"{STATUS_NOT_READ} {USE_RESEND}")
            return Plan(phase, Outcome.FAILED, next_action=f"{STATUS_NOT_READ} Run again.")
        if Step.VERIFY not in STEPS[phase].get(self._trigger(phase), ()):
            return None
        if self.declared.resend:
            return Plan(phase, Outcome.FAILED, next_action=CODE_AND_RESEND)
        if self.limits.code_was_tried:
            return Plan(phase, Outcome.FAILED, next_action=f"{CODE_WAS_TRIED} {USE_RESEND}")
        return None

    # --- the column of the table ---

    def _trigger(self, phase: Phase) -> Trigger:
        """Return the column of the table of steps. A code or resend does not apply to an initiate of this run."""
        if phase is Phase.HALTED and not can_be_reclaimed(self.observed.status):
            return Trigger.NOTHING
        if Step.INITIATE in self.taken:
            return self._trigger_after_initiate()
        if Step.REQUEST_CODE in self.taken:
            return Trigger.NOTHING
        if self._is_reclaimed(phase):
            return Trigger.RECLAIM_AND_CODE if self._code_may_be_submitted(phase) else Trigger.RECLAIM
        if phase is Phase.HALTED:
            return Trigger.NOTHING
        if self.declared.code:
            return Trigger.CODE if self._code_may_be_submitted(phase) else Trigger.NOTHING
        return Trigger.RESEND if self.declared.resend else Trigger.NOTHING

    def _trigger_after_initiate(self) -> Trigger:
        allows_code = self._is_done(Step.INITIATE) or self._resend_overrules_the_refusal()
        return Trigger.OWN_INITIATE if allows_code else Trigger.NOTHING

    def _is_reclaimed(self, phase: Phase) -> bool:
        if not self.declared.reclaim:
            return False
        return phase in (Phase.HALTED, Phase.NOT_KNOWN) or (phase is Phase.ABSENT and self.limits.memory.is_under_way)

    def _code_may_be_submitted(self, phase: Phase) -> bool:
        """Return whether the code may belong to a migration that has started, even if no read shows it."""
        may_be_under_way = phase is Phase.INITIATED or self.observed.reading is not VerificationReading.NO_SUCH_NUMBER
        return bool(self.declared.code) and may_be_under_way and self.declared.state is not State.INITIATED

    def _is_forbidden(self, step: Step) -> bool:
        """Return whether the journal, or the read after this run's initiate, forbids the step."""
        if step is Step.REGISTER:
            return bool(self.limits.register)
        return step is Step.REQUEST_CODE and (bool(self.limits.code_request) or self._code_request_is_too_early())

    def _code_request_is_too_early(self) -> bool:
        """Without resend, a code is requested only after an initiate that the next read confirms.

        A user may name a number in reclaim in every run, so a reclaim also needs a journal without a code request.
        A store that may have forgotten code requests needs resend in any case.
        """
        if self.declared.resend:
            return False
        if self.limits.code_needs_resend:
            return True
        memory = self.limits.memory
        if self.declared.reclaim and (memory.code_requested or not memory.exists):
            return True
        return Step.INITIATE in self.taken and self.observed.reading is not VerificationReading.NOT_VERIFIED
