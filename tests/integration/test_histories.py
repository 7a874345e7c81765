# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sixty histories of a number; `make reliability` plays ten thousand."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from histories import Histories, World
from hypothesis import HealthCheck, settings


@pytest.fixture(scope="module", autouse=True)
def _shared_world() -> Iterator[None]:
    yield
    World.close_shared()


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=60, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck)
)
