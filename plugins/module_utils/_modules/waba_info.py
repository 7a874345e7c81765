# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module cams_waba_info."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import checked_space_id
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.waba import read_business, read_waba
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError

WABA_ARGUMENTS: dict[str, dict[str, Any]] = {"cust_space_id": {"type": "str"}, "isv_code": {"type": "str"}}


def waba_info(module: AnsibleModule, connect: Callable[[], Client]) -> dict[str, Any]:
    """Return the WABA of a space, and its business. The API shows a business only within a space."""
    space, isv_code = checked_space_id(module.params["cust_space_id"]), (module.params["isv_code"] or "").strip()
    if not space and not isv_code:
        raise ConfigurationError("Set cust_space_id or isv_code, because a WABA belongs to a space.")
    client = connect()
    waba = read_waba(client, space, isv_code)
    business = read_business(client, space, waba["id"]) if space and waba and waba.get("id") else None
    return {"changed": False, "waba": waba, "business": business}
