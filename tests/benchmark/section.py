# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a benchmark is: a section of the document, written from figures of its own run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol


class Section(Protocol):
    @property
    def title(self) -> str: ...

    def run(self) -> str:
        """Measure, and return the text below the title as Markdown."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; all columns but the first hold figures."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, rule, *rows])
