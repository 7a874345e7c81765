# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read values that Ansible evaluates on access, with every ansible-core from 2.17 to 2.21."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    Unreadable,
    message_without_codes,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.scopes import Read
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import OMITTED
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import one_line, shorten
from jinja2 import Undefined

_PLAIN = (str, int, float, list, tuple, dict, type(None))
# The variable omit: an object since ansible-core 2.19, a text before.
_OMIT = ("<<Omit>>", "__omit_place_holder__")
_NOISE = ("A captured exception marker was tripped: ", "template error while templating string: ")
# Up to 2.18 a message of Ansible quotes the template after these words.
_TEMPLATE_FOLLOWS = " String: "
_LONGEST_REASON = 200


def read(container: Any, key: Any) -> Any:
    """Return ``container[key]``, if Ansible evaluates it on access, as in hostvars."""
    return _evaluate_to_plain_value(lambda: container[key])


def reader_of_raw_variables(template: Callable[[Any], Any]) -> Read:
    """Return a function that reads raw variables and evaluates only the values that are read."""

    def read_raw(container: Any, key: Any) -> Any:
        value = container[key]
        return value if isinstance(value, (list, tuple, dict)) else _evaluate_to_plain_value(lambda: template(value))

    return read_raw


def _evaluate_to_plain_value(evaluate: Callable[[], Any]) -> Any:
    """Return a plain value or OMITTED. Raises Unreadable."""
    try:
        value = evaluate()
        if isinstance(value, Undefined) or not isinstance(value, _PLAIN):
            # An undefined value raises an error that names the variable. A vault's text is decrypted.
            value = str(value)
    except Exception as error:
        # A template can raise any error, for example TypeError.
        raise Unreadable(_reason(error)) from None
    if not isinstance(value, str):
        return value
    if value.startswith(_OMIT):
        return OMITTED
    if "{{" in value or "{%" in value:
        # Up to 2.18 Ansible returns a template with an undefined variable unchanged.
        raise Unreadable("The template uses an undefined variable")
    return value


def _reason(error: Exception) -> str:
    """Return the message of Ansible in one line, without codes and without the text of the template."""
    text = str(error).partition(_TEMPLATE_FOLLOWS)[0]
    for noise in _NOISE:
        text = text.replace(noise, "")
    return shorten(message_without_codes(one_line(text)), _LONGEST_REASON)
