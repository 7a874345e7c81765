# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The document of a plan: what check mode observed and planned of each number, for a later run to be held to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult, shown_phase
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError

VERSION = 1
_NAMED = 5


def document(results: Sequence[NumberResult]) -> dict[str, Any]:
    """The plan of a run in check mode. It holds no code."""
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


def mismatch(plan: Mapping[str, Any], results: Sequence[NumberResult]) -> str:
    """Why a run must not go on under this plan, in a sentence; empty when every number is as it says."""
    planned = read(plan)
    moved = [
        result.declaration.phone_number
        for result in results
        if not result.digest or planned.get(result.declaration.phone_number) != result.digest
    ]
    if not moved:
        return ""
    names = ", ".join(moved[:_NAMED]) + (f" and {len(moved) - _NAMED} more" if len(moved) > _NAMED else "")
    return (
        f"The plan no longer holds: {names} cannot be read, was not planned, or is not as it was then."
        " Nothing was written. Make a new plan and look at it."
    )


def read(plan: Mapping[str, Any]) -> dict[str, str]:
    """The digest of each number; a document that is not one of ours, or was edited, is refused."""
    try:
        version, whole = plan["version"], plan["digest"]
        digests = {str(number["phone_number"]): str(number["digest"]) for number in plan["numbers"]}
    except (KeyError, TypeError):
        raise ConfigurationError("The plan is not a document that chatapp.cams has made. Make a new one.") from None
    if version != VERSION:
        raise ConfigurationError(f"The plan has version {version!r}; this collection reads {VERSION}. Make a new one.")
    if whole != _digest(digests):
        raise ConfigurationError("The plan was edited since it was made: its digest does not fit. Make a new one.")
    return digests


def _digest(digests: Mapping[str, str]) -> str:
    lines = [f"{number} {digest}" for number, digest in sorted(digests.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
