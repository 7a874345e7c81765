# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that preflight shows: totals, what it found, and what it checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.columns import align_columns
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.table import (
    MOST_LINES,
    Ending,
    lines_left_out,
    totals,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import count_with_noun
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import one_line

Finding = Mapping[str, Any]
CHECKED = (
    "access to the space, the WABA and its review, the verification of the business, the phase of the number, its"
    " display name, its code method, and its spelling"
)
_HEADER = ("severity", "finding", "space", "host", "number", "what and next step")


def finding_table(ending: Ending, findings: Sequence[Finding]) -> list[str]:
    """Return the lines of the table."""
    serious = [finding for finding in findings if finding["severity"] != "note"]
    rows = list(_rows(ending, serious))
    table = [align_columns([_HEADER, *rows[:MOST_LINES]]) + lines_left_out(len(rows))] if rows else []
    parts = [totals(ending), *table, _notes(findings), [_what_was_checked(ending, findings)]]
    return [line for part in parts if part for line in ("", *part)][1:]


def _rows(ending: Ending, findings: Iterable[Finding]) -> Iterable[list[str]]:
    """Yield a row for each finding. Findings of spaces that say the same share a row."""
    spaces: dict[tuple[str, ...], list[str]] = {}
    for finding in findings:
        if not finding["phone_number"]:
            spaces.setdefault(_key(finding), []).append(finding["cust_space_id"] or "-")
    for finding in findings:
        number = finding["phone_number"]
        if number:
            place = [finding["cust_space_id"] or "-", ending.hosts.get(number) or "-", number]
        elif _key(finding) in spaces:
            alike = spaces.pop(_key(finding))
            place = [alike[0] if len(alike) == 1 else f"{alike[0]} and {len(alike) - 1} more", "-", "-"]
        else:
            continue
        yield [_severity(finding), finding["code"], *place, _text(finding)]


def _key(finding: Finding) -> tuple[str, ...]:
    return _severity(finding), finding["code"], finding["next_action"]


def _severity(finding: Finding) -> str:
    return f"overridden {finding['severity']}" if finding["overridden"] else str(finding["severity"])


def _text(finding: Finding) -> str:
    return " ".join(filter(None, [finding["message"], finding["next_action"]]))


def _notes(findings: Iterable[Finding]) -> list[str]:
    """Return a line for each kind of note, because notes may be as many as numbers."""
    notes: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding["severity"] == "note":
            notes.setdefault(finding["code"], []).append(finding)
    return [one_line(f"note ({len(alike)}) {code}: {_text(alike[0])}") for code, alike in notes.items()]


def _what_was_checked(ending: Ending, findings: Iterable[Finding]) -> str:
    spaces = len({result["cust_space_id"] for result in ending.results})
    counted = f"{count_with_noun(len(ending.results), 'number')} in {count_with_noun(spaces, 'space')}"
    blockers = sum(finding["severity"] == "blocker" and not finding["overridden"] for finding in findings)
    verdict = f"Found {count_with_noun(blockers, 'blocker')}." if blockers else "Nothing stops these numbers."
    return f"Checked {counted}: {CHECKED}. {verdict}"
