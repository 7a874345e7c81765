# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the list of numbers that wait or need a person, for the tasks of users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome, Phase, Step
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.causes import reason

# A number with one of these outcomes needs nobody, unless WhatsApp limits it.
_NEEDS_NOBODY = (Outcome.CONVERGED.value, Outcome.PLANNED.value)
# How long a code or a verification is valid, the latest step first.
_LASTS = {Step.VERIFY.value: timedelta(days=14), Step.REQUEST_CODE.value: timedelta(minutes=10)}


def waiting_numbers(
    results: Iterable[Mapping[str, Any]],
    declared: Iterable[Mapping[str, Any]],
    hosts: Mapping[str, str],
    began: datetime,
    problem: str = "",
) -> list[dict[str, str]]:
    """Return the numbers that wait or need a person, in the order of the results.

    ``began`` is a time before the first call of the run. ``problem`` is why the whole run failed, or empty.
    """
    methods = {item["phone_number"]: item.get("code_method", "sms") for item in declared}
    return [
        {
            "phone_number": result["phone_number"],
            "cust_space_id": result["cust_space_id"],
            "host": hosts[result["phone_number"]],
            "outcome": result["outcome"],
            "phase": result["phase"] or "",
            "code_method": methods[result["phone_number"]],
            "deadline": _deadline_of_step(result, began),
            "reason": reason(result) or (problem if result["outcome"] == Outcome.NOT_ATTEMPTED.value else ""),
            "next_action": result["next_action"],
        }
        for result in results
        if result["outcome"] not in _NEEDS_NOBODY or result["phase"] == Phase.LIMITED.value
    ]


def _deadline_of_step(result: Mapping[str, Any], began: datetime) -> str:
    """Return until when the last step is valid at least, in ISO 8601. Empty if this run made no such step."""
    # An accepted register has no deadline.
    if result["outcome"] == Outcome.AWAITING_CONNECTION.value:
        return ""
    done = {action["action"] for action in result["actions"] if action["outcome"] == "done"}
    for step, duration in _LASTS.items():
        if step in done:
            return (began + duration).isoformat(timespec="seconds")
    return ""
