# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module that reads the WhatsApp business account of a space."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._modules.waba_info import waba_info
from simulator_process import Simulator
from worlds import SPACE, make_space


class Module:
    """As much of a module as the work behind it takes."""

    def __init__(self, **options: Any) -> None:
        self.params = {"cust_space_id": None, "isv_code": None, **options}


@pytest.fixture
def read(new_client: Callable[..., Client]) -> Callable[..., dict[str, Any]]:
    return lambda **options: waba_info(Module(**options), lambda: new_client(check_mode=True))


def test_the_account_and_its_business_are_read_by_two_calls(
    simulator: Simulator, read: Callable[..., dict[str, Any]]
) -> None:
    simulator.control.seed(
        {
            "spaces": [
                make_space(
                    waba={"id": "w1", "name": "Shop", "account_review_status": "REJECTED"},
                    business={"id": "b1", "name": "Shop Ltd", "verification_status": "pending"},
                )
            ]
        }
    )

    found = read(cust_space_id=SPACE)

    assert found["changed"] is False
    assert (found["waba"]["id"], found["waba"]["account_review_status"]) == ("w1", "REJECTED")
    assert (found["waba"]["business_id"], found["waba"]["business_name"]) == ("b1", "Shop Ltd")
    assert (found["business"]["business_name"], found["business"]["verification_status"]) == ("Shop Ltd", "pending")
    assert [call["action"] for call in simulator.control.calls()] == ["QueryChatappBindWaba", "QueryWabaBusinessInfo"]


def test_by_the_isv_code_alone_the_business_is_not_read(
    simulator: Simulator, read: Callable[..., dict[str, Any]]
) -> None:
    simulator.control.seed({"spaces": [make_space(isv_code="isv-1")]})

    found = read(isv_code="isv-1")

    assert (found["waba"]["id"], found["business"]) == (f"waba-of-{SPACE}", None)


def test_a_space_without_an_account_has_none(simulator: Simulator, read: Callable[..., dict[str, Any]]) -> None:
    simulator.control.seed({"spaces": [make_space(waba=None, business=None)]})

    assert read(cust_space_id=SPACE) == {"changed": False, "waba": None, "business": None}


def test_neither_a_space_nor_a_code_is_refused_before_any_call(
    simulator: Simulator, read: Callable[..., dict[str, Any]]
) -> None:
    with pytest.raises(ConfigurationError, match="cust_space_id or isv_code"):
        read(isv_code=" ")

    assert simulator.control.calls() == []


def test_a_refusal_of_the_api_is_returned(read: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(CamsError, match=r"Failed to query the WABA of space not-ours.*Unknown.ResourceOwnerId"):
        read(cust_space_id="not-ours")
