# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the task "Show results" prints, and the messages that hosts share."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.action.cams_inventory_run import facts_for_table, why_whole_run_failed
from ansible_collections.chatapp.cams.plugins.action.cams_show_results import (
    ARGUMENTS,
    lines_of_run,
    nothing_failed,
    table_of_run,
)
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import returned_result
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.modules import cams_show_results
from ansible_collections.chatapp.cams.plugins.plugin_utils._failures import short_message, why_task_failed
from table_rows import rows_of

NUMBER, OTHER = "+8613900001234", "+8613900001235"
SOURCE_ERROR = "Could not read verification codes from /run/codes: check the token."


def run_of(*outcomes: Outcome, **more: Any) -> dict[str, Any]:
    results = [returned_result(number, outcome) for number, outcome in zip((NUMBER, OTHER), outcomes, strict=False)]
    return {"results": results, "stopped": "", "code_source_error": "", **more}


@pytest.mark.parametrize("run", [None, {"skipped": True}, {"failed": True, "msg": "No key."}, {"results": []}])
def test_a_run_without_results_shows_only_why_it_failed(run: Any) -> None:
    problems = ["The option access_key_id is missing."]

    assert table_of_run(run, problems) == problems
    assert not nothing_failed(run, problems, [])


def test_a_list_of_results_is_shown_like_the_result_of_the_fleet_module() -> None:
    run = run_of(Outcome.NEEDS_OPERATOR)

    assert table_of_run(run["results"], []) == table_of_run(run, [])
    assert list(rows_of("\n".join(table_of_run(run, [])))) == [NUMBER]


def test_the_table_of_a_report_is_shown_with_the_place_of_the_report() -> None:
    assert table_of_run({"table": ["a", "b"], "msg": "It is here."}, []) == ["a", "b", "", "It is here."]


def test_a_plan_says_where_it_is_and_how_to_apply_it() -> None:
    shown = table_of_run(run_of(Outcome.PLANNED, plan_file="/srv/plan.json"), [])

    assert shown[-3:-1] == ["", "The plan is in /srv/plan.json."]
    assert shown[-1].endswith("with -e cams_plan_file=/srv/plan.json")
    assert table_of_run(run_of(Outcome.PLANNED, plan_file=""), []) == table_of_run(run_of(Outcome.PLANNED), [])


def test_a_code_source_that_cannot_be_read_is_shown_once_and_does_not_fail_the_whole_run() -> None:
    run = run_of(Outcome.AWAITING_CODE, Outcome.CONVERGED, code_source_error=SOURCE_ERROR)

    assert table_of_run(run, []).count(SOURCE_ERROR) == 1
    assert why_whole_run_failed(run) == ""
    assert not nothing_failed(run, [], [])


def test_mistakes_are_shown_as_a_table_and_their_short_message_is_not() -> None:
    row = {"host": "a", "variable": "cams_state", "value": '"x"', "fix": "Write registered."}
    check = {"problem": "There is 1 mistake.", "mistakes": [row], "mistake_count": 1}

    assert lines_of_run([{"skipped": True}, check, {"skipped": True}], ["There is 1 mistake."]) == [
        "There is 1 mistake in the inventory.",
        "",
        "host  variable    value  what to write instead",
        'a     cams_state  "x"    Write registered.',
        "",
        "No API call was made.",
    ]


@pytest.mark.parametrize(
    ("run", "problems", "can_end"),
    [
        (run_of(Outcome.CONVERGED, Outcome.AWAITING_CODE), ["", ""], True),
        (run_of(Outcome.PLANNED, plan_fails=False), [""], True),
        (run_of(Outcome.CONVERGED, Outcome.FAILED), [""], False),
        (run_of(Outcome.CONVERGED), ["", "Too many changes."], False),
        (run_of(Outcome.PLANNED, plan_fails=True), [""], False),
        (None, [""], False),
    ],
    ids=["nothing failed", "a plan", "a failed number", "a problem", "no plan", "no run"],
)
def test_a_play_can_end_only_if_nothing_of_the_run_failed(run: Any, problems: list[str], can_end: bool) -> None:
    assert nothing_failed(run, problems, ["failed", "unknown"]) is can_end


def test_a_run_that_was_refused_fails_as_a_whole() -> None:
    assert why_whole_run_failed(run_of(Outcome.NOT_ATTEMPTED, msg="Too many changes.")) == "Too many changes."


def test_the_table_gets_hosts_and_shared_messages() -> None:
    left = run_of(Outcome.NOT_ATTEMPTED, Outcome.NOT_ATTEMPTED)["results"]

    assert facts_for_table(left, {NUMBER: "a", OTHER: "b"}) == {
        "host_of_number": {NUMBER: "a", OTHER: "b"},
        "result_positions": {"a": [0], "b": [1]},
        "shared_messages": dict.fromkeys([NUMBER, OTHER], "Not attempted."),
    }
    assert facts_for_table(None, {})["shared_messages"] == {}


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (None, ""),
        ({"problem": ""}, ""),
        ({"problem": "P."}, "P."),
        ({"failed": True, "msg": "M."}, "M."),
        ({"failed": True}, "A task failed."),
    ],
)
def test_a_failed_task_and_a_problem_of_a_run_say_why(result: Any, message: str) -> None:
    assert why_task_failed(result) == message


def test_a_long_message_is_cut_to_its_first_sentence_or_line() -> None:
    more = "x" * 200

    assert short_message("Short. And complete.") == "Short. And complete."
    assert short_message(f"First sentence. Then {more}.") == 'First sentence. See "Show results".'
    assert short_message(f"There are 2 mistakes:\n{more}") == 'There are 2 mistakes: See "Show results".'


def test_the_documented_options_are_those_of_the_action() -> None:
    documented = yaml.safe_load(cams_show_results.DOCUMENTATION)["options"]

    assert {
        name: {key: value for key, value in option.items() if key != "description"}
        for name, option in documented.items()
    } == ARGUMENTS
