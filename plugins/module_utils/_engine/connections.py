# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that were registered and wait until they are connected."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import observing
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Outcome, Step


def waits(work: NumberRun) -> bool:
    registered = work.taken.get(Step.REGISTER) in (Effect.DONE, Effect.UNKNOWN)
    outcome = work.plan.outcome if work.plan else None
    return registered and outcome in (Outcome.AWAITING_CONNECTION, Outcome.UNKNOWN)


def take_connection(work: NumberRun) -> None:
    """What the space's rows, read again, say of a number that was registered."""
    work.take_row()
    known = work.taken[Step.REGISTER]
    effect = observing.effect_after_reading(Step.REGISTER, known, work.observation)
    if effect is not known:
        work.taken[Step.REGISTER] = effect
        work.actions[-1] = Action(Step.REGISTER.value, effect.value, work.actions[-1].request_id)
        work.problem = None
    work.replan()
