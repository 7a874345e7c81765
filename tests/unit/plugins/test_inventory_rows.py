# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows that become hosts of the inventory."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.inventory.cams_numbers import _rows_with_next_action
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.spaces import SpaceRows


def test_a_row_cannot_name_another_space_or_advice_than_ours() -> None:
    row = {"phone_number": "+1", "status": "CONNECTED", "cust_space_id": ["x"], "next_action": "Pay."}

    (shown,) = _rows_with_next_action(SpaceRows(rows={"space-1": [row]}))

    assert (shown["cust_space_id"], shown["next_action"]) == ("space-1", "")
