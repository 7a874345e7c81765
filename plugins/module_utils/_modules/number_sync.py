# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module cams_number_sync does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS, SYNC
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import checked_space_id, read_rows


def number_sync(module: AnsibleModule, connect: Callable[[], Client]) -> dict[str, Any]:
    """Sync a space. ``changed`` is true when the sync moved a row; check mode only queries."""
    space = {"CustSpaceId": checked_space_id(module.params["cust_space_id"])}
    client = connect()
    before = {row["phone_number"]: row for row in read_rows(client, QUERY_NUMBERS, space)}
    numbers = list(before.values()) if module.check_mode else read_rows(client, SYNC, space)
    after = {row["phone_number"]: row for row in numbers}
    moved = [number for number in {**before, **after} if before.get(number) != after.get(number)]
    diff = {
        when: {number: found[number] for number in moved if number in found}
        for when, found in (("before", before), ("after", after))
    }
    return {"changed": bool(moved), "numbers": numbers, "diff": diff}
