# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A preflight against the simulator: all that is planted is found, nothing is invented, nothing is written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._preflight.checks import CODES
from module_runs import Modules, Result
from playbook_runs import Run, credentials_environment, run_playbook, write_playbook
from simulator_process import Simulator
from worlds import SPACE, make_space

NUMBER = "+8613900001234"
READS = {
    "QueryChatappPhoneNumbers",
    "QueryChatappBindWaba",
    "QueryWabaBusinessInfo",
    "GetPhoneNumberVerificationStatus",
}
Fault = dict[str, Any]


@dataclass(frozen=True)
class Number:
    """A number that is planted: its row, if it has one, and what must be found of it."""

    number: str
    codes: tuple[str, ...]
    facts: dict[str, Any] | None = None
    declared: dict[str, Any] = field(default_factory=dict)
    fault: str = ""


@dataclass(frozen=True)
class Space:
    """A space that is planted: what it is like, or what its reads are refused with, and what must be found."""

    name: str
    code: str
    facts: dict[str, Any] | None = field(default_factory=dict)
    fault: tuple[str, str] | None = None


TWO_STEP = "two_step_verification"
PENDING = {"status": "PENDING"}
NUMBERS = (
    Number("+8613900000001", ("already_here",), {}),
    Number("+8613900000002", ("already_here",), {"status": "CONNECTED"}),
    Number("+8613900000003", ("limited",), {"status": "FLAGGED"}),
    Number("+8613900000004", ("limited",), {"status": "RESTRICTED"}),
    Number("+8613900000005", ("halted",), {"status": "BANNED"}),
    Number("+8613900000006", ("halted",), {"status": "MIGRATED"}),
    Number("+8613900000007", ("verified",), {**PENDING, "verified": True}),
    Number("+8613900000008", ("verified",), {"status": "UNVERIFIED", "verified": True}),
    Number("+8613900000009", ("under_way",), PENDING),
    Number("+8613900000010", ("under_way",), {"status": "MIGRATING"}),
    Number("+8613900000011", ("verification_ran_out",), {**PENDING, "code_verification_status": "EXPIRED"}),
    Number("+8613900000012", ("verification_ran_out",), {**PENDING, "code_verification_status": "REVOKED"}),
    Number(
        "+8613900000013",
        ("already_here", "name_not_approved", "new_name_not_approved"),
        {"name_status": "DECLINED", "new_name_status": "PENDING_REVIEW"},
    ),
    Number(
        "+8613900000014",
        ("under_way", "name_not_approved", "new_name_not_approved"),
        {**PENDING, "name_status": "PENDING_REVIEW", "new_name_status": "DECLINED"},
    ),
    Number("+390212345678", (TWO_STEP, "cannot_take_sms")),
    Number("+18002345678", (TWO_STEP, "cannot_take_sms")),
    Number("+815012345678", (TWO_STEP, "sms_not_advised")),
    Number("+443301234567", (TWO_STEP, "sms_not_advised")),
    Number("+861390000123456", (TWO_STEP, "number_impossible")),
    Number("+120255501", (TWO_STEP, "number_impossible")),
    Number("+553191234567", (TWO_STEP, "number_unlikely")),
    Number("+81501234567890", (TWO_STEP, "number_unlikely")),
    Number("+541143211234", (TWO_STEP, "spelling"), declared={"code_method": "voice"}),
    Number("+5491143211234", (TWO_STEP, "spelling")),
    Number("+8613900000015", ("not_read",), fault="error_500"),
)
SPACES = (
    Space("keyless-1", "credentials_refused", fault=("QueryChatappPhoneNumbers", "InvalidAccessKeyId.Inactive")),
    Space("keyless-2", "credentials_refused", fault=("QueryChatappPhoneNumbers", "SignatureDoesNotMatch")),
    Space("unsubscribed-1", "not_subscribed", fault=("QueryChatappPhoneNumbers", "Product.Unsubscript")),
    Space("unsubscribed-2", "not_subscribed", fault=("QueryChatappPhoneNumbers", "Product.Unsubscript")),
    Space("nowhere", "space_unknown", None),
    Space("not-ours", "space_unknown", {"owner_id": "42"}),
    Space("denied-1", "read_denied", fault=("QueryChatappBindWaba", "Ram.PermissionDeny")),
    Space("denied-2", "read_denied", fault=("GetPhoneNumberVerificationStatus", "NoPermission")),
    Space("silent", "not_read", fault=("QueryChatappPhoneNumbers", "error_500")),
    Space("no-waba-1", "waba_missing", {"waba": None}),
    Space("no-waba-2", "waba_missing", {"waba": None, "business": None}),
    Space("in-review", "waba_not_approved", {"waba": {"account_review_status": "PENDING"}}),
    Space("rejected", "waba_not_approved", {"waba": {"account_review_status": "REJECTED"}}),
    Space("unverified", "business_not_verified", {"business": {"verification_status": "pending"}}),
    Space("no-business", "business_not_verified", {"business": None}),
)
# Spaces of which the numbers can be placed, all of them absent.
PLACED = {"denied-1", "no-waba-1", "no-waba-2", "in-review", "rejected", "unverified", "no-business"}


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Iterator[Modules]:
    yield Modules(simulator, tmp_path)
    simulator.control.remove_faults()


