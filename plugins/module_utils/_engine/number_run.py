# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one number during a run: what was declared, observed, planned and done so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import Health
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, observation_of_row
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, NumberResult, Problem
from ansible_collections.chatapp.cams.plugins.module_utils._errors import AFTER_UNEXPECTED, UNEXPECTED, ApiError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import model, table
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import planner as life
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Effect,
    Observation,
    Outcome,
    Phase,
    Step,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Plan
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import Entry


@dataclass
class NumberRun:
    """One number of a run. It has no plan until its verification status is read where the plan depends on it."""

    declaration: model.Declaration
    space: Space
    before: Row | None
    observation: Observation
    limits: model.Limits = field(default_factory=model.Limits)
    plan: Plan | None = None
    previous_phase: Phase | None = None
    digest: str = ""
    # The steps since the last code was given; the plan depends on them.
    effects: dict[Step, Effect] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    changed: bool = False
    problem: Problem | None = None
    register_entry: Entry | None = None
    # The last refusal of its status read.
    refusal: Refusal | None = None
    # Why the run did not start it although its plan has steps.
    held_back: str = ""
    # The remarks of all plans of this run, each once, in their order.
    remarks: dict[str, None] = field(default_factory=dict)
    health: Health | None = None
    # Set when the run ended for this number before its plan was completed.
    ended: NumberResult | None = None

    @property
    def row(self) -> Row | None:
        """The row as the space was last queried."""
        return self.space.rows.get(self.declaration.phone_number)

    @property
    def may_have_steps(self) -> bool:
        """Whether it has steps to take or, as long as its status is not read, may have."""
        if self.ended is not None:
            return False
        if self.plan is not None:
            return bool(self.plan.steps)
        return life.may_have_steps(self.declaration, self.observation, self.limits)

    @property
    def is_over(self) -> bool:
        return self.ended is not None or (self.plan is not None and not self.plan.steps)

    @property
    def waits_for_code(self) -> bool:
        """Whether every step that is possible without a code was executed."""
        if self.ended is not None or self.plan is None:
            return False
        return self.plan.outcome is Outcome.AWAITING_CODE and not self.plan.steps

    @property
    def is_connected(self) -> bool:
        return self.ended is None and self.plan is not None and self.plan.phase in table.CONNECTED_PHASES

    @property
    def rests_on_an_unconfirmed_refusal(self) -> bool:
        """Whether its plan rests on a refusal that was never learnt."""
        without_row = self.observation.status is None
        return without_row and self.observation.reading in (
            VerificationReading.LIKE_NO_SUCH_NUMBER,
            VerificationReading.REFUSED,
        )

    def note_effect(self, step: Step, effect: Effect) -> None:
        self.effects[step] = effect
        self.changed = self.changed or effect in (Effect.DONE, Effect.SEEN)

    def give_code(self, code: str) -> None:
        """Continue with a code that arrived during the run. Memory knows the steps that came before."""
        self.declaration = replace(self.declaration, code=code, resend=False)
        self.effects = {}
        self.plan = None

    def fail(self, code: str, message: str, next_action: str, error: ApiError | None = None) -> None:
        """End as failed."""
        self._end(Outcome.FAILED, Problem.of(code, message, error), next_action)

    def fail_unexpectedly(self, message: str) -> None:
        """End with an unknown outcome."""
        self._end(Outcome.UNKNOWN, Problem.of(UNEXPECTED, message), AFTER_UNEXPECTED)

    def _end(self, outcome: Outcome, problem: Problem, next_action: str) -> None:
        self.ended = NumberResult(
            self.declaration,
            outcome,
            previous_phase=self.previous_phase,
            changed=self.changed,
            actions=self.actions,
            next_action=next_action,
            remarks=tuple(self.remarks),
            problem=problem,
            before=self.before,
        )

    def update_row(self) -> None:
        """Observe the row as the space was last queried, with the verification status as it was last read."""
        self.observation = observation_of(self.declaration, self.row, self.observation.reading)

    def replan(self) -> Plan:
        self.plan = life.plan(self.declaration, self.observation, self.effects, self.limits)
        self.remarks.update(dict.fromkeys(self.plan.remarks))
        return self.plan


def observation_of(
    declaration: model.Declaration, row: Row | None, reading: VerificationReading = VerificationReading.NOT_READ
) -> Observation:
    """The observation of a number, including whether its row shows the declared webhook."""
    webhook = declaration.webhook
    return replace(observation_of_row(row, reading), webhook_shown=webhook.matches(row or {}) if webhook else None)
