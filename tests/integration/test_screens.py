# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The screens that the documentation shows are those of real runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from screens.masking import comparable
from screens.page import FOLDER
from screens.place import Place
from screens.stories import QUICK, Story
from simulator_process import Simulator


@pytest.mark.parametrize("story", QUICK, ids=lambda story: story.__name__)
def test_each_screen_is_as_the_documentation_shows_it(
    story: Story, simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "whatsapp"
    folder.mkdir()
    for name, text in story(Place(folder, simulator, contained)):
        shown = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        assert comparable(text) == comparable(shown), f"{name}.txt differs. If it should, run: make screens"
