# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that every run shows at its end."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, returned_result
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import FIX_AND_RUN_AGAIN
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.causes import shared_messages
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.columns import align_columns, width_on_screen
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.table import MOST_LINES, Ending, result_table
from table_rows import Row, rows_of, totals_of

NUMBERS = [f"+861390000{place:04}" for place in range(300)]
SECRET = {
    "code": "SignatureDoesNotMatch",
    "message": "Specified signature does not match.",
    "request_id": "R-1",
    "hint": "Check the access key secret: it does not belong to this access_key_id.",
}


def result(place: int, outcome: Outcome, phase: str | None = "connected", **more: Any) -> dict[str, Any]:
    made = returned_result(NUMBERS[place], outcome, cust_space_id="1", state="registered", phase=phase)
    return {**made, **more}


def table(*results: dict[str, Any], problems: tuple[str, ...] = (), **summary: Any) -> str:
    hosts = {number: f"n{place}" for place, number in enumerate(NUMBERS)}
    return "\n".join(result_table(Ending(results, summary, hosts, problems)))


# --- totals ---


def test_a_run_in_which_everything_is_as_declared_says_so_and_lists_nothing() -> None:
    shown = table(
        *(result(place, Outcome.CONVERGED) for place in range(3)), calls={"Query": 2, "Sync": 1}, elapsed_seconds=75.2
    )

    assert shown.splitlines() == [
        "declared  as declared  changed  waiting  needs a person  failed  not attempted  calls   time",
        "       3            3        0        0               0       0              0      3  1 min",
        "",
        "All 3 numbers are as declared.",
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"outcome": Outcome.AWAITING_CODE},
        {"outcome": Outcome.CONVERGED, "phase": "limited"},
    ],
)
def test_a_run_with_something_to_do_does_not_say_that_everything_is_as_declared(other: dict[str, Any]) -> None:
    assert "are as declared." not in table(result(0, Outcome.CONVERGED), result(1, **other))


def test_one_number_that_is_as_declared_is_in_the_singular() -> None:
    assert table(result(0, Outcome.CONVERGED)).endswith("\nThe number is as declared.")


@pytest.mark.parametrize(
    ("outcome", "name"),
    [
        (Outcome.CONVERGED, "as declared"),
        (Outcome.PLANNED, "planned"),
        (Outcome.AWAITING_CODE, "waiting"),
        (Outcome.AWAITING_CONNECTION, "waiting"),
        (Outcome.AWAITING_OWNER, "waiting"),
        (Outcome.NEEDS_OPERATOR, "needs a person"),
        (Outcome.UNKNOWN, "unknown"),
        (Outcome.FAILED, "failed"),
        (Outcome.NOT_ATTEMPTED, "not attempted"),
    ],
)
def test_each_outcome_is_counted_and_listed_unless_it_is_as_declared(outcome: Outcome, name: str) -> None:
    shown = table(result(0, outcome, next_action="Do this."))

    assert totals_of(shown)[name] == "1"
    assert (NUMBERS[0] in rows_of(shown)) is (outcome is not Outcome.CONVERGED)
    assert ("Do this." in shown) is (outcome is not Outcome.CONVERGED)


def test_changes_are_counted_and_planned_steps_are_not_changes() -> None:
    changed = table(result(0, Outcome.CONVERGED, changed=True), result(1, Outcome.CONVERGED))

    assert totals_of(changed)["changed"] == "1"
    assert totals_of(table(result(0, Outcome.PLANNED, changed=True)))["changed"] == "0"


# --- rows ---


