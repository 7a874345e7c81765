# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers of a space as the cloud shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import Operation
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Observation,
    Phase,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import (
    can_be_reclaimed,
    phase_of,
    progress_rank,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.snake_case import in_snake_case

Row = dict[str, Any]


def space_id(value: str | None) -> str:
    """A space's id as given; an empty one would widen a query to every space of the account."""
    if value is not None and not value.strip():
        raise ConfigurationError(
            "cust_space_id is empty. Give the id that the console's Channel Management page shows."
        )
    return (value or "").strip()


def read_rows(client: Client, operation: Operation, parameters: Mapping[str, str]) -> list[Row]:
    """The numbers that a query or a sync answers with, in snake_case and in the order of their digits.

    Of several rows that a space has of one number, the furthest counts.
    """
    found = [_row(item) for item in client.call(operation, parameters).answer().get("PhoneNumbers") or []]
    if "CustSpaceId" in parameters:
        found = furthest_rows(found)
    return sorted(found, key=lambda row: str(row["phone_number"]))


def furthest_rows(rows: Iterable[Row]) -> list[Row]:
    """One row for each number: the one whose phase is nearest to connected, and of equal ones the first."""
    furthest: dict[str, Row] = {}
    for row in rows:
        known = furthest.setdefault(row["phone_number"], row)
        if row_rank(row) < row_rank(known):
            furthest[row["phone_number"]] = row
    return list(furthest.values())


def row_rank(row: Mapping[str, Any]) -> tuple[int, bool]:
    """Orders rows of one number: the smallest is where the number is.

    Of two halted rows the one that no reclaim can start again counts: beside BANNED, an old MIGRATED is history.
    """
    return progress_rank(Phase(row["phase"])), can_be_reclaimed(row["status"])


def observation_of_row(row: Row | None, reading: VerificationReading = VerificationReading.NOT_READ) -> Observation:
    """What a row of the query, or its lack, says together with a verification status."""
    if row is None:
        return Observation(reading=reading)
    return Observation(row["status"], row.get("code_verification_status", ""), reading)


def _row(item: Mapping[str, Any]) -> Row:
    row = in_snake_case(item)
    row["status"] = str(item.get("Status") or "")
    row["phone_number"] = phone.from_wire(str(item.get("PhoneNumber") or ""))
    row["phase"] = phase_of(observation_of_row(row)).value
    return row
