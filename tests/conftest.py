# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all suites share: the collection can be imported, and a subprocess can be given the contained environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
# Here and not in pyproject.toml, which ansible-test does not read. It imports the collection in its own way.
OWN_PACKAGES = (TESTS, TESTS / "support", TESTS / "checks", TESTS.parent / "roles/simulator/files")
sys.path[:0] = [str(folder) for folder in OWN_PACKAGES if str(folder) not in sys.path]

from environment import ROOT, environment_of_tests, link_collection  # noqa: E402

OUR_CODE = r"(ansible_collections\.chatapp|cams_simulator|tests)\b"

link_collection()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "every_core: make test-matrix runs this test with each supported ansible-core")
    # What Python deprecates and we use is a mistake of ours. What other packages use is theirs.
    for category in ("DeprecationWarning", "PendingDeprecationWarning"):
        config.addinivalue_line("filterwarnings", f"error::{category}:{OUR_CODE}")


@pytest.fixture(scope="session")
def checkout() -> Path:
    return ROOT


@pytest.fixture
def contained(tmp_path: Path) -> dict[str, str]:
    """Environment for a subprocess; a test may change its copy. What runs remember is the test's own."""
    return {**environment_of_tests(), "XDG_STATE_HOME": str(tmp_path / "state")}
