# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The health of a connected number: whether it can send messages. The row of a number does not show that."""

from __future__ import annotations

from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import HEALTH
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.snake_case import in_snake_case

Health = dict[str, Any]

AVAILABLE, BLOCKED = "AVAILABLE", "BLOCKED"


def read_health(client: Client, space: str, number: str) -> Health:
    """Read whether the number can send, in the words of the service, and every problem that the service reports."""
    asked = {"CustSpaceId": space, "NodeType": "phone", "PhoneNumber": phone.without_plus(number)}
    data = in_snake_case(client.call(HEALTH, asked).body_or_raise().get("Data") or {})
    problems = [
        {
            "entity": str(entity.get("entity_type") or ""),
            "code": str(error.get("error_code") or ""),
            "description": str(error.get("error_description") or ""),
            "solution": str(error.get("possible_solution") or ""),
        }
        for entity in data.get("entities") or []
        for error in entity.get("errors") or []
    ]
    return {"can_send_message": str(data.get("can_send_message") or ""), "problems": problems}


def cannot_send(health: Health) -> bool:
    return bool(health["can_send_message"] == BLOCKED)


def describe_health(health: Health) -> str:
    """Describe the health in a sentence; empty if the number can send without restriction."""
    word = health["can_send_message"]
    if word == AVAILABLE:
        return ""
    summary = "It is connected and cannot send." if word == BLOCKED else f"Its health is {word or 'not shown'}."
    return " ".join([summary, *(_problem_in_words(problem) for problem in health["problems"])])


def _problem_in_words(problem: dict[str, Any]) -> str:
    code = f" ({problem['code']})" if problem["code"] else ""
    sentences = [f"{problem['description'].rstrip('.')}{code}.", problem["solution"]]
    return " ".join(filter(None, sentences))
