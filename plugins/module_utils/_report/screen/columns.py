# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of plain text with aligned columns, for a terminal and for the log of a pipeline."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import one_line, shorten

# A longer cell is cut, except in the last column.
WIDEST_CELL = 40
_GAP = "  "


def align_columns(rows: Sequence[Sequence[str]], *, right: bool = False) -> list[str]:
    """Return a line for each row. Hidden characters are visible, and the last column has no limit.

    With ``right``, cells are aligned to the right, as counts are.
    """
    cells = [
        [
            one_line(cell) if place == len(row) - 1 else shorten(one_line(cell), WIDEST_CELL)
            for place, cell in enumerate(row)
        ]
        for row in rows
    ]
    widths = [max(map(width_on_screen, column)) for column in zip(*cells, strict=False)]
    return [_GAP.join(_pad(*pair, right=right) for pair in zip(row, widths, strict=False)).rstrip() for row in cells]


def width_on_screen(text: str) -> int:
    """Return how many columns a terminal uses for the text. Chinese characters use two, accents may use none."""
    return sum(_width_of_character(character) for character in text)


def _width_of_character(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _pad(text: str, width: int, *, right: bool) -> str:
    blanks = " " * (width - width_on_screen(text))
    return blanks + text if right else text + blanks
