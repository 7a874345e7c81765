# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WhatsApp business account (WABA) that a space is bound to, and the business behind it."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_BUSINESS, QUERY_WABA
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row
from ansible_collections.chatapp.cams.plugins.module_utils._values.snake_case import in_snake_case


def read_waba(client: Client, space: str, isv_code: str = "") -> Row | None:
    """Return the WABA, or None if the space is not bound to a WABA."""
    asked = {"CustSpaceId": space, "IsvCode": isv_code}
    answer = client.call(QUERY_WABA, {name: value for name, value in asked.items() if value}).body_or_raise()
    return in_snake_case(answer.get("Data") or {}) or None


def read_business(client: Client, space: str, waba_id: str) -> Row | None:
    """Return the business, or None if the service does not show it."""
    answer = client.call(QUERY_BUSINESS, {"CustSpaceId": space, "WabaId": waba_id}).body_or_raise()
    return in_snake_case(answer.get("Data") or {}) or None
