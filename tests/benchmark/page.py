# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the page of a report in a real browser: the load time and the reaction to a keystroke."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html
from benchmark.section import Line, Report, at_most
from browser.chromium import chromium
from playwright.sync_api import Browser
from reports import fleet_report

READY_MILLISECONDS = 1000.0
KEYSTROKE_MILLISECONDS = 200.0
WORDS = ("s", "sh", "sho", "shop-4", "awaiting", "zzz", "", "4", "")
READY = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
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
    few: int = 100
    many: int = 5000

    name = "page"
    title = "The page of a report"

    def run(self) -> Report:
        with chromium() as browser, tempfile.TemporaryDirectory() as folder:
            few_ready, few_keystroke = _times(browser, Path(folder), self.few)
            ready, keystroke = _times(browser, Path(folder), self.many)
        return Report(
            f"In Chromium, from a file. A keystroke is the median of {len(WORDS)}, until the frame is painted.\n",
            [
                Line(f"{self.few} numbers: ready after", f"{few_ready:.0f} ms"),
                Line("- a keystroke", f"{few_keystroke:.0f} ms"),
                at_most(f"{self.many:,} numbers: ready after", ready, READY_MILLISECONDS, "{:.0f} ms"),
                at_most("- a keystroke", keystroke, KEYSTROKE_MILLISECONDS, "{:.0f} ms"),
                Line("- a keystroke, relative to the small page", f"{keystroke / few_keystroke:.1f}"),
            ],
        )


def _times(browser: Browser, folder: Path, size: int) -> tuple[float, float]:
    """Return the milliseconds until the page is ready, and the milliseconds for a keystroke."""
    path = folder / f"{size}.html"
    path.write_text(as_html(fleet_report(size)), encoding="utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    ready: float = page.evaluate(READY)
    return ready, median(page.evaluate(KEYSTROKE, word) for word in WORDS)
