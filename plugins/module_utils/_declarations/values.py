# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the values of a declaration.

A check returns the value to use, or OMITTED. For a wrong value it raises WrongValueError. Its message says what to
write instead, and contains no verification code and no address.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    WrongValueError,
    join_words,
    kind_of_value,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.readiness import parse_ready
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import State
from ansible_collections.chatapp.cams.plugins.module_utils._values import (
    phone,
    time_with_zone,
    verification_code,
    webhook,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import check_locale
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters

CODE_METHODS = ("sms", "voice")
# How similar two names must be to suggest one for the other. cams_phone_numbr is similar enough to our variable; a
# user's own variable cams_webhook_url is not.
SIMILARITY = 0.8


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


def _parse_number(value: Any) -> Value:
    try:
        number = phone.parse(value)
        phone.warning_about_number(number)
    except phone.PhoneNumberError as error:
        raise WrongValueError(error.fix) from None
    return number


def _parse_space(value: Any) -> Value:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    text = _parse_text(value)
    if show_hidden_characters(text) != text:
        raise WrongValueError("It contains a hidden or control character. Type the value again; do not paste it.")
    return text


def _parse_locale(value: Any) -> Value:
    text = _parse_text(value)
    try:
        return check_locale("", text)
    except ConfigurationError:
        raise WrongValueError("Write a language such as en_US, zh_CN or id.") from None


def _parse_verify_code(value: Any) -> Value:
    if value is None or (isinstance(value, str) and not value.strip()):
        return OMITTED
    fix = 'Write six digits as text in quotes, such as "012345", or remove the code if there is none yet.'
    if isinstance(value, (int, float)):
        raise WrongValueError(f"YAML read the code as an integer, which loses a leading zero. {fix}")
    if not isinstance(value, str):
        raise WrongValueError(f"The code is {kind_of_value(value)}. {fix}")
    try:
        return verification_code.parse(value)
    except verification_code.CodeError as error:
        raise WrongValueError(f"It is not a code of six digits: {error.why} {fix}") from None


def _parse_choice(choices: Sequence[str], value: Any) -> Value:
    text = value.strip() if isinstance(value, str) else value
    if text in choices:
        return str(text)
    alike = closest_name(text, tuple(choices)) if isinstance(text, str) else ""
    raise WrongValueError(f"Write {join_words(choices)}." + (f" Did you mean {alike}?" if alike else ""))


def _parse_text(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValueError("It must be text. Write it in quotes, or remove the variable.")
    if not value.strip():
        raise WrongValueError("It is empty. Set a value, or remove the variable.")
    return value.strip()


def _parse_webhook(value: Any) -> Value:
    """Return the checked webhook. An empty webhook is a value too: it replaces the webhook of the host by none."""
    if not isinstance(value, Mapping):
        raise WrongValueError(
            f"It must be a mapping, but it is {kind_of_value(value)}. Its keys are {join_words(webhook.KEYS, 'and')}."
        )
    given = {str(key): item for key, item in value.items() if item is not OMITTED and item is not None}
    for key in given:
        if key not in webhook.KEYS:
            raise WrongValueError(f"{key!r} is not a key of a webhook. {advice_for_name(key, webhook.KEYS)}")
    try:
        flags = {key: boolean(given[key]) for key in webhook.FLAGS if key in given}
        parsed = webhook.parse({**given, **flags}) if given else webhook.Webhook({}, {})
    except TypeError:
        raise WrongValueError(f"{join_words(webhook.FLAGS, 'and')} must be true or false.") from None
    except webhook.WebhookError as error:
        raise WrongValueError(str(error)) from None
    return {**parsed.urls, **parsed.flags}


def advice_for_name(name: str, known: tuple[str, ...]) -> str:
    alike = closest_name(name, known)
    return f"Did you mean {alike}?" if alike else f"The keys are {join_words(known, 'and')}."


def _parse_time(value: Any) -> Value:
    try:
        return time_with_zone.parse(value).isoformat()
    except time_with_zone.TimeError as error:
        raise WrongValueError(error.fix) from None


CHECKS: dict[str, Callable[[Any], Value]] = {
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
