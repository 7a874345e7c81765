# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a report, read by an HTML parser: hostile text stays text, and the policy allows only its own parts."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from html.parser import HTMLParser

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import Document
from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import show_hidden_characters
from reports import HOSTILE, fleet_report, make_report, sample_result


class ParsedPage(HTMLParser):
    """The tags and attributes of a page, and the text of each element, by tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: set[str] = set()
        self.texts: dict[str, list[str]] = {"": [""]}
        self.policy = ""
        self._open = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.texts.setdefault(tag, []).append("")
        self._open = tag
        values = dict(attrs)
        self.attributes |= values.keys()
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.texts[self._open][-1] += data

    @property
    def text(self) -> str:
        return " ".join(" ".join(" ".join(texts) for texts in self.texts.values()).split())


def report_that_says(text: str) -> Document:
    """A report with the text in each place that holds words of the cloud, the inventory or the journal."""
    error = {"code": text, "message": text, "request_id": text, "hint": text}
    named = sample_result(4, text, cust_space_id=text, next_action=text, error=error)
    named["number"] = {"verified_name": text, "status": text, "quality_rating": text, "messaging_limit_tier": text}
    report = make_report([named], stopped=text, summary={"calls": {text: 1}})
    report["numbers"][0]["host"] = text
    report["notes"] = [text]
    return report


@pytest.mark.parametrize("text", [*HOSTILE, "</script><b>", "</style><svg onload=alert(1)>", "{{ report }}{% raw %}"])
def test_hostile_text_is_escaped_wherever_it_is_shown(text: str) -> None:
    harmless = ParsedPage(as_html(report_that_says("harmless")))
    page = ParsedPage(as_html(report_that_says(text)))

    assert page.tags == harmless.tags
    assert page.attributes == harmless.attributes
    assert page.texts["p"].count(f"The run stopped early. {show_hidden_characters(text)}") == 1
    assert page.texts["td"].count(show_hidden_characters(text)) == 2, "the host and the space"
    assert show_hidden_characters(text) in page.texts["li"], "the note"
    [row] = json.loads(page.texts["script"][0])
    assert (row["name"], row["host"], row["space"]) == (show_hidden_characters(text),) * 3


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    page = ParsedPage(as_html(fleet_report(24)))
    [style] = page.texts["style"]
    [_data, script] = page.texts["script"]

    assert page.policy == (
        f"default-src 'none'; style-src {sha256(style)}; script-src {sha256(script)};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )


def sha256(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def test_counts_and_notes_beside_the_funnel() -> None:
    text = ParsedPage(as_html(fleet_report(11))).text

    assert "Connected, but limited by WhatsApp: 1." in text
    assert "Halted, so an operator must decide: 1." in text
    assert "Not read in this run: 1." in text


def test_more_todos_than_fit_are_counted() -> None:
    page = ParsedPage(
        as_html(make_report([sample_result(4 + 11 * place, next_action=f"Do {place}.") for place in range(15)]))
    )

    assert page.text.count("Do 7.") == page.text.count("Do 8.") + 1, "only the table shows the others"
    assert "The table below shows 7 more." in page.text


def test_calls_and_requested_codes_are_counted_at_the_foot() -> None:
    summary = {"calls": {"QueryChatappPhoneNumbers": 3, "ChatappSyncPhoneNumber": 1}, "throttled": 2}
    text = ParsedPage(as_html(make_report([sample_result(0)], summary=summary))).text

    assert "API calls: 3 QueryChatappPhoneNumbers, 1 ChatappSyncPhoneNumber. Throttled: 2." in text


def test_numbers_in_danger_that_are_as_declared_are_counted_below_the_headline() -> None:
    limited = [sample_result(2), sample_result(13)]

    assert "2 more numbers are as declared, but WhatsApp limits them" in as_html(make_report(limited))
    assert "1 more number is as declared, but WhatsApp limits it" in as_html(make_report(limited[:1]))
    assert "more number" not in as_html(make_report([sample_result(0)]))
