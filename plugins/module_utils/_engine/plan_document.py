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


def make_plan_document(results: Sequence[NumberResult]) -> dict[str, Any]:
    """Return the plan of a run in check mode. It contains no code."""
    return {
        "version": VERSION,
        "made_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "digest": _digest({result.declaration.phone_number: result.digest for result in results}),
        "numbers": [
            {
                "cust_space_id": result.declaration.cust_space_id,
                "phone_number": result.declaration.phone_number,
                "state": result.declaration.state.value,
                "phase": shown_phase(result.phase),
                "outcome": result.outcome.value,
                "steps": [action.action for action in result.actions],
                "next_action": result.next_action,
                "digest": result.digest,
            }
            for result in results
        ],
    }


def why_plan_does_not_match(plan: Mapping[str, Any], results: Sequence[NumberResult]) -> str:
    """Return why a run must not apply this plan. Empty if every number is as planned."""
    planned = read_digests(plan)
    moved = [
        result.declaration.phone_number
        for result in results
        if not result.digest or planned.get(result.declaration.phone_number) != result.digest
    ]
    if not moved:
        return ""
    names = ", ".join(moved[:_NAMED]) + (f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else "")
    return (
        f"The plan no longer applies: {names} cannot be read, is not in the plan, or has changed since the plan."
        " Nothing was written. Make a new plan and check it."
    )


def read_digests(plan: Mapping[str, Any]) -> dict[str, str]:
    """Return the digest of each number. Refuse an edited plan, and a document that is not a plan."""
    try:
        version, whole = plan["version"], plan["digest"]
        digests = {str(number["phone_number"]): str(number["digest"]) for number in plan["numbers"]}
    except (KeyError, TypeError):
        raise ConfigurationError("The plan is not a document that chatapp.cams made. Make a new plan.") from None
    if version != VERSION:
        raise ConfigurationError(
            f"The plan has version {version!r}, but this collection reads {VERSION}. Make a new plan."
        )
    if whole != _digest(digests):
        raise ConfigurationError("The plan was edited: its digest does not match. Make a new plan.")
    return digests


def numbers_waiting_for_owner(plan: Mapping[str, Any]) -> frozenset[str]:
    """Return the numbers that waited for their owner when the plan was made. The plan was checked before."""
    waiting = Outcome.AWAITING_OWNER.value
    return frozenset(str(number["phone_number"]) for number in plan["numbers"] if number.get("outcome") == waiting)


def _digest(digests: Mapping[str, str]) -> str:
    lines = [f"{number} {digest}" for number, digest in sorted(digests.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
