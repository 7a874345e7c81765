# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make text from the API or a user safe to show on a screen, in a log and on a page."""

from __future__ import annotations

import re

# Control characters, code points that are not characters, and invisible characters that reorder text or end a line.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAKS = "\t\r\n"
_BREAK = re.compile(rf"[{_BREAKS}]+")


def show_hidden_characters(text: str) -> str:
    """Return the text with each hidden character as its code point, and half of a surrogate pair as U+FFFD."""
    return text if text.isprintable() else _HIDDEN.sub(_code_point_in_brackets, text)


def _code_point_in_brackets(found: re.Match[str]) -> str:
    point = ord(found[0])
    # Half of a surrogate pair cannot be written to a file or a terminal.
    return "\ufffd" if 0xD800 <= point <= 0xDFFF else f"[U+{point:04X}]"


def one_line(text: str) -> str:
    """Return the text in one line: line breaks become spaces, and hidden characters become visible."""
    return text if text.isprintable() else show_hidden_characters(_BREAK.sub(" ", text.strip(_BREAKS)))


def shorten(text: str, most: int) -> str:
    """Return at most ``most`` characters of the text. A text that is cut ends with …"""
    return text if len(text) <= most else f"{text[: most - 1]}…"
