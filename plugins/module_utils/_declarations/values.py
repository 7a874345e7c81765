# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values of a declaration: each is checked, and what is wrong with it is said with the way to mend it.

A check returns the value to use, or OMITTED, or raises ValueError with a sentence that holds no code.
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

CODE_METHODS = ("sms", "voice")
# How alike two names are that are taken for one: cams_phone_numbr is, a user's own cams_webhook_url is not.
ALIKE = 0.8


class Nothing(Enum):
    """Why there is no value."""

    OMITTED = "not given"
    WRONG = "given and wrong, which is noted"


OMITTED = Nothing.OMITTED
Value: TypeAlias = "str | Mapping[str, Any] | Nothing"


@functools.cache
def closest(name: str, among: tuple[str, ...]) -> str:
    """The one of them that the name is likely meant for; empty when there is none."""
    return next(iter(difflib.get_close_matches(name.lower(), among, n=1, cutoff=ALIKE)), "")


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
        raise ValueError(f"{name} is not text: YAML took the code for a number and loses a leading zero. Quote it.")
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
    raise ValueError(f"{name} must be {either(choices)}.{suggestion}")


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} is {kind_of(value)} and not text. Write it in quotes, or take it out.")
    if not value.strip():
        raise ValueError(f"{name} is empty. Give it a value, or take it out.")
    return value.strip()


def _webhook_of(name: str, value: Any) -> Value:
    """An empty one is a value too: it takes back what stands behind it."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is {kind_of(value)} and not a mapping. Give it {either(webhook.KEYS, 'and')}.")
    given = {str(key): item for key, item in value.items() if item is not OMITTED and item is not None}
    for key in given:
        if key not in webhook.KEYS:
            alike = closest(key, webhook.KEYS)
            mend = f"Did you mean {alike}?" if alike else f"There are {either(webhook.KEYS, 'and')}."
            raise ValueError(f"{key!r} is no key of {name}. {mend}")
    try:
        flags = {key: boolean(given[key]) for key in webhook.FLAGS if key in given}
        parsed = webhook.parse({**given, **flags}) if given else webhook.Webhook({}, {})
    except TypeError:
        raise ValueError(f"{name}: {either(webhook.FLAGS, 'and')} must be true or false.") from None
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
    "webhook": _webhook_of,
}


def either(words: Sequence[str], conjunction: str = "or") -> str:
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def kind_of(value: Any) -> str:
    kinds = ((type(None), "empty"), (bool, "yes or no"), ((int, float), "a number"), (Mapping, "a mapping"))
    for kind, name in (*kinds, ((list, tuple), "a list"), (str, "a text")):
        if isinstance(value, kind):
            return name
    return "something else"
