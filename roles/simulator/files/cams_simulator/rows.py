# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a number in the answers of Query and Sync. Their calling configurations have different shapes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .model import MIGRATING, Number, Snapshot
from .readings import BeforeRegister, NeedsSync, OldRowPlace, ReclaimRow, UrlNewline, VerificationWords
from .settings import Settings


class Shape(Enum):
    QUERY = "query"
    SYNC = "sync"


@dataclass(slots=True)
class Row:
    status: str
    verification: str
    encoded: bytes


_ICONS = ("CallIconVisibility", "CallbackPermissionStatus")
_STATUS_IN_ROW = {
    BeforeRegister.PENDING: "PENDING",
    BeforeRegister.UNVERIFIED: "UNVERIFIED",
    BeforeRegister.MIGRATING: MIGRATING,
    BeforeRegister.HIDDEN: None,
}
_EXPIRED_WORDS = {VerificationWords.NOT_VERIFIED: "EXPIRED", VerificationWords.REVIEW: "REVOKED"}


def rows_of_number(number: Number, now: float, settings: Settings, shape: Shape) -> tuple[Row, ...]:
    """Return the rows of a number: none if the settings hide it, two if it has an old row."""
    found = []
    current = number.snapshot if settings.needs_sync is NeedsSync.YES else state_in_row(number, now, settings)
    if current is not None:
        shown = _STATUS_IN_ROW[settings.before_register] if current.status == MIGRATING else current.status
        if shown is not None:
            found.append(_make_row(number, shown, current.verification, settings, shape))
    if number.old_row_status:
        place = len(found) if settings.old_row_place is OldRowPlace.LAST else 0
        found.insert(
            place,
            _make_row(number, number.old_row_status, _EXPIRED_WORDS[settings.verification_words], settings, shape),
        )
    return tuple(found)


def state_in_row(number: Number, now: float, settings: Settings) -> Snapshot | None:
    """Return the state in the current row of a number, or None if the query does not show the initiate yet."""
    if number.status == MIGRATING:
        if number.initiated_at is not None and now < number.initiated_at + settings.row_delay_seconds:
            return None if settings.reclaim_row is ReclaimRow.ADDS else number.row_before_initiate
        kept = number.row_before_initiate if settings.reclaim_row is ReclaimRow.STAYS else None
        if kept is not None and number.registered_at is None:
            return kept
    return Snapshot(number.status, verification_word(number, now, settings))


def _make_row(number: Number, shown: str, verification: str, settings: Settings, shape: Shape) -> Row:
    ending = "\n" if settings.url_newline is UrlNewline.YES else ""
    fields: dict[str, Any] = {
        "PhoneNumber": number.phone_number,
        "Status": shown,
        "QualityRating": number.quality_rating,
        "CodeVerificationStatus": verification,
        "NameStatus": number.name_status,
        "NewNameStatus": number.new_name_status,
        "MessagingLimitTier": number.messaging_limit_tier,
        "VerifiedName": number.verified_name,
        "IsOfficial": number.is_official,
        "UpQueue": number.up_queue,
        "StatusQueue": number.status_queue,
        "UpCallbackUrl": number.up_callback_url and number.up_callback_url + ending,
        "StatusCallbackUrl": number.status_callback_url and number.status_callback_url + ending,
        "CallingConfigure": _calling_configuration(number.calling_configure, shape),
    }
    present = {name: value for name, value in fields.items() if value}
    return Row(shown, verification, json.dumps(present, separators=(",", ":"), ensure_ascii=False).encode())


def verification_word(number: Number, now: float, settings: Settings) -> str:
    if number.code_verification_status is not None:
        return number.code_verification_status
    if number.verified_until is not None and number.verified_until > now:
        return "VERIFIED"
    if settings.verification_words is VerificationWords.NOT_VERIFIED:
        return "NOT_VERIFIED" if number.verified_until is None else _EXPIRED_WORDS[settings.verification_words]
    if number.verified_until is not None:
        return _EXPIRED_WORDS[settings.verification_words]
    return "REJECTED" if number.wrong_tries else "MORE_INFORMATION_REQUESTED"


def _calling_configuration(configure: dict[str, Any] | None, shape: Shape) -> dict[str, Any] | None:
    """Return the calling configuration. It is stored in the shape of Sync; Query has the two icons in CallHours."""
    if configure is None or shape is Shape.SYNC:
        return configure
    calling = dict(configure.get("Calling", {}))
    icons = {name: calling.pop(name) for name in _ICONS if name in calling}
    if icons:
        calling["CallHours"] = {**calling.get("CallHours", {}), **icons}
    return {**configure, "Calling": calling}
