# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result that each host gets for its numbers."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.action.cams_host_result import (
    ARGUMENTS,
    RunOfHosts,
    diff_with_headers,
    first_failure_message,
    results_in_registered_value,
    results_of_numbers,
    sentence_about_result,
    task_result_of_host,
)
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome
from ansible_collections.chatapp.cams.plugins.modules import cams_host_result

NUMBER = "+8613900001234"
OTHER = "+8613900001235"
THIRD = "+8613900001236"
DEFAULTS = ARGUMENTS["fail_on"]["default"]


def result(number: str = NUMBER, outcome: str = "converged", **more: Any) -> dict[str, Any]:
    """A result as the engine makes it, with some of its values replaced."""
    made = NumberResult(Declaration("1", number), Outcome(outcome)).as_dict()
    return {**made, "previous_phase": "connected", "phase": "connected", **more}


def ended(*results: dict[str, Any], problem: str = "") -> dict[str, Any]:
    return task_result_of_host("acme", list(results), DEFAULTS, problem)


# --- whose results they are ---


def test_a_host_gets_the_results_of_its_numbers_in_its_own_order() -> None:
    everyone = {number: result(number) for number in (NUMBER, OTHER, THIRD)}

    assert results_of_numbers([THIRD, NUMBER], everyone) == [everyone[THIRD], everyone[NUMBER]]


def test_a_number_without_a_result_was_not_attempted_and_has_the_keys_of_a_result() -> None:
    [missing] = results_of_numbers([OTHER], {NUMBER: result(NUMBER)})

    assert (missing["phone_number"], missing["outcome"], missing["changed"]) == (OTHER, "not_attempted", False)
    assert missing.keys() == result().keys()
    assert ended(missing)["failed"]


def run_of_role(**registered: Any) -> RunOfHosts:
    variables = {"call": {"results": [result(NUMBER), result(OTHER)], **registered}, "checked": {"fail_on": []}}
    options = {"results_from": "call", "failures_from": [], "fail_on": DEFAULTS, "fail_on_from": "checked"}
    return RunOfHosts.from_variables(variables, options)


def never_read(_container: Any, key: Any) -> Any:
    raise AssertionError(f"{key} was read")


def test_a_host_gets_the_results_at_its_positions_and_none_of_its_variables_is_read() -> None:
    run = run_of_role(result_positions={"acme": [1], "both": [0, 1]})
    variables = {"cams_phone_number": NUMBER}

    assert run.result_of_host("acme", variables, never_read)["results"] == [result(OTHER)]
    assert run.result_of_host("both", variables, never_read)["results"] == [result(NUMBER), result(OTHER)]
    assert run.result_of_host("none", variables, never_read)["msg"] == "none declares no number."


def test_without_positions_a_host_gets_the_results_of_the_numbers_in_its_variables() -> None:
    variables = {"cams_phone_number": OTHER}

    found = run_of_role().result_of_host("acme", variables, lambda container, key: container[key])

    assert found["results"] == [result(OTHER)]


def test_the_outcomes_of_the_check_replace_those_of_the_option_also_if_there_are_none() -> None:
    assert run_of_role().fail_on == []


@pytest.mark.parametrize(
    ("value", "found"),
    [([result()], [result()]), ({"results": [result()]}, [result()]), ({"failed": True}, None), (None, None)],
)
def test_results_are_read_from_a_list_or_from_the_result_of_the_fleet_module(value: Any, found: Any) -> None:
    assert results_in_registered_value(value) == found


# --- how the host ends ---


def test_a_host_whose_numbers_need_nothing_is_ok() -> None:
    shown = ended(result())

    assert "failed" not in shown
    assert shown["changed"] is False
    assert shown["diff"] == []
    assert shown["msg"] == f"{NUMBER} is converged (connected)."
    assert shown["results"] == [result()]


def test_a_host_that_declares_no_number_is_ok() -> None:
    shown = ended()

    assert shown["msg"] == "acme declares no number."
    assert shown["changed"] is False
    assert "failed" not in shown


@pytest.mark.parametrize("outcome", [outcome.value for outcome in Outcome])
def test_only_what_went_wrong_or_was_left_fails_a_host(outcome: str) -> None:
    shown = ended(result(NUMBER), result(OTHER, outcome))

    assert shown.get("failed", False) == (outcome in ("failed", "unknown", "not_attempted"))
    assert len(shown["results"]) == 2


def test_the_outcomes_that_fail_a_host_can_be_chosen() -> None:
    assert task_result_of_host("a", [result(outcome="planned")], ["planned"])["failed"]
    assert "failed" not in task_result_of_host("a", [result(outcome="failed")], ["planned"])


def test_a_failure_of_the_whole_run_counts_as_a_failed_number_and_is_the_message_of_every_host() -> None:
    shown = ended(result(), result(OTHER, "not_attempted"), problem="Could not write the plan.")

    assert shown["failed"] is True
    assert shown["msg"] == "Could not write the plan."
    assert "failed" not in task_result_of_host("acme", [], ["unknown"], "No answer.")


def test_a_long_failure_of_the_whole_run_is_short_on_the_hosts() -> None:
    long = f"This run would change 60 numbers, but max_changes is 50. {'Nothing was written. ' * 10}"

    assert ended(result(), problem=long)["msg"] == (
        'This run would change 60 numbers, but max_changes is 50. See "Show results".'
    )


