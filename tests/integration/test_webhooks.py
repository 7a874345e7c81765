# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Webhooks: set by their own module, and by the engine once a number is connected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from module_runs import Modules, Result
from simulator_process import Simulator
from worlds import SPACE

DIGITS = "8613900001234"
NUMBER = f"+{DIGITS}"
UP, STATUS = "https://hooks.example.com/up", "https://hooks.example.com/status"


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Modules:
    return Modules(simulator, tmp_path)


def add(simulator: Simulator, **facts: Any) -> None:
    simulator.control.seed({"numbers": [{"cust_space_id": SPACE, "phone_number": DIGITS, **facts}]})


def set_webhook(modules: Modules, **options: Any) -> Result:
    return modules.run("cams_number_webhook", **{"cust_space_id": SPACE, "phone_number": NUMBER, **options})


def migrate(modules: Modules, **options: Any) -> Result:
    chosen = {"cust_space_id": SPACE, "phone_number": NUMBER, "wait_timeout": 10, **options}
    return modules.run("cams_number_migration", **chosen)


def facts(modules: Modules) -> dict[str, Any]:
    found = modules.simulator.control.number(SPACE, DIGITS)
    assert found is not None
    return found


def updates(modules: Modules) -> int:
    return int(facts(modules)["effects"]["webhook_updates"])


# --- the module


def test_a_webhook_is_set_once_and_the_flags_are_listed_as_not_read(modules: Modules, tmp_path: Path) -> None:
    add(modules.simulator, status_callback_url=STATUS)
    journal = tmp_path / "journal.jsonl"
    options = {"up_callback_url": UP, "http": True, "queue": False, "journal": str(journal)}

    first, second = set_webhook(modules, **options), set_webhook(modules, **options)

    assert (first["changed"], first["flags_sent"], first["flags_not_read"]) == (True, True, ["http", "queue"])
    assert [action["outcome"] for action in first["actions"]] == ["done"]
    assert (first["number"]["up_callback_url"], first["number"]["status_callback_url"]) == (UP, STATUS)
    assert first["diff"]["before"] == {"up_callback_url": ""}
    assert first["diff"]["after"] == {"up_callback_url": UP, "http": True, "queue": False}
    assert (second["changed"], second["flags_sent"], second["actions"]) == (False, False, [])
    assert second["flags_not_read"] == ["http", "queue"]
    assert (facts(modules)["http_flag"], facts(modules)["queue_flag"], updates(modules)) == ("Y", "N", 1)
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert [(line["step"], line["outcome"]) for line in lines] == [
        ("set_webhook", "intended"),
        ("set_webhook", "done"),
    ]


def test_flags_that_are_always_sent_change_something_in_every_run(modules: Modules) -> None:
    add(modules.simulator, up_callback_url=UP)

    runs = [set_webhook(modules, http=False, flags="always") for _run in range(2)]

    assert [(run["changed"], run["flags_sent"]) for run in runs] == [(True, True)] * 2
    assert (facts(modules)["http_flag"], facts(modules)["up_callback_url"], updates(modules)) == ("N", UP, 2)


def test_check_mode_shows_the_change_and_makes_none(modules: Modules) -> None:
    add(modules.simulator)

    planned = set_webhook(modules, up_callback_url=UP, _ansible_check_mode=True)

    assert (planned["changed"], planned["diff"]["after"]) == (True, {"up_callback_url": UP})
    assert [call["action"] for call in modules.simulator.control.calls()] == ["QueryChatappPhoneNumbers"]


@pytest.mark.parametrize(
    ("fault", "after_effect", "sent"), [("drop_after", True, 1), ("error_500", True, 1), ("error_500", False, 2)]
)
def test_a_lost_answer_is_settled_by_reading(modules: Modules, fault: str, after_effect: bool, sent: int) -> None:
    add(modules.simulator)
    modules.simulator.control.add_fault(fault, operation="UpdatePhoneWebhook", after_effect=after_effect)

    result = set_webhook(modules, up_callback_url=UP)

    assert (result["changed"], len(result["actions"]), updates(modules)) == (True, sent, 1)
    assert result["actions"][-1]["outcome"] == "done"


def test_a_lost_answer_about_flags_alone_stays_unknown(modules: Modules) -> None:
    add(modules.simulator, up_callback_url=UP)
    modules.simulator.control.add_fault("error_500", operation="UpdatePhoneWebhook", after_effect=True)

    result = set_webhook(modules, up_callback_url=UP, http=True, flags="always")

    assert (result["failed"], result["changed"], updates(modules)) == (True, False, 1)
    assert "is not known" in result["msg"]
    assert [action["outcome"] for action in result["actions"]] == ["unknown"]


def test_a_refusal_fails_with_the_apis_error_and_the_row_is_read_again(modules: Modules) -> None:
    add(modules.simulator)
    modules.simulator.control.add_fault("business_error", operation="UpdatePhoneWebhook", code="Ram.PermissionDeny")

    result = set_webhook(modules, up_callback_url=UP)

    assert (result["failed"], result["changed"], result["error"]["code"]) == (True, False, "Ram.PermissionDeny")
    assert "Failed to set the webhook of +8613900001234" in result["msg"]
    assert "cams:UpdatePhoneWebhook" in result["msg"]
    assert result["number"]["phone_number"] == NUMBER


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"up_callback_url": "http://hooks.example.com"}, "up_callback_url is plain http"),
        ({"phone_number": "8613900001234", "up_callback_url": UP}, "Its plus is missing"),
        ({"http": True}, "Give up_callback_url, status_callback_url or both"),
        ({"up_callback_url": UP, "flags": "always"}, "no flags"),
        ({"up_callback_url": UP, "lock_timeout": -1}, "lock_timeout"),
        ({"cust_space_id": " ", "up_callback_url": UP}, "cust_space_id is empty"),
    ],
)
def test_a_wrong_option_is_refused_before_any_call(modules: Modules, options: dict[str, Any], sentence: str) -> None:
    result = set_webhook(modules, **options)

    assert result["failed"]
    assert sentence in result["msg"]
    assert modules.simulator.control.calls() == []


