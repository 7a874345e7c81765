# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluate RAM policies in their JSON format. An action needs an Allow, and a Deny always wins."""

from __future__ import annotations

import fnmatch
import functools
import re
from collections.abc import Iterable
from enum import Enum
from typing import Any


class Decision(Enum):
    ALLOW = "Allow"
    IMPLICIT_DENY = "ImplicitDeny"
    EXPLICIT_DENY = "ExplicitDeny"


def decide_on_action(policies: Iterable[dict[str, Any]], action: str) -> Decision:
    decision = Decision.IMPLICIT_DENY
    for policy in policies:
        for statement in _as_list(policy.get("Statement")):
            if _statement_applies_to(statement, action):
                if statement.get("Effect") == "Deny":
                    return Decision.EXPLICIT_DENY
                if statement.get("Effect") == "Allow":
                    decision = Decision.ALLOW
    return decision


def _statement_applies_to(statement: dict[str, Any], action: str) -> bool:
    # RAM has no resources for CAMS: a statement with any resource but "*" grants nothing.
    if "*" not in _as_list(statement.get("Resource", "*")):
        return False
    if "NotAction" in statement:
        return not any(_action_pattern(entry).fullmatch(action) for entry in _as_list(statement["NotAction"]))
    return any(_action_pattern(entry).fullmatch(action) for entry in _as_list(statement.get("Action")))


@functools.cache
def _action_pattern(entry: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(entry.replace("[", "[[]")), re.IGNORECASE)


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
