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
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import State
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone, verification_code, webhook
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import check_locale, check_plain
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import shortened

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
Value: TypeAlias = "str | Mapping[str, Any] | Missing"


@functools.cache
def closest(name: str, among: tuple[str, ...]) -> str:
    """Return the known name that the user probably meant. Empty if no known name is similar."""
    return next(iter(difflib.get_close_matches(name.lower(), among, n=1, cutoff=SIMILARITY)), "")


def _number(name: str, value: Any) -> Value:
    try:
        number = phone.parse(value)
        phone.split(number)
    except phone.PhoneNumberError as error:
        raise ValueError(f"{name}: {error}" if name != "phone_number" else str(error)) from None
    return number


def _space(name: str, value: Any) -> Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _text(name, value)
    _raising_value_error(check_plain, name, text)
    return text


def _locale(name: str, value: Any) -> Value:
    text = _text(name, value)
    _raising_value_error(check_locale, name, text)
    return text


def _raising_value_error(check: Callable[[str, str], object], name: str, text: str) -> None:
    try:
        check(name, text)
    except ConfigurationError as error:
        raise ValueError(error.message) from None


def _verify_code(name: str, value: Any) -> Value:
    if value is None or (isinstance(value, str) and not value.strip()):
        return OMITTED
    if isinstance(value, (int, float)):
        raise ValueError(
            f"{name} is not text: YAML read the code as an integer, which loses a leading zero. Write it in quotes."
        )
    try:
        return verification_code.parse(_text(name, value))
    except verification_code.CodeError as error:
        raise ValueError(str(error).replace("verify_code", name)) from None


def _choice(choices: Sequence[str], name: str, value: Any) -> Value:
    text = _text(name, value)
    if text in choices:
        return text
    alike = closest(text, tuple(choices))
    suggestion = f" Did you mean {alike}?" if alike else ""
    raise ValueError(f"{name} is {shortened(repr(text), _MOST_SHOWN)}, but must be {joined(choices)}.{suggestion}")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, but it is {kind_of(value)}. Write it in quotes, or remove it.")
    if not value.strip():
        raise ValueError(f"{name} is empty. Set a value, or remove it.")
    return value.strip()


def _webhook(name: str, value: Any) -> Value:
    """Return the checked webhook. An empty webhook is a value too: it replaces the webhook of the host by none."""
    if not isinstance(value, Mapping):
        raise ValueError(
            f"{name} must be a mapping, but it is {kind_of(value)}. Its keys are {joined(webhook.KEYS, 'and')}."
        )
    given = {str(key): item for key, item in value.items() if item is not OMITTED and item is not None}
    for key in given:
        if key not in webhook.KEYS:
            alike = closest(key, webhook.KEYS)
            fix = f"Did you mean {alike}?" if alike else f"The keys are {joined(webhook.KEYS, 'and')}."
            raise ValueError(f"{key!r} is not a key of {name}. {fix}")
    try:
        flags = {key: boolean(given[key]) for key in webhook.FLAGS if key in given}
        parsed = webhook.parse({**given, **flags}) if given else webhook.Webhook({}, {})
    except TypeError:
        raise ValueError(f"{name}: {joined(webhook.FLAGS, 'and')} must be true or false.") from None
    except webhook.WebhookError as error:
        raise ValueError(f"{name}: {error}") from None
    return {**parsed.urls, **parsed.flags}


CHECKS: dict[str, Callable[[str, Any], Value]] = {
    "cust_space_id": _space,
    "phone_number": _number,
    "state": functools.partial(_choice, tuple(state.value for state in State)),
    "verify_code": _verify_code,
    "code_method": functools.partial(_choice, CODE_METHODS),
    "code_locale": _locale,
    "webhook": _webhook,
}


def joined(words: Sequence[str], conjunction: str = "or") -> str:
    """Return the words as a phrase: "a, b or c"."""
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def kind_of(value: Any) -> str:
    """Return what a value is, for messages: "a list"."""
    kinds = ((type(None), "empty"), (bool, "true or false"), ((int, float), "a number"), (Mapping, "a mapping"))
    for kind, name in (*kinds, ((list, tuple), "a list"), (str, "text")):
        if isinstance(value, kind):
            return name
    return "an unknown value"
