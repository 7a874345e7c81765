# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phone numbers as text in E.164, and the mistakes that YAML makes."""

from __future__ import annotations

import sys

import phonenumbers
import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.calling_codes import CALLING_CODES


@pytest.mark.parametrize("text", ["+8613900001234", "+86 139 0000 1234", "+86-139-0000-1234"])
def test_spaces_and_dashes_are_removed(text: str) -> None:
    assert phone.parse(text) == "+8613900001234"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (8613900001234, 'Quote it: "+8613900001234"'),
        ("8613900001234", "plus is missing"),
        ("+86139000012ab", "more than a plus and digits"),
        ("+86139000012345678", "It has 17 digits"),
        ("+123456", "It has 6 digits"),
        ("+0123456789", "No country code starts with 0"),
        ("0151 1234 5678", "No country code starts with 0"),
        ("", "It is empty"),
        (None, "It is empty"),
        ("+٣٤٥٦٧٨٩٠١", "more than a plus and digits"),
        ("+8613900001234\n", "more than a plus and digits"),
    ],
)
def test_another_value_is_refused_with_the_reason_and_an_example(value: object, says: str) -> None:
    with pytest.raises(phone.PhoneNumberError) as caught:
        phone.parse(value)

    assert says in str(caught.value)


def test_a_number_is_converted_to_the_wire_and_back() -> None:
    assert phone.without_plus("+8613900001234") == "8613900001234"
    assert phone.with_plus("8613900001234") == "+8613900001234"


@pytest.mark.parametrize(
    ("number", "country", "national"),
    [
        ("+8613900001234", "86", "13900001234"),
        ("+390236618300", "39", "0236618300"),
        ("+12025550143", "1", "2025550143"),
        ("+18684732222", "1", "8684732222"),
        ("+77012345678", "7", "7012345678"),
        ("+79161234567", "7", "9161234567"),
        ("+85212345678", "852", "12345678"),
        ("+2250123456789", "225", "0123456789"),
        ("+998901234567", "998", "901234567"),
    ],
)
def test_a_number_is_split_after_its_calling_code_and_keeps_its_zero(number: str, country: str, national: str) -> None:
    assert phone.split_country_code(number) == (country, national)


def test_a_number_without_a_known_calling_code_is_refused() -> None:
    with pytest.raises(phone.PhoneNumberError, match="does not start with a country calling code"):
        phone.split_country_code("+21012345678")


def test_no_calling_code_starts_with_another() -> None:
    clashes = [
        (one, other) for one in CALLING_CODES for other in CALLING_CODES if one != other and other.startswith(one)
    ]

    assert clashes == []


def test_the_calling_codes_are_those_of_phonenumbers() -> None:
    known = {str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE}

    # +379 is assigned to the Vatican, which is reached under +39; +888 is reserved.
    assert known ^ CALLING_CODES <= {"379", "888"}


@pytest.mark.parametrize(
    ("number", "says"),
    [
        ("+5215512345678", "not a possible phone number"),
        ("+4903012345678", "a 0 after the country code"),
        ("+86123", "not a possible phone number"),
    ],
)
def test_an_impossible_number_is_refused_and_never_rewritten(number: str, says: str) -> None:
    with pytest.raises(phone.PhoneNumberError, match=says):
        phone.warning_about_number(number)


@pytest.mark.parametrize(
    "number", ["+8613900001234", "+390236618300", "+5491123456789", "+541123456789", "+551133334444"]
)
def test_a_likely_number_causes_no_warning(number: str) -> None:
    assert phone.warning_about_number(number) == ""


def test_an_unlikely_number_causes_a_warning() -> None:
    assert "has not assigned" in phone.warning_about_number("+553191234567")


def test_without_phonenumbers_only_the_calling_code_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "phonenumbers", None)

    assert phone.warning_about_number("+5215512345678") == ""
