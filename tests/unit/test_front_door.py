# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first screen of the README, of the site and of each guide answers the first questions of a reader."""

from __future__ import annotations

import re
from pathlib import Path

import documentation_site
import pytest
from environment import ROOT
from matrix import ROWS

README, HOME, GUIDES = ROOT / "README.md", ROOT / "docs/docsite/home.rst", ROOT / "docs/docsite/rst"
PAGES = sorted(GUIDES.glob("*.rst"))
LICENCE = re.compile(r"<!--[^>]*-->|^\.\.\n(?:  .*\n)+", re.MULTILINE)


def paragraphs(page: Path) -> list[str]:
    """Return the paragraphs, each on one line, without the licence."""
    text = LICENCE.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]


@pytest.mark.parametrize("page", [README, HOME], ids=lambda page: page.name)
def test_the_first_screen_says_what_for_whom_what_is_not_tried_and_how_to_start(page: Path) -> None:
    found = [part for part in paragraphs(page) if not part.startswith("#")]

    what, for_whom, not_tried, picture = found[:4]
    assert what.startswith("This Ansible collection migrates")
    assert len(re.findall(r"[.](?: |$)", what)) == 3
    assert for_whom.startswith("It is for")
    assert "Nobody has tried it against the real service" in not_tried
    assert "report-light.png" in picture
    start = " ".join(found[4:7])
    assert "make -C ansible-cams demo" in start
    assert "make -C ansible-cams test" in start


def test_home_and_readme_begin_with_the_same_sentences() -> None:
    readme, home = ([part for part in paragraphs(page) if not part.startswith("#")][:2] for page in (README, HOME))

    assert [part.replace("`", "") for part in readme] == [part.replace("`", "") for part in home]


def test_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 200


def test_readme_says_what_the_ansible_community_asks_a_collection_to_say() -> None:
    readme = README.read_text(encoding="utf-8")
    for link in (
        "https://forum.ansible.com/c/help/6",
        "https://semver.org",
        "CODE_OF_CONDUCT.md",
        "COPYING",
        "SECURITY.md",
        "docs/docsite/rst/upgrade_notes.rst",
        "docs/matrix.md",
        "docs/requirements.md",
    ):
        assert f"]({link}" in readme, link
    assert "with the tag\n`alibaba`" in readme
    assert "Python 3.10 or later and `requests` on the host where they run" in readme


def test_readme_names_the_end_of_support_of_each_ansible_core_of_the_matrix() -> None:
    readme = README.read_text(encoding="utf-8")
    [header] = [line for line in readme.splitlines() if line.startswith("| ansible-core |")]
    assert header.strip("| ").split(" | ")[1:] == [row.core for row in ROWS]
    [ends] = [line for line in readme.splitlines() if line.startswith("| [support](")]
    assert len(re.findall(r"\| (?:May|November) 20\d\d(?= )", ends)) == len(ROWS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_begins_with_what_its_reader_will_have(page: Path) -> None:
    first = next(part for part in paragraphs(page) if not part.startswith("..") and "====" not in part)

    assert first.startswith(
        "At the end of this guide, " if page.stem.startswith("guide_") else ("On this", "This page")
    )


@pytest.mark.parametrize("page", [README, HOME, *PAGES], ids=lambda page: page.stem)
def test_a_space_is_explained_where_it_is_first_mentioned(page: Path) -> None:
    mentions = [part for part in paragraphs(page) if re.search(r"\bspaces?\b|cust_space_id", part)]

    for first in mentions[:1]:
        assert "*space* is one customer of the ISV" in first
        assert "Channel Management" in first


def test_the_front_page_of_the_site_has_the_home_text_below_its_title() -> None:
    made = documentation_site.with_home("Title\n=====\n\nCollection version 1.0.0\n\nMore\n", "Home\n")

    assert made == "Title\n=====\n\nHome\n\nCollection version 1.0.0\n\nMore\n"


def test_a_page_of_the_site_that_loads_from_the_network_is_found(tmp_path: Path) -> None:
    page = '<a href="https://a.example">out</a><script src="{}"></script><link rel="stylesheet" href="theme.css">'
    (tmp_path / "index.html").write_text(page.format("theme.js"), encoding="utf-8")
    (tmp_path / "search.html").write_text('<script>Search.loadIndex("searchindex.js")</script>', encoding="utf-8")
    (tmp_path / "searchindex.js").touch()
    assert list(documentation_site.needs_network(tmp_path)) == []

    (tmp_path / "index.html").write_text(page.format("https://cdn.example/theme.js"), encoding="utf-8")
    (tmp_path / "search.html").write_text("", encoding="utf-8")
    assert list(documentation_site.needs_network(tmp_path)) == [
        "index.html: loads https://cdn.example/theme.js from the network",
        "search.html: does not load searchindex.js",
    ]


def test_a_front_page_of_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="Collection version"):
        documentation_site.with_home("Title\n=====\n", "Home\n")
