# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The facts that a plan is made from, and the small questions that the planner asks about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Declaration,
    Effect,
    Limits,
    Observation,
    Phase,
    State,
    Step,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import can_be_reclaimed


@dataclass(frozen=True)
class Situation:
    """One number: what is declared, what was read, which steps this run has made, and what the journal forbids."""

    declared: Declaration
    observed: Observation
    taken: Mapping[Step, Effect]
    limits: Limits

    @property
    def _was_initiated_here(self) -> bool:
        return self.taken.get(Step.INITIATE) in (Effect.DONE, Effect.SEEN)

    def _is_done(self, step: Step) -> bool:
        return self.taken.get(step) is Effect.DONE

    def _has_moved_away(self, observed: Phase) -> bool:
        """Return whether the row says that the number was moved away. An old row says so until the register."""
        return observed is Phase.HALTED and can_be_reclaimed(self.observed.status)

    def _may_be_under_way(self) -> bool:
        return self.limits.memory.is_under_way or self.observed.reading is not VerificationReading.NO_SUCH_NUMBER

    def _resend_overrules_the_refusal(self) -> bool:
        """Return whether resend requests a code although the initiate was refused.

        The refusal may mean that a migration has started already, which no read shows.
        """
        refused = self.taken.get(Step.INITIATE) is Effect.REFUSED
        named = self.declared.resend and self.declared.state is not State.INITIATED
        return refused and named and self._may_be_under_way()
