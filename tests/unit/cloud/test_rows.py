# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads of many numbers and spaces, when one of them cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import QUERY_NUMBERS, Operation
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallOutcome, CallResult
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.spaces import query_spaces
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ApiError, CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_info import number_info

NUMBERS = ["8613900000001", "8613900000002", "8613900000003"]


class Service:
    """Shows three connected numbers; every read of the second one ends in the same way."""

    def __init__(self, error: ApiError | None = None) -> None:
        self._error = error
        self.asked: list[str] = []

    def call(self, operation: Operation, parameters: Mapping[str, str]) -> CallResult:
        if operation is QUERY_NUMBERS:
            rows = [{"PhoneNumber": number, "Status": "CONNECTED"} for number in NUMBERS]
            return CallResult(operation, CallOutcome.ANSWERED, {"PhoneNumbers": rows})
        number = parameters["PhoneNumber"]
        self.asked.append(number)
        if number == NUMBERS[1]:
            outcome = CallOutcome.REFUSED if self._error else CallOutcome.UNKNOWN
            return CallResult(operation, outcome, reason=f"Failed to read +{number}.", error=self._error)
        return CallResult(operation, CallOutcome.ANSWERED, {"Data": {"CanSendMessage": "AVAILABLE"}})

    def stop(self) -> None:
        """Nothing is repeated here."""


def info(service: Service) -> dict[str, Any]:
    options = {"cust_space_id": "s", "isv_code": None, "status": None, "phone_numbers": None, "verification": False}
    module = cast(AnsibleModule, SimpleNamespace(params={**options, "health": True}))
    return number_info(module, lambda: cast(Client, service))


def test_a_number_that_cannot_be_read_fails_the_module_but_all_numbers_are_returned() -> None:
    service = Service()

    result = info(service)

    assert (result["failed"], result["msg"]) == (True, f"Failed to read +{NUMBERS[1]}.")
    assert [row["phone_number"] for row in result["numbers"]] == [f"+{number}" for number in NUMBERS]
    assert ["health" in row for row in result["numbers"]] == [True, False, True]
    assert service.asked == NUMBERS


def test_an_error_about_the_caller_ends_the_reads() -> None:
    service = Service(ApiError("NoPermission", "", "R", 403, "GetWhatsappHealthStatus", ""))

    with pytest.raises(CamsError):
        info(service)

    assert service.asked == NUMBERS[:2]


def test_a_space_whose_query_fails_does_not_affect_others() -> None:
    class Breaking(Service):
        def call(self, operation: Operation, parameters: Mapping[str, str]) -> CallResult:
            if parameters["CustSpaceId"] == "bad":
                raise KeyError("nobody foresaw this")
            return super().call(operation, parameters)

    shown = query_spaces(cast(Client, Breaking()), ["good", "bad"])

    assert len(shown.rows["good"]) == len(NUMBERS)
    assert shown.refused["bad"].startswith("Failed to query space bad: an unexpected KeyError")
