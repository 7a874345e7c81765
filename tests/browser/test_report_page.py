# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report in a real browser: display, filters, printing, accessibility and hostile names."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters
from browser.conftest import Open, Opened
from reports import HOSTILE, changed_fleet_report, fleet_report, hostile_report, make_report

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
SIZE = 5000
ROWS_SHOWN = 100


def violations(opened: Opened) -> list[tuple[str, str]]:
    opened.page.evaluate(AXE)
    found: dict[str, Any] = opened.page.evaluate("axe.run()")
    assert len(found["passes"]) > 15, "axe looked at the page"
    return [(broken["id"], node["html"]) for broken in found["violations"] for node in broken["nodes"]]


def sort_by(opened: Opened, name: str) -> None:
    opened.page.get_by_role("columnheader", name=name).get_by_role("button").click()


# --- display ---


def test_the_page_shows_the_fleet_and_requests_nothing_else(open_report: Open) -> None:
    opened = open_report(fleet_report(24))

    assert opened.page.title() == "WhatsApp numbers: 14 of 24 are not as declared"
    assert opened.page.locator(".card h3").all_inner_texts() == [
        "Fix 2 numbers",
        "Decide 6 numbers",
        "Give codes 2 numbers",
        "Run reconcile 4 numbers",
        "Wait 2 numbers",
    ]
    assert [text.split()[-3] for text in opened.page.locator(".funnel li").all_inner_texts()] == [
        "24",
        "18",
        "12",
        "10",
    ]
    assert opened.column("outcome")[:3] == ["✕failed", "✕failed", "⚑needs operator"]
    assert opened.page.locator("#shown").inner_text() == "24 numbers"
    assert opened.complaints == []
    assert len(opened.requests) == 1, "the page itself"


def test_converged_numbers_come_last_and_unsorted_columns_have_no_button(open_report: Open) -> None:
    opened = open_report(fleet_report(24))

    assert opened.column("outcome")[-8:] == ["✓converged"] * 8
    assert opened.page.locator("th[data-key=next] button").count() == 0


def test_without_scripts_the_page_shows_a_plain_table(open_report: Open) -> None:
    opened = open_report(fleet_report(24), java_script_enabled=False)

    assert opened.page.locator("noscript tbody tr").count() == 24
    assert not opened.page.locator("#filter").is_visible()
    assert "14 of 24 are not as declared" in opened.page.locator("h1").inner_text()


def test_a_report_without_numbers_says_so(open_report: Open) -> None:
    opened = open_report(make_report([]))

    assert "No number is declared" in opened.page.locator("main").inner_text()
    assert opened.page.locator("table").count() == 0
    assert opened.complaints == []


# --- filter, sort, open, print ---


def test_every_word_of_the_filter_must_match_in_any_column(open_report: Open) -> None:
    opened = open_report(fleet_report(200))
    opened.page.get_by_label("Search").fill("AWAITING shop-15")

    assert set(opened.column("host")) >= {"shop-15", "shop-158"}
    assert all("awaiting" in text and "shop-15" in text for text in opened.rows())
    assert re.fullmatch(r"\d+ of 200 numbers", opened.page.locator("#shown").inner_text())

    opened.page.get_by_label("Search").fill("90E63D28-E31D-1EB2-0001-000000000007")
    assert opened.column("host") == ["shop-7"], "a RequestId of its timeline finds a number"

    opened.page.get_by_label("Search").fill("no such thing")
    assert opened.rows() == []


def test_a_tile_shows_only_its_outcome_until_all_are_shown_again(open_report: Open) -> None:
    opened = open_report(fleet_report(24))
    tile = opened.page.get_by_role("button", name="2 awaiting code")
    tile.click()

    assert opened.column("outcome") == ["#awaiting code"] * 2
    assert tile.get_attribute("aria-pressed") == "true"

    opened.page.get_by_role("button", name="Show all numbers").click()
    assert (len(opened.rows()), tile.get_attribute("aria-pressed")) == (24, "false")