def test_numbers_that_need_a_person_come_first_and_the_worst_of_them_before_the_others() -> None:
    shown = table(
        result(0, Outcome.AWAITING_CODE, "initiated"),
        result(1, Outcome.CONVERGED, "limited", next_action="Check its quality."),
        result(2, Outcome.NOT_ATTEMPTED, None),
        result(3, Outcome.NEEDS_OPERATOR, "halted"),
        result(4, Outcome.UNKNOWN, None),
        result(5, Outcome.FAILED, "initiated"),
        result(6, Outcome.AWAITING_OWNER, "absent", next_action="Wait."),
        result(7, Outcome.AWAITING_CONNECTION, "verified"),
    )

    assert [row.host for row in rows_of(shown).values()] == ["n5", "n4", "n3", "n1", "n2", "n0", "n7", "n6"]
    assert "Waiting for their owner: 1 number.\n  Wait.\n" in shown
    assert "Look at these, the worst first: 5 numbers." in shown
    assert rows_of(shown)[NUMBERS[1]] == Row("n1", "limited", "converged", "Check its quality.")


def test_a_failed_number_shows_its_error_its_hint_and_its_next_step() -> None:
    error = {"code": "InvalidParameter", "message": "Wrong code.", "request_id": "", "hint": "Check the code."}
    shown = table(result(0, Outcome.FAILED, "initiated", error=error, next_action="Run again."))

    assert rows_of(shown)[NUMBERS[0]].last == "Wrong code (InvalidParameter). Check the code. Run again."


def test_a_hint_that_says_to_run_again_is_not_repeated() -> None:
    error = {"code": "X", "message": "No.", "request_id": "", "hint": "Ask the old provider, then run again."}
    shown = table(result(0, Outcome.FAILED, "absent", error=error, next_action=FIX_AND_RUN_AGAIN))

    assert rows_of(shown)[NUMBERS[0]].last == "No (X). Ask the old provider, then run again."


def test_a_next_step_that_all_waiting_numbers_share_is_shown_once_above_their_steps() -> None:
    steps = [vars(Action("initiate", "done")), vars(Action("request_code", "unknown"))]
    waiting = [
        result(place, Outcome.AWAITING_CODE, "initiated", next_action="Add the code.", actions=steps)
        for place in range(2)
    ]
    shown = table(*waiting)

    assert "Waiting for a code: 2 numbers.\n  Add the code.\n" in shown
    assert shown.count("Add the code.") == 1
    assert rows_of(shown)[NUMBERS[1]] == Row("n1", "initiated", "awaiting_code", "initiate, request_code (unknown)")


def test_sentences_that_waiting_numbers_share_are_in_the_title_and_the_others_in_their_rows() -> None:
    waiting = [
        result(
            place,
            Outcome.AWAITING_CODE,
            "initiated",
            next_action=f"A code was requested at 14:0{place} UTC. Add the code of {NUMBERS[place]}.",
        )
        for place in range(2)
    ]
    shown = table(*waiting)

    assert "Waiting for a code: 2 numbers.\n  Add the code of +….\n" in shown
    assert rows_of(shown)[NUMBERS[1]] == Row("n1", "initiated", "awaiting_code", "A code was requested at 14:01 UTC.")


def test_a_next_step_of_one_number_names_the_number() -> None:
    shown = table(result(0, Outcome.AWAITING_CODE, "initiated", next_action=f"Add the code of {NUMBERS[0]}."))

    assert f"Waiting for a code: 1 number.\n  Add the code of {NUMBERS[0]}.\n" in shown


def test_a_planned_number_shows_its_steps_and_the_steps_that_follow_once_it_has_its_code() -> None:
    planned = {"actions": [vars(Action("initiate", "planned"))], "later_steps": ["verify", "register"]}
    shown = table(result(0, Outcome.PLANNED, "absent", **planned))

    assert rows_of(shown)[NUMBERS[0]].last == "initiate (then, once the code is given: verify, register)"


def test_a_planned_number_that_needs_no_code_shows_its_steps() -> None:
    shown = table(result(0, Outcome.PLANNED, "absent", actions=[vars(Action("initiate", "planned"))]))

    assert rows_of(shown)[NUMBERS[0]] == Row("n0", "absent", "planned", "initiate")


