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

from . import readings


@dataclass(slots=True)
class Settings:
    # rate_limit: calls a second for each user and operation (0 = no limit). The others are seconds or counts.
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
    # Readings, see readings.py.
    before_register: readings.BeforeRegister = readings.BeforeRegister.PENDING
    needs_sync: readings.NeedsSync = readings.NeedsSync.NO
    second_initiate: readings.SecondInitiate = readings.SecondInitiate.ACCEPTED
    status_read: readings.StatusRead = readings.StatusRead.PLAIN
    fictional_numbers: readings.FictionalNumbers = readings.FictionalNumbers.SAME
    unknown_number_refusal: readings.UnknownNumberRefusal = readings.UnknownNumberRefusal.LISTED
    reclaim_row: readings.ReclaimRow = readings.ReclaimRow.MOVES
    old_row_place: readings.OldRowPlace = readings.OldRowPlace.LAST
    second_register: readings.SecondRegister = readings.SecondRegister.ACCEPTED
    unknown_number_status: readings.RefusalStatus = readings.RefusalStatus.HTTP_400
    business_errors: readings.RefusalStatus = readings.RefusalStatus.HTTP_400
    refusal_codes: readings.RefusalCodes = readings.RefusalCodes.INVALID_PARAMETER
    verification_words: readings.VerificationWords = readings.VerificationWords.NOT_VERIFIED
    unknown_space: readings.UnknownSpace = readings.UnknownSpace.RESOURCE_OWNER
    denied_action: readings.DeniedAction = readings.DeniedAction.PERMISSION_DENY
    throttle_code: readings.ThrottleCode = readings.ThrottleCode.USER
    throttled_calls_count: readings.ThrottledCallsCount = readings.ThrottledCallsCount.NO
    status_filter: readings.StatusFilter = readings.StatusFilter.EITHER
    form_parameters: readings.FormParameters = readings.FormParameters.ACCEPTED
    method_case: readings.MethodCase = readings.MethodCase.LOWER
    url_newline: readings.UrlNewline = readings.UrlNewline.NO

    def with_changes(self, changes: Mapping[str, object]) -> Settings:
        """Return a copy with the changes. A ValueError names the first value that does not fit."""
        return dataclasses.replace(self, **{name: _convert_value(name, value) for name, value in changes.items()})

    def as_dict(self) -> dict[str, object]:
        values = dataclasses.asdict(self)
        return {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}


_KINDS: dict[str, type] = typing.get_type_hints(Settings)


def _convert_value(name: str, value: object) -> typing.Any:
    kind = _KINDS.get(name)
    if kind is None:
        raise ValueError(f"The setting {name!r} does not exist. Known: {', '.join(sorted(_KINDS))}.")
    if issubclass(kind, Enum):
        choices = [member.value for member in kind]
        if value not in choices:
            raise ValueError(f"Setting {name!r} must be one of {', '.join(choices)}, not {value!r}.")
        return kind(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"Setting {name!r} must be a number, not {value!r}.")
    if value < 0 and name != "gateway_clock_offset":
        raise ValueError(f"Setting {name!r} cannot be negative.")
    if kind is float:
        return float(value)
    if value != int(value):
        raise ValueError(f"Setting {name!r} must be a whole number, not {value!r}.")
    return int(value)
