# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of one number, as modules return it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ApiError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome, Phase, Step

if TYPE_CHECKING:
    # Action plugins read results without loading requests.
    from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import Health
    from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row

LATER = "then, once the code is given"


@dataclass(frozen=True)
class Action:
    """A step as it was executed, or as it is planned."""

    action: str
    outcome: str
    request_id: str = ""


@dataclass(frozen=True)
class Problem:
    """A problem: a sentence for a person, and the error of the API, or our own error if the API did not answer."""

    sentence: str
    error: dict[str, Any]

    @classmethod
    def of(cls, code: str, sentence: str, error: ApiError | None = None) -> Problem:
        return cls(sentence, error.as_dict() if error else {"code": code, "message": sentence, "request_id": ""})


@dataclass
class NumberResult:
    """How one number ended this run."""

    declaration: Declaration
    outcome: Outcome
    previous_phase: Phase | None = None
    phase: Phase | None = None
    changed: bool = False
    actions: list[Action] = field(default_factory=list)
    next_action: str = ""
    remarks: tuple[str, ...] = ()
    problem: Problem | None = None
    before: Row | None = None
    number: Row | None = None
    # The phase after the planned steps. After a run that made the steps, the same as phase.
    goal: Phase | None = None
    # The steps that follow once a code is given.
    later: tuple[Step, ...] = ()
    # Hash of the observation and the plan. Empty if the number was not read.
    digest: str = ""
    health: Health | None = None

    @property
    def has_failed(self) -> bool:
        return self.outcome in (Outcome.FAILED, Outcome.UNKNOWN)

    @property
    def sentence(self) -> str:
        """Return the message about a failed number."""
        outcome = f"{self.declaration.phone_number} ended {self.outcome.value}."
        sentence = self.problem.sentence if self.problem else outcome
        return f"{sentence} {self.next_action}".strip()

    def as_dict(self) -> dict[str, Any]:
        """The result as modules return it."""
        result = returned_result(
            self.declaration.phone_number,
            self.outcome,
            cust_space_id=self.declaration.cust_space_id,
            state=self.declaration.state.value,
            previous_phase=shown_phase(self.previous_phase),
            phase=shown_phase(self.phase),
            changed=self.changed,
            planned_phase=shown_phase(self.goal),
            actions=self.actions,
            later=self.later,
            next_action=self.next_action,
            number=self.number,
        )
        if self.health is not None:
            result["health"] = self.health
        return {**result, "error": self.problem.error} if self.problem else result

    def diff(self) -> dict[str, Any]:
        """Return the phase and the row before and after. A planned webhook is shown as if it were set."""
        after, webhook = self.number, self.declaration.webhook
        if webhook and Action(Step.SET_WEBHOOK.value, "planned") in self.actions:
            after = {**(after or {}), **webhook.urls}
        shown = diff_of_result(self.as_dict())
        return {"before": {**shown["before"], "number": self.before}, "after": {**shown["after"], "number": after}}


def diff_of_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the phase before and after the steps of a run, or after the planned steps, and these steps."""
    planned = result["outcome"] == Outcome.PLANNED.value
    after = {"phase": result["planned_phase"] if planned else result["phase"], "steps": steps_in_words(result)}
    if planned and result["later_steps"]:
        after[LATER] = ", ".join(result["later_steps"])
    return {"before": {"phase": result["previous_phase"], "steps": ""}, "after": after}


def steps_in_words(result: Mapping[str, Any]) -> str:
    """Return the steps of a run or of a plan, with how a step ended if it was not done."""
    return ", ".join(
        action["action"] if action["outcome"] in ("done", "planned") else f"{action['action']} ({action['outcome']})"
        for action in result["actions"]
    )


def planned_steps_in_words(result: Mapping[str, Any]) -> str:
    """Return the planned steps, and in brackets the steps that follow later."""
    later = f" ({LATER}: {', '.join(result['later_steps'])})" if result["later_steps"] else ""
    return f"{steps_in_words(result)}{later}"


def returned_result(
    phone_number: str,
    outcome: Outcome,
    *,
    cust_space_id: str | None = None,
    state: str | None = None,
    previous_phase: str | None = None,
    phase: str | None = None,
    planned_phase: str | None = None,
    changed: bool = False,
    actions: Iterable[Action] = (),
    later: Iterable[Step] = (),
    next_action: str = "",
    number: Row | None = None,
) -> dict[str, Any]:
    """The result of a number as modules return it and other plugins read it. No other place lists these keys."""
    return {
        "phone_number": phone_number,
        "cust_space_id": cust_space_id,
        "state": state,
        "previous_phase": previous_phase,
        "phase": phase,
        "planned_phase": planned_phase,
        "outcome": outcome.value,
        "changed": changed,
        "actions": [vars(action) for action in actions],
        "later_steps": [step.value for step in later],
        "next_action": next_action,
        "number": number,
    }


def shown_phase(phase: Phase | None) -> str | None:
    """Return a phase as users see it. None if it is not known."""
    return None if phase in (None, Phase.NOT_KNOWN) else phase.value


def failed_result(
    declaration: Declaration, code: str, message: str, next_action: str, error: ApiError | None = None
) -> NumberResult:
    return NumberResult(declaration, Outcome.FAILED, problem=Problem.of(code, message, error), next_action=next_action)
