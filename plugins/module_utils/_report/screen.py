# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines that a run shows at its end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome

# Numbers that need nothing, and numbers whose host is red and says why itself.
_SHOWN_ELSEWHERE = {
    outcome.value for outcome in (Outcome.CONVERGED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.NOT_ATTEMPTED)
}


def result_lines(results: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each number that waits for something or has planned steps."""
    return [
        _join_with_dashes(
            result["phone_number"],
            result["outcome"],
            ", ".join(action["action"] for action in result["actions"]),
            result["next_action"],
        )
        for result in results
        if result["outcome"] not in _SHOWN_ELSEWHERE
    ]


def finding_lines(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    """A line for each blocker and warning, and one for each kind of note, because notes may be as many as numbers."""
    lines: list[str] = []
    notes: dict[str, list[Mapping[str, Any]]] = {}
    for finding in findings:
        if finding["severity"] == "note":
            notes.setdefault(finding["code"], []).append(finding)
            continue
        overridden = "overridden" if finding["overridden"] else ""
        place = (f"space {finding['cust_space_id']}", finding["phone_number"] or "")
        text = (finding["message"], finding["next_action"])
        lines.append(_join_with_dashes(overridden, finding["severity"], finding["code"], *place, *text))
    for code, alike in notes.items():
        lines.append(_join_with_dashes(f"note ({len(alike)})", code, alike[0]["message"], alike[0]["next_action"]))
    return lines


def _join_with_dashes(*parts: str) -> str:
    return " - ".join(filter(None, parts))
