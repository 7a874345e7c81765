# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an observation: the phase of a number, and the effect of a step after the number was read again."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    VERIFIED,
    Declaration,
    Effect,
    Memory,
    Observation,
    Phase,
    State,
    Step,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import (
    FURTHEST_FIRST,
    GOALS,
    INCONCLUSIVE,
    PHASE_OF_STATUS,
    PHASE_WITHOUT_ROW,
    PROOFS,
    RECLAIMABLE,
)


def phase_of(observation: Observation) -> Phase:
    """Return the phase that a row and a verification status show."""
    if observation.status is None:
        return PHASE_WITHOUT_ROW.get(observation.reading, Phase.INITIATED)
    phase = PHASE_OF_STATUS.get(observation.status, Phase.HALTED)
    if phase is not Phase.INITIATED:
        return phase
    return Phase.VERIFIED if is_verified(observation) else Phase.INITIATED


def needs_verification_status(status: str | None) -> bool:
    """Return whether the phase depends on the verification status, because the row alone does not show it."""
    return status is None or is_under_way(status)


def reading_without_a_call(
    declared: Declaration, observation: Observation, memory: Memory, *, is_row_current: bool
) -> VerificationReading:
    """Return what the row or memory says about the verification, or NOT_READ if only a status read can say it.

    They are believed only about a number that waits for its code. Before a step, the status itself is read.
    """
    if declared.code or declared.resend or declared.reclaim or memory.is_unsettled:
        return VerificationReading.NOT_READ
    if observation.status is None:
        waits = memory.waits_for_code and declared.state is not State.INITIATED
        return VerificationReading.REMEMBERED if waits else VerificationReading.NOT_READ
    says_not_verified = bool(observation.row_verification) and observation.row_verification != VERIFIED
    if is_row_current and is_under_way(observation.status) and says_not_verified and not memory.verified:
        return VerificationReading.NOT_VERIFIED
    return VerificationReading.NOT_READ


def is_under_way(status: str) -> bool:
    """Return whether the status of a row says that the number is initiated and not registered."""
    return PHASE_OF_STATUS.get(status) is Phase.INITIATED


def can_be_reclaimed(status: str | None) -> bool:
    return status in RECLAIMABLE


def progress_rank(phase: Phase) -> int:
    """Return the rank of a phase. If a number has several rows, the row with the smallest rank counts."""
    return FURTHEST_FIRST.index(phase)


def effect_after_reading(step: Step, effect: Effect, observation: Observation) -> Effect:
    """Return the effect of a step after the number was read again. A read without an answer changes nothing."""
    if step is Step.SET_WEBHOOK:
        shown = {Effect.UNKNOWN: Effect.DONE, Effect.REFUSED: Effect.EARLIER}
        return shown.get(effect, effect) if observation.webhook_shown else effect
    if needs_verification_status(observation.status) and observation.reading in INCONCLUSIVE:
        return effect
    phase = phase_of(observation)
    if effect is Effect.UNKNOWN and phase in PROOFS[step]:
        return Effect.SEEN if step is Step.INITIATE else Effect.DONE
    if effect is Effect.REFUSED and phase in GOALS[step]:
        return Effect.EARLIER
    return effect


def is_verified(observation: Observation) -> bool:
    if observation.reading is VerificationReading.NOT_READ:
        return observation.row_verification == VERIFIED
    return observation.reading is VerificationReading.VERIFIED
