# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services whose rows show no number before register; `make reliability` tries the others too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from histories import World
from reliability.readings import Service, migrate_until_connected, services


@pytest.fixture(scope="module", autouse=True)
def _shared_world() -> Iterator[None]:
    yield
    World.close_shared()


@pytest.mark.parametrize("service", [service for service in services() if service.rows == "hidden"], ids=str)
def test_a_number_is_connected_and_only_its_first_code_needs_no_name(service: Service) -> None:
    course = migrate_until_connected(service)

    assert course.connected
    assert course.codes_without_resend in (0, 1)
