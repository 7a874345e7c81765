# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as a table for a spreadsheet and as a summary in Markdown."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document, Entry
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import age, clock, words
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import visible

_LISTED = 100

# The columns that are ours and safe in every spreadsheet; all others hold text from elsewhere.
_PLAIN = ("phase_age_seconds", "phase_since", "drifted", "changed")
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
# What a spreadsheet may take for a formula (also in the wide letters of East Asia), or for a number or a date, which it
# then rewrites: +8613900001234 becomes 8.6139E+12.
_NO_TEXT = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20|0-9]")
_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&@:])")


def as_csv(report: Document) -> bytes:
    """UTF-8 with a byte order mark, without which Excel reads another encoding. Text stays text."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow([*_COLUMNS, "steps", "error_code", "error_message", "request_ids"])
    for entry in report["numbers"]:
        error = entry["error"] or {}
        steps = ", ".join(f"{step['step']} {step['outcome']}" for step in entry["steps"])
        others = [steps, error.get("code", ""), error.get("message", ""), " ".join(entry["request_ids"])]
        writer.writerow([*(_cell(entry, name) for name in _COLUMNS), *map(as_text, others)])
    return written.getvalue().encode("utf-8-sig")


def _cell(entry: Entry, name: str) -> str:
    value = entry[name]
    if name in _PLAIN:
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return as_text(value or "")


def as_text(value: str) -> str:
    """An apostrophe in front keeps a spreadsheet from taking text for anything else."""
    shown = visible(value)
    return f"'{shown}" if _NO_TEXT.match(shown) else shown


def as_markdown(report: Document) -> str:
    """The summary, as a pipeline or a merge request shows it."""
    summary = report["summary"]
    lines = [f"## WhatsApp numbers: {headline(report)}", ""]
    if report["stopped"]:
        lines += [f"**Stopped early.** {escaped(report['stopped'])}", ""]
    if summary["declared"]:
        lines += [*_counts("outcome", summary["outcomes"]), *_counts("funnel", _funnel(report))]
    drifted = [entry for entry in report["numbers"] if entry["drifted"]]
    if drifted:
        lines += ["### Not as declared", "", *_drifted(drifted)]
    lines += [f"- {escaped(note)}" for note in report["notes"]] + ([""] if report["notes"] else [])
    hidden = " Numbers are masked." if report["masked"] and summary["declared"] else ""
    lines.append(f"Made {clock(report['made_at'])} by {escaped(report['made_by'])} from {told_source(report)}.{hidden}")
    return "\n".join(lines) + "\n"


def headline(report: Document) -> str:
    summary = report["summary"]
    declared, drifted = summary["declared"], summary["drifted"]
    if not declared:
        return "no number is declared"
    if not drifted:
        return "the one number is as declared" if declared == 1 else f"all {declared} are as declared"
    return f"{drifted} of {declared} {'is' if drifted == 1 else 'are'} not as declared"


def told_source(report: Document) -> str:
    """What the report was made from, for a person."""
    kind, made_at = report["source"]["kind"], report["source"]["made_at"]
    return {"run": "the results of a run", "check": "a fresh read", "plan": f"the plan of {clock(made_at)}"}[kind]


def next_actions(report: Document) -> list[tuple[str, int, str]]:
    """What is left to do, each with its outcome and for how many numbers, the most urgent first."""
    counted = Counter((entry["outcome"], entry["next_action"]) for entry in report["numbers"] if entry["drifted"])
    return [(outcome, count, sentence) for (outcome, sentence), count in counted.items()]


def escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _MARKUP.sub(r"\\\1", visible(text))


def code(text: str) -> str:
    """Foreign text as code, in which no markup, link or mention is read. Table cells need the pipe escaped."""
    shown = visible(text).replace("|", "\\|")
    if not shown.strip():
        return ""
    fence = "`" * (max(map(len, re.findall(r"`+", shown)), default=0) + 1)
    space = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{fence}{space}{shown}{space}{fence}"


def _counts(title: str, counts: dict[str, int]) -> list[str]:
    rows = [f"| {words(name)} | {count} |" for name, count in counts.items() if count]
    return [f"| {title} | numbers |", "|---|--:|", *rows, ""]


def _funnel(report: Document) -> dict[str, int]:
    return {stage["stage"]: stage["count"] for stage in report["summary"]["funnel"]}


def _drifted(entries: Sequence[Entry]) -> list[str]:
    lines = ["| number | space | host | name | phase | for | outcome | next |", "|---|---|---|---|---|---|---|---|"]
    lines += [_row(entry) for entry in entries[:_LISTED]]
    more = len(entries) - _LISTED
    return [*lines, ""] + ([f"And {more} more, which report.html lists.", ""] if more > 0 else [])


def _row(entry: dict[str, Any]) -> str:
    error = entry["error"]
    problem = f"{code(error['message'])} ({code(error['code'])}) " if error else ""
    cells = [
        code(entry["phone_number"]),
        code(entry["cust_space_id"]),
        code(entry["host"]),
        code(entry["name"]),
        words(entry["phase"] or "not read"),
        age(entry["phase_age_seconds"]),
        words(entry["outcome"]),
        problem + escaped(entry["next_action"]),
    ]
    return f"| {' | '.join(cells)} |"
