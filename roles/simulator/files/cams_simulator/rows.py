# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A number as Query and Sync show it. The two shape the calling configuration differently, and so do we."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .model import MIGRATING, Number
from .readings import BeforeRegister, NeedsSync, UrlNewline, VerificationWords
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
_SHOWN = {
    BeforeRegister.PENDING: "PENDING",
    BeforeRegister.UNVERIFIED: "UNVERIFIED",
    BeforeRegister.MIGRATING: MIGRATING,
    BeforeRegister.HIDDEN: None,
}


def row(number: Number, now: float, settings: Settings, shape: Shape) -> Row | None:
    """None while the reading in force keeps the number out of the query."""
    status, verification = number.status, verification_word(number, now, settings)
    if settings.needs_sync is NeedsSync.YES:
        if number.snapshot is None:
            return None
        status, verification = number.snapshot.status, number.snapshot.verification
    shown = _SHOWN[settings.before_register] if status == MIGRATING else status
    if shown is None:
        return None
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
        "CallingConfigure": _calling(number.calling_configure, shape),
    }
    present = {name: value for name, value in fields.items() if value}
    return Row(shown, verification, json.dumps(present, separators=(",", ":"), ensure_ascii=False).encode())


def verification_word(number: Number, now: float, settings: Settings) -> str:
    if number.code_verification_status is not None:
        return number.code_verification_status
    if number.verified_until is not None and number.verified_until > now:
        return "VERIFIED"
    if settings.verification_words is VerificationWords.NOT_VERIFIED:
        return "NOT_VERIFIED" if number.verified_until is None else "EXPIRED"
    if number.verified_until is not None:
        return "REVOKED"
    return "REJECTED" if number.wrong_tries else "MORE_INFORMATION_REQUESTED"


def _calling(configure: dict[str, Any] | None, shape: Shape) -> dict[str, Any] | None:
    """Stored as Sync shows it; Query has the two icon fields one level deeper, inside CallHours."""
    if configure is None or shape is Shape.SYNC:
        return configure
    calling = dict(configure.get("Calling", {}))
    icons = {name: calling.pop(name) for name in _ICONS if name in calling}
    if icons:
        calling["CallHours"] = {**calling.get("CallHours", {}), **icons}
    return {**configure, "Calling": calling}
