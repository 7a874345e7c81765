# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a space as the cloud shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils import _phone
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import CallResult, Client, Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import (
    ConfigurationError,
    is_about_the_caller,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import (
    QUERY_NUMBERS,
    SYNC,
    VERIFICATION_STATUS,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import phase_of_row

Row = dict[str, Any]


def number_info(module: AnsibleModule, client: Client) -> dict[str, Any]:
    """The rows of the query, filtered, with their verification status when asked for."""
    options = module.params
    space = space_id(options["cust_space_id"])
    wanted = _wanted(options["phone_numbers"])
    if options["verification"] and not space:
        raise ConfigurationError("verification needs cust_space_id: a verification status is read within a space.")
    asked = {"CustSpaceId": space, "IsvCode": options["isv_code"] or ""}
    numbers = [
        row
        for row in rows(client.call(QUERY_NUMBERS, {name: value for name, value in asked.items() if value}))
        if (wanted is None or row["phone_number"] in wanted) and row["status"] in (options["status"] or [row["status"]])
    ]
    if options["verification"]:
        for row in numbers:
            row["verification_status"] = read_verification(client, space, row["phone_number"])
            row["phase"] = phase_of_row(row["status"], row["verification_status"] or "").value
    return {"changed": False, "numbers": numbers}


def number_sync(module: AnsibleModule, client: Client) -> dict[str, Any]:
    """Sync a space. ``changed`` is true when the sync moved a row; check mode only queries."""
    space = {"CustSpaceId": space_id(module.params["cust_space_id"])}
    before = rows(client.call(QUERY_NUMBERS, space))
    after = before if module.check_mode else rows(client.call(SYNC, space))
    diff = {
        "before": {row["phone_number"]: row for row in before if row not in after},
        "after": {row["phone_number"]: row for row in after if row not in before},
    }
    return {"changed": after != before, "numbers": after, "diff": diff}


def space_id(value: str | None) -> str:
    """A space's id as given; an empty one would widen a query to every space of the account."""
    if value is not None and not value.strip():
        raise ConfigurationError(
            "cust_space_id is empty. Give the id that the console's Channel Management page shows."
        )
    return (value or "").strip()


def rows(result: CallResult) -> list[Row]:
    """The numbers of a query's or a sync's answer in snake_case, in the order of their digits."""
    found = [_row(item) for item in result.answer().get("PhoneNumbers") or []]
    return sorted(found, key=lambda row: str(row["phone_number"]))


def read_verification(client: Client, space: str, number: str) -> str | None:
    """The word of the verification status, or None when the service says that there is no such number."""
    result = client.call(VERIFICATION_STATUS, {"CustSpaceId": space, "PhoneNumber": _phone.to_wire(number)})
    if result.outcome is Outcome.REFUSED and says_no_such_number(result):
        return None
    data = result.answer().get("Data") or {}
    return str(data.get("CodeVerificationStatus") or "")


def says_no_such_number(result: CallResult) -> bool:
    """Whether a refused status read means an unknown number.

    No document names the code for that, so every refusal that is not known to mean something else counts.
    """
    return result.error is not None and not is_about_the_caller(result.error.code)


def _wanted(numbers: list[Any] | None) -> set[str] | None:
    if numbers is None:
        return None
    try:
        return {_phone.parse(number) for number in numbers}
    except _phone.PhoneNumberError as error:
        raise ConfigurationError(f"phone_numbers: {error}") from None


def _row(item: Mapping[str, Any]) -> Row:
    row: Row = {_snake_case(name): _clean(value) for name, value in item.items()}
    row["phone_number"] = _phone.from_wire(str(item.get("PhoneNumber") or ""))
    row["phase"] = phase_of_row(str(item.get("Status") or ""), str(item.get("CodeVerificationStatus") or "")).value
    return row


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _clean(value: Any) -> Any:
    """Nested names in snake_case, and text without the stray blanks that the service leaves around URLs."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return {_snake_case(name): _clean(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value
