# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page: one file that loads nothing. What can stand still is written here; its script builds the table of numbers.

Text from elsewhere reaches the page in two ways only: escaped, or as JSON that the page's script puts in as text.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document, Entry
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import headline, next_actions, told_source
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import age, clock, words
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import visible

# Told by shape as well as by colour.
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
_STAGES = {
    "declared": "declared",
    "initiated": "initiated or further",
    "verified": "verified or further",
    "connected": "connected",
}
# Where a number needs no sentence of its own.
_UNSAID = {Outcome.PLANNED.value: "Run the playbook chatapp.cams.reconcile to take these steps."}
_SHOWN_ACTIONS = 12
_BAR = 400


def as_html(report: Document, style: str, script: str) -> str:
    """The page. Its policy allows its own style and script, by their hashes, and nothing else."""
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="referrer" content="no-referrer">',
        '<meta name="color-scheme" content="light dark">',
        '<link rel="icon" href="data:,">',
        f"<title>WhatsApp numbers: {_text(headline(report))}</title>",
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *_head(report),
        "<main>",
        *(_content(report) if report["numbers"] else _EMPTY),
        *_notes(report),
        "</main>",
        *_foot(report),
        f'<script type="application/json" id="data">{_data(report)}</script>',
        f"<script>{script}</script>",
        "</body>",
        "</html>",
    ]
    return "\n".join(parts) + "\n"


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(text: str) -> str:
    return escape(visible(text))


def _head(report: Document) -> list[str]:
    drifted = "drifted" if report["summary"]["drifted"] else "as-declared"
    hidden = " Numbers are masked." if report["masked"] and report["numbers"] else ""
    stopped = f'<p class="stopped">Stopped early. {_text(report["stopped"])}</p>' if report["stopped"] else ""
    return [
        '<a class="skip" href="#numbers">Go to the table of numbers</a>' if report["numbers"] else "",
        "<header>",
        f'<div><h1>WhatsApp numbers: <span class="{drifted}">{_text(headline(report))}</span></h1>',
        f"<p>{clock(report['made_at'])}, from {_text(told_source(report))}.{hidden}</p>{stopped}</div>",
        '<label class="theme" hidden>Theme <select id="theme"><option value="">as the system</option>'
        '<option value="light">light</option><option value="dark">dark</option></select></label>',
        "</header>",
    ]


_EMPTY = [
    '<section class="empty">',
    "<h2>No number is declared</h2>",
    "<p>Write the numbers into the inventory as <code>cams_phone_number</code> or <code>cams_numbers</code>, and make",
    "this report again. If there should be some, look at the inventory and at the limit that the run was given.</p>",
    "</section>",
]


def _content(report: Document) -> list[str]:
    return [*_drift(report), *_tiles(report), *_funnel(report), *_table(report)]


def _drift(report: Document) -> list[str]:
    actions = next_actions(report)
    if not actions:
        return []
    items = [
        f'<li class="{outcome}"><span class="symbol" aria-hidden="true">{SYMBOLS[outcome]}</span>'
        f"<strong>{count} {words(outcome)}</strong><span>{_text(sentence or _UNSAID.get(outcome, ''))}</span></li>"
        for outcome, count, sentence in actions[:_SHOWN_ACTIONS]
    ]
    more = len(actions) - _SHOWN_ACTIONS
    rest = [f"<p>And {more} more kinds; the table has all of them.</p>"] if more > 0 else []
    heading = '<section aria-labelledby="next"><h2 id="next">What is left to do</h2><ul class="next">'
    return [heading, *items, "</ul>", *rest, "</section>"]


def _tiles(report: Document) -> list[str]:
    tiles = [
        f'<li><button type="button" class="tile {outcome}" data-outcome="{outcome}" aria-pressed="false"'
        f'{" disabled" if not count else ""}><span class="symbol" aria-hidden="true">{SYMBOLS[outcome]}</span>'
        f'<span class="count">{count}</span> <span>{words(outcome)}</span></button></li>'
        for outcome, count in report["summary"]["outcomes"].items()
    ]
    heading = '<section aria-labelledby="outcomes"><h2 id="outcomes">Outcomes</h2><ul class="tiles">'
    return [heading, *tiles, "</ul></section>"]


def _funnel(report: Document) -> list[str]:
    declared = report["summary"]["declared"]
    rows = []
    for stage in report["summary"]["funnel"]:
        count = stage["count"]
        width = round(_BAR * count / declared)
        rows.append(
            f"<li><span>{_STAGES[stage['stage']]}</span>"
            f'<svg viewBox="0 0 {_BAR} 20" preserveAspectRatio="none" aria-hidden="true">'
            f'<rect class="track" width="{_BAR}" height="20"/><rect class="bar" width="{width}" height="20"/></svg>'
            f"<span><strong>{count}</strong> ({round(100 * count / declared)} %)</span></li>"
        )
    aside = _aside(report)
    heading = '<section aria-labelledby="funnel"><h2 id="funnel">From declared to connected</h2><ol class="funnel">'
    return [heading, *rows, "</ol>", aside, "</section>"]


def _aside(report: Document) -> str:
    """What the funnel does not show."""
    phases = report["summary"]["phases"]
    told = [
        f"{phases[phase]} {sentence}"
        for phase, sentence in (
            ("limited", "of the connected numbers are limited by WhatsApp"),
            ("halted", "halted: the cloud shows something that an operator has to decide"),
            ("not_read", "not read in this run"),
        )
        if phases[phase]
    ]
    return f"<p>{'; '.join(told)}.</p>" if told else ""


