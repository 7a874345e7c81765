# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all suites share: the collection can be imported, and a subprocess can be given the contained environment."""

from __future__ import annotations

from pathlib import Path

import pytest
from environment import ROOT, environment_of_tests, link_collection

link_collection()


@pytest.fixture(scope="session")
def checkout() -> Path:
    return ROOT


@pytest.fixture
def contained(tmp_path: Path) -> dict[str, str]:
    """Environment for a subprocess; a test may change its copy. What runs remember is the test's own."""
    return {**environment_of_tests(), "XDG_STATE_HOME": str(tmp_path / "state")}
