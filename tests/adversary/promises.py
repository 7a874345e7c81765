# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that every result must pass, independent of the service's answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from math import isfinite
from typing import Any

# Control characters, surrogates, and characters that change the text direction. Not imported from the code under test.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LISTED = re.compile(r"\n")


def find_flaws(result: Any, secrets: list[str]) -> list[str]:
    """Return all problems of a result that Ansible would print."""
    found = []
    try:
        json.dumps(result, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError) as error:
        found.append(f"not JSON: {type(error).__name__}: {error}")
        return found
    forms = [re.compile(rf"(?<![\w]){re.escape(secret)}(?![\w])") for secret in secrets if secret]
    for text in texts(result):
        # Line breaks between sentences are allowed.
        hidden = _HIDDEN.search(_LISTED.sub("", text))
        if hidden:
            found.append(f"a control character U+{ord(hidden[0]):04X} in {text[:60]!r}")
        if any(form.search(text) for form in forms):
            found.append(f"a secret in {text[:60]!r}")
    return found


def texts(value: Any) -> Iterator[str]:
    """Yield every text in a result, also the keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield str(name)
            yield from texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from texts(inner)
    elif isinstance(value, float) and not isfinite(value):
        yield "\0"
