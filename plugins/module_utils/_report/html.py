# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes report.html: one page that loads nothing from elsewhere. Its template, style and script are in the folder page.

Text from the cloud and from the inventory reaches the page in two ways only: escaped by the template, or as JSON that
the script inserts as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document, Entry
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import (
    drift_in_words,
    error_in_words,
    next_actions,
    source_in_words,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import (
    duration_in_words,
    name_with_spaces,
    short_utc_time,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters

if TYPE_CHECKING:
    from jinja2 import Template

_PARTS = Path(__file__).resolve().parent / "page"
# Each outcome has a shape, because some people cannot distinguish the colours.
SYMBOLS = {
    Outcome.FAILED.value: "✕",
    Outcome.UNKNOWN.value: "?",
    Outcome.NEEDS_OPERATOR.value: "⚑",
    Outcome.AWAITING_CODE.value: "#",
    Outcome.AWAITING_CONNECTION.value: "◔",
    Outcome.PLANNED.value: "▸",
    Outcome.NOT_ATTEMPTED.value: "○",
    Outcome.CONVERGED.value: "✓",
}
_STAGE_NAMES = {
    "declared": "declared",
    "initiated": "initiated or further",
    "verified": "verified or further",
    "connected": "connected",
}
# For outcomes whose numbers have no next action of their own.
_DEFAULT_NEXT_STEPS = {Outcome.PLANNED.value: "Run the playbook chatapp.cams.reconcile to make these changes."}
_MOST_NEXT_STEPS = 12
_BAR_WIDTH = 400
_COLUMN_NAMES = {
    "number": "Number",
    "host": "Host",
    "space": "Space",
    "name": "Name",
    "phase": "Phase",
    "age": "Duration",
    "outcome": "Outcome",
    "quality": "Quality, tier",
    "next": "Next step",
    "requests": "RequestIds",
}
_UNSORTED_COLUMNS = ("next", "requests")


def as_html(report: Document) -> str:
    """Return the page. Its content security policy allows only its own style and script, by their hashes."""
    from markupsafe import Markup

    style, script = ((_PARTS / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    next_steps = _next_steps(report)
    rows = [_table_row(entry, rank) for rank, entry in enumerate(report["numbers"])]
    return _load_template().render(
        report=report,
        summary=report["summary"],
        numbers=report["numbers"],
        headline=drift_in_words(report),
        source=source_in_words(report),
        symbols=SYMBOLS,
        next_steps=next_steps[:_MOST_NEXT_STEPS],
        more_next_steps=max(0, len(next_steps) - _MOST_NEXT_STEPS),
        stages=_funnel_bars(report),
        bar=_BAR_WIDTH,
        funnel_notes=_funnel_notes(report),
        columns=[
            {"key": key, "name": name, "sortable": key not in _UNSORTED_COLUMNS} for key, name in _COLUMN_NAMES.items()
        ],
        rows=rows,
        policy=_content_security_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=Markup(_json_for_script(rows)),
    )


def _load_template() -> Template:
    # Imported here because only the controller has Jinja, and ansible-test imports module_utils without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_PARTS),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_show_hidden_in_text,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(clock=short_utc_time, words=name_with_spaces)
    return environment.get_template("page.html.j2")


def _show_hidden_in_text(value: Any) -> Any:
    """Return a string with its invisible and reordering characters shown, and any other value unchanged."""
    return show_hidden_characters(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _content_security_policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_csp_hash(style)}; script-src {_csp_hash(script)};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _next_steps(report: Document) -> list[dict[str, Any]]:
    return [
        {"outcome": outcome, "count": count, "text": sentence or _DEFAULT_NEXT_STEPS.get(outcome, "")}
        for outcome, count, sentence in next_actions(report)
    ]


def _funnel_bars(report: Document) -> list[dict[str, Any]]:
    """Return one bar of the funnel for each stage."""
    declared = max(1, report["summary"]["declared"])
    return [
        {
            "name": _STAGE_NAMES[stage["stage"]],
            "count": stage["count"],
            "width": round(_BAR_WIDTH * stage["count"] / declared),
            "percent": round(100 * stage["count"] / declared),
        }
        for stage in report["summary"]["funnel"]
    ]


def _funnel_notes(report: Document) -> list[str]:
    phases = report["summary"]["phases"]
    texts = {
        "limited": "Connected, but limited by WhatsApp",
        "halted": "Halted, so an operator must decide",
        "not_read": "Not read in this run",
    }
    return [f"{text}: {phases[phase]}." for phase, text in texts.items() if phases[phase]]


# --- rows of the table ---


def _json_for_script(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return JSON without a character that could end the script element or start markup."""
    text = json.dumps(rows, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _table_row(entry: Entry, rank: int) -> dict[str, Any]:
    row = {
        "rank": rank,
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
    return " ".join(filter(None, [error_in_words(entry), planned, entry["next_action"]]))


def _details_text(entry: Entry) -> str:
    details = {
        "Declared": entry["state"],
        "status": entry["status"],
        "name status": entry["name_status"],
        "health": entry["health"],
        "RequestId of the error": entry["error"]["request_id"] if entry["error"] else "",
    }
    return "; ".join(f"{name}: {value}" for name, value in details.items() if value)


def _event_cells(event: Mapping[str, str]) -> list[str]:
    """Return when the step happened, the step with its outcome, its RequestId, and who ran it."""
    request = f"RequestId {event['request_id']}" if event["request_id"] else ""
    step = " ".join(filter(None, [name_with_spaces(event["step"]), name_with_spaces(event["outcome"]), event["error"]]))
    return [short_utc_time(event["at"]), step, request, f"{event['by']}, run {event['run']}"]


def _show_hidden_in_texts(value: Any) -> Any:
    return [_show_hidden_in_texts(item) for item in value] if isinstance(value, list) else _show_hidden_in_text(value)
