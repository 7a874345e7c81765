# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the module cams_number_info does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import (
    _add_health,
    _add_verification,
    _each_alone,
    _failure,
    read_rows,
    space_id,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone as _phone


def number_info(module: AnsibleModule, connect: Callable[[], Client]) -> dict[str, Any]:
    """The rows of the query, filtered, with their verification status and their health when asked for."""
    options = module.params
    space = space_id(options["cust_space_id"])
    wanted = _wanted(options["phone_numbers"])
    for name in ("verification", "health"):
        if options[name] and not space:
            raise ConfigurationError(f"{name} needs cust_space_id: it is read within a space.")
    client = connect()
    asked = {"CustSpaceId": space, "IsvCode": options["isv_code"] or ""}
    numbers = [
        row
        for row in read_rows(client, QUERY_NUMBERS, {name: value for name, value in asked.items() if value})
        if (wanted is None or row["phone_number"] in wanted) and row["status"] in (options["status"] or [row["status"]])
    ]
    errors: list[CamsError] = []
    if options["verification"]:
        errors += _each_alone(numbers, lambda row: _add_verification(client, space, row))
    if options["health"]:
        errors += _each_alone(numbers, lambda row: _add_health(client, space, row))
    return {"changed": False, "numbers": numbers, **_failure(errors)}


def _wanted(numbers: list[Any] | None) -> set[str] | None:
    if numbers is None:
        return None
    try:
        return {_phone.parse(number) for number in numbers}
    except _phone.PhoneNumberError as error:
        raise ConfigurationError(f"phone_numbers: {error}") from None
