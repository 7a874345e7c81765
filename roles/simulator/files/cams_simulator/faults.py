# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test orders: which call fails, how it fails, and whether the call still has its effect."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .model import from_document
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


# Operations whose answer contains the phone number.
_NAME_THEIR_NUMBER = (
    "CreateChatappMigrationInitiate",
    "GetMigrationVerifyCode",
    "ChatappMigrationVerified",
    "GetPhoneNumberVerificationStatus",
)


@dataclass(slots=True)
class Rule:
    """One ordered fault. A call uses the first rule that matches, and the rule's count goes down by one."""

    kind: str
    operation: str = "*"
    phone_number: str = "*"
    cust_space_id: str = "*"
    # None: without an end.
    count: int | None = 1
    probability: float = 1.0
    # Whether the call has its effect although its answer is an error.
    after_effect: bool = False
    seconds: float = 0.0
    http_status: int = 200
    code: str = "InvalidParameter.PhoneNumberError"
    message: str = "The phone number is abnormal."
    # Only for other_number: the number in the answer, and its status if the call is a status read.
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
    def __init__(self, random_generator: random.Random, refuse_connections: Callable[[float], None]) -> None:
        self._random = random_generator
        self.refuse_connections = refuse_connections
        self._last_id = 0
        self.rules: list[Rule] = []

    def add(self, document: object) -> Rule:
        rule = from_document(Rule, document)
        kinds = [kind.value for kind in Fault]
        if rule.kind not in kinds:
            raise ValueError(f"Fault kind must be one of {', '.join(kinds)}, not {rule.kind!r}.")
        if rule.operation not in ("*", *OPERATIONS):
            raise ValueError(f"The operation {rule.operation!r} does not exist.")
        if rule.fault is Fault.REFUSE_CONNECTION and rule.seconds <= 0:
            raise ValueError("refuse_connection needs 'seconds' greater than 0.")
        if rule.fault is Fault.OTHER_NUMBER and rule.operation not in _NAME_THEIR_NUMBER:
            raise ValueError(f"The operation of other_number must be one of {', '.join(_NAME_THEIR_NUMBER)}.")
        self._last_id += 1
        rule.id = self._last_id
        if rule.fault is Fault.REFUSE_CONNECTION and rule.operation == rule.phone_number == rule.cust_space_id == "*":
            self.refuse_connections(rule.seconds)
        else:
            self.rules.append(rule)
        return rule

    def remove(self, rule_id: int | None) -> None:
        self.rules = [rule for rule in self.rules if rule_id is not None and rule.id != rule_id]

    def use_matching_rule(self, operation: str, parameters: dict[str, Any]) -> Rule | None:
        if not self.rules:
            return None
        phone_number = parameters.get("PhoneNumber", "")
        phone_number = phone_number or parameters.get("CountryCode", "") + parameters.get("MobileNumber", "")
        for rule in self.rules:
            matches = rule.matches(operation, phone_number, parameters.get("CustSpaceId", ""))
            if matches and (rule.probability >= 1 or self._random.random() < rule.probability):
                self._count_use(rule)
                return rule
        return None

    def _count_use(self, rule: Rule) -> None:
        if rule.count is None:
            return
        rule.count -= 1
        if rule.count <= 0:
            self.rules.remove(rule)
