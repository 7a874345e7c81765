# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In every kind of service the number is connected, and no code is sent that no resend names but the first."""

from __future__ import annotations

from histories import World
from reliability.readings import connect, services, table


def test_every_kind_of_service_connects_a_number_with_one_code_that_nobody_has_to_name() -> None:
    passages = {service: connect(service) for service in services()}
    World.close_shared()
    print(table(passages))

    bad = {str(s): p for s, p in passages.items() if not p.connected or p.codes_without_resend not in (0, 1)}
    assert bad == {}
