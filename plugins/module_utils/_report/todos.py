# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Groups the numbers of a report by what to do about them, and by who acts: the cards at the top of the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import without_repeated_advice
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document, Entry, is_in_danger
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import error_in_words
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import ANY_NUMBER


@dataclass
class Todo:
    """One thing to do, with the ranks of its numbers in the report."""

    text: str
    outcome: str
    ranks: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Card:
    """The to-dos of one group, the most urgent first."""

    key: str
    title: str
    explanation: str
    todos: Sequence[Todo]

    @property
    def count(self) -> int:
        """Return how many numbers the card is about."""
        return sum(len(todo.ranks) for todo in self.todos)


# Each group with its title and its explanation, in the order of the page.
_GROUPS = {
    "fix": ("Fix", "An error stopped these numbers."),
    "decide": ("Decide", "A person must look at these numbers and decide."),
    "codes": ("Give codes", "These numbers need the code that reached their phone."),
    "run": ("Run reconcile", "The next run continues with these numbers."),
    "wait": (
        "Wait",
        "WhatsApp is connecting these numbers, or their owners are not ready for a code yet. Look again later.",
    ),
}
_GROUP_OF_OUTCOME = {
    Outcome.FAILED.value: "fix",
    Outcome.UNKNOWN.value: "decide",
    Outcome.NEEDS_OPERATOR.value: "decide",
    Outcome.AWAITING_CODE.value: "codes",
    Outcome.PLANNED.value: "run",
    Outcome.NOT_ATTEMPTED.value: "run",
    Outcome.AWAITING_CONNECTION.value: "wait",
    Outcome.AWAITING_OWNER.value: "wait",
    # Only for numbers in danger.
    Outcome.CONVERGED.value: "decide",
}
# The row of the number shows these sentences.
_WHEN_REQUESTED = re.compile(r"(A code was requested|Another code can be requested) [^.]*UTC\. ?")
_PLANNED = "Run the playbook chatapp.cams.reconcile to make these changes."
_RED = "WhatsApp rates the quality as RED. Check what the customer sends, before WhatsApp limits the number."
_LIMITED = "WhatsApp limits the number. Check its quality and what the customer sends."


def todo_cards(report: Document) -> list[Card]:
    """Return a card for each group that has something to do. A number has one to-do at most."""
    found: dict[str, dict[tuple[str, str], Todo]] = {key: {} for key in _GROUPS}
    for rank, entry in enumerate(report["numbers"]):
        if entry["drifted"] or is_in_danger(entry):
            text, outcome = _text_of_todo(entry), entry["outcome"]
            alike = found[_GROUP_OF_OUTCOME[outcome]]
            alike.setdefault((outcome, text), Todo(text, outcome)).ranks.append(rank)
    return [Card(key, *_GROUPS[key], list(todos.values())) for key, todos in found.items() if todos]


def advice_about_danger(entry: Entry) -> str:
    """Return what to do about a number in danger that has no next action of its own, or nothing."""
    if entry["next_action"] or not is_in_danger(entry):
        return ""
    return _RED if entry["quality"] == "RED" else _LIMITED


def _text_of_todo(entry: Entry) -> str:
    """Return what to do, without the number and its times, so that numbers with the same to-do are one line."""
    number = entry["phone_number"]
    # In a command, "the number" could be typed by mistake.
    error = error_in_words(entry).replace(f"={number}", f"={ANY_NUMBER}").replace(number, "the number")
    next_action = _WHEN_REQUESTED.sub("", entry["next_action"]).replace(number, ANY_NUMBER)
    next_action = without_repeated_advice(next_action, error)
    text = " ".join(filter(None, [error, next_action or advice_about_danger(entry)]))
    if text:
        return text
    return _PLANNED if entry["outcome"] == Outcome.PLANNED.value else "Run again."
