# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report on paper and on screens of different widths."""

from __future__ import annotations

import pytest
from browser.conftest import Open
from reports import fleet_report

OVERFLOW = "box => box.scrollWidth - box.clientWidth"


def test_every_printed_page_of_the_table_has_its_column_names(open_report: Open) -> None:
    opened = open_report(fleet_report(24))
    opened.page.emulate_media(media="print")
    boxes = opened.page.locator("#rows thead button").evaluate_all(
        "buttons => buttons.map(button => getComputedStyle(button).display)"
    )

    # Chromium prints a button only on the first of the pages.
    assert set(boxes) == {"contents"}


def test_a_print_divides_no_card_and_no_funnel_between_pages(open_report: Open) -> None:
    opened = open_report(fleet_report(24))
    opened.page.emulate_media(media="print")
    breaks = opened.page.locator(".card, .funnel").evaluate_all(
        "boxes => boxes.map(box => getComputedStyle(box).breakInside)"
    )

    assert set(breaks) == {"avoid"}


@pytest.mark.parametrize("width", [1280, 1440])
def test_the_whole_table_fits_on_a_laptop(open_report: Open, width: int) -> None:
    opened = open_report(fleet_report(24), viewport={"width": width, "height": 900})

    assert opened.page.locator(".scroll").first.evaluate(OVERFLOW) <= 0


def test_a_short_name_has_one_line_on_a_wide_screen(open_report: Open) -> None:
    opened = open_report(fleet_report(24), viewport={"width": 1440, "height": 900})
    lines = "cells => cells.map(cell => cell.firstChild.getClientRects().length)"

    assert set(opened.page.locator("td.name:not(:empty)").evaluate_all(lines)) == {1}


def test_a_phone_shows_a_count_and_its_share_in_one_line(open_report: Open) -> None:
    opened = open_report(fleet_report(24), viewport={"width": 400, "height": 800})
    heights = opened.page.locator(".funnel li > :last-child").evaluate_all("spans => spans.map(s => s.clientHeight)")

    assert len(set(heights)) == 1
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
