# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes numbers.csv for spreadsheets and summary.md for pipelines and merge requests."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._report.changes import grouped_changes
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document, Entry
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import (
    duration_in_words,
    name_with_spaces,
    short_utc_time,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters

_MOST_ROWS = 100
_MOST_CHANGES = 20

# Columns that are safe in every spreadsheet. All others may hold text from the cloud or the inventory.
_SAFE_COLUMNS = ("phase_age_seconds", "phase_since", "drifted", "changed")
_COLUMNS = (
    "phone_number",
    "cust_space_id",
    "host",
    "state",
    "phase",
    "phase_since",
    "phase_age_seconds",
    "outcome",
    "drifted",
    "changed",
    "status",
    "quality",
    "tier",
    "name",
    "name_status",
    "health",
    "next_action",
)
# The start of a formula (also in full-width characters), a number or a date. Spreadsheets run formulas and rewrite
# numbers: +8613900001234 becomes 8.6139E+12.
_NOT_TEXT = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20|0-9]")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&@:])")


def as_csv(report: Document) -> bytes:
    """Return numbers.csv in UTF-8 with a byte order mark, because without it Excel reads another encoding."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow([*_COLUMNS, "steps", "error_code", "error_message", "request_ids"])
    for entry in report["numbers"]:
        error = entry["error"] or {}
        steps = ", ".join(f"{step['step']} {step['outcome']}" for step in entry["steps"])
        last_cells = [steps, error.get("code", ""), error.get("message", ""), " ".join(entry["request_ids"])]
        writer.writerow([*(_csv_cell(entry, name) for name in _COLUMNS), *map(as_spreadsheet_text, last_cells)])
    return written.getvalue().encode("utf-8-sig")


def _csv_cell(entry: Entry, name: str) -> str:
    value = entry[name]
    if name in _SAFE_COLUMNS:
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return as_spreadsheet_text(value or "")


def as_spreadsheet_text(value: str) -> str:
    """Return the text with an apostrophe in front where a spreadsheet would read a formula, a number or a date."""
    shown = show_hidden_characters(value)
    return f"'{shown}" if _NOT_TEXT.match(shown) else shown


def as_markdown(report: Document) -> str:
    """Return summary.md."""
    summary = report["summary"]
    lines = [f"## WhatsApp numbers: {drift_in_words(report)}", ""]
    if report["stopped"]:
        lines += [f"**The run stopped early.** {escape_markdown(report['stopped'])}", ""]
    if summary["declared"]:
        lines += [
            *_table_of_counts("outcome", summary["outcomes"]),
            *_table_of_counts("funnel", _counts_by_stage(report)),
        ]
    drifted = [entry for entry in report["numbers"] if entry["drifted"]]
    if drifted:
        lines += ["### Not as declared", "", *_table_of_drifted_numbers(drifted)]
    lines += _changes(report)
    lines += [f"- {escape_markdown(note)}" for note in report["notes"]] + ([""] if report["notes"] else [])
    hidden = " Numbers are masked." if report["masked"] and summary["declared"] else ""
    lines.append(
        f"Made {short_utc_time(report['made_at'])} by {escape_markdown(report['made_by'])}"
        f" from {source_in_words(report)}.{hidden}"
    )
    return "\n".join(lines) + "\n"


def drift_in_words(report: Document) -> str:
    """Return how many numbers are not as declared, in words."""
    summary = report["summary"]
    declared, drifted = summary["declared"], summary["drifted"]
    if not declared:
        return "no number is declared"
    if not drifted:
        return "the only number is as declared" if declared == 1 else f"all {declared} are as declared"
    return f"{drifted} of {declared} {'is' if drifted == 1 else 'are'} not as declared"


def source_in_words(report: Document) -> str:
    """Return what the report was made from, in words."""
    kind, made_at = report["source"]["kind"], report["source"]["made_at"]
    return {"run": "the results of a run", "check": "a fresh read", "plan": f"the plan of {short_utc_time(made_at)}"}[
        kind
    ]


def error_in_words(entry: Entry) -> str:
    """Return the error of a number as a sentence, or nothing."""
    error = entry["error"]
    return f"{error['message'].rstrip('.')} ({error['code']}). {error['hint']}".strip() if error else ""


def escape_markdown(text: str) -> str:
    """Return the text so that Markdown shows it unchanged."""
    return _MARKUP.sub(r"\\\1", show_hidden_characters(text))


def as_markdown_code(text: str) -> str:
    """Return the text as Markdown code, in which markup, links and mentions have no effect.

    The pipe is escaped for table cells.
    """
    shown = show_hidden_characters(text).replace("|", "\\|")
    if not shown.strip():
        return ""
    fence = "`" * (max(map(len, re.findall(r"`+", shown)), default=0) + 1)
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _table_of_counts(title: str, counts: dict[str, int]) -> list[str]:
    rows = [f"| {name_with_spaces(name)} | {count} |" for name, count in counts.items() if count]
    return [f"| {title} | numbers |", "|---|--:|", *rows, ""]


def _changes(report: Document) -> list[str]:
    """Return how many numbers changed since the earlier report, for each kind of change."""
    since = report["since"]
    if since is None:
        return []
    groups = grouped_changes(since)[:_MOST_CHANGES]
    changes = [f"- {len(numbers)}: {escape_markdown(words)}" for words, numbers in groups]
    title = f"### Since the report of {short_utc_time(since['made_at'])}"
    return [title, "", *(changes or ["Nothing changed."]), ""]


def _counts_by_stage(report: Document) -> dict[str, int]:
    return {stage["stage"]: stage["count"] for stage in report["summary"]["funnel"]}


def _table_of_drifted_numbers(entries: Sequence[Entry]) -> list[str]:
    lines = [
        "| number | space | host | name | phase | time in phase | outcome | next step |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_table_row(entry) for entry in entries[:_MOST_ROWS]]
    more = len(entries) - _MOST_ROWS
    return [*lines, ""] + ([f"And {more} more, listed in report.html.", ""] if more > 0 else [])


def _table_row(entry: dict[str, Any]) -> str:
    error = entry["error"]
    problem = f"{as_markdown_code(error['message'])} ({as_markdown_code(error['code'])}) " if error else ""
    cells = [
        as_markdown_code(entry["phone_number"]),
        as_markdown_code(entry["cust_space_id"]),
        as_markdown_code(entry["host"]),
        as_markdown_code(entry["name"]),
        name_with_spaces(entry["phase"] or "not read"),
        duration_in_words(entry["phase_age_seconds"]),
        name_with_spaces(entry["outcome"]),
        problem + escape_markdown(entry["next_action"]),
    ]
    return f"| {' | '.join(cells)} |"
