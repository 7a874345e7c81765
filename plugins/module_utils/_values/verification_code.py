# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification codes: text of six digits. Other values are refused before any call, because each try counts."""

from __future__ import annotations

import re


class CodeError(ValueError):
    """The value is not a verification code. The message never shows the value, and ``why`` is a part of it."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"verify_code is not a code of six digits: {why} Give it as text in quotes, for example verify_code:"
            ' "012345", or leave it out when there is none yet.'
        )
        self.why = why


def parse(value: object) -> str:
    """Return the six digits. Spaces and one dash, as in ``123-456``, are removed."""
    text = re.sub(r"\s", "", str(value))
    digits = text.replace("-", "", 1)
    if re.fullmatch(r"[0-9]{6}", digits):
        return digits
    raise CodeError(_mistake_in_code(value, digits))


def _mistake_in_code(value: object, digits: str) -> str:
    if not digits:
        return "it is empty, as a prompt without a terminal leaves it."
    if value is None or digits == "None":
        return "it is None, as a prompt without a terminal leaves it."
    if re.fullmatch(r"[0-9]+", digits):
        return f"it has {len(digits)} digits; read as an integer, a code loses its leading zero."
    return "it contains more than digits."