def test_columns_sort_both_ways_and_missing_values_come_last(open_report: Open) -> None:
    opened = open_report(fleet_report(24))
    seconds = {entry["host"]: entry["phase_age_seconds"] for entry in fleet_report(24)["numbers"]}
    header = opened.page.get_by_role("columnheader", name="Duration")

    sort_by(opened, "Duration")
    ages = [seconds[host] for host in opened.column("host")]
    known = [age for age in ages if age is not None]
    assert known == sorted(known)
    assert ages == known + [None] * (24 - len(known))
    assert header.get_attribute("aria-sort") == "ascending"

    sort_by(opened, "Duration")
    ages = [seconds[host] for host in opened.column("host")]
    assert ages == sorted(known, reverse=True) + [None] * (24 - len(known))
    assert header.get_attribute("aria-sort") == "descending"

    sort_by(opened, "Host")
    assert opened.column("host")[:3] == ["shop-0", "shop-1", "shop-2"], "numbers in names count as numbers"
    assert header.get_attribute("aria-sort") == "none"


def test_the_keyboard_alone_can_filter_open_a_timeline_and_show_more(open_report: Open) -> None:
    opened = open_report(fleet_report(250))
    keyboard = opened.page.keyboard
    opened.page.locator("#filter").focus()
    keyboard.type("shop-7 refused")
    opened.page.locator("#rows tbody button").first.focus()
    keyboard.press("Enter")

    assert opened.page.locator("#rows tbody button").first.get_attribute("aria-expanded") == "true"
    steps = opened.page.locator(".timeline li").all_inner_texts()
    assert [re.search(r"UTC\s*(.*?)\s*ops@", step)[1] for step in steps] == [  # type: ignore[index]
        "initiate done",
        "request code done",
        "verify refused Verify.Wrong",
    ]
    assert not opened.page.locator(".requests li").first.is_visible()
    opened.page.locator(".requests summary").focus()
    keyboard.press("Enter")
    assert "verify refused Verify.Wrong 90E63D28" in opened.page.locator(".requests li").first.inner_text()
    opened.page.locator("#rows tbody button").first.focus()
    keyboard.press("Enter")
    assert opened.page.locator(".timeline").count() == 0

    opened.page.locator("#filter").fill("")
    opened.page.get_by_role("button", name="Show 100 more of 150").focus()
    keyboard.press("Enter")
    assert len(opened.rows()) == 200
    assert opened.page.evaluate("document.activeElement.closest('tr').rowIndex") == 101, "on the first of the new rows"


def test_the_theme_follows_the_system_until_one_is_chosen_and_is_remembered(open_report: Open) -> None:
    opened = open_report(fleet_report(24), color_scheme="dark")
    background = "getComputedStyle(document.body).backgroundColor"
    dark = opened.page.evaluate(background)
    opened.page.get_by_label("Theme").select_option("light")
    light = opened.page.evaluate(background)

    assert (dark, light) == ("rgb(20, 23, 28)", "rgb(255, 255, 255)")
    # The browser stores the choice in its own time, so the first reload may be too early.
    assert any(opened.page.reload() and opened.page.evaluate(background) == light for _try in range(5))
    opened.page.get_by_label("Theme").select_option("")
    assert opened.page.evaluate(background) == dark
    assert opened.complaints == []


def test_a_print_has_every_row_in_light_colours_and_no_controls(open_report: Open) -> None:
    opened = open_report(fleet_report(250), color_scheme="dark")
    opened.page.evaluate(
        "addEventListener('beforeprint', () => { window.printed = document.querySelector('#rows').rows.length })"
    )
    printed = opened.page.pdf(prefer_css_page_size=True)

    assert opened.page.evaluate("window.printed") == 251
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 5
    assert len(opened.rows()) == 100, "the page is as it was"
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("#filter").is_visible()
    assert opened.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


