# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a space: its numbers as the cloud shows them."""

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


def checked_space_id(value: str | None) -> str:
    """Return the id of a space. Refuse an empty id, which would query every space of the account."""
    if value is not None and not value.strip():
        raise ConfigurationError(
            "cust_space_id is empty. Give the id that the console shows on the page Channel Management."
        )
    return (value or "").strip()


def read_rows(client: Client, operation: Operation, parameters: Mapping[str, str]) -> list[Row]:
    """Return the rows that a query or a sync answers with, in snake_case and ordered by number.

    If a space has several rows of one number, only the furthest row is returned.
    """
    found = [
        _row_of_item(item) for item in client.call(operation, parameters).body_or_raise().get("PhoneNumbers") or []
    ]
    if "CustSpaceId" in parameters:
        found = furthest_rows(found)
    return sorted(found, key=lambda row: str(row["phone_number"]))


def furthest_rows(rows: Iterable[Row]) -> list[Row]:
    """Return one row for each number: the row whose phase is nearest to connected, and the first of equal rows."""
    furthest: dict[str, Row] = {}
    for row in rows:
        known = furthest.setdefault(row["phone_number"], row)
        if row_rank(row) < row_rank(known):
            furthest[row["phone_number"]] = row
    return list(furthest.values())


def row_rank(row: Mapping[str, Any]) -> tuple[int, bool]:
    """Return a rank to compare rows of one number. The row with the smallest rank counts.

    Of two halted rows, the row that reclaim does not apply to counts: a row BANNED is newer than a row MIGRATED.
    """
    return progress_rank(Phase(row["phase"])), can_be_reclaimed(row["status"])


def observation_of_row(row: Row | None, reading: VerificationReading = VerificationReading.NOT_READ) -> Observation:
    """Return the observation of a row, or of a missing row, together with a verification status."""
    if row is None:
        return Observation(reading=reading)
    return Observation(row["status"], row.get("code_verification_status", ""), reading)


def _row_of_item(item: Mapping[str, Any]) -> Row:
    row = in_snake_case(item)
    row["status"] = str(item.get("Status") or "")
    row["phone_number"] = phone.with_plus(str(item.get("PhoneNumber") or ""))
    row["phase"] = phase_of(observation_of_row(row)).value
    return row
