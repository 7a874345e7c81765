# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ending of a number in a run: its outcome, its next action, and remarks about what was given and not used."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Effect,
    Outcome,
    Phase,
    State,
    Step,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import (
    ADDED_BY_SOMEBODY,
    AFTER_FAILURE,
    ALREADY_MIGRATING,
    CANCELLED,
    CODE_BEFORE_INITIATE,
    CODE_BEFORE_START,
    INITIATE_NOT_CONFIRMED,
    MAY_HAVE_ENDED,
    NO_CODE_YET,
    RECLAIMED_WITHOUT_CODE,
    RUN_AGAIN_TO_SEE,
    STATUS_REFUSED,
    STATUS_REFUSED_AFTER_INITIATE,
    SUBMIT_THE_CODE,
    USE_RESEND,
    describe_code_request,
    next_action_for,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import phase_of
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.situation import Situation
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import LEADS_TO, REACHED, REFUSALS


@dataclass(frozen=True)
class Ending(Situation):
    """Decides the outcome and the next action of a number."""

    def outcome_and_next_action(
        self, phase: Phase, steps: tuple[Step, ...], left: tuple[Step, ...]
    ) -> tuple[Outcome, str]:
        """Return the outcome if the steps that are left succeed, and the next action then."""
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
        return Outcome.AWAITING_CODE, self._next_action_without_code(steps, left)

    def waits_for_owner(self, steps: tuple[Step, ...]) -> bool:
        """Return whether these steps must not start, because they request a code and the owner is not ready."""
        return bool(self.declared.why_not_ready) and Step.REQUEST_CODE in steps

    def remarks_while_waiting_for_owner(self) -> tuple[str, ...]:
        """Return a sentence if a code was given for a migration that does not start."""
        return (CODE_BEFORE_START,) if self.declared.code else ()

    def next_action_after_failure(self, step: Step, effect: Effect) -> str:
        """Return the next action, with every option that can help where no read shows a migration."""
        unseen = step is Step.INITIATE and effect is Effect.REFUSED and self._may_be_under_way()
        more = ALREADY_MIGRATING if unseen else self._how_to_start_again()
        return _join(AFTER_FAILURE[step], more)

    def remarks(self, phase: Phase, steps: tuple[Step, ...]) -> tuple[str, ...]:
        """Return a sentence for each of code and resend that was given and is not used in this run."""
        if self.declared.code and (Step.INITIATE in steps or Step.INITIATE in self.taken):
            return (CODE_BEFORE_INITIATE,)
        waiting = phase in (Phase.NOT_KNOWN, Phase.INITIATED) or Step.VERIFY in steps
        if waiting and self.declared.state is not State.INITIATED:
            return ()
        given = {
            "The code": self.declared.code and Step.VERIFY not in self.taken,
            "<<resend option>>": self.declared.resend
            and Step.REQUEST_CODE not in self.taken
            and phase is not Phase.ABSENT,
        }
        return tuple(
            f"{name} was not used, because the number does not need it." for name, value in given.items() if value
        )

    def _next_action_without_code(self, steps: tuple[Step, ...], left: tuple[Step, ...]) -> str:
        """Return the next action for a number that waits for its code."""
        if Step.REQUEST_CODE in steps and Step.REQUEST_CODE not in self.taken and Step.REQUEST_CODE not in left:
            return self._why_no_request()
        if left:
            return SUBMIT_THE_CODE
        if Step.REQUEST_CODE in self.taken:
            return _join(describe_code_request(self.limits, self.declared.code_method), SUBMIT_THE_CODE)
        if self.limits.unsure_code_request:
            return f"{self.limits.unsure_code_request} {SUBMIT_THE_CODE}"
        if self.limits.memory.code_requested:
            return _join(describe_code_request(self.limits), SUBMIT_THE_CODE, self._how_to_start_again())
        if self.limits.memory.initiated:
            return _join(NO_CODE_YET, USE_RESEND, self._how_to_start_again())
        if Step.INITIATE in self.taken:
            return f"{NO_CODE_YET} {USE_RESEND}"
        return f"{ADDED_BY_SOMEBODY} {SUBMIT_THE_CODE}"

    def _how_to_start_again(self) -> str:
        """Return how to start a migration again that memory knows and the cloud does not show."""
        memory, observed = self.limits.memory, phase_of(self.observed)
        if self._was_initiated_here or not (memory.is_under_way or memory.verified):
            return ""
        was_not_asked = self.observed.reading is VerificationReading.REMEMBERED
        if was_not_asked or (observed is Phase.ABSENT and not self.declared.reclaim):
            return CANCELLED
        may_have_ended = observed in (Phase.ABSENT, Phase.NOT_KNOWN) or self._has_moved_away(observed)
        return MAY_HAVE_ENDED if may_have_ended else ""

    def _why_no_request(self) -> str:
        if self.limits.code_request:
            return f"{self.limits.code_request} After that time, <<resend>>."
        if self.limits.code_needs_resend:
            return f"{self.limits.code_needs_resend} {USE_RESEND}"
        if Step.INITIATE not in self.taken or self.observed.reading is VerificationReading.NOT_VERIFIED:
            return f"{RECLAIMED_WITHOUT_CODE} {USE_RESEND}"
        if self.observed.reading in REFUSALS:
            return f"{STATUS_REFUSED_AFTER_INITIATE} {USE_RESEND}"
        return f"{INITIATE_NOT_CONFIRMED} {USE_RESEND}"


def _join(*sentences: str) -> str:
    return " ".join(filter(None, sentences))
