# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find registered numbers that wait for their connection, and update them."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import observing
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Outcome, Step


def waits_for_connection(number_run: NumberRun) -> bool:
    registered = number_run.effects.get(Step.REGISTER) in (Effect.DONE, Effect.UNKNOWN)
    outcome = number_run.plan.outcome if number_run.plan else None
    return registered and outcome in (Outcome.AWAITING_CONNECTION, Outcome.UNKNOWN)


def update_connection(number_run: NumberRun) -> None:
    """Update a registered number from the rows that were read again."""
    number_run.update_row()
    known = number_run.effects[Step.REGISTER]
    effect = observing.effect_after_reading(Step.REGISTER, known, number_run.observation)
    if effect is not known:
        number_run.note_effect(Step.REGISTER, effect)
        number_run.actions[-1] = Action(Step.REGISTER.value, effect.value, number_run.actions[-1].request_id)
        number_run.problem = None
    number_run.replan()
