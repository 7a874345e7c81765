# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification codes, and the errors for other values."""

from __future__ import annotations

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._values import verification_code


@pytest.mark.parametrize("text", ["012345", "012-345", " 012 345 ", "01-2345", "012345\n"])
def test_six_digits_with_spaces_and_one_dash_are_a_code(text: str) -> None:
    assert verification_code.parse(text) == "012345"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("98765", "5 digits"),
        (98765, "leading zero"),
        ("1234567", "7 digits"),
        ("abcdef", "more than digits"),
        ("0-1-2345", "more than digits"),
        ("٠١٢٣٤٥", "more than digits"),
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("-", "it is empty"),
        (None, "it is None"),
        ("None", "it is None"),
    ],
)
def test_another_value_is_refused_with_an_example_and_not_shown(value: object, says: str) -> None:
    with pytest.raises(verification_code.CodeError) as caught:
        verification_code.parse(value)

    message = str(caught.value)
    assert says in message
    assert 'verify_code: "012345"' in message
    digits = str(value).strip(" -")
    assert not digits or digits == "None" or digits not in message
