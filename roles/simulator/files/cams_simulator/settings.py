# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything about the simulator that can be set while it runs."""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from . import readings as r


@dataclass(slots=True)
class Settings:
    # Quantities: calls per second for each user and operation (0 = no limit), the rest in seconds or in number.
    rate_limit: int = 10
    latency: float = 0.0
    register_seconds: float = 1.0
    code_seconds: float = 600.0
    code_delivery_seconds: float = 0.0
    code_budget: int = 5
    code_budget_seconds: float = 86_400.0
    wrong_tries: int = 5
    lock_seconds: float = 3_600.0
    verification_seconds: float = 1_209_600.0
    register_budget: int = 10
    register_budget_seconds: float = 259_200.0
    signature_seconds: float = 900.0
    gateway_clock_offset: float = 0.0
    row_delay_seconds: float = 0.0
    status_delay_seconds: float = 0.0
    # Readings.
    before_register: r.BeforeRegister = r.BeforeRegister.PENDING
    needs_sync: r.NeedsSync = r.NeedsSync.NO
    second_initiate: r.SecondInitiate = r.SecondInitiate.ACCEPTED
    status_read: r.StatusRead = r.StatusRead.PLAIN
    fictional_numbers: r.FictionalNumbers = r.FictionalNumbers.SAME
    unknown_number_refusal: r.UnknownNumberRefusal = r.UnknownNumberRefusal.LISTED
    reclaim_row: r.ReclaimRow = r.ReclaimRow.MOVES
    old_row_place: r.OldRowPlace = r.OldRowPlace.LAST
    second_register: r.SecondRegister = r.SecondRegister.ACCEPTED
    unknown_number_status: r.CarrierOfRefusal = r.CarrierOfRefusal.HTTP_400
    business_errors: r.CarrierOfRefusal = r.CarrierOfRefusal.HTTP_400
    refusal_codes: r.RefusalCodes = r.RefusalCodes.INVALID_PARAMETER
    verification_words: r.VerificationWords = r.VerificationWords.NOT_VERIFIED
    unknown_space: r.UnknownSpace = r.UnknownSpace.RESOURCE_OWNER
    denied_action: r.DeniedAction = r.DeniedAction.PERMISSION_DENY
    throttle_code: r.ThrottleCode = r.ThrottleCode.USER
    throttled_calls_count: r.ThrottledCallsCount = r.ThrottledCallsCount.NO
    status_filter: r.StatusFilter = r.StatusFilter.EITHER
    method_case: r.MethodCase = r.MethodCase.LOWER
    url_newline: r.UrlNewline = r.UrlNewline.NO

    def changed(self, changes: Mapping[str, object]) -> Settings:
        """A copy with the changes, or ValueError naming the first that does not fit."""
        return dataclasses.replace(self, **{name: _converted(name, value) for name, value in changes.items()})

    def as_dict(self) -> dict[str, object]:
        values = dataclasses.asdict(self)
        return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


_KINDS: dict[str, type] = typing.get_type_hints(Settings)


def _converted(name: str, value: object) -> typing.Any:
    kind = _KINDS.get(name)
    if kind is None:
        raise ValueError(f"There is no setting {name!r}. Known: {', '.join(sorted(_KINDS))}.")
    if issubclass(kind, Enum):
        choices = [member.value for member in kind]
        if value not in choices:
            raise ValueError(f"Setting {name!r} is one of {', '.join(choices)}, not {value!r}.")
        return kind(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"Setting {name!r} is a number, not {value!r}.")
    if value < 0 and name != "gateway_clock_offset":
        raise ValueError(f"Setting {name!r} cannot be negative.")
    if kind is float:
        return float(value)
    if value != int(value):
        raise ValueError(f"Setting {name!r} is a whole number, not {value!r}.")
    return int(value)