# --- accessibility ---


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 360])
def test_axe_finds_no_violation(open_report: Open, scheme: str, width: int) -> None:
    opened = open_report(
        changed_fleet_report(24), color_scheme=scheme, bypass_csp=True, viewport={"width": width, "height": 900}
    )
    opened.page.locator("#chips").evaluate("chips => chips.open = true")
    opened.page.locator("#rows tbody button").first.click()
    opened.page.locator(".requests summary").click()
    assert violations(opened) == []
    opened.page.get_by_role("button", name="2 failed").click()

    assert violations(opened) == []


def test_axe_finds_no_violation_in_small_reports(open_report: Open) -> None:
    for report in (make_report([]), make_report([], ["foreign"]), hostile_report()):
        assert violations(open_report(report, bypass_csp=True)) == []


def test_every_outcome_has_its_own_symbol(open_report: Open) -> None:
    symbols = open_report(fleet_report(24)).page.locator(".tile .symbol").all_inner_texts()

    assert len(set(symbols)) == len(symbols) == 8


# --- hostile text ---


def test_hostile_names_stay_text(open_report: Open) -> None:
    opened = open_report(hostile_report())

    names = opened.page.locator("td.name").evaluate_all("cells => cells.map(cell => cell.textContent)")
    assert names == [show_hidden_characters(name) for name in HOSTILE]
    assert opened.page.title() == "WhatsApp numbers: all 8 are as declared"
    assert opened.page.locator("img, main script, [onerror], [onmouseover]").count() == 0
    assert (opened.complaints, len(opened.requests)) == ([], 1)


def test_the_policy_blocks_markup_that_was_injected(open_report: Open) -> None:
    smuggled = (
        "<script>document.title='owned'</script>"
        "<img src='https://example.com/x.png' onerror=\"document.title='owned'\">"
        "<style>h1 { display: none }</style><iframe src='https://example.com/'></iframe>"
    )
    opened = open_report(as_html(fleet_report(24)).replace("<main>", f"<main>{smuggled}"))

    assert opened.page.title() == "WhatsApp numbers: 14 of 24 are not as declared"
    assert opened.page.locator("h1").is_visible()
    assert [text for text in opened.complaints if "Content Security Policy" in text]
    assert len(opened.rows()) == 24


# --- speed ---


def test_a_keystroke_in_five_thousand_numbers_draws_one_page_of_rows_once(open_report: Open) -> None:
    opened = open_report(fleet_report(SIZE))
    assert opened.page.locator("#shown").inner_text() == f"{SIZE} numbers"
    assert len(opened.rows()) == ROWS_SHOWN
    # Five thousand rows would be a hundred thousand elements.
    assert opened.page.evaluate("document.querySelectorAll('*').length") < 50 * ROWS_SHOWN

    for word in ("s", "sh", "sho", "shop-4", "awaiting", "zzz", "", "4", ""):
        drawn = opened.page.evaluate(KEYSTROKE, word)
        assert (drawn["times"], drawn["parses"]) == (min(1, drawn["rows"] + drawn["before"]), 0), word
        assert drawn["rows"] == len(opened.rows()) <= ROWS_SHOWN, word


# Counts how often a keystroke changes the rows of the table, how many rows it adds, and how often it parses the data.
KEYSTROKE = """(text) => {
  const filter = document.querySelector("#filter");
  const rows = document.querySelector("#rows tbody");
  const before = rows.children.length;
  const seen = new MutationObserver(() => {});
  seen.observe(rows, { childList: true, subtree: true });
  const parse = JSON.parse;
  let parses = 0;
  JSON.parse = (...given) => { parses += 1; return parse(...given); };
  filter.value = text;
  filter.dispatchEvent(new Event("input"));
  JSON.parse = parse;
  const changes = seen.takeRecords();
  seen.disconnect();
  const added = changes.reduce((sum, change) => sum + change.addedNodes.length, 0);
  return { before, times: changes.length, rows: added, parses };
}"""
