# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phone numbers in E.164: text with a plus and seven to fifteen digits."""

from __future__ import annotations

import re

from ansible_collections.chatapp.cams.plugins.module_utils._values.calling_codes import CALLING_CODES

E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class PhoneNumberError(ValueError):
    """The value is not a phone number in E.164. ``fix`` says why and how to write the number, without the value."""

    def __init__(self, message: str, fix: str = "") -> None:
        super().__init__(message)
        self.fix = fix or message


def parse(value: object) -> str:
    """Return the number as ``+`` and digits. Spaces and dashes are removed. Nothing else is corrected."""
    if isinstance(value, (int, float)):
        why = "YAML read the number as an integer and dropped its plus."
        raise PhoneNumberError(
            f'{value!r} is not text: {why} Quote it: "+{value}"', f'{why} Write it in quotes: "+{value}"'
        )
    text = str(value or "")
    number = re.sub(r"[ \-]", "", text)
    if E164.fullmatch(number):
        return number
    fix = _mistake_in_number(number)
    raise PhoneNumberError(f"{text!r} is not a phone number in E.164. {fix}", fix)


def _mistake_in_number(number: str) -> str:
    example = 'Write the number in quotes, with its plus, its country code and 7 to 15 digits in all: "+8613900001234"'
    digits = number.removeprefix("+")
    if not digits:
        return f"It is empty. {example}"
    if not re.fullmatch(r"[0-9]+", digits):
        return f"It contains more than a plus and digits. {example}"
    if digits.startswith("0"):
        return f"No country code starts with 0. {example}"
    if not number.startswith("+"):
        return f'Its plus is missing, perhaps because YAML read it as an integer. Quote it: "+{digits}"'
    return f"It has {len(digits)} digits. {example}"


def without_plus(number: str) -> str:
    """Return the digits without the plus, as every operation except the initiate needs them."""
    return number.removeprefix("+")


def with_plus(digits: str) -> str:
    """Return a number from the API with its plus."""
    return f"+{digits.strip().removeprefix('+')}"


def split_country_code(number: str) -> tuple[str, str]:
    """Return the country calling code and the other digits. The other digits keep a leading zero."""
    digits = without_plus(number)
    for length in (1, 2, 3):
        if digits[:length] in CALLING_CODES:
            return digits[:length], digits[length:]
    fix = "does not start with a country calling code. Check its first digits."
    raise PhoneNumberError(f"{number} {fix}", f"The number {fix}")


def mask_number(number: str) -> str:
    """Return the country code and the last digits: enough to recognize the number, too few to call it."""
    try:
        country, national = split_country_code(number)
    except PhoneNumberError:
        country, national = "", without_plus(number)
    shown = 4 if len(national) >= 8 else 2
    return f"+{country}…{national[-shown:]}"


def warning_about_number(number: str) -> str:
    """Refuse an impossible number, and return a warning about an unlikely one; empty if there is none.

    Only the country code is checked if the Python package phonenumbers is not installed.
    """
    split_country_code(number)
    try:
        import phonenumbers
    except ImportError:
        return ""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise PhoneNumberError(f"{number} is not a possible phone number: {error}.") from None
    if not phonenumbers.is_possible_number(parsed):
        fix = "Its length does not fit its country. Compare the number with the one that the old provider shows."
        raise PhoneNumberError(f"{number} is not a possible phone number. {fix}", fix)
    national = phonenumbers.national_significant_number(parsed)
    if f"+{parsed.country_code}{national}" != number:
        raise PhoneNumberError(
            f"{number} contains digits that do not belong to an international number, such as a 0 after the country"
            f" code. If you mean +{parsed.country_code}{national}, write that."
        )
    if not phonenumbers.is_valid_number(parsed):
        return f"{number} is possible, but its country has not assigned such a number. The number is used unchanged."
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


def line_type_of(number: str) -> str | None:
    """Return the type of line as the package phonenumbers names it. Empty if not known, None without the package."""
    try:
        import phonenumbers
    except ImportError:
        return None
    try:
        found = phonenumbers.number_type(phonenumbers.parse(number))
    except phonenumbers.NumberParseException:
        return ""
    return next((name for name in _TYPES if getattr(phonenumbers.PhoneNumberType, name) == found), "")


# Spellings of one number that people of a country use, each with its usual spelling.
_NATIONAL_SPELLINGS = (
    (re.compile(r"\+521([0-9]{10})"), r"+52\1"),
    (re.compile(r"\+549([0-9]{10})"), r"+54\1"),
    (re.compile(r"\+55([0-9]{2})9([6-9][0-9]{7})"), r"+55\1\2"),
)


def usual_spelling(number: str) -> str:
    """Return the number without Mexico's 1, Argentina's 9 and Brazil's ninth digit. Only for comparisons."""
    for spelling, usual in _NATIONAL_SPELLINGS:
        if spelling.fullmatch(number):
            return spelling.sub(usual, number)
    return number
