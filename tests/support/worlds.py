# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds for the simulator that several test suites use."""

from __future__ import annotations

from typing import Any

# The built-in account of the simulator.
OWNER = "1000000000000001"
SPACE = "space-1"


def make_space(cust_space_id: str = SPACE, **facts: Any) -> dict[str, Any]:
    """Return a space of the built-in account, to which numbers can be migrated."""
    return {
        "cust_space_id": cust_space_id,
        "owner_id": OWNER,
        "waba": {"id": f"waba-of-{cust_space_id}"},
        "business": {"id": f"business-of-{cust_space_id}"},
        **facts,
    }