def plant(simulator: Simulator) -> list[dict[str, Any]]:
    """Put all of it into the simulator, and return it as it is declared."""
    simulator.control.seed({"accounts": [{"owner_id": "42", "users": []}]})
    simulator.control.seed({"spaces": [make_space(one.name, **one.facts) for one in SPACES if one.facts is not None]})
    for one in NUMBERS:
        if one.facts is not None:
            row = {"cust_space_id": SPACE, "phone_number": one.number[1:], **one.facts}
            simulator.control.seed({"numbers": [row]})
        if one.fault:
            simulator.control.add_fault(one.fault, phone_number=one.number[1:], count=None)
    for planted in SPACES:
        if planted.fault:
            operation, code = planted.fault
            kind = {"kind": "error_500"} if code == "error_500" else {"kind": "business_error", "code": code}
            simulator.control.add_fault(**kind, operation=operation, cust_space_id=planted.name, count=None)
    declared = [{"cust_space_id": SPACE, "phone_number": one.number, **one.declared} for one in NUMBERS]
    return declared + [{"cust_space_id": one.name, "phone_number": _number_of(one)} for one in SPACES]


def _number_of(one: Space) -> str:
    return f"+86139000020{SPACES.index(one):02}"


def expected() -> Counter[tuple[str, str | None, str | None]]:
    planted: list[tuple[str, str | None, str | None]] = [
        (code, SPACE, one.number) for one in NUMBERS for code in one.codes
    ]
    planted += [(one.code, one.name, None) for one in SPACES]
    planted += [(TWO_STEP, one.name, _number_of(one)) for one in SPACES if one.name in PLACED]
    return Counter([*planted, ("calls_not_tried", None, None)])


def preflight(modules: Modules, numbers: list[dict[str, Any]], **options: Any) -> Result:
    return modules.run("cams_preflight_info", numbers=numbers, **options)


def found(result: Result) -> Counter[tuple[str, str | None, str | None]]:
    return Counter((f["code"], f["cust_space_id"], f["phone_number"]) for f in result["findings"])


def test_all_that_is_planted_twice_in_forty_numbers_is_found_and_nothing_else(modules: Modules) -> None:
    numbers = plant(modules.simulator)
    effects = modules.simulator.control.effects()

    result = preflight(modules, numbers)

    assert len(numbers) == 40
    planted = Counter(code for code, space, _number in expected().elements() if space)
    assert {code for code, count in planted.items() if count < 2} == set()
    assert set(CODES) - set(planted) == {"calls_not_tried", "types_not_checked"}
    assert found(result) == expected()
    assert set(modules.simulator.control.calls_summary()["actions"]) == READS
    assert modules.simulator.control.effects() == effects
    assert result["changed"] is False


def test_each_finding_says_what_to_do_and_blockers_come_first(modules: Modules) -> None:
    findings = preflight(modules, plant(modules.simulator))["findings"]

    severities = [finding["severity"] for finding in findings]
    assert severities == sorted(severities, key=["blocker", "warning", "note"].index)
    for finding in findings:
        assert finding["message"].endswith(".")
        assert finding["next_action"] or finding["severity"] == "note"


def test_blockers_stop_the_numbers_that_they_concern_and_no_others(modules: Modules) -> None:
    result = preflight(modules, plant(modules.simulator))

    stopped = {one["phone_number"] for one in result["results"] if one["outcome"] == "failed"}
    blocking = {"halted", "cannot_take_sms", "number_impossible", "not_read"}
    assert stopped == {
        *(one.number for one in NUMBERS if blocking & set(one.codes)),
        *(_number_of(one) for one in SPACES),
    }
    assert result["summary"]["blocked"] == len(stopped)
    by_number = {one["phone_number"]: one for one in result["results"]}
    plain = by_number["+8613900000009"]
    assert (plain["outcome"], plain["phase"]) == ("awaiting_code", "initiated")
    assert [finding["code"] for finding in plain["findings"]] == ["under_way"]
    assert by_number["+5491143211234"]["outcome"] == "planned"
    assert by_number["+8613900000005"]["error"]["code"] == "halted"


