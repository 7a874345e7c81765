# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that preflight shows."""

from __future__ import annotations

from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import returned_result
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.findings import finding_table
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.table import MOST_LINES, Ending

NUMBERS = [f"+861390000{place:04}" for place in range(100)]
ENDING = Ending(
    [returned_result(number, Outcome.PLANNED, cust_space_id="1") for number in NUMBERS[:2]],
    hosts={number: f"n{place}" for place, number in enumerate(NUMBERS)},
)


def finding(severity: str, code: str, number: str | None = None, space: str = "1", **more: Any) -> dict[str, Any]:
    place = {"cust_space_id": space, "phone_number": number, "overridden": False}
    return {"severity": severity, "code": code, "message": "What.", "next_action": "Fix it.", **place, **more}


def shown(*findings: dict[str, Any]) -> str:
    return "\n".join(finding_table(ENDING, findings))


def test_preflight_says_what_it_checked_and_that_nothing_stops_the_numbers() -> None:
    text = shown(finding("note", "two_step_verification", NUMBERS[0]))

    assert text.startswith("declared  as declared  planned")
    assert "Checked 2 numbers in 1 space: access to the space, the WABA and its review," in text
    assert text.endswith("Nothing stops these numbers.")
    assert "severity" not in text


def test_a_blocker_is_a_row_with_host_and_number() -> None:
    text = shown(finding("blocker", "cannot_take_sms", NUMBERS[1]))

    assert "blocker   cannot_take_sms  1      n1    +8613900000001  What. Fix it." in text
    assert text.endswith("Found 1 blocker.")


def test_an_overridden_blocker_stops_nothing() -> None:
    text = shown(finding("blocker", "halted", NUMBERS[1], overridden=True))

    assert "overridden blocker  halted" in text
    assert text.endswith("Nothing stops these numbers.")


def test_spaces_that_have_the_same_problem_share_a_row() -> None:
    spaces = [finding("blocker", "credentials_refused", space=f"s{place}", message=f"s{place}") for place in range(20)]
    rows = [line for line in shown(*spaces).splitlines() if line.startswith("blocker")]

    assert rows == ["blocker   credentials_refused  s0 and 19 more  -     -       s0 Fix it."]


def test_notes_of_one_kind_share_a_line_and_long_lists_stop() -> None:
    notes = [finding("note", "already_here", number) for number in NUMBERS]
    warnings = [finding("warning", "limited", number) for number in NUMBERS]
    text = shown(*notes, *warnings)

    assert "note (100) already_here: What. Fix it." in text
    assert text.count("\nwarning") == MOST_LINES
    assert "… and 50 more." in text
