# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Equal errors stop a space or the run, and limits hold numbers back."""

from __future__ import annotations

from typing import cast

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Gate, Guards, RepeatedErrors
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Declaration,
    Observation,
    VerificationReading,
)

DENIED, WRONG_SECRET = "Unknown.ResourceOwnerId", "SignatureDoesNotMatch"


def noted(*errors: tuple[str, str], limit: int = 3) -> RepeatedErrors:
    repeated = RepeatedErrors(limit)
    for space, code in errors:
        repeated.note(space, code)
    return repeated


def stopped_spaces(repeated: RepeatedErrors) -> set[str]:
    return {space for space in ("a", "b", "c") if repeated.verdict_about_space(space)}


def test_equal_errors_of_one_space_stop_only_that_space() -> None:
    repeated = noted(*[("a", DENIED)] * 5)

    assert stopped_spaces(repeated) == {"a"}
    assert repeated.verdict == (
        f"3 numbers of space a in a row failed with {DENIED}, so no other numbers of this space were started."
        " Fix the cause of that error."
    )


def test_a_space_that_was_stopped_counts_once_so_that_its_error_does_not_stop_others() -> None:
    repeated = noted(*[("a", DENIED)] * 3, ("b", DENIED))

    assert stopped_spaces(repeated) == {"a"}


def test_equal_errors_of_several_spaces_stop_the_run() -> None:
    assert stopped_spaces(noted(("a", DENIED), ("b", DENIED), ("c", DENIED))) == {"a", "b", "c"}
    assert stopped_spaces(noted(*[("a", DENIED)] * 3, *[("b", DENIED)] * 2)) == {"a", "b", "c"}


@pytest.mark.parametrize("between", [("a", ""), ("a", "Another.Error")], ids=["success", "another error"])
def test_errors_that_do_not_follow_each_other_stop_nothing(between: tuple[str, str]) -> None:
    assert not stopped_spaces(noted(("a", DENIED), ("a", DENIED), between, ("a", DENIED), ("a", DENIED)))


def test_a_number_of_another_space_does_not_end_the_row_of_a_space() -> None:
    assert stopped_spaces(noted(("a", DENIED), ("b", ""), ("a", DENIED), ("b", ""), ("a", DENIED))) == {"a"}


def test_an_error_about_the_account_stops_the_run_also_in_one_space() -> None:
    repeated = noted(*[("a", WRONG_SECRET)] * 3)

    assert stopped_spaces(repeated) == {"a", "b", "c"}
    assert repeated.verdict == (
        f"3 numbers in a row failed with {WRONG_SECRET}, so no other numbers were started. Fix the cause of that error."
    )


def test_the_message_about_several_stopped_spaces_shows_the_first_and_counts_them() -> None:
    repeated = noted(*[("a", "One")] * 3, *[("b", "Two")] * 3)

    assert repeated.verdict == (
        "3 numbers of space a in a row failed with One, so no other numbers of this space were started."
        " Fix the cause of that error. In all, 2 spaces were stopped in this way."
    )


def test_a_limit_of_zero_stops_nothing() -> None:
    assert not stopped_spaces(noted(*[("a", WRONG_SECRET)] * 9, limit=0))


def test_numbers_may_start_while_a_space_is_not_read_if_no_limit_can_be_exceeded() -> None:
    assert Guards(max_changes=0).allow_start(100, 100)
    assert Guards(max_changes=5).allow_start(2, 3)
    assert not Guards(max_changes=5).allow_start(2, 4)
    assert not Guards(plan={}).allow_start(0, 0)


# --- numbers that are held back


def number_run(observation: Observation) -> NumberRun:
    """A number of a space. These tests read only its plan."""
    made = NumberRun(Declaration("a", "+8613900001234"), cast(Space, None), None, observation)
    made.replan()
    return made


def new() -> NumberRun:
    made = number_run(Observation())
    made.plan = None
    return made


def connected() -> NumberRun:
    return number_run(Observation("CONNECTED"))


def gate(max_changes: int, declared: int, *, check_mode: bool = False, waits_for_codes: bool = False) -> Gate:
    return Gate(Guards(max_changes=max_changes), declared, check_mode=check_mode, waits_for_codes=waits_for_codes)


def test_numbers_start_as_soon_as_the_spaces_that_are_left_cannot_exceed_the_limit() -> None:
    three = gate(max_changes=2, declared=4)
    first, second = [new(), connected()], [connected()]

    assert three.admit(2, first) == [], "one may change, and two are not read"
    assert three.admit(1, second) == [*first, *second], "one may change, and one is not read"
    assert three.is_open
    last = [new()]
    assert three.admit(1, last) == last


def test_numbers_are_held_back_when_all_spaces_were_read_and_the_limit_is_exceeded() -> None:
    exceeded = gate(max_changes=1, declared=2)
    numbers = [new(), new()]

    assert exceeded.admit(2, numbers) == []
    assert not exceeded.is_open
    assert exceeded.release() == numbers


def test_the_numbers_of_a_space_that_failed_cannot_exceed_the_limit() -> None:
    one_failed = gate(max_changes=1, declared=10)
    numbers = [new()]

    one_failed.admit(1, numbers)
    assert one_failed.admit(9, []) == numbers


def test_a_number_that_waits_for_a_code_may_change_if_codes_can_arrive() -> None:
    waiting = number_run(Observation("PENDING", "NOT_VERIFIED", VerificationReading.NOT_VERIFIED))

    assert waiting.waits_for_code
    assert gate(max_changes=1, declared=2).admit(1, [waiting]) == [waiting]
    assert gate(max_changes=1, declared=2, waits_for_codes=True).admit(1, [waiting]) == []


def test_check_mode_holds_nothing_back() -> None:
    numbers = [new(), new()]

    assert gate(max_changes=1, declared=9, check_mode=True).admit(2, numbers) == numbers
