# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the bytes of an answer as a JSON object. Make its texts safe to show, and limit its depth."""

from __future__ import annotations

import json
from math import isfinite
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import one_line

# The documents of the API show four levels.
MAX_DEPTH = 32


def parse_json_object(body: bytes) -> dict[str, Any]:
    """Return the object; empty if the bytes are not a JSON object."""
    try:
        document = json.loads(body, parse_constant=_parse_finite_number, parse_float=_parse_finite_number)
        return _show_hidden_in_answer(document, MAX_DEPTH) if isinstance(document, dict) else {}
    except (ValueError, RecursionError, MemoryError, OverflowError):
        return {}


def _parse_finite_number(text: str) -> float:
    """Return a number. Refuse NaN and Infinity, which Python reads but JSON does not allow."""
    number = float(text)
    if not isfinite(number):
        raise ValueError("A number is not finite.")
    return number


def _show_hidden_in_answer(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return one_line(value)
    if not isinstance(value, (dict, list)):
        return value
    if not levels:
        raise ValueError("The answer is nested too deeply.")
    if isinstance(value, list):
        return [_show_hidden_in_answer(item, levels - 1) for item in value]
    return {one_line(name): _show_hidden_in_answer(item, levels - 1) for name, item in value.items()}
