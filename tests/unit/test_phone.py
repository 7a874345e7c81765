# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers as text in E.164, and the mistakes that YAML makes with them."""

from __future__ import annotations

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils import _phone


@pytest.mark.parametrize("text", ["+8613900001234", "+86 139 0000 1234", "+86-139-0000-1234"])
def test_blanks_and_dashes_are_taken_out(text: str) -> None:
    assert _phone.parse(text) == "+8613900001234"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (8613900001234, 'Quote it: "+8613900001234"'),
        ("8613900001234", "plus is missing"),
        ("+86139000012ab", "more than a plus and digits"),
        ("+86139000012345678", "It has 17 digits"),
        ("+123456", "It has 6 digits"),
        ("+0123456789", "No country code begins with 0"),
        ("", "It is empty"),
        (None, "It is empty"),
        ("+٣٤٥٦٧٨٩٠١", "more than a plus and digits"),
        ("+8613900001234\n", "more than a plus and digits"),
    ],
)
def test_anything_else_is_refused_with_the_reason_and_the_way_to_write_it(value: object, says: str) -> None:
    with pytest.raises(_phone.PhoneNumberError) as caught:
        _phone.parse(value)

    assert says in str(caught.value)


def test_the_wire_has_digits_only_and_back() -> None:
    assert _phone.to_wire("+8613900001234") == "8613900001234"
    assert _phone.from_wire("8613900001234") == "+8613900001234"
