# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules report whether a connected number can send messages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from module_runs import Modules, Result
from simulator_process import Simulator
from worlds import SPACE, make_space

SENDS, BLOCKED, PENDING = "+8613900001230", "+8613900001231", "+8613900001232"
OTHER_SPACE = "space-2"


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Modules:
    """One number that can send, one in a space whose WABA was disabled, and one that is not connected."""
    simulator.control.seed(
        {
            "spaces": [make_space(OTHER_SPACE, waba={"account_review_status": "DISABLED"})],
            "numbers": [
                {"cust_space_id": SPACE, "phone_number": SENDS[1:]},
                {"cust_space_id": OTHER_SPACE, "phone_number": BLOCKED[1:]},
                {"cust_space_id": SPACE, "phone_number": PENDING[1:], "status": "PENDING"},
            ],
        }
    )
    return Modules(simulator, tmp_path)


def fleet(modules: Modules, **options: Any) -> Result:
    declared = {SENDS: SPACE, BLOCKED: OTHER_SPACE, PENDING: SPACE}
    numbers = [{"cust_space_id": space, "phone_number": number} for number, space in declared.items()]
    return modules.run("cams_number_fleet", numbers=numbers, **options)


def health_calls(modules: Modules) -> int:
    return len(modules.simulator.control.calls(action="GetWhatsappHealthStatus"))


@pytest.mark.parametrize("check", [False, True])
def test_a_connected_number_that_cannot_send_needs_an_operator_with_the_reason(modules: Modules, check: bool) -> None:
    result = fleet(modules, health=True, _ansible_check_mode=check)

    sends, blocked, pending = result["results"]
    assert not result.get("failed")
    assert (sends["outcome"], sends["health"], sends["next_action"]) == (
        "converged",
        {"can_send_message": "AVAILABLE", "problems": []},
        "",
    )
    assert (blocked["outcome"], blocked["phase"], blocked["changed"]) == ("needs_operator", "connected", False)
    assert blocked["health"]["can_send_message"] == "BLOCKED"
    assert blocked["health"]["problems"][0] == {
        "entity": "WABA",
        "code": "141014",
        "description": "The WABA is not approved.",
        "solution": "Submit the WABA for review.",
    }
    assert blocked["next_action"] == (
        "It is connected and cannot send. The WABA is not approved (141014). Submit the WABA for review."
    )
    assert "health" not in pending
    assert (result["summary"]["needs_operator"], health_calls(modules)) == (1, 2)


def test_a_number_that_sends_with_a_restriction_is_converged_with_a_remark(modules: Modules) -> None:
    modules.simulator.control.change_number(cust_space_id=SPACE, phone_number=SENDS[1:], status="FLAGGED")

    result = fleet(modules, health=True)["results"][0]

    assert (result["outcome"], result["phase"]) == ("converged", "limited")
    assert "check its quality" in result["next_action"]
    assert "Its health is LIMITED. The number is FLAGGED (141007)." in result["next_action"]


def test_health_is_read_after_the_cut_over_of_the_same_run(modules: Modules) -> None:
    modules.simulator.control.change_number(cust_space_id=SPACE, phone_number=PENDING[1:], verified=True)

    result = fleet(modules, health=True)["results"][2]

    assert (result["outcome"], result["changed"]) == ("converged", True)
    assert result["health"]["can_send_message"] == "AVAILABLE"


def test_health_makes_no_call_without_its_option(modules: Modules) -> None:
    assert all("health" not in result for result in fleet(modules)["results"])
    assert all("health" not in row for row in modules.info()["numbers"])
    assert health_calls(modules) == 0


def test_a_health_that_cannot_be_read_causes_only_a_warning(modules: Modules) -> None:
    modules.simulator.control.add_fault(
        "business_error", operation="GetWhatsappHealthStatus", code="Ram.PermissionDeny", count=None
    )

    result = fleet(modules, health=True)

    assert not result.get("failed")
    assert result["results"][0]["outcome"] == "converged"
    warning = str(result["warnings"][0])
    assert f"{SENDS}: Could not read whether the number can send messages." in warning
    assert "cams:GetWhatsappHealthStatus" in warning


def test_info_reads_the_health_of_connected_numbers_within_a_space(modules: Modules) -> None:
    rows = {row["phone_number"]: row["health"] for row in modules.info(health=True)["numbers"]}

    assert rows == {SENDS: {"can_send_message": "AVAILABLE", "problems": []}, PENDING: None}
    assert "health needs cust_space_id" in modules.info(cust_space_id=None, health=True)["msg"]
