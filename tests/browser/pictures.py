# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures that README shows: a report of a fleet like the demo's, and the front page of the site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("tests", "tests/support", ".work/tree")]

from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html  # noqa: E402
from browser.chromium import chromium  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402
from reports import changed_fleet_report  # noqa: E402

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


def picture_of_report(browser: Browser, theme: Literal["light", "dark"], page: Path) -> None:
    opened = browser.new_page(color_scheme=theme, viewport={"width": 1440, "height": 900})
    opened.goto(page.as_uri())
    opened.locator("#rows tbody button").first.click()
    opened.screenshot(
        path=ROOT / f"docs/report-{theme}.png", clip={"x": 0, "y": 0, "width": 1440, "height": 1150}, full_page=True
    )
    opened.close()


def picture_of_site(browser: Browser) -> None:
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.goto((ROOT / ".work/site/html/index.html").as_uri())
    opened.screenshot(path=ROOT / "docs/site.png")
    opened.close()


def main() -> None:
    page = ROOT / ".work/report.html"
    page.write_text(as_html(changed_fleet_report(24)), encoding="utf-8")
    with chromium() as browser:
        for theme in THEMES:
            picture_of_report(browser, theme, page)
        picture_of_site(browser)


if __name__ == "__main__":
    main()
