# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan that a run in check mode makes, and that a later run applies."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult, shown_phase
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome

VERSION = 1
_NAMED = 5
_NOT_PLANNED = (Outcome.FAILED, Outcome.UNKNOWN, Outcome.NOT_ATTEMPTED)
NOT_IN_PLAN = (
    "The plan has no steps for this number, because it could not be planned. Fix the cause and make a new plan."
)


def make_plan_document(results: Sequence[NumberResult]) -> dict[str, Any]:
    """Return the plan of a run in check mode. It contains no code."""
    planned = [result for result in results if result.outcome not in _NOT_PLANNED]
    others = [result for result in results if result.outcome in _NOT_PLANNED]
    return {
        "version": VERSION,
        "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "digest": _digest(
            {result.declaration.phone_number: result.digest for result in planned},
            [result.declaration.phone_number for result in others],
        ),
        "numbers": [
            {
                **_identity(result),
                "phase": shown_phase(result.phase),
                "planned_phase": shown_phase(result.goal),
                "steps": [action.action for action in result.actions],
                "later_steps": [step.value for step in result.later],
                "digest": result.digest,
            }
            for result in planned
        ],
        "not_planned": [
            {**_identity(result), "error": result.problem.error if result.problem else None} for result in others
        ],
    }


def _identity(result: NumberResult) -> dict[str, Any]:
    return {
        "cust_space_id": result.declaration.cust_space_id,
        "phone_number": result.declaration.phone_number,
        "state": result.declaration.state.value,
        "outcome": result.outcome.value,
        "next_action": result.next_action,
    }


def why_plan_does_not_match(plan: Mapping[str, Any], results: Sequence[NumberResult]) -> str:
    """Return why a run must not apply this plan. Empty if every number is as planned.

    A number that failed in this run is not compared, because the run makes no step for it.
    """
    planned = read_digests(plan)
    moved = [
        result.declaration.phone_number
        for result in results
        if not result.has_failed
        and (not result.digest or planned.get(result.declaration.phone_number) != result.digest)
    ]
    if not moved:
        return ""
    names = ", ".join(moved[:_NAMED]) + (f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else "")
    return (
        f"The plan no longer applies: {names} cannot be read, is not in the plan, or has changed since the plan."
        " Nothing was written. Make a new plan and check it."
    )


def numbers_not_planned(plan: Mapping[str, Any]) -> frozenset[str]:
    """Return the numbers that could not be planned. Raises ConfigurationError as read_digests."""
    planned = read_digests(plan)
    return frozenset(_numbers_listed_as_not_planned(plan)) - planned.keys()


def read_digests(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of each number. Refuse an edited plan, and a document that is not a plan."""
    try:
        version, whole = plan["version"], plan["digest"]
        digests = {str(number["phone_number"]): str(number["digest"]) for number in plan["numbers"]}
        not_planned = _numbers_listed_as_not_planned(plan)
    except (KeyError, TypeError):
        raise ConfigurationError("The plan is not a document that chatapp.cams made. Make a new plan.") from None
    if version != VERSION:
        raise ConfigurationError(
            f"The plan has version {version!r}, but this collection reads {VERSION}. Make a new plan."
        )
    if whole != _digest(digests, not_planned):
        raise ConfigurationError("The plan was edited: its digest does not match. Make a new plan.")
    return digests


def numbers_waiting_for_owner(plan: Mapping[str, Any]) -> frozenset[str]:
    """Return the numbers that waited for their owner when the plan was made. The plan was checked before."""
    waiting = Outcome.AWAITING_OWNER.value
    return frozenset(str(number["phone_number"]) for number in plan["numbers"] if number.get("outcome") == waiting)


def _numbers_listed_as_not_planned(plan: Mapping[str, Any]) -> list[str]:
    return [str(number["phone_number"]) for number in plan.get("not_planned", ())]


def _digest(digests: Mapping[str, str], not_planned: Sequence[str]) -> str:
    lines = [f"{number} {digest}" for number, digest in sorted(digests.items())]
    lines += [f"{number} not planned" for number in sorted(not_planned)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
