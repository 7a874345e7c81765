# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the result of one number from the state of its run."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import Health, cannot_send, describe_health
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import MAKE_THE_CHANGES
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Plan


def result_of_number_run(number_run: NumberRun, *, check_mode: bool, reason_to_stop: str) -> NumberResult:
    """Return the result of the number. ``reason_to_stop`` is a sentence, or empty."""
    if number_run.ended is not None:
        return replace(number_run.ended, remarks=tuple(number_run.remarks))
    plan = number_run.plan
    untouched = plan is not None and bool(plan.steps) and not number_run.effects and not number_run.actions
    if plan is None or (untouched and not check_mode):
        return _not_attempted_result(number_run, reason_to_stop)
    planned = check_mode and bool(plan.steps)
    outcome, next_action = _outcome_with_health(plan, number_run.health)
    return NumberResult(
        number_run.declaration,
        Outcome.PLANNED if planned else outcome,
        previous_phase=number_run.previous_phase,
        phase=plan.phase,
        changed=planned or number_run.changed,
        actions=[Action(step.value, "planned") for step in plan.steps] if check_mode else number_run.actions,
        next_action=MAKE_THE_CHANGES if planned else next_action,
        remarks=tuple(number_run.remarks),
        problem=number_run.problem,
        before=number_run.before,
        number=number_run.row,
        goal=plan.goal if planned else plan.phase,
        later=plan.later,
        digest=number_run.digest,
        health=number_run.health,
    )


def _not_attempted_result(number_run: NumberRun, reason_to_stop: str) -> NumberResult:
    return NumberResult(
        number_run.declaration,
        Outcome.NOT_ATTEMPTED,
        previous_phase=number_run.previous_phase,
        phase=number_run.previous_phase,
        goal=number_run.previous_phase,
        changed=number_run.changed,
        actions=number_run.actions,
        next_action=number_run.held_back or f"{reason_to_stop} Run again.".lstrip(),
        before=number_run.before,
        number=number_run.row,
        digest=number_run.digest,
    )


def _outcome_with_health(plan: Plan, health: Health | None) -> tuple[Outcome, str]:
    """Return outcome and next action. A connected number that cannot send needs an operator."""
    if health is None:
        return plan.outcome, plan.next_action
    blocked = plan.outcome is Outcome.CONVERGED and cannot_send(health)
    next_action = " ".join(filter(None, [plan.next_action, describe_health(health)]))
    return Outcome.NEEDS_OPERATOR if blocked else plan.outcome, next_action
