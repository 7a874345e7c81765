# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A benchmark is one section of the page, with the figures of its own run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Line:
    """One figure, its bound, and whether it met the bound. A figure without a bound is for information."""

    what: str
    figure: str
    bound: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return {None: "for information", True: "met", False: "**missed**"}[self.met]


def at_most(what: str, value: float, limit: float, form: str = "{:.2f} s", *, why: str = "") -> Line:
    bound = f"≤ {form.format(limit)}{f' ({why})' if why else ''}"
    return Line(what, form.format(value), bound, value <= limit)


def at_least(what: str, value: float, limit: float, form: str, *, why: str = "") -> Line:
    bound = f"≥ {form.format(limit)}{f' ({why})' if why else ''}"
    return Line(what, form.format(value), bound, value >= limit)


@dataclass(frozen=True)
class Report:
    """The text and the figures of a section."""

    text: str
    lines: Sequence[Line] = ()

    def markdown(self) -> str:
        if not self.lines:
            return self.text
        rows = [(line.what, line.figure, line.bound or "none", line.verdict) for line in self.lines]
        return f"{self.text.rstrip()}\n\n{table(('measured', 'figure', 'bound', 'verdict'), rows)}"

    @property
    def missed(self) -> list[Line]:
        return [line for line in self.lines if line.met is False]


class Section(Protocol):
    @property
    def name(self) -> str:
        """The name of this section in ``make benchmark SECTIONS=name``."""

    @property
    def title(self) -> str:
        """The heading of this section."""

    def run(self) -> Report:
        """Measure, and raise an error if a result is wrong."""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table. All columns except the first contain figures."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [header, rule, *rows])
