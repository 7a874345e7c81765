# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports for tests: fleets of any size, with all phases and outcomes, and with hostile names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._report.changes import EarlierReport, changes_since
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import (
    Document,
    build_report,
    source_of_results,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.history import parse_history

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=timezone.utc)
Result = dict[str, Any]

HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><img src=x onerror=\"document.title='owned'\">",
    "\"' onmouseover='document.title=1'",
    "shop \u202eexe.moc\u202c end",
    "=cmd|'/C calc'!A0",
    "@everyone | [link](javascript:alert(1)) `code` {{ 7 * 7 }}",
    "line one\r\nline two\x00\x1b[31m",
    "]]> &amp; --> \ufffe",
)
_STATES = (
    # phase, outcome, next action, quality, tier, steps in the journal
    ("connected", "converged", "", "GREEN", "TIER_10K", ("initiate", "request_code", "verify", "register")),
    ("connected", "converged", "", "GREEN", "TIER_1K", ("initiate", "request_code", "verify", "register")),
    ("limited", "converged", "", "RED", "TIER_250", ("initiate", "request_code", "verify", "register")),
    ("connected", "converged", "", "YELLOW", "TIER_1K", ()),
    ("initiated", "awaiting_code", "When the code reaches the phone, add the code to cams_codes and run again."
     " If no code arrives, run again with -e cams_resend=+….", "", "", ("initiate", "request_code")),
    ("verified", "awaiting_connection", "Run again in some minutes.", "UNKNOWN", "TIER_250",
     ("initiate", "request_code", "verify", "register")),
    ("halted", "needs_operator", "The cloud shows the number as MIGRATED: find out why it left.", "", "", ()),
    ("initiated", "failed", "Ask for the right code.", "", "", ("initiate", "request_code", "verify")),
    ("initiated", "unknown", "Run again: it reads before it writes.", "", "", ("initiate", "request_code")),
    ("absent", "planned", "", "", "", ()),
    (None, "not_attempted", "Run again.", "", "", ()),
)  # fmt: skip


def sample_result(place: int, name: str = "Café Söhne", **more: Any) -> Result:
    """Return a result like the fleet module. The place selects phase and outcome."""
    phase, outcome, next_action, quality, tier, _steps = _STATES[place % len(_STATES)]
    number = number_at(place)
    made: Result = {
        "phone_number": number,
        "cust_space_id": str(293483938849400 + place % 7),
        "state": "registered",
        "previous_phase": phase,
        "phase": phase,
        "outcome": outcome,
        "changed": outcome == "planned",
        "actions": [{"action": "initiate", "outcome": "planned", "request_id": ""}] if outcome == "planned" else [],
        "next_action": next_action,
        "number": None,
    }
    if quality:
        row = {"verified_name": name, "quality_rating": quality, "messaging_limit_tier": tier, "status": "CONNECTED"}
        made["health"] = {"can_send_message": "AVAILABLE", "problems": []}
        made["number"] = {"phone_number": number, **row}
    if outcome in ("failed", "unknown"):
        message = f"Failed to verify {number}: the code is wrong"
        made["error"] = {"code": "Verify.Wrong", "message": message, "request_id": request_id(place, 9), "hint": ""}
    return {**made, **more}


def number_at(place: int) -> str:
    return f"+86139{10000000 + place}"


def request_id(place: int, step: int) -> str:
    return f"90E63D28-E31D-1EB2-{step:04}-{place:012}"


def sample_journal_lines(places: Sequence[int]) -> list[str]:
    """Return the journal lines of these numbers."""
    lines = []
    for place in places:
        for order, step in enumerate(_STATES[place % len(_STATES)][5]):
            at = NOW - timedelta(hours=place % 97 + 1, minutes=-order)
            lines += _lines_of_step(place, order, step, at)
    return lines


def _lines_of_step(place: int, order: int, step: str, at: datetime) -> list[str]:
    line = {
        "v": 1,
        "at": at.isoformat(),
        "run": "4f0c2a",
        "user": "ops",
        "host": "runner-1",
        "space": "1",
        "number": number_at(place),
        "step": step,
        "entry": f"{place}-{order}",
    }
    wrong = step == "verify" and _STATES[place % len(_STATES)][1] == "failed"
    ended = {"outcome": "refused", "error": "Verify.Wrong"} if wrong else {"outcome": "done"}
    return [
        json.dumps({**line, "outcome": "intended"}),
        json.dumps({**line, **ended, "request_id": request_id(place, order)}),
    ]


def make_report(
    results: Sequence[Result], lines: Sequence[str] = (), *, show_numbers: bool = False, **more: Any
) -> Document:
    numbers = {result["phone_number"] for result in results}
    hosts = {number: f"shop-{place}" for place, number in enumerate(sorted(numbers))}
    return build_report(
        source_of_results({"results": list(results), **more}, NOW),
        parse_history(lines, numbers, "journal"),
        hosts=hosts,
        show_numbers=show_numbers,
        now=NOW,
    )


def fleet_report(size: int, *, show_numbers: bool = False) -> Document:
    return make_report(
        [sample_result(place) for place in range(size)], sample_journal_lines(range(size)), show_numbers=show_numbers
    )


def changed_fleet_report(size: int) -> Document:
    """Return the report of a fleet after an earlier report with other phases and without one of the numbers."""
    report = fleet_report(size)
    numbers = [{**entry, "phase": "absent"} if place % 3 else entry for place, entry in enumerate(report["numbers"])]
    gone = {**numbers[0], "host": "shop-gone"}
    earlier = EarlierReport("2026-11-20T12:00:00Z", masked=True, numbers=[*numbers[1:], gone])
    report["since"], _notes = changes_since(earlier, report["numbers"], masked=True)
    return report


def hostile_report() -> Document:
    results = [sample_result(0, name) for name in HOSTILE]
    return make_report([{**made, "phone_number": number_at(place)} for place, made in enumerate(results)])
