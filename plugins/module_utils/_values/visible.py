# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from elsewhere, made safe to show on a screen, in a log and in a page."""

from __future__ import annotations

import re

# Control signs, what is no character, and what reorders text or ends a line without being seen.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\ufeff\ufffe\uffff\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_BREAKS = "\t\r\n"
_BREAK = re.compile(rf"[{_BREAKS}]+")


def visible(text: str) -> str:
    """The text with every control and direction mark shown as its code point, and half a pair as U+FFFD."""
    return text if text.isprintable() else _HIDDEN.sub(_shown, text)


def _shown(found: re.Match[str]) -> str:
    point = ord(found[0])
    # No file and no terminal takes half of a pair of surrogates.
    return "\ufffd" if 0xD800 <= point <= 0xDFFF else f"[U+{point:04X}]"


def one_line(text: str) -> str:
    """The text in one line: breaks inside become blanks, breaks around it go, other marks become visible."""
    return text if text.isprintable() else visible(_BREAK.sub(" ", text.strip(_BREAKS)))


def shortened(text: str, most: int) -> str:
    """The text, cut at so many characters with a sign that it was."""
    return text if len(text) <= most else f"{text[: most - 1]}…"
