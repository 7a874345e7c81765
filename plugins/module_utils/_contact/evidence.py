# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of a first contact: one event for each request that was sent, without numbers, names and secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import PHASE_OF_STATUS, RECLAIMABLE

# What a call was about.
NUMBER, CONTROL, OTHER_NUMBER = "the number", "the control number", "another number"
SPACE, OTHER_SPACE, ACCOUNT = "the space", "a space that does not exist", "the account"
# What a query filtered by.
BY_STATUS, BY_VERIFICATION = "status", "verification"
ANSWERED, REFUSED, THROTTLED = "answered", "refused", "throttled"
# The published statuses of a row.
KNOWN_STATUSES = frozenset({*PHASE_OF_STATUS, *RECLAIMABLE, "BANNED", "UNKNOWN"})


@dataclass(frozen=True)
class ShownRow:
    """What a row of the number shows."""

    status: str = ""
    verification: str = ""
    # Whether the row has the declared webhook. None if no webhook is declared.
    webhook: bool | None = None


@dataclass(frozen=True)
class Event:
    """One request and its answer."""

    # Counts the runs of the playbook. A conclusion from a missing call needs events of one run.
    run: int
    # Seconds since 1970 when the request left, and the seconds until its answer.
    at: float
    seconds: float
    operation: str
    about: str
    in_form: bool = False
    filter: str = ""
    outcome: str = ""
    http_status: int = 0
    code: str = ""
    message: str = ""
    request_id: str = ""
    # The number of rows in the answer, None if it has none, and the rows of the number.
    rows: int | None = None
    number_rows: tuple[ShownRow, ...] = ()
    # All words in the answer.
    statuses: tuple[str, ...] = ()
    verifications: tuple[str, ...] = ()
    health: str = ""
    review: str = ""
    # "newline" or "plain", if a row has an address.
    addresses: str = ""
    # "shown" or "not_shown", if there are rows.
    flags: str = ""
    # "first" or "last", if the space shows a number twice.
    old_row: str = ""
    # The number in the answer: "requested_number" or "other_number".
    names: str = ""
    # Seconds that the clock of the service is ahead of this machine's. None if the answer has no time.
    clock: float | None = None
    limits: Mapping[str, str] = field(default_factory=dict)

    @property
    def ended(self) -> float:
        return self.at + self.seconds

    @property
    def time(self) -> str:
        return datetime.fromtimestamp(self.at, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")

    def as_document(self) -> dict[str, Any]:
        """Return the event without the fields that say nothing."""
        return {name: value for name, value in asdict(self).items() if not _says_nothing(value)}


def _says_nothing(value: object) -> bool:
    return value is None or value is False or value in ("", (), {})


# The type of each field, for reading. A field with another type makes the event unreadable.
_TYPES: dict[str, tuple[type, ...]] = {
    "run": (int,),
    "at": (int, float),
    "seconds": (int, float),
    "http_status": (int,),
    "rows": (int,),
    "clock": (int, float),
    "in_form": (bool,),
    "number_rows": (list,),
    "statuses": (list,),
    "verifications": (list,),
    "limits": (dict,),
}


def event_from_document(document: object) -> Event | None:
    """Return the event, or None if the document is not an event."""
    if not isinstance(document, dict) or not all(
        name in Event.__dataclass_fields__ and _has_type(value, _TYPES.get(name, (str,)))
        for name, value in document.items()
    ):
        return None
    values = dict(document)
    try:
        rows = tuple(ShownRow(**row) for row in values.pop("number_rows", ()))
        statuses, verifications = (tuple(map(str, values.pop(name, ()))) for name in ("statuses", "verifications"))
        limits = {str(name): str(value) for name, value in values.pop("limits", {}).items()}
        event = Event(**values, number_rows=rows, statuses=statuses, verifications=verifications, limits=limits)
        # A number that is not a time raises.
        event.time  # noqa: B018
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    return event


def _has_type(value: object, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))
