# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand: which call goes wrong, in which way, and whether its effect is made all the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .model import build
from .operations import OPERATIONS


class Fault(str, Enum):
    REFUSE_CONNECTION = "refuse_connection"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    ERROR_500 = "error_500"
    ERROR_503 = "error_503"
    THROTTLE_USER = "throttle_user"
    THROTTLE_API = "throttle_api"
    LIMIT_CONTROL = "limit_control"
    SLOW = "slow"
    TRUNCATED = "truncated"
    NOT_JSON = "not_json"
    BUSINESS_ERROR = "business_error"
    OTHER_NUMBER = "other_number"


# The operations whose answer names the number that it is about.
_NAME_THEIR_NUMBER = (
    "CreateChatappMigrationInitiate",
    "GetMigrationVerifyCode",
    "ChatappMigrationVerified",
    "GetPhoneNumberVerificationStatus",
)


@dataclass(slots=True)
class Rule:
    """One order for trouble. The first that matches a call is used up by one."""

    kind: str
    operation: str = "*"
    phone_number: str = "*"
    cust_space_id: str = "*"
    # None: for ever.
    count: int | None = 1
    probability: float = 1.0
    # Whether the call takes effect although its answer is spoilt.
    after_effect: bool = False
    seconds: float = 0.0
    http_status: int = 200
    code: str = "InvalidParameter.PhoneNumberError"
    message: str = "The phone number is abnormal."
    # For other_number: the number that the answer names, and what a status read says of it.
    other_number: str = "8613900009999"
    verification_status: str = "VERIFIED"
    id: int = 0

    @property
    def fault(self) -> Fault:
        return Fault(self.kind)

    def matches(self, operation: str, phone_number: str, cust_space_id: str) -> bool:
        return (
            self.operation in ("*", operation)
            and self.phone_number in ("*", phone_number)
            and self.cust_space_id in ("*", cust_space_id)
        )


class Faults:
    def __init__(self, dice: random.Random, close_door: Callable[[float], None]) -> None:
        self._dice = dice
        self.close_door = close_door
        self._last_id = 0
        self.rules: list[Rule] = []

    def add(self, document: object) -> Rule:
        rule = build(Rule, document)
        kinds = [kind.value for kind in Fault]
        if rule.kind not in kinds:
            raise ValueError(f"Fault kind is one of {', '.join(kinds)}, not {rule.kind!r}.")
        if rule.operation not in ("*", *OPERATIONS):
            raise ValueError(f"There is no operation {rule.operation!r}.")
        if rule.fault is Fault.REFUSE_CONNECTION and rule.seconds <= 0:
            raise ValueError("A refused connection lasts for some 'seconds'.")
        if rule.fault is Fault.OTHER_NUMBER and rule.operation not in _NAME_THEIR_NUMBER:
            raise ValueError(f"The operation of an other_number is one of {', '.join(_NAME_THEIR_NUMBER)}.")
        self._last_id += 1
        rule.id = self._last_id
        if rule.fault is Fault.REFUSE_CONNECTION and rule.operation == rule.phone_number == rule.cust_space_id == "*":
            self.close_door(rule.seconds)
        else:
            self.rules.append(rule)
        return rule

    def remove(self, rule_id: int | None) -> None:
        self.rules = [rule for rule in self.rules if rule_id is not None and rule.id != rule_id]

    def take(self, operation: str, parameters: dict[str, Any]) -> Rule | None:
        if not self.rules:
            return None
        phone_number = parameters.get("PhoneNumber", "")
        phone_number = phone_number or parameters.get("CountryCode", "") + parameters.get("MobileNumber", "")
        for rule in self.rules:
            matches = rule.matches(operation, phone_number, parameters.get("CustSpaceId", ""))
            if matches and (rule.probability >= 1 or self._dice.random() < rule.probability):
                self._use(rule)
                return rule
        return None

    def _use(self, rule: Rule) -> None:
        if rule.count is None:
            return
        rule.count -= 1
        if rule.count <= 0:
            self.rules.remove(rule)
