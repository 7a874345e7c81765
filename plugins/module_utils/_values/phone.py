# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A number as E.164 has it: a plus and seven to fifteen digits, always text."""

from __future__ import annotations

import re

from ansible_collections.chatapp.cams.plugins.module_utils._values.calling_codes import CALLING_CODES

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class PhoneNumberError(ValueError):
    """Not a number in E.164; the message says why and how to write it."""


def parse(value: object) -> str:
    """The number as ``+`` and digits. Blanks and dashes between the digits are taken out; nothing else is mended."""
    if isinstance(value, (int, float)):
        raise PhoneNumberError(
            f'{value!r} is not text: YAML took the number for an integer and lost its plus. Quote it: "+{value}"'
        )
    text = str(value or "")
    number = re.sub(r"[ \-]", "", text)
    if E164.fullmatch(number):
        return number
    raise PhoneNumberError(f"{text!r} is not a phone number in E.164. {_why_not(number)}")


def _why_not(number: str) -> str:
    example = 'Write it with its plus, country code and 7 to 15 digits in all, in quotes: "+8613900001234"'
    digits = number.removeprefix("+")
    if not digits:
        return f"It is empty. {example}"
    if not re.fullmatch(r"[0-9]+", digits):
        return f"It holds more than a plus and digits. {example}"
    if not number.startswith("+"):
        return f'Its plus is missing, perhaps because YAML read it as an integer. Quote it: "+{digits}"'
    if digits.startswith("0"):
        return f"No country code begins with 0. {example}"
    return f"It has {len(digits)} digits. {example}"


def to_wire(number: str) -> str:
    """The digits alone, as every operation but the initiate takes them."""
    return number.removeprefix("+")


def from_wire(digits: str) -> str:
    """A number as the API names it, with its plus."""
    return f"+{digits.strip().removeprefix('+')}"


def split(number: str) -> tuple[str, str]:
    """The country calling code and the national digits, a leading zero of theirs included."""
    digits = to_wire(number)
    for length in (1, 2, 3):
        if digits[:length] in CALLING_CODES:
            return digits[:length], digits[length:]
    raise PhoneNumberError(f"{number} begins with no country calling code. Check its first digits.")


def masked(number: str) -> str:
    """The country code and the last digits: enough for who knows the numbers, too little to call one."""
    try:
        country, national = split(number)
    except PhoneNumberError:
        country, national = "", to_wire(number)
    shown = 4 if len(national) >= 8 else 2
    return f"+{country}…{national[-shown:]}"


def check(number: str) -> str:
    """Refuse an impossible number, and warn about an unlikely one, where the package phonenumbers is installed."""
    split(number)
    try:
        import phonenumbers
    except ImportError:
        return ""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise PhoneNumberError(f"{number} is not a possible phone number: {error}.") from None
    if not phonenumbers.is_possible_number(parsed):
        raise PhoneNumberError(f"{number} is not a possible phone number: its length does not fit its country.")
    national = phonenumbers.national_significant_number(parsed)
    if f"+{parsed.country_code}{national}" != number:
        raise PhoneNumberError(
            f"{number} holds digits that belong to no international number, such as a trunk zero."
            f" If +{parsed.country_code}{national} is meant, write that."
        )
    if not phonenumbers.is_valid_number(parsed):
        return f"{number} is possible but fits no range that its country has assigned. It is sent as it stands."
    return ""


_TYPES = (
    "FIXED_LINE",
    "MOBILE",
    "FIXED_LINE_OR_MOBILE",
    "TOLL_FREE",
    "PREMIUM_RATE",
    "SHARED_COST",
    "VOIP",
    "PERSONAL_NUMBER",
    "PAGER",
    "UAN",
    "VOICEMAIL",
)


def type_of(number: str) -> str | None:
    """The kind of line, as the package phonenumbers names it; empty when it knows none, None without the package."""
    try:
        import phonenumbers
    except ImportError:
        return None
    try:
        found = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ""
    return next((name for name in _TYPES if getattr(phonenumbers.PhoneNumberType, name) == found), "")


# Spellings of one number that habits of a country have made: each with its usual form.
_HABITS = (
    (re.compile(r"\+521([0-9]{10})"), r"+52\1"),
    (re.compile(r"\+549([0-9]{10})"), r"+54\1"),
    (re.compile(r"\+55([0-9]{2})9([6-9][0-9]{7})"), r"+55\1\2"),
)


def usual_spelling(number: str) -> str:
    """The number without Mexico's 1, Argentina's 9 and Brazil's ninth digit: to compare by, never to call by."""
    for habit, usual in _HABITS:
        if habit.fullmatch(number):
            return habit.sub(usual, number)
    return number
