# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One simulator for the suite. Each test works in a space of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from simulator_process import Simulator

READY_MADE_OWNER = "1000000000000001"


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator(":memory:", "--setting", "rate_limit=0") as running:
        yield running


@pytest.fixture
def space(simulator: Simulator) -> dict[str, Any]:
    """A space with every field of the API set in it: the WABA, its business, one number in service."""
    space = {
        "cust_space_id": f"space-{uuid.uuid4().hex[:12]}",
        "owner_id": READY_MADE_OWNER,
        "isv_code": "isv-contract",
        "waba": {
            "id": str(uuid.uuid4().int)[:15],
            "name": "Café & Söhne 咖啡",
            "auth_international_rate_eligibility": {"start_time": 1748707200, "exception_countries": ["ID"]},
            "is_on_biz_app": "Y",
        },
        "business": {"id": "500400300200100", "name": "Café & Söhne Ltd"},
        "numbers": [
            {
                "phone_number": "390212345678",
                "verified_name": "Café {{ 7 * 7 }} 咖啡",
                "status": "FLAGGED",
                "quality_rating": "RED",
                "up_queue": "up-queue",
                "status_queue": "status-queue",
                "up_callback_url": "https://hooks.example.com/up?a=1&b=%20",
                "status_callback_url": "https://hooks.example.com/status",
                "calling_configure": _CALLING,
            }
        ],
    }
    simulator.control.seed({"spaces": [space]})
    return space


_CALLING = {
    "Calling": {
        "CallHours": {
            "HolidaySchedule": [{"Date": "2026-12-25", "StartTime": "0900", "EndTime": "1200"}],
            "Status": "ENABLED",
            "TimezoneId": "Europe/Rome",
            "WeeklyOperatingHours": [{"DayOfWeek": "MONDAY", "OpenTime": "0900", "CloseTime": "1800"}],
        },
        "CallIconVisibility": "DEFAULT",
        "CallbackPermissionStatus": "ENABLED",
        "Status": "ENABLED",
    },
    "CallingCallbackUrl": "https://hooks.example.com/calls",
    "MaxTalkTime": 600,
}