def test_a_host_that_fails_says_why_and_nothing_about_its_other_numbers() -> None:
    shown = ended(result(NUMBER), result(OTHER, "failed"), result(THIRD, "awaiting_code"))

    assert shown["msg"] == f"{OTHER} is failed (connected)."


def test_numbers_that_share_a_cause_share_one_message() -> None:
    both = [result(NUMBER, "failed"), result(OTHER, "failed")]
    shared = dict.fromkeys([NUMBER, OTHER], "SignatureDoesNotMatch: Check access_key_secret.")

    assert task_result_of_host("acme", both, DEFAULTS, shared=shared)["msg"] == shared[NUMBER]


FAILED = {"failed": True, "msg": "Correct cams_codes."}


@pytest.mark.parametrize(
    ("registered", "message"),
    [
        ([], ""),
        ([None, {"changed": False}, {"skipped": True, "msg": "a remark"}], ""),
        ([{"changed": False}, FAILED, {"failed": True, "msg": "later"}], "Correct cams_codes."),
        ([{"failed": True, "msg": ""}], "A task failed."),
        ([{"failed": True}], "A task failed."),
        ([{"problem": ""}, {"problem": "Too many changes."}], "Too many changes."),
        (["failed"], ""),
    ],
    ids=["no task", "no failure", "two failures", "empty message", "no message", "problem of a run", "not a result"],
)
def test_the_message_of_the_first_task_that_failed_is_used(registered: list[Any], message: str) -> None:
    assert first_failure_message(registered) == message


def test_a_host_changed_when_one_of_its_numbers_did_and_shows_those_in_its_diff() -> None:
    shown = ended(result(NUMBER), result(THIRD, changed=True), result(OTHER, changed=True))

    assert shown["changed"] is True
    assert [item["before_header"] for item in shown["diff"]] == [THIRD, OTHER]


# --- messages ---


def test_an_awaiting_number_says_what_moved_and_what_to_do() -> None:
    awaiting = result(
        outcome="awaiting_code", previous_phase="absent", phase="initiated", next_action="Add the code to cams_codes."
    )

    assert sentence_about_result(awaiting) == (
        f"{NUMBER} is awaiting_code (absent → initiated). Add the code to cams_codes."
    )


def test_an_error_of_the_api_is_shown_with_its_code_request_and_hint() -> None:
    error = {
        "code": "Unknown.ResourceOwnerId",
        "message": "The resource does not belong to you.",
        "request_id": "R-1",
        "http_status": 400,
        "action": "QueryChatappPhoneNumbers",
        "hint": "Check cust_space_id.",
    }
    failed = result(outcome="failed", previous_phase=None, phase=None, next_action="Run again.", error=error)

    assert sentence_about_result(failed) == (
        f"{NUMBER} is failed. The resource does not belong to you (Unknown.ResourceOwnerId, RequestId R-1)."
        " Check cust_space_id. Run again."
    )


def test_a_denied_call_is_shown_with_who_was_denied() -> None:
    detail = {"AuthAction": "cams:X", "AuthPrincipalType": "SubUser", "AuthPrincipalDisplayName": "nightly"}
    error = {"code": "NoPermission", "message": "No.", "request_id": "", "hint": "Grant it.", "access_denied": detail}

    assert "No (NoPermission). SubUser nightly may not call cams:X. Grant it." in sentence_about_result(
        result(outcome="failed", error=error)
    )


def test_an_error_without_an_answer_is_shown_without_a_request() -> None:
    error = {"code": "Locked", "message": "Another run works on it.", "request_id": ""}

    assert sentence_about_result(result(outcome="failed", error=error)) == (
        f"{NUMBER} is failed (connected). Another run works on it (Locked)."
    )


def test_a_planned_number_names_its_steps() -> None:
    actions = [{"action": "initiate", "outcome": "planned"}, {"action": "request_code", "outcome": "planned"}]
    phases = {"previous_phase": "absent", "phase": "absent", "planned_phase": "initiated"}
    planned = result(outcome="planned", changed=True, actions=actions, later_steps=["verify", "register"], **phases)

    later = "then, once the code is given"
    assert sentence_about_result(planned) == (
        f"{NUMBER} is planned (absent → initiated: initiate, request_code ({later}: verify, register))."
    )
    assert diff_with_headers(planned) == {
        "before_header": NUMBER,
        "after_header": NUMBER,
        "before": {"phase": "absent", "steps": ""},
        "after": {"phase": "initiated", "steps": "initiate, request_code", later: "verify, register"},
    }


def test_the_diff_of_a_result_is_used() -> None:
    own = {"before": {"phase": "absent"}, "after": {"phase": "initiated"}}

    assert diff_with_headers(result(diff=own)) == {"before_header": NUMBER, "after_header": NUMBER, **own}


# --- the documentation ---


def test_the_documented_options_are_those_of_the_action() -> None:
    documented = yaml.safe_load(cams_host_result.DOCUMENTATION)["options"]

    assert {
        name: {key: value for key, value in option.items() if key != "description"}
        for name, option in documented.items()
    } == ARGUMENTS