@pytest.mark.parametrize("check", [False, True])
def test_a_number_that_the_space_does_not_show_has_no_webhook(modules: Modules, check: bool) -> None:
    result = set_webhook(modules, up_callback_url=UP, _ansible_check_mode=check)

    assert result["failed"]
    assert f"does not show {NUMBER}" in result["msg"]


# --- the engine


def test_a_migration_sets_the_webhook_once_the_number_is_connected(modules: Modules) -> None:
    webhook = {"up_callback_url": UP, "status_callback_url": STATUS, "http": True}
    migrate(modules, webhook=webhook)
    code = modules.simulator.control.code(DIGITS)
    planned = migrate(modules, webhook=webhook, verify_code=code, _ansible_check_mode=True)
    done = migrate(modules, webhook=webhook, verify_code=code)
    again = migrate(modules, webhook=webhook)

    assert [action["action"] for action in planned["actions"]] == ["verify", "register", "set_webhook"]
    assert planned["diff"]["after"]["number"]["up_callback_url"] == UP
    assert [(action["action"], action["outcome"]) for action in done["actions"]] == [
        ("verify", "done"),
        ("register", "done"),
        ("set_webhook", "done"),
    ]
    assert (done["outcome"], done["number"]["up_callback_url"], done["phase"]) == ("converged", UP, "connected")
    assert done["number"]["status_callback_url"] == STATUS
    assert (again["changed"], again["actions"], updates(modules)) == (False, [], 1)
    actions = [call["action"] for call in modules.simulator.control.calls()]
    assert actions.index("UpdatePhoneWebhook") > actions.index("ChatappMigrationRegister")


def test_a_webhook_that_drifted_is_set_again_and_the_diff_shows_it(modules: Modules) -> None:
    add(modules.simulator, up_callback_url="https://old.example.com", status="FLAGGED")
    options = {"webhook": {"up_callback_url": UP}}

    planned = migrate(modules, **options, _ansible_check_mode=True)
    done = migrate(modules, **options)

    assert (planned["outcome"], planned["changed"], updates(modules)) == ("planned", True, 1)
    for result in (planned, done):
        assert result["diff"]["before"]["number"]["up_callback_url"] == "https://old.example.com"
        assert result["diff"]["after"] == {"phase": "limited", "steps": "set_webhook", "number": done["number"]}
    assert (done["outcome"], done["changed"]) == ("converged", True)


def test_a_number_that_waits_for_its_connection_gets_its_webhook_in_a_later_run(modules: Modules) -> None:
    add(modules.simulator, status="MIGRATING", verified=True)
    modules.simulator.control.change_settings(register_seconds=600)
    first = migrate(modules, webhook={"up_callback_url": UP}, wait_timeout=0)
    modules.simulator.control.advance(600)
    second = migrate(modules, webhook={"up_callback_url": UP})

    assert (first["outcome"], [action["action"] for action in first["actions"]]) == (
        "awaiting_connection",
        ["register"],
    )
    assert (second["outcome"], [action["action"] for action in second["actions"]]) == ("converged", ["set_webhook"])


def test_in_a_fleet_a_webhook_that_is_refused_fails_its_number_and_no_other(modules: Modules) -> None:
    others = [f"+86139000012{place}" for place in range(40, 43)]
    numbers = [
        {"cust_space_id": SPACE, "phone_number": number, "webhook": {"up_callback_url": UP}} for number in others
    ]
    for number in others:
        add(modules.simulator, phone_number=number[1:])
    modules.simulator.control.add_fault("business_error", operation="UpdatePhoneWebhook", phone_number=others[1][1:])

    result = modules.run("cams_number_fleet", numbers=numbers)

    assert result["failed"]
    assert [(one["outcome"], one["changed"]) for one in result["results"]] == [
        ("converged", True),
        ("failed", False),
        ("converged", True),
    ]
    assert "Its webhook is not set" in result["results"][1]["next_action"]
    assert [one["number"]["up_callback_url"] for one in result["results"][::2]] == [UP, UP]
    assert [diff["before_header"] for diff in result["diff"]] == others[::2]


def test_a_plan_is_invalid_if_another_webhook_is_declared_or_shown(modules: Modules) -> None:
    add(modules.simulator)

    def fleet(url: str, **options: Any) -> Result:
        item = {"cust_space_id": SPACE, "phone_number": NUMBER, "webhook": {"up_callback_url": url}}
        return modules.run("cams_number_fleet", numbers=[item], **options)

    plan = fleet(UP, _ansible_check_mode=True)["plan"]
    assert plan["numbers"][0]["steps"] == ["set_webhook"]
    assert "no longer applies" in fleet(STATUS, plan=plan)["stopped"]
    assert fleet(UP, plan=plan)["changed"]
    assert "no longer applies" in fleet(UP, plan=plan)["stopped"]
    assert updates(modules) == 1


def test_a_wrong_webhook_in_a_fleet_is_refused_with_its_place(modules: Modules) -> None:
    item = {"cust_space_id": SPACE, "phone_number": NUMBER, "webhook": {"up_callback_url": "http://x.example.com"}}

    result = modules.run("cams_number_fleet", numbers=[item])

    assert "numbers[0]: webhook: up_callback_url is plain http" in result["msg"]
    assert modules.simulator.control.calls() == []
