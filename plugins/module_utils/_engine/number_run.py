# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The state of one number during a run: its declaration, observation, plan and effects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import Health
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, observation_of_row
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, NumberResult, Problem
from ansible_collections.chatapp.cams.plugins.module_utils._errors import (
    AFTER_UNEXPECTED,
    UNEXPECTED,
    ApiError,
    CamsError,
    describe_unexpected,
)
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
    """One number of a run. It has no plan before its verification status is read, if the plan depends on it."""

    declaration: model.Declaration
    space: Space
    before: Row | None
    observation: Observation
    limits: model.Limits = field(default_factory=model.Limits)
    plan: Plan | None = None
    previous_phase: Phase | None = None
    digest: str = ""
    # The effects of the steps since the last code arrived. The plan depends on them.
    effects: dict[Step, Effect] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    changed: bool = False
    problem: Problem | None = None
    register_entry: Entry | None = None
    # The last refusal of its status read.
    refusal: Refusal | None = None
    # Why the run did not start this number although its plan has steps.
    held_back: str = ""
    # The remarks of all plans of this run, in their order and without duplicates.
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
        """Whether the plan has steps, or may have steps as long as the status is not read."""
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
        """Whether the number needs a code for its next step."""
        if self.ended is not None or self.plan is None:
            return False
        return self.plan.outcome is Outcome.AWAITING_CODE and not self.plan.steps

    @property
    def is_connected(self) -> bool:
        return self.ended is None and self.plan is not None and self.plan.phase in table.CONNECTED_PHASES

    @property
    def rests_on_an_unconfirmed_refusal(self) -> bool:
        """Whether the plan depends on a refusal whose meaning the account has not learnt yet."""
        without_row = self.observation.status is None
        return without_row and self.observation.reading in (
            VerificationReading.LIKE_NO_SUCH_NUMBER,
            VerificationReading.REFUSED,
        )

    def note_effect(self, step: Step, effect: Effect) -> None:
        self.effects[step] = effect
        self.changed = self.changed or effect in (Effect.DONE, Effect.SEEN)

    def give_code(self, code: str) -> None:
        """Continue with a code that arrived during the run. The journal knows the earlier steps."""
        self.declaration = replace(self.declaration, code=code, resend=False)
        self.effects = {}
        self.plan = None

    def fail(self, code: str, message: str, next_action: str, error: ApiError | None = None) -> None:
        """Set the result of the number to failed."""
        self._set_result(Outcome.FAILED, Problem.of(code, message, error), next_action)

    def call(self, function: Callable[[], None]) -> None:
        """Call a function for this number. If it raises, only this number ends, as unknown."""
        try:
            function()
        except Exception as error:
            message = f"Failed to work on {self.declaration.phone_number}: {describe_unexpected(error)}"
            self._set_result(Outcome.UNKNOWN, Problem.of(UNEXPECTED, message), AFTER_UNEXPECTED)

    def _set_result(self, outcome: Outcome, problem: Problem, next_action: str) -> None:
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
        """Update the observation from the last query of the space. The verification status is not read again."""
        self.observation = observation_of(self.declaration, self.row, self.observation.reading)

    def update_code_times(self, limits: model.Limits) -> None:
        """Remember when a code was requested and when another can be. What the run may do does not change."""
        self.limits = replace(self.limits, code_requested_at=limits.code_requested_at, next_code_at=limits.next_code_at)

    def replan(self) -> Plan:
        self.plan = life.make_plan(self.declaration, self.observation, self.effects, self.limits)
        self.remarks.update(dict.fromkeys(self.plan.remarks))
        return self.plan


def observation_of(
    declaration: model.Declaration, row: Row | None, reading: VerificationReading = VerificationReading.NOT_READ
) -> Observation:
    """Return the observation of a number, including whether its row shows the declared webhook."""
    webhook = declaration.webhook
    return replace(observation_of_row(row, reading), webhook_shown=webhook.matches(row or {}) if webhook else None)


def note_rows_elsewhere(spaces: Mapping[str, Space | CamsError], number_runs: Iterable[NumberRun]) -> None:
    """Add a remark if another space of this run shows a number too."""
    number_runs = list(number_runs)
    for name, space in spaces.items():
        if isinstance(space, CamsError):
            continue
        for number_run in number_runs:
            row = space.rows.get(number_run.declaration.phone_number) if space is not number_run.space else None
            if row is not None:
                number_run.remarks[f"Space {name} shows this number too, as {row['status']}."] = None
