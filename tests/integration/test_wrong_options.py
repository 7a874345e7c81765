# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that no option can have are refused in one sentence, before the first call."""

from __future__ import annotations

import functools
import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import RANGES
from environment import environment_of_tests
from module_runs import Modules
from playbook_runs import output_of_ansible
from simulator_process import Simulator
from worlds import SPACE

NUMBER = "+8613900001234"
HUGE = 10**10


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Modules:
    return Modules(simulator, tmp_path)


def run(modules: Modules, module: str, options: dict[str, Any]) -> dict[str, Any]:
    own: dict[str, dict[str, Any]] = {
        "cams_number_info": {"cust_space_id": SPACE},
        "cams_waba_info": {"cust_space_id": SPACE},
        "cams_number_sync": {"cust_space_id": SPACE},
        "cams_number_migration": {"cust_space_id": SPACE, "phone_number": NUMBER},
        "cams_number_webhook": {"cust_space_id": SPACE, "phone_number": NUMBER, "up_callback_url": "https://a.example"},
        "cams_number_fleet": {"numbers": [{"cust_space_id": SPACE, "phone_number": NUMBER}]},
        "cams_preflight_info": {"numbers": [{"cust_space_id": SPACE, "phone_number": NUMBER}]},
        "cams_first_contact": {"numbers": [ITEM], "contact": str(modules.home / "contact.json")},
    }
    return modules.run(module, **{**own[module], **options})


ITEM = {"cust_space_id": SPACE, "phone_number": NUMBER}
NOT_TEXT = "contains a hidden or control character"
CONTACT = "cams_first_contact"
INFO, FLEET, MIGRATION, WEBHOOK = (f"cams_number_{name}" for name in ("info", "fleet", "migration", "webhook"))
# Tables of the unit tests hold more values of the same options.
WRONG: list[tuple[str, dict[str, Any], str]] = [
    (INFO, {"endpoint": "http://[::1"}, "'http://[::1' is not an address"),
    (INFO, {"endpoint": "https://cams.example.com:99999"}, "is not an address"),
    (INFO, {"endpoint": "https://:hunter2@cams.example.com\x1b"}, "'cams.example.com\\x1b' is not an address"),
    (INFO, {"endpoint": "\ud800"}, NOT_TEXT),
    (FLEET, {"timeout": True}, "timeout must be from 1 to 3600 seconds, not true."),
    (INFO, {"timeout": HUGE}, "timeout must be from 1 to 3600 seconds, not 10000000000."),
    (INFO, {"retries": True}, "retries must be from 0 to 100, not true."),
    (FLEET, {"rate_limit": "nan"}, "rate_limit must be more than 0 and at most 1000 calls a second, not nan."),
    (MIGRATION, {"wait_timeout": HUGE}, "wait_timeout must be from 0 to 86400 seconds, not 10000000000."),
    (FLEET, {"wait_timeout": 10**400}, "wait_timeout must be"),
    (WEBHOOK, {"lock_timeout": HUGE}, "lock_timeout must be from 0 to 86400 seconds"),
    (FLEET, {"lock_timeout": True}, "lock_timeout must be from 0 to 86400 seconds, not true."),
    (
        CONTACT,
        {"confirm": "+8613900001235"},
        "The number in confirm is +8613900001235, but +8613900001234 is declared.",
    ),
    (CONTACT, {"confirm": "nobody"}, "The value of confirm is wrong. 'nobody' is not a phone number"),
    (CONTACT, {"confirm": NUMBER}, "A first contact needs a journal or a store"),
    (CONTACT, {"register": True}, "register needs confirm, which spells the number out."),
    (CONTACT, {"numbers": [ITEM, {**ITEM, "phone_number": "+390212345678"}]}, "is for one number, but 2 are declared"),
    (CONTACT, {"contact": "/nowhere/contact.json"}, "Could not write the contact file"),
    (FLEET, {"max_changes": True}, "max_changes must be 0 or more"),
    (FLEET, {"stop_after_equal_errors": True}, "stop_after_equal_errors must be 0 or more"),
    (FLEET, {"code_wait_seconds": -1}, "code_wait_seconds must be from 0 to 86400 seconds"),
    (FLEET, {"concurrency": True}, "concurrency must be from 1 to 64, not true."),
    (MIGRATION, {"code_locale": ""}, "code_locale must be a language"),
    (MIGRATION, {"code_locale": "e\ud800"}, NOT_TEXT),
    (FLEET, {"numbers": [{**ITEM, "code_locale": "english"}]}, "numbers[0]: code_locale must be a language"),
    ("cams_preflight_info", {"numbers": [{**ITEM, "code_locale": " "}]}, "code_locale must be a language"),
    (MIGRATION, {"journal": "a\0b"}, f"journal {NOT_TEXT}: 'a[U+0000]b'"),
    (MIGRATION, {"journal": "/tmp"}, "journal must be a file, but /tmp is a directory"),
    (FLEET, {"journal": "/tmp", "_ansible_check_mode": True}, "journal must be a file"),
    (WEBHOOK, {"journal": "a\0b"}, f"journal {NOT_TEXT}"),
    (WEBHOOK, {"up_callback_url": "https://a.example/\u202e"}, "up_callback_url is not an address"),
    (INFO, {"isv_code": ""}, "isv_code is empty"),
    ("cams_waba_info", {"isv_code": "a\x1b"}, f"isv_code {NOT_TEXT}"),
    (INFO, {"cust_space_id": "cams\ud800"}, NOT_TEXT),
    (FLEET, {"numbers": [{**ITEM, "cust_space_id": "s\ud800"}]}, f"numbers[0]: cust_space_id {NOT_TEXT}"),
    *(
        (module, {"cust_space_id": "cams\x1b[31m"}, f"cust_space_id {NOT_TEXT}: 'cams[U+001B][31m'")
        for module in (INFO, "cams_number_sync", MIGRATION, WEBHOOK, "cams_waba_info")
    ),
    (INFO, {"access_key_id": "id\nx"}, "access_key_id contains a space"),
    (INFO, {"access_key_secret": "s s"}, "access_key_secret contains a space"),
    (INFO, {"security_token": "t\x00"}, "security_token contains a space"),
]


