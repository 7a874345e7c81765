# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes of answers: which answers are accepted, and how they are changed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api import operations as op
from ansible_collections.chatapp.cams.plugins.module_utils._api.shapes import ShapeError, checked_answer


@pytest.mark.parametrize("name", ["PhoneNumbers", "phoneNumbers", "phone_numbers"])
def test_every_spelling_of_a_name_becomes_the_spelling_of_the_table(name: str) -> None:
    """A list under another name would read as an empty space, and its numbers as absent."""
    assert checked_answer(op.QUERY_NUMBERS, {name: [{"phoneNumber": 8613900001234}]}) == {
        "PhoneNumbers": [{"PhoneNumber": "8613900001234"}]
    }


@pytest.mark.parametrize(
    "row",
    [
        {"PhoneNumber": "1", "Status": "PENDING", "status": "CONNECTED"},
        {"PhoneNumber": "1", "CodeVerificationStatus": "PENDING", "code_verification_status": {}},
    ],
)
def test_two_spellings_of_a_field_that_is_read_are_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ShapeError, match="two spellings"):
        checked_answer(op.SYNC, {"PhoneNumbers": [row]})


def test_two_spellings_of_a_field_that_is_not_read_are_kept() -> None:
    row = {"PhoneNumber": "1", "New": 1, "new": 2}

    assert checked_answer(op.SYNC, {"PhoneNumbers": [row]}) == {"PhoneNumbers": [row]}


@pytest.mark.parametrize("value", [True, 1.5, [], {}, "", " ", None])
def test_a_row_needs_a_number_that_is_text_or_an_integer(value: object) -> None:
    with pytest.raises(ShapeError, match="PhoneNumber"):
        checked_answer(op.QUERY_NUMBERS, {"PhoneNumbers": [{"PhoneNumber": value}]})


@pytest.mark.parametrize("action", op.OPERATIONS)
def test_an_empty_answer_does_not_raise(action: str) -> None:
    try:
        assert checked_answer(op.OPERATIONS[action], {}) == {}
    except ShapeError:
        assert action == op.VERIFICATION_STATUS.action


def test_an_id_becomes_text() -> None:
    assert checked_answer(op.QUERY_WABA, {"Data": {"Id": 100200300400500}}) == {"Data": {"Id": "100200300400500"}}
