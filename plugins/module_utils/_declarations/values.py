# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the values of a declaration.

A check returns the value to use, or OMITTED. For a wrong value it raises ValueError. The message says what is wrong and
what to write instead, and contains no verification code.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.readiness import parse_ready
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import State
from ansible_collections.chatapp.cams.plugins.module_utils._values import (
    phone,
    time_with_zone,
    verification_code,
    webhook,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import (
    check_locale,
    check_no_hidden_characters,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import shorten

CODE_METHODS = ("sms", "voice")
# How similar two names must be to suggest one for the other. cams_phone_numbr is similar enough to our variable; a
# user's own variable cams_webhook_url is not.
SIMILARITY = 0.8
_MOST_SHOWN = 60


class Missing(Enum):
    """Why there is no value."""

    OMITTED = "not set"
    WRONG = "wrong, and noted as a mistake"


OMITTED = Missing.OMITTED
# Numbers are the value of the variable cams_ready that names the numbers of a run.
Value: TypeAlias = "str | bool | tuple[str, ...] | Mapping[str, Any] | Missing"


@functools.cache
def closest_name(name: str, among: tuple[str, ...]) -> str:
    """Return the known name that the user probably meant. Empty if no known name is similar."""
    return next(iter(difflib.get_close_matches(name.lower(), among, n=1, cutoff=SIMILARITY)), "")


def _parse_number(name: str, value: Any) -> Value:
    try:
        number = phone.parse(value)
        phone.split_country_code(number)
    except phone.PhoneNumberError as error:
        raise ValueError(f"{name}: {error}" if name != "phone_number" else str(error)) from None
    return number


def _parse_space(name: str, value: Any) -> Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _parse_text(name, value)
    _check_or_raise_value_error(check_no_hidden_characters, name, text)
    return text


def _parse_locale(name: str, value: Any) -> Value:
    text = _parse_text(name, value)
    _check_or_raise_value_error(check_locale, name, text)
    return text


def _check_or_raise_value_error(check: Callable[[str, str], object], name: str, text: str) -> None:
    try:
        check(name, text)
    except ConfigurationError as error:
        raise ValueError(error.message) from None


def _parse_verify_code(name: str, value: Any) -> Value:
    if value is None or (isinstance(value, str) and not value.strip()):
        return OMITTED
    if isinstance(value, (int, float)):
        raise ValueError(
            f"{name} is not text: YAML read the code as an integer, which loses a leading zero. Write it in quotes."
        )
    try:
        return verification_code.parse(_parse_text(name, value))
    except verification_code.CodeError as error:
        raise ValueError(str(error).replace("verify_code", name)) from None


def _parse_choice(choices: Sequence[str], name: str, value: Any) -> Value:
    text = _parse_text(name, value)
    if text in choices:
        return text
    alike = closest_name(text, tuple(choices))
    suggestion = f" Did you mean {alike}?" if alike else ""
    raise ValueError(f"{name} is {shorten(repr(text), _MOST_SHOWN)}, but must be {join_words(choices)}.{suggestion}")


def _parse_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, but it is {kind_of_value(value)}. Write it in quotes, or remove it.")
    if not value.strip():
        raise ValueError(f"{name} is empty. Set a value, or remove it.")
    return value.strip()


def _parse_webhook(name: str, value: Any) -> Value:
    """Return the checked webhook. An empty webhook is a value too: it replaces the webhook of the host by none."""
    if not isinstance(value, Mapping):
        raise ValueError(
            f"{name} must be a mapping, but it is {kind_of_value(value)}."
            f" Its keys are {join_words(webhook.KEYS, 'and')}."
        )
    given = {str(key): item for key, item in value.items() if item is not OMITTED and item is not None}
    for key in given:
        if key not in webhook.KEYS:
            alike = closest_name(key, webhook.KEYS)
            fix = f"Did you mean {alike}?" if alike else f"The keys are {join_words(webhook.KEYS, 'and')}."
            raise ValueError(f"{key!r} is not a key of {name}. {fix}")
    try:
        flags = {key: boolean(given[key]) for key in webhook.FLAGS if key in given}
        parsed = webhook.parse({**given, **flags}) if given else webhook.Webhook({}, {})
    except TypeError:
        raise ValueError(f"{name}: {join_words(webhook.FLAGS, 'and')} must be true or false.") from None
    except webhook.WebhookError as error:
        raise ValueError(f"{name}: {error}") from None
    return {**parsed.urls, **parsed.flags}


def _parse_time(name: str, value: Any) -> Value:
    try:
        return time_with_zone.parse(value).isoformat()
    except time_with_zone.TimeError as error:
        raise ValueError(f"{name}: {error}") from None


CHECKS: dict[str, Callable[[str, Any], Value]] = {
    "cust_space_id": _parse_space,
    "phone_number": _parse_number,
    "state": functools.partial(_parse_choice, tuple(state.value for state in State)),
    "verify_code": _parse_verify_code,
    "code_method": functools.partial(_parse_choice, CODE_METHODS),
    "code_locale": _parse_locale,
    "webhook": _parse_webhook,
    "ready": parse_ready,
    "code_not_before": _parse_time,
}


def join_words(words: Sequence[str], conjunction: str = "or") -> str:
    """Return the words as a phrase: "a, b or c"."""
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def kind_of_value(value: Any) -> str:
    """Return what a value is, for messages: "a list"."""
    kinds = ((type(None), "empty"), (bool, "true or false"), ((int, float), "a number"), (Mapping, "a mapping"))
    for kind, name in (*kinds, ((list, tuple), "a list"), (str, "text")):
        if isinstance(value, kind):
            return name
    return "an unknown value"
