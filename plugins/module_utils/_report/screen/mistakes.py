# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of the mistakes in an inventory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import count_in_words
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.columns import align_columns
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.table import MOST_LINES

_HEADER = ("host", "variable", "value", "what to write instead")


def mistake_table(rows: Sequence[Mapping[str, str]], count: int) -> list[str]:
    """Return the lines of the table. ``rows`` are the first of so many mistakes."""
    shown = [[row["host"] or "-", row["variable"], row["value"] or "-", row["fix"]] for row in rows[:MOST_LINES]]
    left = count - len(shown)
    more = [f"… and {left} more. Correct these first. The next run shows the others."] if left else []
    return [count_in_words(count), "", *align_columns([_HEADER, *shown]), *more, "", "No API call was made."]