@pytest.mark.parametrize(("module", "options", "message"), WRONG)
def test_a_wrong_value_is_refused_before_any_call(
    modules: Modules, module: str, options: dict[str, Any], message: str
) -> None:
    result = run(modules, module, options)

    assert result["failed"]
    assert message in result["msg"]
    assert "exception" not in result
    assert "hunter2" not in result["msg"]
    assert "\n" not in result["msg"]
    assert not [sign for sign in result["msg"] if unicodedata.category(sign) in ("Cc", "Cs", "Cf")]
    assert modules.simulator.control.calls() == []


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 3600, "retries": 100, "rate_limit": 1000, "wait_timeout": 86_400, "lock_timeout": 86_400},
        {"timeout": 1, "retries": 0, "rate_limit": 0.5, "wait_timeout": 0, "lock_timeout": 0},
    ],
)
def test_values_at_the_ends_of_their_ranges_are_accepted(modules: Modules, options: dict[str, Any]) -> None:
    assert run(modules, "cams_number_fleet", {**options, "_ansible_check_mode": True})["results"]


@pytest.mark.parametrize("checked", [True, False])
def test_certificates_that_are_not_checked_are_warned_about_once(modules: Modules, checked: bool) -> None:
    warnings = run(modules, "cams_number_info", {"validate_certs": checked}).get("warnings", [])

    assert sum("validate_certs is false" in str(warning) for warning in warnings) == (0 if checked else 1)


@functools.cache
def documented(module: str) -> dict[str, Any]:
    output = output_of_ansible("doc", ["--json", f"chatapp.cams.{module}"], environment_of_tests())
    options: dict[str, Any] = json.loads(output)[f"chatapp.cams.{module}"]["doc"]["options"]
    return options


@pytest.mark.parametrize("name", RANGES)
def test_the_documentation_names_each_range(name: str) -> None:
    described = " ".join(documented("cams_number_fleet")[name]["description"])

    numbers = [f"{end:.0f}" for end in (RANGES[name].least, RANGES[name].most) if end != float("inf")]
    assert all(f"V({number})" in described for number in numbers), described
