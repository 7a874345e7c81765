# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A verification code: six digits, always text. Anything else is refused before any call: a wrong try is spent."""

from __future__ import annotations

import re


class CodeError(ValueError):
    """Not a verification code; the message never quotes what was given."""


def parse(value: object) -> str:
    """The six digits. Blanks and one dash, as in ``123-456``, are taken out."""
    text = re.sub(r"\s", "", str(value))
    digits = text.replace("-", "", 1)
    if re.fullmatch(r"[0-9]{6}", digits):
        return digits
    raise CodeError(
        f"verify_code is not a code of six digits: {_what_it_is(value, digits)} Give it as text in quotes, for example"
        ' verify_code: "012345", or leave it out when there is none yet.'
    )


def _what_it_is(value: object, digits: str) -> str:
    if not digits:
        return "it is empty, as a prompt without a terminal leaves it."
    if value is None or digits == "None":
        return "it is None, as a prompt without a terminal leaves it."
    if re.fullmatch(r"[0-9]+", digits):
        return f"it has {len(digits)} digits; read as an integer, a code loses its leading zero."
    return "it holds more than digits."
