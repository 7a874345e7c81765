# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One result of the fleet out of an earlier and a later run for some of its numbers."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.plugin_utils._merging import merge_runs

Result = dict[str, Any]


def result(number: int, outcome: str, previous_phase: str | None, *actions: str) -> Result:
    return {
        "phone_number": f"+861390000{number:04}",
        "previous_phase": previous_phase,
        "outcome": outcome,
        "changed": bool(actions),
        "actions": [{"action": action} for action in actions],
    }


def run(*results: Result, stopped: str = "", **more: Any) -> Result:
    waiting = [{key: item[key] for key in ("phone_number", "outcome")} for item in results if waits(item)]
    return {"results": list(results), "waiting": waiting, "summary": {"calls": {"Q": 1}}, "stopped": stopped, **more}


def waits(item: Result) -> bool:
    return item["outcome"] in ("awaiting_code", "awaiting_connection", "needs_operator")


def test_a_number_ends_as_in_the_later_run_with_the_actions_of_both() -> None:
    first = result(1, "awaiting_code", "absent", "initiate", "request_code")
    second = result(1, "converged", "initiated", "verify")

    assert merge_runs(run(first), run(second))["results"] == [
        result(1, "converged", "absent", "initiate", "request_code", "verify")
    ]


def test_a_change_of_the_earlier_run_remains_when_the_later_run_changes_nothing() -> None:
    [only] = merge_runs(run(result(1, "awaiting_code", "absent", "initiate")), run(result(1, "failed", None)))[
        "results"
    ]

    assert (only["outcome"], only["changed"]) == ("failed", True)


def test_a_number_that_the_earlier_run_did_not_observe_has_the_phase_of_the_later_run() -> None:
    second = result(1, "awaiting_code", "absent", "initiate")

    assert merge_runs(run(result(1, "not_attempted", None)), run(second))["results"] == [second]


def test_a_number_that_the_later_run_did_not_attempt_keeps_its_earlier_result() -> None:
    first = result(1, "awaiting_code", "absent", "initiate")
    both = merge_runs(run(first), run(result(1, "not_attempted", None), stopped="The run was stopped."))

    assert both["results"] == [first]
    assert both["stopped"] == "The run was stopped."


def test_numbers_keep_the_order_of_the_earlier_run_and_their_results_where_the_later_run_has_none() -> None:
    earlier = [result(number, "awaiting_code", "initiated") for number in (3, 1, 2)]
    later = [result(number, "converged", "initiated") for number in (1, 3)]

    both = merge_runs(run(*earlier), run(*later))

    assert [item["outcome"] for item in both["results"]] == ["converged", "converged", "awaiting_code"]
    assert [item["phone_number"] for item in both["results"]] == [item["phone_number"] for item in earlier]


def test_the_summary_counts_the_numbers_of_both_runs_once() -> None:
    earlier = [result(1, "awaiting_code", "absent", "initiate"), result(2, "awaiting_code", "initiated")]
    summary = merge_runs(run(*earlier), run(result(1, "converged", "initiated", "verify")))["summary"]

    assert summary["declared"] == 2
    assert summary["changed"] == 1
    assert (summary["converged"], summary["awaiting_code"], summary["failed"]) == (1, 1, 0)
    assert summary["calls"] == {"Q": 1}


def test_only_numbers_that_still_wait_are_listed_as_waiting_with_what_they_wait_for() -> None:
    earlier = [result(number, "awaiting_code", "initiated") for number in (1, 2, 3)]
    later = [result(1, "converged", "initiated"), result(2, "awaiting_connection", "initiated")]

    assert merge_runs(run(*earlier), run(*later))["waiting"] == [
        {"phone_number": "+8613900000002", "outcome": "awaiting_connection"},
        {"phone_number": "+8613900000003", "outcome": "awaiting_code"},
    ]


def test_a_number_that_the_later_run_did_not_attempt_still_waits() -> None:
    later = run(result(1, "not_attempted", None))
    later["waiting"] = [{"phone_number": "+8613900000001", "outcome": "not_attempted"}]

    assert merge_runs(run(result(1, "awaiting_code", "initiated")), later)["waiting"] == [
        {"phone_number": "+8613900000001", "outcome": "awaiting_code"}
    ]


@pytest.mark.parametrize("later", [{"failed": True, "msg": "No answer."}, run(failed=True, msg="No answer.")])
def test_a_failure_of_the_later_run_remains(later: Result) -> None:
    first = result(1, "awaiting_code", "absent", "initiate")
    both = merge_runs(run(first, stopped="3 equal errors."), later)

    assert (both["failed"], both["msg"], both["stopped"]) == (True, "No answer.", "3 equal errors.")
    assert both["results"] == [first]
    assert "failed" not in merge_runs(run(first), run())
