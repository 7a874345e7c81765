# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the rows of the page's table: the cells, the timeline and the text that the script searches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Entry, is_in_danger
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import error_in_words
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import (
    duration_in_words,
    name_with_spaces,
    short_utc_time,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.todos import advice_about_danger
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters

# Each outcome has a shape, because some people cannot distinguish the colours.
SYMBOLS = {
    Outcome.FAILED.value: "✕",
    Outcome.UNKNOWN.value: "?",
    Outcome.NEEDS_OPERATOR.value: "⚑",
    Outcome.AWAITING_CODE.value: "#",
    Outcome.AWAITING_CONNECTION.value: "◔",
    Outcome.AWAITING_OWNER.value: "◇",
    Outcome.PLANNED.value: "▸",
    Outcome.NOT_ATTEMPTED.value: "○",
    Outcome.CONVERGED.value: "✓",
}


def table_rows(numbers: Sequence[Entry], todo_of_rank: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return the rows in the order of the report. A row with a to-do has the key of this to-do."""
    return [_table_row(entry, rank, todo_of_rank.get(rank, "")) for rank, entry in enumerate(numbers)]


def json_for_script(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return JSON without a character that could end the script element or start markup."""
    text = json.dumps(rows, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def show_hidden_in_text(value: Any) -> Any:
    """Return a string with its invisible and reordering characters shown, and any other value unchanged."""
    return show_hidden_characters(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _table_row(entry: Entry, rank: int, todo: str) -> dict[str, Any]:
    row = {
        "rank": rank,
        "todo": todo,
        "danger": is_in_danger(entry),
        "number": entry["phone_number"],
        "host": entry["host"],
        "space": entry["cust_space_id"],
        "name": entry["name"],
        "phase": name_with_spaces(entry["phase"] or "not read"),
        "seconds": entry["phase_age_seconds"],
        "age": duration_in_words(entry["phase_age_seconds"]),
        "outcome": entry["outcome"],
        "outcome_text": name_with_spaces(entry["outcome"]),
        "symbol": SYMBOLS[entry["outcome"]],
        "quality": entry["quality"],
        "tier": entry["tier"],
        "next": _next_step_text(entry),
        "requests": entry["request_ids"],
        "details": _details_text(entry),
        "timeline": [_event_cells(event) for event in entry["timeline"]],
    }
    return {name: _show_hidden_in_texts(value) for name, value in row.items()}


def _next_step_text(entry: Entry) -> str:
    steps = [name_with_spaces(step["step"]) for step in entry["steps"] if step["outcome"] == "planned"]
    planned = f"Planned: {', '.join(steps)}." if steps else ""
    return " ".join(filter(None, [error_in_words(entry), planned, entry["next_action"] or advice_about_danger(entry)]))


def _details_text(entry: Entry) -> str:
    details = {
        "Host": entry["host"],
        "name": entry["name"],
        "space": entry["cust_space_id"],
        "phase": name_with_spaces(entry["phase"] or "not read"),
        "declared": entry["state"],
        "status": entry["status"],
        "quality": entry["quality"],
        "name status": entry["name_status"],
        "health": entry["health"],
        "RequestId of the error": entry["error"]["request_id"] if entry["error"] else "",
    }
    return "; ".join(f"{name}: {value}" for name, value in details.items() if value)


def _event_cells(event: Mapping[str, str]) -> list[str]:
    """Return when the step happened, the step with its outcome, its RequestId, and who ran it."""
    step = " ".join(filter(None, [name_with_spaces(event["step"]), name_with_spaces(event["outcome"]), event["error"]]))
    return [short_utc_time(event["at"]), step, event["request_id"], f"{event['by']}, run {event['run']}"]


def _show_hidden_in_texts(value: Any) -> Any:
    return [_show_hidden_in_texts(item) for item in value] if isinstance(value, list) else show_hidden_in_text(value)
