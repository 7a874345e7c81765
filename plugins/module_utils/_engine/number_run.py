# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One number under way: observe it, plan, take one step, observe, plan again.

Every step is planned from what was observed in this run, after the number was locked. What a step did is taken from its
answer, or else from reading again; where neither tells, it is called unknown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import Health
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import (
    Row,
    observation_of_row,
)
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import (
    Refusal,
)
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, NumberResult, Problem
from ansible_collections.chatapp.cams.plugins.module_utils._errors import AFTER_UNEXPECTED, UNEXPECTED
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import model, planner, table
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
    """One number under way. Without a plan its verification status is still to be read."""

    declaration: model.Declaration
    space: Space
    before: Row | None
    observation: Observation
    limits: model.Limits = field(default_factory=model.Limits)
    plan: Plan | None = None
    previous_phase: Phase | None = None
    digest: str = ""
    taken: dict[Step, Effect] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    problem: Problem | None = None
    register_entry: Entry | None = None
    # How its status read was refused last.
    refusal: Refusal | None = None
    # Why it was not started although its plan has steps.
    held_back: str = ""
    # Of all plans of this run, each once, in the order in which they came.
    remarks: dict[str, None] = field(default_factory=dict)
    health: Health | None = None
    # Set when it ended before it could be planned.
    ended: NumberResult | None = None

    @property
    def may_have_steps(self) -> bool:
        """Whether it has steps to take or, as long as its status is not read, may have."""
        if self.ended is not None:
            return False
        if self.plan is not None:
            return bool(self.plan.steps)
        return planner.may_have_steps(self.declaration, self.observation, self.limits)

    @property
    def is_over(self) -> bool:
        return self.ended is not None or (self.plan is not None and not self.plan.steps)

    @property
    def serves(self) -> bool:
        return self.ended is None and self.plan is not None and self.plan.phase in table.CONNECTED_PHASES

    @property
    def rests_on_an_unconfirmed_refusal(self) -> bool:
        """Whether its plan rests on a refusal that was never learnt."""
        without_row = self.observation.status is None
        return without_row and self.observation.reading in (
            VerificationReading.LIKE_NO_SUCH_NUMBER,
            VerificationReading.REFUSED,
        )

    def fail_unexpectedly(self, message: str) -> None:
        """End with an unknown outcome, and keep what was done so far."""
        self.ended = NumberResult(
            self.declaration,
            Outcome.UNKNOWN,
            previous_phase=self.previous_phase,
            changed=self.changed,
            actions=self.actions,
            next_action=AFTER_UNEXPECTED,
            remarks=tuple(self.remarks),
            problem=Problem.of(UNEXPECTED, message),
            before=self.before,
        )

    @property
    def changed(self) -> bool:
        """Whether a step of this run had an effect."""
        return not {Effect.DONE, Effect.SEEN}.isdisjoint(self.taken.values())

    def take_row(self) -> None:
        """The row as the space was last queried; the verification status stays as it was read."""
        row = self.space.rows.get(self.declaration.phone_number)
        self.observation = observation_of(self.declaration, row, self.observation.reading)

    def replan(self) -> Plan:
        self.plan = planner.plan(self.declaration, self.observation, self.taken, self.limits)
        self.remarks.update(dict.fromkeys(self.plan.remarks))
        return self.plan


def observation_of(
    declaration: model.Declaration, row: Row | None, reading: VerificationReading = VerificationReading.NOT_READ
) -> Observation:
    """What was read of a number, and whether it shows the declared webhook."""
    webhook = declaration.webhook
    return replace(observation_of_row(row, reading), webhook_shown=webhook.matches(row or {}) if webhook else None)