def test_what_a_space_lacks_leaves_its_connected_numbers_alone(modules: Modules) -> None:
    modules.simulator.control.seed(
        {"spaces": [make_space(waba=None, numbers=[{"phone_number": NUMBER[1:]}])]},
    )
    numbers = [{"cust_space_id": SPACE, "phone_number": number} for number in (NUMBER, "+8613900001235")]

    connected, absent = preflight(modules, numbers)["results"]

    assert (connected["outcome"], absent["outcome"]) == ("converged", "failed")


def test_a_blocker_is_passed_over_by_its_code_or_by_the_number(modules: Modules) -> None:
    modules.simulator.control.seed({"spaces": [make_space(waba=None)]})
    numbers = [{"cust_space_id": SPACE, "phone_number": number} for number in (NUMBER, "+390212345678")]

    def outcomes(*override: str) -> list[str]:
        return [one["outcome"] for one in preflight(modules, numbers, override=override)["results"]]

    assert outcomes() == ["failed", "failed"]
    assert outcomes("waba_missing") == ["planned", "failed"]
    assert outcomes("waba_missing", "cannot_take_sms") == ["planned", "planned"]
    assert outcomes("+390212345678") == ["failed", "planned"]
    assert "Did you mean cannot_take_sms?" in preflight(modules, numbers, override=["cant_take_sms"])["msg"]


def test_one_call_of_each_kind_for_a_space_and_statuses_only_where_needed(modules: Modules) -> None:
    connected = [{"phone_number": f"86139000012{place}"} for place in range(10, 30)]
    modules.simulator.control.seed({"spaces": [make_space(numbers=connected)]})
    numbers = [{"cust_space_id": SPACE, "phone_number": f"+{one['phone_number']}"} for one in connected]

    result = preflight(modules, [*numbers, {"cust_space_id": SPACE, "phone_number": NUMBER}])

    # The status of the one number that the space does not show, and that of a control number.
    statuses = {"GetPhoneNumberVerificationStatus": 2}
    assert result["summary"]["calls"] == {**dict.fromkeys(sorted(READS), 1), **statuses}


def test_wrong_credentials_are_reported_once_for_each_space(modules: Modules) -> None:
    numbers = [{"cust_space_id": SPACE, "phone_number": NUMBER}]

    result = preflight(modules, numbers, access_key_secret="wrong")

    assert found(result) == Counter([("credentials_refused", SPACE, None), ("calls_not_tried", None, None)])
    assert "wrong" not in json.dumps(result["findings"])


def test_a_code_that_was_given_reaches_nobody(modules: Modules) -> None:
    numbers = [{"cust_space_id": SPACE, "phone_number": NUMBER, "verify_code": "271828"}]

    assert "271828" not in json.dumps(preflight(modules, numbers))


# --- the playbook

INVENTORY = f"""
all:
  vars: {{cams_cust_space_id: {SPACE}}}
  hosts:
    connected: {{cams_phone_number: "+8613900001230"}}
    landline: {{cams_phone_number: "+390212345678"}}
    customer:
      cams_numbers: ["+8613900001231", {{phone_number: "+8613900001232", verify_code: "271828"}}]
"""


def play(simulator: Simulator, contained: dict[str, str], folder: Path, *arguments: str) -> Run:
    numbers = [
        {"phone_number": "8613900001230"},
        {"phone_number": "8613900001231", "status": "FLAGGED"},
        {"phone_number": "8613900001232", "status": "BANNED"},
    ]
    simulator.control.seed({"spaces": [make_space(numbers=numbers)]})
    (folder / "inventory.yml").write_text(INVENTORY, encoding="utf-8")
    environment = {**contained, **credentials_environment(simulator)}
    return run_playbook("chatapp.cams.preflight", environment, folder, "-i", "inventory.yml", *arguments)


def finding_rows(output: str) -> set[tuple[str, ...]]:
    """Return severity, finding, space, host and number of each row."""
    cells = [
        re.split(r"  +", line) for line in output.splitlines() if re.match(r"(overridden )?(blocker|warning) ", line)
    ]
    return {tuple(row[:5]) for row in cells}


