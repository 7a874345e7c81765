# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads values that Ansible evaluates while they are read, in the ways of ansible-core 2.17 to 2.21."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleError
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import Unreadable
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.scopes import Read
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import OMITTED
from jinja2 import TemplateError, Undefined

_PLAIN = (str, int, float, list, tuple, dict, type(None))
# The variable omit, as an object since 2.19 and as a text before.
_OMIT = ("<<Omit>>", "__omit_place_holder__")
_NOISE = "A captured exception marker was tripped: "


def read(container: Any, key: Any) -> Any:
    """The value of ``container[key]``, where Ansible evaluates it on access, as it does in hostvars."""
    return _plain(lambda: container[key])


def reader_of_raw(template: Callable[[Any], Any]) -> Read:
    """Reads from variables as they are written. Of a list or a mapping only what is read is evaluated."""

    def read_raw(container: Any, key: Any) -> Any:
        value = container[key]
        return value if isinstance(value, (list, tuple, dict)) else _plain(lambda: template(value))

    return read_raw


def _plain(evaluate: Callable[[], Any]) -> Any:
    """The value: plain, OMITTED, or Unreadable is raised."""
    try:
        value = evaluate()
        if isinstance(value, Undefined) or not isinstance(value, _PLAIN):
            # An undefined value says what is missing, and a vault's text is decrypted.
            value = str(value)
    except (AnsibleError, TemplateError) as error:
        raise Unreadable(without_codes(str(error).replace(_NOISE, ""))) from None
    if not isinstance(value, str):
        return value
    if value.startswith(_OMIT):
        return OMITTED
    if "{{" in value or "{%" in value:
        # Up to 2.18 a template that names an undefined variable is handed over as it stands.
        raise Unreadable(without_codes(f"it holds a template that names something undefined: {value}"))
    return value


def without_codes(text: str) -> str:
    """What Ansible says may quote the text of a template."""
    return re.sub(r"[0-9](?:[ -]?[0-9]){3,}", "…", text)
