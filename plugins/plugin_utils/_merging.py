# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Complete the result of one run of the fleet with the result of a later run for some of its numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome

Result = dict[str, Any]


def merge_runs(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> Result:
    """Return the earlier result, completed with the results of the later run. A failure of the later run remains."""
    failure = {name: later[name] for name in ("failed", "msg", "problem") if name in later}
    newer = {
        result["phone_number"]: result
        for result in later.get("results", ())
        if result["outcome"] != Outcome.NOT_ATTEMPTED.value
    }
    results = [_merge_results_of_number(result, newer.get(result["phone_number"])) for result in earlier["results"]]
    outcome_of = {result["phone_number"]: result["outcome"] for result in results}
    waiting = {
        item["phone_number"]: item
        for item in [*earlier["waiting"], *later.get("waiting", ())]
        if item["outcome"] == outcome_of[item["phone_number"]]
    }
    return {
        **earlier,
        "results": results,
        "waiting": [waiting[number] for number in outcome_of if number in waiting],
        "summary": {**earlier["summary"], **_count_outcomes(results)},
        "stopped": earlier["stopped"] or later.get("stopped", ""),
        **failure,
    }


def _merge_results_of_number(first: Result, second: Result | None) -> Result:
    if second is None:
        return first
    return {
        **second,
        "previous_phase": first["previous_phase"] or second["previous_phase"],
        "changed": first["changed"] or second["changed"],
        "actions": [*first["actions"], *second["actions"]],
    }


def _count_outcomes(results: Collection[Mapping[str, Any]]) -> dict[str, int]:
    outcomes = [result["outcome"] for result in results]
    counts = {outcome.value: outcomes.count(outcome.value) for outcome in Outcome}
    return {"declared": len(results), "changed": sum(result["changed"] for result in results), **counts}
