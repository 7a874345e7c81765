# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module cams_number_info."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import is_about_the_caller
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import read_health
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import (
    Row,
    checked_space_id,
    observation_of_row,
    read_rows,
)
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import read_verification
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import (
    phase_of,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import CONNECTED_PHASES
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone


def number_info(module: AnsibleModule, connect: Callable[[], Client]) -> dict[str, Any]:
    """Return the filtered rows of the query, with verification status and health if the options ask for them."""
    options = module.params
    space = checked_space_id(options["cust_space_id"])
    wanted = _parse_wanted_numbers(options["phone_numbers"])
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
        errors += _add_to_each_row(numbers, lambda row: _add_verification(client, space, row))
    if options["health"]:
        errors += _add_to_each_row(numbers, lambda row: _add_health(client, space, row))
    return {"changed": False, "numbers": numbers, **_failure_of_rows(errors)}


def _parse_wanted_numbers(numbers: list[Any] | None) -> set[str] | None:
    if numbers is None:
        return None
    try:
        return {phone.parse(number) for number in numbers}
    except phone.PhoneNumberError as error:
        raise ConfigurationError(f"phone_numbers: {error}") from None


def _add_verification(client: Client, space: str, row: Row) -> None:
    response = read_verification(client, space, row["phone_number"])
    row["verification_status"] = response.word
    row["phase"] = phase_of(observation_of_row(row, response.reading)).value


def _add_health(client: Client, space: str, row: Row) -> None:
    serves = phase_of(observation_of_row(row)) in CONNECTED_PHASES
    row["health"] = read_health(client, space, row["phone_number"]) if serves else None


def _add_to_each_row(rows: Iterable[Row], add: Callable[[Row], None]) -> list[CamsError]:
    """Call ``add`` for every row and return the errors. Raises an error about the caller at once."""
    errors = []
    for row in rows:
        try:
            add(row)
        except CamsError as error:
            if error.error is not None and is_about_the_caller(error.error.code):
                raise
            errors.append(error)
    return errors


def _failure_of_rows(errors: Sequence[CamsError]) -> dict[str, Any]:
    """Return the failure to add to the result if some rows could not be read."""
    if not errors:
        return {}
    more = [f"And {len(errors) - 1} more."] if len(errors) > 1 else []
    error = {"error": errors[0].error.as_dict()} if errors[0].error else {}
    return {"failed": True, "msg": " ".join([errors[0].message, *more]), **error}
