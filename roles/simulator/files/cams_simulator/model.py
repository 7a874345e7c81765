# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The objects of the simulated cloud, and their conversion from and to JSON."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType
from typing import Any, TypeVar

MIGRATING = "MIGRATING"
CONNECTED = "CONNECTED"
MIGRATED = "MIGRATED"
UNDER_WAY = frozenset({MIGRATING, "PENDING", "UNVERIFIED"})
SERVING = frozenset({CONNECTED, "FLAGGED", "RATE_LIMITED", "RESTRICTED"})
RECLAIMABLE = frozenset({MIGRATED, "DELETED", "DISCONNECTED"})


@dataclass(slots=True)
class AccessKey:
    id: str
    secret: str
    active: bool = True
    security_token: str | None = None
    # Real time in epoch seconds. The simulator's clock does not apply to tokens.
    expires_at: float | None = None


FULL_ACCESS: dict[str, Any] = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": "cams:*", "Resource": "*"}]}


@dataclass(slots=True)
class User:
    name: str
    access_keys: list[AccessKey] = field(default_factory=list)
    policies: list[dict[str, Any]] = field(default_factory=lambda: [FULL_ACCESS])


@dataclass(slots=True)
class Account:
    owner_id: str
    subscribed: bool = True
    users: list[User] = field(default_factory=list)


@dataclass(slots=True)
class Waba:
    id: str
    name: str = "Demo Retail"
    account_review_status: str = "APPROVED"
    currency: str = "USD"
    message_template_namespace: str = "5a1b2c3d_0000_4444_8888_demo00000001"
    primary_business_location: str = "CN"
    auth_international_rate_eligibility: dict[str, Any] | None = None
    marketing_message_lite_status: str = "ELIGIBLE"
    is_on_biz_app: str = "N"


@dataclass(slots=True)
class Business:
    id: str
    name: str = "Demo Retail Ltd"
    verification_status: str = "verified"
    vertical: str = "RETAIL"


@dataclass(slots=True)
class Space:
    cust_space_id: str
    owner_id: str
    isv_code: str = ""
    waba: Waba | None = None
    business: Business | None = None
    syncs: int = 0


@dataclass(slots=True)
class Line:
    """The telephone line behind a number, independent of any space."""

    phone_number: str
    two_step_verification: bool = False
    # "elsewhere": another provider has the number, so it can be migrated. "none": no provider has it.
    source: str = "elsewhere"


@dataclass(slots=True)
class Code:
    value: str
    expires_at: float
    used: bool = False


@dataclass(slots=True)
class Snapshot:
    """Status and verification of a row at an earlier time, for settings that delay the query."""

    status: str
    verification: str


@dataclass(slots=True)
class Effects:
    """Counters of the real effects on a number. They count even if the answer was lost."""

    initiates: int = 0
    codes_sent: int = 0
    hand_ins_right: int = 0
    hand_ins_wrong: int = 0
    registers: int = 0
    webhook_updates: int = 0


@dataclass(slots=True)
class Number:
    cust_space_id: str
    phone_number: str
    id: str = ""
    # Any text is allowed, so that a test can use an unknown status.
    status: str = CONNECTED
    # Overrides the verification status that follows from the clock, also for tests.
    code_verification_status: str | None = None
    # Status of a second, older row of the same number. Empty: the number has only one row.
    old_row_status: str = ""
    quality_rating: str = "GREEN"
    name_status: str = "APPROVED"
    new_name_status: str = "NONE"
    messaging_limit_tier: str = "TIER_250"
    verified_name: str = ""
    is_official: str = "N"
    up_queue: str = ""
    status_queue: str = ""
    up_callback_url: str = ""
    status_callback_url: str = ""
    http_flag: str = ""
    queue_flag: str = ""
    calling_configure: dict[str, Any] | None = None
    initiated_at: float | None = None
    verified_until: float | None = None
    registered_at: float | None = None
    connects_at: float | None = None
    code: Code | None = None
    code_requests: list[float] = field(default_factory=list)
    register_requests: list[float] = field(default_factory=list)
    wrong_tries: int = 0
    locked_until: float = 0.0
    snapshot: Snapshot | None = None
    # The row before the last initiate, for settings that still show it.
    row_before_initiate: Snapshot | None = None
    effects: Effects = field(default_factory=Effects)

    @property
    def key(self) -> str:
        return f"{self.cust_space_id}/{self.phone_number}"

    @property
    def is_between_initiate_and_register(self) -> bool:
        return self.status in UNDER_WAY and self.connects_at is None

    @property
    def has_code_request(self) -> bool:
        """Whether a code was requested since the last initiate, or the number was verified by a seed."""
        started = self.initiated_at or 0.0
        return self.verified_until is not None or any(moment >= started for moment in self.code_requests)


@dataclass(slots=True)
class Message:
    """One code that arrived on the phone, by SMS or in a call."""

    id: int
    phone_number: str
    cust_space_id: str
    code: str
    method: str
    locale: str
    received_at: float
    expires_at: float


T = TypeVar("T")
_HINTS: dict[type, dict[str, Any]] = {}


def from_document(kind: type[T], document: object) -> T:
    """Build a dataclass from a JSON object. A ValueError names the key that does not fit."""
    if not isinstance(document, Mapping):
        raise ValueError(f"{kind.__name__} must be an object, not {document!r}.")
    # Cached, because get_type_hints is slow and a seed may contain twenty thousand numbers.
    hints = _HINTS.get(kind) or _HINTS.setdefault(kind, typing.get_type_hints(kind))
    unknown = sorted(set(document) - set(hints))
    if unknown:
        raise ValueError(f"{kind.__name__} has no {unknown[0]!r}. Known: {', '.join(hints)}.")
    values = {name: _build_value(hints[name], value, f"{kind.__name__}.{name}") for name, value in document.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise ValueError(f"{kind.__name__} is incomplete: {error}.") from error


def to_document(thing: Any) -> dict[str, Any]:
    return dataclasses.asdict(thing)


def _build_value(hint: Any, value: object, where: str) -> object:
    arguments = typing.get_args(hint)
    if NoneType in arguments:
        if value is None:
            return None
        hint = next(argument for argument in arguments if argument is not NoneType)
        arguments = typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return from_document(typing.cast("type[object]", hint), value)
    plain = typing.get_origin(hint) or hint
    if plain is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, plain) or (plain is int and isinstance(value, bool)):
        raise ValueError(f"{where} must be of type {plain.__name__}, not {value!r}.")
    if plain is list:
        return [_build_value(arguments[0], item, where) for item in typing.cast("list[object]", value)]
    return value