_COLUMN_NAMES = {
    "number": "Number",
    "host": "Host",
    "space": "Space",
    "name": "Name",
    "phase": "Phase",
    "age": "For",
    "outcome": "Outcome",
    "quality": "Quality, tier",
    "next": "Next",
    "requests": "RequestIds",
}
_UNSORTED = ("next", "requests")


def _table(report: Document) -> list[str]:
    heads = [
        f'<th scope="col" data-key="{key}">{name}</th>'
        if key in _UNSORTED
        else f'<th scope="col" data-key="{key}" aria-sort="none"><button type="button">{name}</button></th>'
        for key, name in _COLUMN_NAMES.items()
    ]
    return [
        '<section id="numbers" aria-labelledby="table" tabindex="-1"><h2 id="table">Numbers</h2>',
        '<div class="controls" hidden><label>Filter <input id="filter" type="search" autocomplete="off"'
        ' spellcheck="false"></label><button type="button" id="all" hidden>Show all outcomes</button>'
        '<p id="shown" role="status"></p></div>',
        '<div class="scroll" role="region" aria-label="Table of numbers" tabindex="0"><table id="rows" hidden>',
        '<caption class="quiet">What needs somebody stands first. A number opens to its timeline.</caption>',
        f"<thead><tr>{''.join(heads)}</tr></thead><tbody></tbody></table></div>",
        '<button type="button" id="more" hidden>Show more</button>',
        *_without_script(report["numbers"]),
        "</section>",
    ]


def _without_script(numbers: Sequence[Entry]) -> list[str]:
    """The least, for viewers that run no script."""
    rows = [
        f'<tr><th scope="row">{_text(entry["phone_number"])}</th><td>{_text(entry["host"])}</td>'
        f"<td>{_text(entry['cust_space_id'])}</td><td>{words(entry['phase'] or 'not read')}</td>"
        f"<td>{words(entry['outcome'])}</td><td>{_text(_next(entry))}</td></tr>"
        for entry in numbers
    ]
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Number", "Host", "Space", "Phase", "Outcome", "Next"))
    return [f"<noscript><table><thead><tr>{heads}</tr></thead><tbody>", *rows, "</tbody></table></noscript>"]


def _notes(report: Document) -> list[str]:
    if not report["notes"]:
        return []
    items = [f"<li>{_text(note)}</li>" for note in report["notes"]]
    return ['<section aria-labelledby="notes"><h2 id="notes">Notes</h2><ul>', *items, "</ul></section>"]


def _foot(report: Document) -> list[str]:
    summary = report["summary"]
    told = [f"Made by {_text(report['made_by'])}."]
    if summary["codes_requested"] is not None:
        told.append(f"Codes requested so far, by the journal: {summary['codes_requested']}.")
    if summary["calls"]:
        calls = ", ".join(f"{count} {_text(name)}" for name, count in summary["calls"].items())
        told.append(f"Calls: {calls}; {summary['throttled'] or 0} throttled.")
    return ["<footer>", *(f"<p>{sentence}</p>" for sentence in told), "</footer>"]


# --- what the script makes the table of ---


def _data(report: Document) -> str:
    """No sign that could end the element, or that a parser of markup would look at."""
    text = json.dumps([_row(entry, place) for place, entry in enumerate(report["numbers"])], separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _row(entry: Entry, rank: int) -> dict[str, Any]:
    row = {
        "rank": rank,
        "number": entry["phone_number"],
        "host": entry["host"],
        "space": entry["cust_space_id"],
        "name": entry["name"],
        "phase": words(entry["phase"] or "not read"),
        "seconds": entry["phase_age_seconds"],
        "age": age(entry["phase_age_seconds"]),
        "outcome": entry["outcome"],
        "told": words(entry["outcome"]),
        "symbol": SYMBOLS[entry["outcome"]],
        "quality": entry["quality"],
        "tier": entry["tier"],
        "next": _next(entry),
        "requests": entry["request_ids"],
        "details": _details(entry),
        "timeline": [_event(event) for event in entry["timeline"]],
    }
    return {name: _shown(value) for name, value in row.items()}


def _next(entry: Entry) -> str:
    steps = [words(step["step"]) for step in entry["steps"] if step["outcome"] == "planned"]
    planned = f"Planned: {', '.join(steps)}." if steps else ""
    return " ".join(filter(None, [_problem(entry), planned, entry["next_action"]]))


def _problem(entry: Entry) -> str:
    error = entry["error"]
    return f"{error['message'].rstrip('.')} ({error['code']}). {error['hint']}".strip() if error else ""


def _details(entry: Entry) -> str:
    told = {
        "Declared": entry["state"],
        "status": entry["status"],
        "name status": entry["name_status"],
        "health": entry["health"],
        "RequestId of the error": entry["error"]["request_id"] if entry["error"] else "",
    }
    return "; ".join(f"{name}: {value}" for name, value in told.items() if value)


def _event(event: Mapping[str, str]) -> list[str]:
    """When, what, and who."""
    request = f"RequestId {event['request_id']}" if event["request_id"] else ""
    what = " ".join(filter(None, [words(event["step"]), words(event["outcome"]), event["error"]]))
    return [clock(event["at"]), what, request, f"{event['by']}, run {event['run']}"]


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    return [_shown(item) for item in value] if isinstance(value, list) else value
