# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an observation says: the phase of a number, and the effect of a step once the number was read again."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    VERIFIED,
    Effect,
    Observation,
    Phase,
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
    """The phase that a row and a verification status give. Of the row's words only VERIFIED is sure."""
    if observation.status is None:
        return PHASE_WITHOUT_ROW.get(observation.reading, Phase.INITIATED)
    phase = PHASE_OF_STATUS.get(observation.status, Phase.HALTED)
    if phase is not Phase.INITIATED:
        return phase
    return Phase.VERIFIED if is_verified(observation) else Phase.INITIATED


def needs_verification_status(status: str | None) -> bool:
    """Whether a row, or its lack, leaves the phase open until the verification status is read."""
    return status is None or is_under_way(status)


def is_under_way(status: str) -> bool:
    """Whether a row's status says that the number is initiated and not registered."""
    return PHASE_OF_STATUS.get(status) is Phase.INITIATED


def can_be_reclaimed(status: str | None) -> bool:
    return status in RECLAIMABLE


def progress_rank(phase: Phase) -> int:
    """How far a phase is from the goal: of several rows of a number the one with the smallest rank counts."""
    return FURTHEST_FIRST.index(phase)


def effect_after_reading(step: Step, effect: Effect, observation: Observation) -> Effect:
    """The effect of a step once the number was read again. A reading without an answer changes nothing."""
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
