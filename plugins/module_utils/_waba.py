# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WhatsApp business account (WABA) that a space is bound to, and the business behind it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_BUSINESS, QUERY_WABA
from ansible_collections.chatapp.cams.plugins.module_utils._numbers import Row, space_id
from ansible_collections.chatapp.cams.plugins.module_utils._snake_case import in_snake_case

WABA_ARGUMENTS: dict[str, dict[str, Any]] = {"cust_space_id": {"type": "str"}, "isv_code": {"type": "str"}}


def waba_info(module: AnsibleModule, connect: Callable[[], Client]) -> dict[str, Any]:
    """The WABA of a space, and its business, which the API shows within a space only."""
    space, isv_code = space_id(module.params["cust_space_id"]), (module.params["isv_code"] or "").strip()
    if not space and not isv_code:
        raise ConfigurationError("Give cust_space_id or isv_code: a WABA is that of a space.")
    client = connect()
    waba = read_waba(client, space, isv_code)
    business = read_business(client, space, waba["id"]) if space and waba and waba.get("id") else None
    return {"changed": False, "waba": waba, "business": business}


def read_waba(client: Client, space: str, isv_code: str = "") -> Row | None:
    """The WABA, or None when the space is bound to none."""
    asked = {"CustSpaceId": space, "IsvCode": isv_code}
    answer = client.call(QUERY_WABA, {name: value for name, value in asked.items() if value}).answer()
    return in_snake_case(answer.get("Data") or {}) or None


def read_business(client: Client, space: str, waba_id: str) -> Row | None:
    """The business, or None when the service shows none."""
    answer = client.call(QUERY_BUSINESS, {"CustSpaceId": space, "WabaId": waba_id}).answer()
    return in_snake_case(answer.get("Data") or {}) or None
