# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In every possible service the number gets connected, with at most one code without a resend."""

from __future__ import annotations

from histories import World
from reliability.readings import migrate_until_connected, services, table


def test_every_kind_of_service_connects_a_number_with_one_code_that_nobody_has_to_name() -> None:
    courses = {service: migrate_until_connected(service) for service in services()}
    World.close_shared()
    print(table(courses))

    bad = {str(s): p for s, p in courses.items() if not p.connected or p.codes_without_resend not in (0, 1)}
    assert bad == {}
