# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cards of a report: who acts on which number, and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.todos import todo_cards
from reports import fleet_report, make_report, number_at, sample_result


def test_every_number_that_is_not_as_declared_or_in_danger_is_on_one_card() -> None:
    report = fleet_report(22)
    ranks = sorted(rank for card in todo_cards(report) for todo in card.todos for rank in todo.ranks)

    assert ranks == [rank for rank, e in enumerate(report["numbers"]) if e["drifted"] or e["quality"] == "RED"]
    assert [(card.title, card.count) for card in todo_cards(report)] == [
        ("Fix", 2),
        ("Decide", 6),
        ("Give codes", 2),
        ("Run reconcile", 4),
        ("Wait", 2),
    ]


def test_numbers_with_the_same_error_are_one_todo_without_their_numbers() -> None:
    [card] = todo_cards(make_report([sample_result(7), sample_result(18)]))

    [todo] = card.todos
    assert todo.text == "Failed to verify the number: the code is wrong (Verify.Wrong). Ask for the right code."
    assert todo.ranks == [0, 1]


def test_numbers_whose_codes_were_requested_at_different_times_are_one_todo() -> None:
    waiting = [
        sample_result(place, next_action=f"A code was requested by SMS at 2026-05-01 10:0{place} UTC. Add the code.")
        for place in (4, 5)
    ]
    for result in waiting:
        result["outcome"] = Outcome.AWAITING_CODE.value
    [card] = todo_cards(make_report(waiting))

    assert [(todo.text, len(todo.ranks)) for todo in card.todos] == [("Add the code.", 2)]


@pytest.mark.parametrize(
    ("place", "more", "text"),
    [
        (2, {}, "WhatsApp rates the quality as RED. Check what the customer sends, before WhatsApp limits the number."),
        (2, {"number": None}, "WhatsApp limits the number. Check its quality and what the customer sends."),
        (2, {"next_action": "Ask support."}, "Ask support."),
        (9, {}, "Run the playbook chatapp.cams.reconcile to make these changes."),
        (10, {"next_action": ""}, "Run again."),
    ],
)
def test_a_number_without_a_next_action_has_a_todo_too(place: int, more: dict[str, Any], text: str) -> None:
    [card] = todo_cards(make_report([sample_result(place, **more)]))

    assert [todo.text for todo in card.todos] == [text]


def test_a_number_that_waits_for_its_owner_is_on_the_card_of_what_waits() -> None:
    waiting = sample_result(9, outcome=Outcome.AWAITING_OWNER.value, next_action="Run again tomorrow.", actions=[])
    [card] = todo_cards(make_report([waiting]))

    assert (card.title, [todo.text for todo in card.todos]) == ("Wait", ["Run again tomorrow."])
    assert "their owners are not ready for a code yet" in card.explanation


def test_every_outcome_has_a_card_and_a_report_as_declared_has_none() -> None:
    for outcome in Outcome:
        report = make_report([sample_result(2, outcome=outcome.value, phone_number=number_at(0))])
        assert len(todo_cards(report)) == 1
    assert todo_cards(make_report([sample_result(0)])) == []
