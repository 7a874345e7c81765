# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tag is released only when the tag, galaxy.yml and the changelog name one version."""

from __future__ import annotations

from pathlib import Path

import pytest
from release import problems


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "changelogs/fragments").mkdir(parents=True)
    (tmp_path / "galaxy.yml").write_text("version: 1.2.0\n", encoding="utf-8")
    (tmp_path / "changelogs/changelog.yaml").write_text("releases: {1.2.0: {}}\n", encoding="utf-8")
    return tmp_path


def test_a_release_is_ready_when_all_names_agree(checkout: Path) -> None:
    assert list(problems(checkout, "1.2.0")) == []


def test_another_tag_is_refused_with_the_right_one(checkout: Path) -> None:
    [problem] = problems(checkout, "1.2.1")
    assert "Tag the commit as 1.2.0" in problem


def test_a_version_without_a_changelog_is_refused(checkout: Path) -> None:
    (checkout / "changelogs/changelog.yaml").unlink()
    [problem] = problems(checkout, "1.2.0")
    assert "antsibull-changelog release" in problem


def test_fragments_that_no_release_took_are_named(checkout: Path) -> None:
    (checkout / "changelogs/fragments/new.yml").touch()
    [problem] = problems(checkout, "1.2.0")
    assert "new.yml" in problem
