# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the pictures that the READMEs show: reports of the demo and of a larger fleet, and the front page of the site.

The reports come from real runs against the simulator.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / folder) for folder in ("tests", "tests/support", ".work/tree")]

from browser.chromium import chromium  # noqa: E402
from browser.runs import report_of_demo, report_of_fleet  # noqa: E402
from playwright.sync_api import Browser  # noqa: E402

Theme = Literal["light", "dark"]


def picture_of_report(browser: Browser, page: Path, name: str, theme: Theme = "light", height: int = 1150) -> None:
    opened = browser.new_page(color_scheme=theme, viewport={"width": 1440, "height": 900})
    opened.goto(page.as_uri())
    opened.locator("#rows tbody button").first.click()
    opened.screenshot(
        path=ROOT / f"docs/{name}.png", clip={"x": 0, "y": 0, "width": 1440, "height": height}, full_page=True
    )
    opened.close()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="pictures-") as temporary, chromium() as browser:
        folders = [Path(temporary).resolve() / name for name in ("demo", "fleet")]
        for folder in folders:
            folder.mkdir()
        picture_of_report(browser, report_of_demo(folders[0]), "report-demo", height=680)
        fleet = report_of_fleet(folders[1])
        picture_of_report(browser, fleet, "report-light")
        picture_of_report(browser, fleet, "report-dark", "dark")


if __name__ == "__main__":
    main()
