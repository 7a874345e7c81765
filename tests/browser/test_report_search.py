# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways to a number on the page of a report: links of to-dos, chips, pasted phone numbers, and the view on a phone."""

from __future__ import annotations

import pytest
from browser.conftest import Open, Opened
from playwright.sync_api import ViewportSize
from reports import changed_fleet_report, fleet_report, make_report, number_at, sample_result

CHINESE, ITALIAN, MEXICAN = "+8613912345678", "+390236618300", "+525512345670"
PHONE: ViewportSize = {"width": 400, "height": 900}


def focused_number(opened: Opened) -> str:
    number: str = opened.page.evaluate("document.activeElement.textContent")
    return number


# --- to-dos ---


def test_a_link_of_a_todo_opens_the_row_of_its_number(open_report: Open) -> None:
    opened = open_report(fleet_report(24, show_numbers=True))
    opened.page.locator(".card.codes").get_by_role("link", name=number_at(15)).click()

    assert focused_number(opened) == number_at(15)
    assert opened.page.locator("tr.details").count() == 1
    assert "Host: shop-15" in opened.page.locator("tr.details").inner_text()
    assert opened.complaints == []


def test_a_link_shows_a_number_alone_if_its_row_is_not_in_the_table(open_report: Open) -> None:
    opened = open_report(fleet_report(1000, show_numbers=True))
    link = opened.page.locator(".card.wait a").first
    number = link.inner_text()
    opened.page.get_by_label("Search").fill("shop-1")
    link.click()

    assert opened.column("number") == [number] == [focused_number(opened)]
    opened.page.get_by_role("button", name="Show all numbers").click()
    assert len(opened.rows()) == 100


def test_the_address_of_a_row_opens_its_number(open_report: Open) -> None:
    opened = open_report(fleet_report(24, show_numbers=True))
    opened.page.goto(f"{opened.page.url}#n3")
    opened.page.reload()

    assert focused_number(opened) == opened.column("number")[3]


def test_a_todo_lists_five_numbers_and_a_button_shows_all(open_report: Open) -> None:
    opened = open_report(fleet_report(110))
    assert opened.page.locator(".card.codes a").count() == 5
    opened.page.locator(".card.codes").get_by_role("button", name="and 5 more").click()

    assert opened.column("outcome") == ["#awaiting code"] * 10


def test_without_scripts_a_link_leads_to_the_row(open_report: Open) -> None:
    opened = open_report(fleet_report(24), java_script_enabled=False)
    link = opened.page.locator(".card.codes a").first

    row = opened.page.locator(f"noscript tr{link.get_attribute('href')}")
    assert link.inner_text() in row.inner_text()
    row.locator("summary").click()
    assert "90E63D28" in row.locator("details").inner_text()
    opened.page.set_viewport_size(PHONE)
    assert opened.page.locator("body").evaluate("body => body.scrollWidth") <= PHONE["width"]


def test_a_change_links_to_its_number_and_a_removed_number_links_to_nothing(open_report: Open) -> None:
    opened = open_report(changed_fleet_report(24))
    changes = opened.page.locator(".changes > li")
    changes.filter(has_text="absent → halted").get_by_role("link").first.click()

    assert "Host: shop-6" in opened.page.locator("tr.details").inner_text()
    assert "shop-gone" in changes.last.inner_text()
    assert changes.last.get_by_role("link").count() == 0


# --- chips and tiles ---


def test_tiles_are_only_for_outcomes_that_occur(open_report: Open) -> None:
    opened = open_report(make_report([sample_result(0), sample_result(4)]))

    assert [" ".join(text.split()) for text in opened.page.locator(".tile").all_inner_texts()] == [
        "#1 awaiting code",
        "✓1 converged",
    ]


def test_chips_of_several_kinds_are_combined_and_a_second_click_removes_one(open_report: Open) -> None:
    opened = open_report(fleet_report(24))
    opened.page.get_by_role("button", name="converged 10", exact=True).click()
    assert opened.page.get_by_role("button", name="10 converged").get_attribute("aria-pressed") == "true"
    opened.page.get_by_role("button", name="RED 2", exact=True).click()

    assert opened.column("host") == ["shop-2", "shop-13"]
    assert opened.page.locator("#shown").inner_text() == "2 of 24 numbers"
    opened.page.get_by_role("button", name="RED 2", exact=True).click()
    assert len(opened.rows()) == 10


def test_many_spaces_have_ten_chips_and_a_note(open_report: Open) -> None:
    results = [sample_result(0, phone_number=number_at(place), cust_space_id=f"space-{place}") for place in range(13)]
    opened = open_report(make_report(results))

    assert opened.page.get_by_role("group", name="Space").get_by_role("button").count() == 10
    assert "and 3 more, which the search finds" in opened.page.get_by_role("group", name="Space").inner_text()


# --- search ---


SPELLINGS = (
    ("+8613912345678", "shop-3"),
    ("008613912345678", "shop-3"),
    ("+86 139-1234-5678", "shop-3"),
    ("(0086) 139 1234 5678", "shop-3"),
    ("\u202a+86\u00a0139\u201112345678\u202c", "shop-3"),
    ("13912345678", "shop-3"),
    ("0139 1234 5678", "shop-3"),
    ("whatsapp:+8613912345678", "shop-3"),
    ("https://wa.me/8613912345678", "shop-3"),
    ("\uff0b\uff18\uff16 13912345678", "shop-3"),
    ("02 3661 8300", "shop-0"),
    ("+52 1 55 1234 5670", "shop-1"),
)


@pytest.mark.parametrize("show_numbers", [True, False])
def test_a_pasted_number_is_found_in_any_spelling(open_report: Open, show_numbers: bool) -> None:
    results = [sample_result(0, phone_number=number) for number in (CHINESE, ITALIAN, MEXICAN, number_at(1))]
    opened = open_report(make_report(results, show_numbers=show_numbers))
    for pasted, host in SPELLINGS:
        # Shows all rows again.
        opened.page.get_by_label("Search").fill("")
        opened.page.get_by_label("Search").fill(pasted)

        assert host in opened.column("host"), pasted
        assert "shop-2" not in opened.column("host"), pasted


def test_a_number_of_another_country_or_with_another_end_is_not_found(open_report: Open) -> None:
    opened = open_report(make_report([sample_result(0, phone_number=CHINESE)]))
    for pasted in ("+39 139 1234 5678", "+86 139 1234 5679"):
        opened.page.get_by_label("Search").fill(pasted)
        assert opened.rows() == []


# --- on a phone ---


def test_a_phone_shows_number_outcome_and_next_step_without_scrolling_sideways(open_report: Open) -> None:
    opened = open_report(fleet_report(12), viewport=PHONE)
    shown = [head.inner_text() for head in opened.page.locator("#rows thead th").all() if head.is_visible()]

    assert shown == ["Number", "Outcome", "Next step"]
    widths = "[document.querySelector('.scroll').scrollWidth, document.querySelector('.scroll').clientWidth]"
    scrolled, visible = opened.page.evaluate(widths)
    assert scrolled <= visible
    assert opened.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not opened.page.get_by_role("group", name="Quality").is_visible()
    opened.page.locator("#rows tbody button").first.click()
    assert "Host: shop-7" in opened.page.locator("tr.details").inner_text()
