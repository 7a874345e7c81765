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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible_collections.chatapp.cams.plugins.module_utils._report.changes import grouped_changes
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document, is_in_danger
from ansible_collections.chatapp.cams.plugins.module_utils._report.rows import (
    SYMBOLS,
    json_for_script,
    show_hidden_in_text,
    table_rows,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import drift_in_words, source_in_words
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import name_with_spaces, short_utc_time
from ansible_collections.chatapp.cams.plugins.module_utils._report.todos import Card, todo_cards

if TYPE_CHECKING:
    from jinja2 import Template

_PARTS = Path(__file__).resolve().parent / "page"
_STAGE_NAMES = {
    "declared": "declared",
    "initiated": "initiated or further",
    "verified": "verified or further",
    "connected": "connected",
}
_MOST_TODOS = 8
_MOST_CHANGES = 20
_MOST_NUMBERS = 5
_BAR_WIDTH = 400
_CELLS_OF_CHANGE = {"number": "phone_number", "space": "cust_space_id", "host": "host"}
# On a phone the page shows the first three only.
_COLUMN_NAMES = {
    "number": "Number",
    "outcome": "Outcome",
    "next": "Next step",
    "host": "Host",
    "name": "Name",
    "quality": "Quality, tier",
    "phase": "Phase",
    "age": "Duration",
    "space": "Space",
}


def as_html(report: Document) -> str:
    """Return the page. Its content security policy allows only its own style and script, by their hashes."""
    from markupsafe import Markup

    style, script = ((_PARTS / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    cards = todo_cards(report)
    rows = table_rows(report["numbers"], _todos_by_rank(cards))
    return _load_template().render(
        report=report,
        summary=report["summary"],
        numbers=report["numbers"],
        headline=drift_in_words(report),
        in_danger=sum(is_in_danger(entry) and not entry["drifted"] for entry in report["numbers"]),
        source=source_in_words(report),
        symbols=SYMBOLS,
        cards=[_shown_card(card, rows) for card in cards],
        changes=_shown_changes(report["since"], rows),
        stages=_funnel_bars(report),
        bar=_BAR_WIDTH,
        funnel_notes=_funnel_notes(report),
        columns=[{"key": key, "name": name, "sortable": key != "next"} for key, name in _COLUMN_NAMES.items()],
        rows=rows,
        policy=_content_security_policy(style, script),
        style=Markup(style),
        script=Markup(script),
        data=Markup(json_for_script(rows)),
    )


def _load_template() -> Template:
    # Imported here because only the controller has Jinja, and ansible-test imports module_utils without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_PARTS),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=show_hidden_in_text,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(clock=short_utc_time, words=name_with_spaces)
    return environment.get_template("page.html.j2")


def _content_security_policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_csp_hash(style)}; script-src {_csp_hash(script)};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def _csp_hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _todos_by_rank(cards: Sequence[Card]) -> dict[int, str]:
    """Return the key of the to-do of each number that has one."""
    return {
        rank: _key_of_todo(card, place)
        for card in cards
        for place, todo in enumerate(card.todos)
        for rank in todo.ranks
    }


def _key_of_todo(card: Card, place: int) -> str:
    return f"{card.key}-{place}"


def _shown_card(card: Card, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the card for the template: its first to-dos, each with its first numbers, and how many are left out."""
    return {
        "key": card.key,
        "title": card.title,
        "explanation": card.explanation,
        "count": card.count,
        "todos": [
            {
                "key": _key_of_todo(card, place),
                "text": todo.text,
                "outcome": todo.outcome,
                "rows": [rows[rank] for rank in todo.ranks[:_MOST_NUMBERS]],
                "more": len(todo.ranks[_MOST_NUMBERS:]),
            }
            for place, todo in enumerate(card.todos[:_MOST_TODOS])
        ],
        "more": len(card.todos[_MOST_TODOS:]),
    }


def _shown_changes(since: Mapping[str, Any] | None, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each kind of change for the template, with its first numbers."""
    if since is None:
        return []
    row_of = {(row["number"], row["space"], row["host"]): row for row in reversed(rows)}
    return [
        {
            "words": words,
            "rows": [_row_of_change(number, row_of) for number in numbers[:_MOST_NUMBERS]],
            "count": len(numbers),
            "more": len(numbers[_MOST_NUMBERS:]),
        }
        for words, numbers in grouped_changes(since)[:_MOST_CHANGES]
    ]


def _row_of_change(
    number: Mapping[str, str], row_of: Mapping[tuple[str, str, str], Mapping[str, Any]]
) -> Mapping[str, Any]:
    """Return the row of the number. A number that is no longer in the report has no rank, so nothing links to it."""
    shown = {name: show_hidden_in_text(number[key]) for name, key in _CELLS_OF_CHANGE.items()}
    return row_of.get((shown["number"], shown["space"], shown["host"]), {**shown, "rank": None, "name": ""})


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
