# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hosts of later batches of a play, and the lines that say why they are not started."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import returned_result
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.plugin_utils._later_batches import (
    hosts_of_later_batches,
    lines_about_later_batches,
    numbers_not_as_declared,
)

NUMBERS = [f"+861390000{index:04}" for index in range(4)]
HOSTVARS: dict[str, dict[str, Any]] = {
    "a": {"cams_phone_number": NUMBERS[0]},
    "b": {"cams_numbers": NUMBERS[1:3]},
    "c": {"cams_phone_number": "no number"},
    "d": {"cams_phone_number": NUMBERS[3]},
}


def play(batch: str, everyone: str = "a b c d", alive: str | None = None) -> dict[str, Any]:
    return {
        "ansible_play_hosts_all": everyone.split(),
        "ansible_play_hosts": (alive or everyone).split(),
        "ansible_play_batch": batch.split(),
        "hostvars": HOSTVARS,
    }


@pytest.mark.parametrize(
    ("variables", "later"),
    [
        (play("a"), ["b", "c", "d"]),
        (play("b a"), ["c", "d"]),
        (play("c d"), []),
        (play("a b c d"), []),
        # The last host of the batch failed before the role.
        (play("a", alive="a c d"), ["c", "d"]),
        (play("", alive="c d"), []),
    ],
    ids=["first", "order of the play", "last", "no serial", "failed host", "no host"],
)
def test_later_hosts_come_after_the_batch_and_have_not_failed(variables: dict[str, Any], later: list[str]) -> None:
    assert hosts_of_later_batches(variables) == later


@pytest.mark.parametrize("outcome", Outcome)
def test_only_a_number_that_is_as_declared_is_finished(outcome: Outcome) -> None:
    results = [returned_result(NUMBERS[0], outcome), returned_result(NUMBERS[1], Outcome.CONVERGED, phase="limited")]

    assert numbers_not_as_declared({"results": results}) == (outcome is not Outcome.CONVERGED)


@pytest.mark.parametrize("run", [None, {"skipped": True}, {"results": []}])
def test_a_run_without_results_has_no_unfinished_number(run: Any) -> None:
    assert numbers_not_as_declared(run) == 0


def test_the_lines_say_what_was_not_started_why_and_what_to_do() -> None:
    assert lines_about_later_batches(["b", "c", "d"], 1, play("a")) == [
        "",
        "Not started: 3 hosts of later batches with 3 numbers, because 1 number of this batch is not as declared and"
        " cams_continue_when is as_declared.",
        "  Next step: Follow the next steps above and run again. Later batches start when this batch is as declared.",
    ]
    [_empty, several, _next] = lines_about_later_batches(["d"], 2, play("a b c"))
    assert several.startswith("Not started: 1 host of later batches with 1 number, because 2 numbers of this batch are")
    assert "because this batch failed and" in lines_about_later_batches(["d"], 0, play("a b c"))[1]
    assert lines_about_later_batches([], 2, play("a b c d")) == []
