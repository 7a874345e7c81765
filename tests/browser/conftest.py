# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real browser, and pages of reports in it that notice every complaint and every request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document
from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html
from browser.chromium import chromium
from playwright.sync_api import Browser, Page


@dataclass
class Opened:
    """A page with its console messages and its requests."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def rows(self) -> list[str]:
        return self.page.locator("#rows tbody tr:not(.details)").all_inner_texts()

    def column(self, name: str) -> list[str]:
        return self.page.locator(f"#rows tbody tr:not(.details) > .{name}").all_inner_texts()


Open = Callable[..., Opened]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def open_report(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens a report, or the text of a page, in a browser context of its own."""
    contexts = []

    def open_one(shown: Document | str, **options: Any) -> Opened:
        context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        path = tmp_path / f"report-{len(contexts)}.html"
        path.write_text(shown if isinstance(shown, str) else as_html(shown), encoding="utf-8")
        opened.page.goto(path.as_uri())
        return opened

    yield open_one
    for context in contexts:
        context.close()
