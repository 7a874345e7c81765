# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The results of two calls for the same numbers, as one."""

from __future__ import annotations

from typing import Any

from ansible_collections.chatapp.cams.plugins.filter.cams_merge_results import cams_merge_results


def result(number: int, outcome: str, previous_phase: str | None, *actions: str) -> dict[str, Any]:
    return {
        "phone_number": f"+861390000{number:04}",
        "previous_phase": previous_phase,
        "outcome": outcome,
        "changed": bool(actions),
        "actions": [{"action": action} for action in actions],
    }


def test_a_number_ends_as_the_second_call_says_with_what_both_did() -> None:
    first = result(1, "awaiting_code", "absent", "initiate", "request_code")
    second = result(1, "converged", "initiated", "verify")

    assert cams_merge_results([first], [second]) == [
        result(1, "converged", "absent", "initiate", "request_code", "verify")
    ]


def test_a_change_of_the_first_call_stays_one_when_the_second_changes_nothing() -> None:
    (merged,) = cams_merge_results([result(1, "awaiting_code", "absent", "initiate")], [result(1, "failed", None)])

    assert (merged["outcome"], merged["changed"]) == ("failed", True)


def test_a_number_that_the_first_call_did_not_look_at_began_where_the_second_found_it() -> None:
    second = result(1, "awaiting_code", "absent", "initiate")

    assert cams_merge_results([result(1, "not_attempted", None)], [second]) == [second]


def test_numbers_keep_the_order_of_the_first_call_whether_the_second_has_them_or_not() -> None:
    earlier = [result(number, "awaiting_code", "initiated") for number in (3, 1, 2)]
    later = [result(number, "converged", "initiated") for number in (1, 3)]

    merged = cams_merge_results(earlier, later)

    assert [one["outcome"] for one in merged] == ["converged", "converged", "awaiting_code"]
    assert [one["phone_number"] for one in merged] == [one["phone_number"] for one in earlier]
