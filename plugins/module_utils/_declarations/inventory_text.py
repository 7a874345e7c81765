# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write mappings as YAML that Ansible reads as the same values. Needs no package for YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

_PLAIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{2,}")
# YAML reads these words as true, false or nothing.
_SPECIAL_WORDS = {"yes", "off", "true", "false", "null"}
_TEMPLATE_MARKS = ("{{", "{%", "{#")


def yaml_of(document: Mapping[str, Any]) -> str:
    """Return the document in YAML, in ASCII."""
    return "".join(f"{line}\n" for line in _lines_of_mapping(document))


def quote_for_yaml(text: str) -> str:
    """Quote a text for YAML. Escape characters that could end a comment or change the direction of a line."""
    quoted = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[^ -~]", lambda match: f"\\U{ord(match[0]):08x}", quoted)


def _lines_of_mapping(mapping: Mapping[str, Any]) -> Iterator[str]:
    for key, value in mapping.items():
        name = _word_or_quoted(str(key))
        if isinstance(value, Mapping) and value:
            yield f"{name}:"
            yield from (f"  {line}" for line in _lines_of_mapping(value))
        elif isinstance(value, (list, tuple)) and value:
            yield f"{name}:"
            yield from (f"  {line}" for line in _lines_of_list(value))
        else:
            yield f"{name}: {_scalar(value)}"


def _lines_of_list(items: list[Any] | tuple[Any, ...]) -> Iterator[str]:
    for item in items:
        if isinstance(item, Mapping) and item:
            first, *rest = _lines_of_mapping(item)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
        elif isinstance(item, (list, tuple)) and item:
            yield "-"
            yield from (f"  {line}" for line in _lines_of_list(item))
        else:
            yield f"- {_scalar(item)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        # Ansible would evaluate the text as a template.
        mark = "!unsafe " if any(sign in value for sign in _TEMPLATE_MARKS) else ""
        return f"{mark}{_word_or_quoted(value)}"
    return json.dumps(value)


def _word_or_quoted(text: str) -> str:
    is_plain = _PLAIN_WORD.fullmatch(text) and text.lower() not in _SPECIAL_WORDS
    return text if is_plain else quote_for_yaml(text)
