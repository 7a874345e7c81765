# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of a number, as pure code: no I/O, no clock.

A declaration says how far a number should be, and an observation says how far it is. From these two, from the steps of
this run and from memory, `plan` makes the steps that are left and says what the number then waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
    ADDED_BY_SOMEBODY,
    AFTER_FAILURE,
    AFTER_UNKNOWN,
    ALREADY_MIGRATING,
    CANCELLED,
    CODE_AND_RESEND,
    CODE_BEFORE_INITIATE,
    CODE_WAS_TRIED,
    CONTRADICTION,
    GIVE_THE_CODE,
    INITIATE_NOT_CONFIRMED,
    MAY_HAVE_ENDED,
    NAME_IT_IN_RESEND,
    NO_CODE_YET,
    RECLAIMED_WITHOUT_CODE,
    RUN_AGAIN_TO_SEE,
    STATUS_NOT_READ,
    STATUS_REFUSED,
    STATUS_REFUSED_AFTER_INITIATE,
    next_action_for,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import (
    can_be_reclaimed,
    is_verified,
    phase_of,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import (
    ALLOWED,
    CONNECTED_PHASES,
    LEADS_TO,
    NO_READING,
    REACHED,
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
    # What was given and not used, and why.
    remarks: tuple[str, ...] = ()

    @property
    def goal(self) -> Phase:
        """Where the steps lead."""
        leading = [step for step in self.steps if step in LEADS_TO]
        return LEADS_TO[leading[-1]] if leading else self.phase


def may_have_steps(declaration: Declaration, observation: Observation, limits: Limits) -> bool:
    """Whether a verification status that is still to be read can lead to a plan with steps."""
    readings = (
        VerificationReading.NO_SUCH_NUMBER,
        VerificationReading.REFUSED,
        VerificationReading.NOT_VERIFIED,
        VerificationReading.VERIFIED,
    )
    return any(plan(declaration, replace(observation, reading=reading), {}, limits).steps for reading in readings)


def plan(
    declaration: Declaration,
    observation: Observation,
    taken: Mapping[Step, Effect] | None = None,
    limits: Limits | None = None,
) -> Plan:
    """The steps from where a number stands to where it is declared."""
    return _Planner(declaration, observation, taken or {}, limits or Limits()).plan()


@dataclass(frozen=True)
class _Planner:
    declared: Declaration
    observed: Observation
    taken: Mapping[Step, Effect]
    limits: Limits

    def plan(self) -> Plan:
        phase = self._phase()
        obstacle = self._obstacle(phase)
        if obstacle:
            return obstacle
        row = STEPS[phase]
        steps = row.get(self._given(phase), row[Trigger.NOTHING])
        steps = tuple(step for step in steps if step in ALLOWED[self.declared.state])
        if any(step in self.taken for step in steps if step in (Step.INITIATE, Step.VERIFY)):
            return Plan(phase, Outcome.UNKNOWN, next_action=CONTRADICTION)
        left = tuple(step for step in steps if step not in self.taken and not self._forbidden(step))
        outcome, next_action = self._ending(phase, steps, left)
        return Plan(phase, outcome, left + self._webhook(phase, left), next_action, self._remarks(phase, steps))

    def _webhook(self, phase: Phase, left: tuple[Step, ...]) -> tuple[Step, ...]:
        """A webhook follows the connection, and is set whenever the row of a connected number shows another one."""
        due = phase in CONNECTED_PHASES or Step.REGISTER in left
        due = due and self.observed.webhook_shown is False and Step.SET_WEBHOOK not in self.taken
        return (Step.SET_WEBHOOK,) if due else ()

    # --- the phase ---

    def _phase(self) -> Phase:
        """The observed phase, unless this run or memory knows that the number is further."""
        observed = phase_of(self.observed)
        may_lag = observed in (Phase.ABSENT, Phase.NOT_KNOWN) or self._left(observed)
        if not may_lag and observed is not Phase.INITIATED:
            return observed
        if self._done(Step.VERIFY) or self._is_verified_in_memory():
            return Phase.VERIFIED
        if may_lag and self._is_under_way():
            return Phase.VERIFIED if is_verified(self.observed) else Phase.INITIATED
        if self._left(observed) and self.declared.reclaim and self.declared.code:
            # A code belongs to an initiate, so what the status read says is said of that migration.
            return Phase.VERIFIED if self.observed.reading is VerificationReading.VERIFIED else observed
        return observed

    def _is_under_way(self) -> bool:
        """Whether this run or memory knows of an initiate that the cloud does not show."""
        if self._initiated_here or self._done(Step.REQUEST_CODE) or self.declared.initiated:
            return True
        return self.limits.memory.under_way and Step.INITIATE not in self.taken and not self._starts_again()

    def _starts_again(self) -> bool:
        """Whether reclaim names a number that memory holds, so that a cancelled migration can be started again.

        While an old row or an unclear refusal hides whether it was cancelled, resend has to name it too.
        """
        if not self.declared.reclaim or self.declared.code:
            return False
        return phase_of(self.observed) is Phase.ABSENT or self.declared.resend

    def _is_verified_in_memory(self) -> bool:
        return self.limits.memory.verified and self.observed.reading in REFUSALS and not self._starts_again()

    def _left(self, observed: Phase) -> bool:
        """Whether the row says that the number has left, which an old row goes on saying until the register."""
        return observed is Phase.HALTED and can_be_reclaimed(self.observed.status)

    # --- what ends a run early ---

    def _obstacle(self, phase: Phase) -> Plan | None:
        """The plan of a number whose run ends whatever the table says."""
        for step, effect in self.taken.items():
            if effect is Effect.UNKNOWN:
                return Plan(phase, Outcome.UNKNOWN, next_action=AFTER_UNKNOWN[step])
            refused = effect in (Effect.REFUSED, Effect.NOT_MADE)
            if refused and not (step is Step.INITIATE and self._resend_overrules_the_refusal()):
                return Plan(phase, Outcome.FAILED, next_action=self._after_failure(step, effect))
        if self.declared.state is State.INITIATED:
            return None
        if phase is Phase.INITIATED and self.observed.reading in NO_READING:
            # A send is preceded by a status read that answers; without one nothing is sent.
            if self._initiated_here:
                return Plan(phase, Outcome.AWAITING_CODE, next_action=f"{STATUS_NOT_READ} {NAME_IT_IN_RESEND}")
            return Plan(phase, Outcome.FAILED, next_action=f"{STATUS_NOT_READ} Run again.")
        if Step.VERIFY not in STEPS[phase].get(self._given(phase), ()):
            return None
        if self.declared.resend:
            return Plan(phase, Outcome.FAILED, next_action=CODE_AND_RESEND)
        if self.limits.code_was_tried:
            return Plan(phase, Outcome.FAILED, next_action=f"{CODE_WAS_TRIED} {NAME_IT_IN_RESEND}")
        return None

    def _after_failure(self, step: Step, effect: Effect) -> str:
        """The next action, with every option that leads on where reading cannot tell whether it is under way."""
        unseen = step is Step.INITIATE and effect is Effect.REFUSED and self._may_be_under_way()
        more = ALREADY_MIGRATING if unseen else self._how_to_start_again()
        return f"{AFTER_FAILURE[step]} {more}".strip()

    def _resend_overrules_the_refusal(self) -> bool:
        """Whether resend has a code requested although the initiate was refused: it may be under way unseen."""
        refused = self.taken.get(Step.INITIATE) is Effect.REFUSED
        named = self.declared.resend and self.declared.state is not State.INITIATED
        return refused and named and self._may_be_under_way()

    def _may_be_under_way(self) -> bool:
        return self.limits.memory.under_way or self.observed.reading is not VerificationReading.NO_SUCH_NUMBER

    # --- the column of the table ---

    def _given(self, phase: Phase) -> Trigger:
        """The column. A code or a resend that was given before this run's initiate belongs to nothing earlier."""
        if phase is Phase.HALTED and not can_be_reclaimed(self.observed.status):
            return Trigger.NOTHING
        if Step.INITIATE in self.taken:
            return self._given_after_initiate()
        if Step.REQUEST_CODE in self.taken:
            return Trigger.NOTHING
        if self._is_reclaimed(phase):
            return Trigger.RECLAIM_AND_CODE if self._code_may_be_submitted(phase) else Trigger.RECLAIM
        if phase is Phase.HALTED:
            return Trigger.NOTHING
        if self.declared.code:
            return Trigger.CODE if self._code_may_be_submitted(phase) else Trigger.NOTHING
        return Trigger.RESEND if self.declared.resend else Trigger.NOTHING

    def _given_after_initiate(self) -> Trigger:
        allows_code = self._done(Step.INITIATE) or self._resend_overrules_the_refusal()
        return Trigger.OWN_INITIATE if allows_code else Trigger.NOTHING

    def _is_reclaimed(self, phase: Phase) -> bool:
        if not self.declared.reclaim:
            return False
        return phase in (Phase.HALTED, Phase.NOT_KNOWN) or (phase is Phase.ABSENT and self.limits.memory.under_way)

    def _code_may_be_submitted(self, phase: Phase) -> bool:
        """Whether the code may belong to a migration that is under way, seen or not."""
        may_be_under_way = phase is Phase.INITIATED or self.observed.reading is not VerificationReading.NO_SUCH_NUMBER
        return bool(self.declared.code) and may_be_under_way and self.declared.state is not State.INITIATED

    # --- how the number ends ---

    def _ending(self, phase: Phase, steps: tuple[Step, ...], left: tuple[Step, ...]) -> tuple[Outcome, str]:
        """The outcome when the steps that are left succeed, and the next action then."""
        end = LEADS_TO[left[-1]] if left else phase
        if end is Phase.HALTED:
            return Outcome.NEEDS_OPERATOR, next_action_for(self.observed)
        if end is Phase.NOT_KNOWN:
            return Outcome.NEEDS_OPERATOR, STATUS_REFUSED
        if end is Phase.LIMITED:
            return Outcome.CONVERGED, next_action_for(self.observed)
        if Step.REGISTER in left:
            return Outcome.AWAITING_CONNECTION, RUN_AGAIN_TO_SEE
        if end in REACHED[self.declared.state]:
            return Outcome.CONVERGED, ""
        if end is Phase.VERIFIED and Step.REGISTER in self.taken:
            return Outcome.AWAITING_CONNECTION, RUN_AGAIN_TO_SEE
        if end is Phase.VERIFIED:
            return Outcome.NEEDS_OPERATOR, self.limits.register
        return Outcome.AWAITING_CODE, self._how_to_get_on(steps, left)

    def _how_to_get_on(self, steps: tuple[Step, ...], left: tuple[Step, ...]) -> str:
        """The next action for a number that waits for its code."""
        if Step.REQUEST_CODE in steps and Step.REQUEST_CODE not in self.taken and Step.REQUEST_CODE not in left:
            return self._why_no_request()
        if left or Step.REQUEST_CODE in self.taken:
            return GIVE_THE_CODE
        if self.limits.unsure_code_request:
            return f"{self.limits.unsure_code_request} {GIVE_THE_CODE}"
        if self.limits.memory.code_requested:
            return f"{GIVE_THE_CODE} {self._how_to_start_again()}".strip()
        if self.limits.memory.initiated:
            return f"{NO_CODE_YET} {NAME_IT_IN_RESEND} {self._how_to_start_again()}".strip()
        if Step.INITIATE in self.taken:
            return f"{NO_CODE_YET} {NAME_IT_IN_RESEND}"
        return f"{ADDED_BY_SOMEBODY} {GIVE_THE_CODE}"

    def _how_to_start_again(self) -> str:
        """What starts a migration again that memory knows and the cloud does not show."""
        memory, observed = self.limits.memory, phase_of(self.observed)
        if self._initiated_here or not (memory.under_way or memory.verified):
            return ""
        if observed is Phase.ABSENT and not self.declared.reclaim:
            return CANCELLED
        return MAY_HAVE_ENDED if observed in (Phase.ABSENT, Phase.NOT_KNOWN) or self._left(observed) else ""

    def _why_no_request(self) -> str:
        if self.limits.code_request:
            return self.limits.code_request
        if Step.INITIATE not in self.taken or self.observed.reading is VerificationReading.NOT_VERIFIED:
            return f"{RECLAIMED_WITHOUT_CODE} {NAME_IT_IN_RESEND}"
        if self.observed.reading in REFUSALS:
            return f"{STATUS_REFUSED_AFTER_INITIATE} {NAME_IT_IN_RESEND}"
        return f"{INITIATE_NOT_CONFIRMED} {NAME_IT_IN_RESEND}"

    def _remarks(self, phase: Phase, steps: tuple[Step, ...]) -> tuple[str, ...]:
        """What was given and has no use here, unless this run has used it on the way."""
        if self.declared.code and (Step.INITIATE in steps or Step.INITIATE in self.taken):
            return (CODE_BEFORE_INITIATE,)
        waiting = phase in (Phase.NOT_KNOWN, Phase.INITIATED) or Step.VERIFY in steps
        if waiting and self.declared.state is not State.INITIATED:
            return ()
        given = {
            "The code": self.declared.code and Step.VERIFY not in self.taken,
            "resend": self.declared.resend and Step.REQUEST_CODE not in self.taken and phase is not Phase.ABSENT,
        }
        return tuple(f"{name} was given and is not needed; it was not used." for name, value in given.items() if value)

    # --- small questions ---

    @property
    def _initiated_here(self) -> bool:
        return self.taken.get(Step.INITIATE) in (Effect.DONE, Effect.SEEN)

    def _done(self, step: Step) -> bool:
        return self.taken.get(step) is Effect.DONE

    def _forbidden(self, step: Step) -> bool:
        """Whether the journal, or what was read after this run's initiate, forbids it."""
        if step is Step.REGISTER:
            return bool(self.limits.register)
        return step is Step.REQUEST_CODE and (bool(self.limits.code_request) or self._code_is_not_due())

    def _code_is_not_due(self) -> bool:
        """A code that no resend names needs an initiate that the next reading confirms.

        A reclaim may be named in every run, so it also needs a journal that knows of no code.
        """
        if self.declared.resend:
            return False
        memory = self.limits.memory
        if self.declared.reclaim and (memory.code_requested or not memory.exists):
            return True
        return Step.INITIATE in self.taken and self.observed.reading is not VerificationReading.NOT_VERIFIED