@pytest.mark.every_core
def test_the_playbook_fails_the_hosts_that_are_stopped_and_tells_why(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    run = play(simulator, contained, tmp_path)

    assert run.status == 2, run.output
    recap = {line.split()[0]: line for line in run.output.splitlines() if "ok=" in line}
    assert {host for host, line in recap.items() if "failed=1" in line} == {"landline", "customer"}
    assert finding_rows(run.output) == {
        ("blocker", "cannot_take_sms", "space-1", "landline", "+390212345678"),
        ("blocker", "halted", "space-1", "customer", "+8613900001232"),
        ("warning", "limited", "space-1", "customer", "+8613900001231"),
    }
    assert "A fixed line number cannot receive SMS. Set cams_code_method to voice." in run.output
    assert "note (1) two_step_verification: " in run.output
    assert "Found 2 blockers." in run.output
    assert "+8613900001232 is failed (halted). A run does not change this number (halted)." in run.output
    assert set(simulator.control.calls_summary()["actions"]) == READS
    assert "271828" not in run.output


def test_the_playbook_passes_over_what_is_overridden(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    run = play(simulator, contained, tmp_path, "-e", "cams_preflight_override=cannot_take_sms,+8613900001232")

    assert run.status == 0, run.output
    assert [severity for severity, *_place in finding_rows(run.output)].count("overridden blocker") == 2
    assert "Nothing stops these numbers." in run.output


def test_before_the_reconcile_in_one_play_it_keeps_the_hosts_out_that_are_stopped(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    roles = [
        {"name": role, "ansible.builtin.import_role": {"name": f"chatapp.cams.{role}", "rolespec_validate": False}}
        for role in ("preflight", "reconcile")
    ]
    play = write_playbook(tmp_path, roles, hosts="all")
    numbers = {"landline": "+390212345678", "mobile": NUMBER}
    inventory = {
        "all": {
            "vars": {"cams_cust_space_id": SPACE},
            "hosts": {host: {"cams_phone_number": number} for host, number in numbers.items()},
        }
    }
    (tmp_path / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")

    run = run_playbook(play, {**contained, **credentials_environment(simulator)}, tmp_path, "-i", "inventory.json")

    assert run.status == 2, run.output
    effects = simulator.control.effects(SPACE)["numbers"]
    assert [(one["phone_number"], one["codes_sent"]) for one in effects] == [(NUMBER[1:], 1)]


def test_a_play_can_rescue_the_hosts_that_preflight_stops(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path
) -> None:
    in_review = make_space("in-review", waba={"id": "waba-in-review", "account_review_status": "PENDING"})
    simulator.control.seed({"spaces": [in_review]})
    look = {
        "name": "Look",
        "ansible.builtin.import_role": {"name": "chatapp.cams.preflight", "rolespec_validate": False},
    }
    go_on = {"name": "Go on", "ansible.builtin.debug": {"msg": "rescued"}}
    block = {"name": "Look, and go on with the hosts that are stopped", "block": [look], "rescue": [go_on]}
    hosts = {
        "landline": {"cams_phone_number": "+390212345601"},
        "called": {"cams_phone_number": "+390212345602", "cams_code_method": "voice"},
        "reviewed": {"cams_phone_number": NUMBER, "cams_cust_space_id": "in-review"},
    }
    inventory = {"all": {"vars": {"cams_cust_space_id": SPACE}, "hosts": hosts}}
    (tmp_path / "inventory.json").write_text(json.dumps(inventory), encoding="utf-8")
    play = write_playbook(tmp_path, [block], hosts="all")
    environment = {**contained, **credentials_environment(simulator)}

    run = run_playbook(play, environment, tmp_path, "-i", "inventory.json")

    assert run.status == 0, run.output
    recap = {line.split()[0]: line for line in run.output.splitlines() if "ok=" in line}
    assert {host for host, line in recap.items() if "rescued=1" in line} == {"landline", "reviewed"}
    assert ("blocker", "waba_not_approved", "in-review", "-", "-") in finding_rows(run.output)
    assert set(simulator.control.calls_summary()["actions"]) <= READS

    overridden = "cams_preflight_override=cannot_take_sms,waba_not_approved"
    passed = run_playbook(play, environment, tmp_path, "-i", "inventory.json", "-e", overridden)

    assert passed.status == 0, passed.output
    assert "rescued=1" not in passed.output
