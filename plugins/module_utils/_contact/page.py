# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a contact file: what a person reads, and can send to the maintainers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import Event
from ansible_collections.chatapp.cams.plugins.module_utils._contact.judge import Finding, Verdict
from ansible_collections.chatapp.cams.plugins.module_utils._version import VERSION

_HEADINGS = {
    Verdict.REFUTED: "Not as assumed",
    Verdict.CONFIRMED: "As assumed",
    Verdict.NOT_OBSERVED: "Not observed",
}


def contact_page(number: str, events: Sequence[Event], findings: Sequence[Finding]) -> str:
    """Return the page in Markdown. It contains no full number, no name and no secret."""
    lines = [
        f"# First contact with CAMS: {number}",
        "",
        f"Written by chatapp.cams {VERSION}. {len(events)} calls in {_runs(events)}. Assumptions: {_counts(findings)}.",
        "Numbers, ids and names are masked. The file contains no secret. You can send it to the maintainers.",
        "",
    ]
    for verdict, heading in _HEADINGS.items():
        chosen = [finding for finding in findings if finding.verdict is verdict]
        if chosen:
            lines += [f"## {heading}", "", *_table_of_findings(verdict, chosen), ""]
    return "\n".join([*lines, "## Calls", "", *_table_of_events(events), ""])


def lines_of_screen(
    number: str, findings: Sequence[Finding], steps: Sequence[str], path: Path, page: Path
) -> list[str]:
    """Return what the screen shows at the end of a run."""
    odd = [finding for finding in findings if finding.verdict is Verdict.REFUTED]
    return [
        f"First contact with {number}",
        f"  Steps of this run: {', '.join(steps) or 'none'}",
        f"  Assumptions: {_counts(findings)}",
        *(f"    {f.assumption.id}: {f.value}, and not {f.assumption.assumed}" for f in odd),
        f"  Evidence: {path}",
        f"  The same for people: {page}",
    ]


def _counts(findings: Iterable[Finding]) -> str:
    """Return how many assumptions have each verdict, in words."""
    counts = Counter(finding.verdict for finding in findings)
    return ", ".join(f"{counts[verdict]} {heading.lower()}" for verdict, heading in _HEADINGS.items())


def _runs(events: Sequence[Event]) -> str:
    runs = len({event.run for event in events})
    return f"{runs} run" if runs == 1 else f"{runs} runs"


def _table_of_findings(verdict: Verdict, findings: Iterable[Finding]) -> list[str]:
    if verdict is Verdict.NOT_OBSERVED:
        rows = [
            ["assumption", "question", "assumed"],
            *([f.assumption.id, _plain(f), f.assumption.assumed] for f in findings),
        ]
        return _table(rows)
    head = ["assumption", "question", "assumed", "observed", "evidence"]
    return _table(
        [head, *([f.assumption.id, _plain(f), f.assumption.assumed, f.value, _evidence(f)] for f in findings)]
    )


def _plain(finding: Finding) -> str:
    """Return the question without the marks of the guides."""
    return finding.assumption.question.replace("``", "")


def _evidence(finding: Finding) -> str:
    return "; ".join(f"{event.operation} {_answer(event)} {event.request_id}".strip() for event in finding.events)


def _answer(event: Event) -> str:
    return f"{event.code or event.outcome} (HTTP {event.http_status})" if event.http_status else event.outcome


def _table_of_events(events: Iterable[Event]) -> list[str]:
    rows = [["time", "run", "operation", "about", "answer", "shown", "message", "RequestId"]]
    for event in events:
        about = f"{event.about}, in a form" if event.in_form else event.about
        about = f"{about}, with a {event.filter}" if event.filter else about
        answer = _answer(event)
        rows.append(
            [event.time, str(event.run), event.operation, about, answer, _shown(event), event.message, event.request_id]
        )
    return _table(rows)


def _shown(event: Event) -> str:
    """Return what the answer shows, in a few words."""
    shown = [f"{row.status} {row.verification}".strip() for row in event.number_rows]
    if event.rows is not None:
        shown.append(f"{event.rows} {'row' if event.rows == 1 else 'rows'}")
    else:
        shown += event.verifications
    return ", ".join(filter(None, [*shown, event.health, event.review]))


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in rows]
    return [lines[0], f"|{'---|' * len(rows[0])}", *lines[1:]]


def _cell(text: str) -> str:
    """Return a text that cannot end its cell or become markup."""
    flat = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "|\\<>`*[]" else sign for sign in flat)
