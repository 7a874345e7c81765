# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the page of a report in a real browser: the first paint, the load time and the reaction to a keystroke."""

from __future__ import annotations

import html
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document
from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html
from benchmark.section import Line, Report, at_most
from browser.chromium import chromium
from playwright.sync_api import Browser
from reports import fleet_report

READY_MILLISECONDS = 1000.0
KEYSTROKE_MILLISECONDS = 200.0
_SHOWN = ("phone_number", "outcome", "next_action", "host")
WORDS = ("s", "sh", "sho", "shop-4", "awaiting", "zzz", "", "4", "")
READY = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
# From the navigation until the browser painted the first text.
FIRST_PAINT = """() => new Promise((painted) => new PerformanceObserver((list, observer) => {
  const entry = list.getEntriesByName("first-contentful-paint")[0];
  if (!entry) return;
  observer.disconnect();
  painted(entry.startTime);
}).observe({ type: "paint", buffered: true }))"""
# From the keystroke until the browser painted the frame.
KEYSTROKE = """async (text) => {
  const filter = document.querySelector("#filter");
  filter.value = text;
  const began = performance.now();
  filter.dispatchEvent(new Event("input"));
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
  return performance.now() - began;
}"""


@dataclass(frozen=True)
class Page:
    fewest: int = 12
    few: int = 100
    many: int = 5000
    rounds: int = 9

    name = "page"
    title = "The page of a report"

    def run(self) -> Report:
        with chromium() as browser, tempfile.TemporaryDirectory() as folder:
            few_ready, few_keystroke = _times(browser, Path(folder), self.few)
            ready, keystroke = _times(browser, Path(folder), self.many)
            large = fleet_report(self.many)
            pages = {"fewest": as_html(fleet_report(self.fewest)), "many": as_html(large), "plain": _plain_table(large)}
            paint = _first_paints(browser, Path(folder), pages, self.rounds)
        return Report(
            _METHOD.format(rounds=self.rounds, keystrokes=len(WORDS)),
            [
                Line(f"{self.fewest} numbers: first paint after", f"{paint['fewest']:.0f} ms"),
                Line(f"{self.many:,} numbers in a plain table: first paint after", f"{paint['plain']:.0f} ms"),
                Line(f"{self.many:,} numbers: first paint after", f"{paint['many']:.0f} ms"),
                Line(f"- relative to {self.fewest} numbers", f"{paint['many'] / paint['fewest']:.1f}"),
                Line("- relative to the plain table", f"{paint['many'] / paint['plain']:.1f}"),
                Line(f"{self.few} numbers: ready after", f"{few_ready:.0f} ms"),
                Line("- a keystroke", f"{few_keystroke:.0f} ms"),
                at_most(f"{self.many:,} numbers: ready after", ready, READY_MILLISECONDS, "{:.0f} ms"),
                at_most("- a keystroke", keystroke, KEYSTROKE_MILLISECONDS, "{:.0f} ms"),
                Line("- a keystroke, relative to the small page", f"{keystroke / few_keystroke:.1f}"),
            ],
        )


_METHOD = """\
In Chromium, from a file. The first paint is the median of {rounds} loads, and the three pages take turns. The plain
table has the same numbers, outcomes, next steps and hosts, without a style and without a script. A keystroke is the
median of {keystrokes}, until the frame is painted.

"""


def _first_paints(browser: Browser, folder: Path, pages: Mapping[str, str], rounds: int) -> dict[str, float]:
    """Return the median milliseconds until the first paint of each page."""
    found: dict[str, list[float]] = {name: [] for name in pages}
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    for _round in range(rounds):
        for name, times in found.items():
            page = browser.new_page()
            page.goto((folder / f"{name}.html").as_uri())
            times.append(page.evaluate(FIRST_PAINT))
            page.close()
    return {name: median(times) for name, times in found.items()}


def _plain_table(report: Document) -> str:
    rows = "".join(
        f"<tr>{''.join(f'<td>{html.escape(entry[key])}</td>' for key in _SHOWN)}</tr>\n" for entry in report["numbers"]
    )
    return f'<!DOCTYPE html>\n<meta charset="utf-8">\n<title>Numbers</title>\n<table>\n{rows}</table>\n'


def _times(browser: Browser, folder: Path, size: int) -> tuple[float, float]:
    """Return the milliseconds until the page is ready, and the milliseconds for a keystroke."""
    path = folder / f"{size}.html"
    path.write_text(as_html(fleet_report(size)), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    ready: float = page.evaluate(READY)
    return ready, median(page.evaluate(KEYSTROKE, word) for word in WORDS)
