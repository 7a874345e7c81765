# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make the list of waiting numbers for the tasks of users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome, Step

OUTCOMES = (
    Outcome.AWAITING_CODE.value,
    Outcome.AWAITING_CONNECTION.value,
    Outcome.AWAITING_OWNER.value,
    Outcome.NEEDS_OPERATOR.value,
)
# How long a code or a verification is valid, the latest step first.
_LASTS = {Step.VERIFY.value: timedelta(days=14), Step.REQUEST_CODE.value: timedelta(minutes=10)}


def waiting_numbers(
    results: Iterable[Mapping[str, Any]],
    declared: Iterable[Mapping[str, Any]],
    hosts: Mapping[str, str],
    began: datetime,
) -> list[dict[str, str]]:
    """Return the waiting numbers in the order of the results. ``began`` is a time before the first call of the run."""
    methods = {item["phone_number"]: item.get("code_method", "sms") for item in declared}
    return [
        {
            "phone_number": result["phone_number"],
            "cust_space_id": result["cust_space_id"],
            "host": hosts[result["phone_number"]],
            "outcome": result["outcome"],
            "code_method": methods[result["phone_number"]],
            "deadline": _deadline_of_step(result, began),
            "next_action": result["next_action"],
        }
        for result in results
        if result["outcome"] in OUTCOMES
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