@pytest.mark.parametrize("outcome", [Outcome.AWAITING_CODE, Outcome.NEEDS_OPERATOR, Outcome.PLANNED])
def test_a_long_list_stops_and_names_the_report(outcome: Outcome) -> None:
    shown = table(*(result(place, outcome) for place in range(MOST_LINES + 7)))

    assert len(rows_of(shown)) == MOST_LINES
    assert "… and 7 more. The playbook chatapp.cams.report lists all numbers." in shown


# --- a cause that many numbers share ---


def test_a_wrong_secret_on_200_numbers_is_shown_once_in_less_than_3_kb() -> None:
    failed = [result(place, Outcome.FAILED, None, error=SECRET, next_action="Run again.") for place in range(200)]
    shown = table(*failed)
    messages = set(shared_messages(failed).values())

    assert len(shown.encode()) + sum(map(len, messages)) < 3000
    assert "200 numbers of space 1 failed: Specified signature does not match (SignatureDoesNotMatch)." in shown
    assert "n4 +8613900000004, and 195 more" in shown
    assert rows_of(shown) == {}
    assert messages == {"SignatureDoesNotMatch: Check the access key secret: it does not belong to this access_key_id."}


def test_errors_about_single_numbers_are_rows_also_if_they_say_the_same() -> None:
    error = {"code": "PhoneNumber.NotMigratable", "message": "No.", "request_id": "", "hint": "Check it."}
    failed = [result(place, Outcome.FAILED, None, error=error) for place in range(3)]

    assert set(rows_of(table(*failed))) == set(NUMBERS[:3])
    assert shared_messages(failed) == {}


def test_a_cause_that_only_one_number_has_is_a_row() -> None:
    assert list(rows_of(table(result(0, Outcome.FAILED, None, error=SECRET)))) == [NUMBERS[0]]


def test_a_stopped_run_says_once_why_numbers_were_not_attempted() -> None:
    why = "5 numbers in a row failed with X, so no other numbers were started. Run again."
    left = [result(place, Outcome.NOT_ATTEMPTED, None, next_action=why) for place in range(9)]
    shown = table(*left)

    assert shown.count(why) == 1
    assert "9 numbers were not attempted." in shown
    assert set(shared_messages(left).values()) == {f"Not attempted. {why.removesuffix(' Run again.')}"}


def test_a_denied_space_does_not_hide_what_the_other_spaces_need() -> None:
    denied = {"code": "NoPermission", "message": "No.", "request_id": "", "hint": "Grant it."}
    theirs = [result(place, Outcome.FAILED, None, error=denied, cust_space_id=f"s{place}") for place in range(4)]
    shown = table(*theirs, result(9, Outcome.NEEDS_OPERATOR, "halted"))

    assert "4 numbers of space s0, space s1, 2 more failed: No (NoPermission)." in shown
    assert list(rows_of(shown)) == [NUMBERS[9]]


def test_a_problem_of_the_whole_run_comes_first_and_is_shown_also_without_results() -> None:
    problem = "There are 2 mistakes:\nhost a: x\nhost b: y"

    assert table(problems=(problem, "", problem)).splitlines() == problem.splitlines()
    assert table(result(0, Outcome.CONVERGED), problems=(problem,)).startswith(problem)


# --- columns ---


def test_columns_are_aligned_also_with_wide_and_long_names() -> None:
    rows = [["商店", "a", "x"], ["n" * 60, "bb", "y" * 200], ["cafe\u0301", "c", ""]]
    first, second, third = align_columns(rows)

    assert {width_on_screen(line[: line.index(cell)]) for line, cell in [(first, "a"), (second, "bb")]} == {42}
    assert second.startswith("n" * 39 + "…")
    assert second.endswith("y" * 200)
    assert width_on_screen(third[: third.rindex("c")]) == 42


def test_hidden_characters_of_a_host_name_are_visible() -> None:
    shown = result_table(Ending([result(0, Outcome.FAILED)], hosts={NUMBERS[0]: "shop\x1b[31m\u202e\n"}))

    assert "shop[U+001B][31m[U+202E]" in "\n".join(shown)
    assert all(line.isprintable() for line in shown)
