# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of numbers that wait for a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, NumberResult, Problem
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Effect, Outcome, Phase
from ansible_collections.chatapp.cams.plugins.plugin_utils._waiting_numbers import waiting_numbers

NUMBER = "+8613900001234"
OTHER = "+8613900001235"
HOSTS = {NUMBER: "acme", OTHER: "globex"}
BEGAN = datetime(2026, 5, 1, 10, 0, tzinfo=timezone.utc)
IN_TEN_MINUTES = "2026-05-01T10:10:00+00:00"
IN_TWO_WEEKS = "2026-05-15T10:00:00+00:00"


def result(
    number: str = NUMBER,
    outcome: Outcome = Outcome.AWAITING_CODE,
    actions: Mapping[str, Effect] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A result as the engine makes it."""
    return NumberResult(
        Declaration("space-1", number, code="012345"),
        outcome,
        actions=[Action(step, effect.value) for step, effect in (actions or {}).items()],
        next_action="Add the code to cams_codes.",
        **more,
    ).as_dict()


def waiting(*results: dict[str, Any], **declared: Any) -> list[dict[str, str]]:
    return waiting_numbers(results, [{"phone_number": number, **declared} for number in HOSTS], HOSTS, BEGAN)


@pytest.mark.parametrize("outcome", Outcome)
def test_every_number_that_waits_or_needs_a_person_is_listed(outcome: Outcome) -> None:
    listed = outcome not in (Outcome.CONVERGED, Outcome.PLANNED)

    assert [item["outcome"] for item in waiting(result(outcome=outcome))] == ([outcome.value] if listed else [])


def test_a_number_that_whatsapp_limits_is_listed_with_its_phase() -> None:
    [limited] = waiting(result(outcome=Outcome.CONVERGED, phase=Phase.LIMITED))

    assert (limited["outcome"], limited["phase"]) == ("converged", "limited")


def test_a_number_that_failed_is_listed_with_the_reason() -> None:
    problem = Problem("It failed.", {"code": "Some.Code", "message": "No such space", "request_id": "R"})

    assert waiting(result(outcome=Outcome.FAILED, problem=problem))[0]["reason"] == "No such space (Some.Code)."


def test_a_number_that_was_not_attempted_has_the_problem_of_the_run_as_its_reason() -> None:
    results = [result(outcome=Outcome.NOT_ATTEMPTED), result(OTHER)]
    listed = waiting_numbers(results, [{"phone_number": NUMBER}, {"phone_number": OTHER}], HOSTS, BEGAN, "Too many.")

    assert [item["reason"] for item in listed] == ["Too many.", ""]


def test_the_order_is_that_of_the_results_and_each_number_has_its_host() -> None:
    assert [(item["phone_number"], item["host"]) for item in waiting(result(OTHER), result(NUMBER))] == [
        (OTHER, "globex"),
        (NUMBER, "acme"),
    ]


def test_a_number_is_listed_with_all_that_a_person_needs_and_without_its_code() -> None:
    assert waiting(result()) == [
        {
            "phone_number": NUMBER,
            "cust_space_id": "space-1",
            "host": "acme",
            "outcome": "awaiting_code",
            "phase": "",
            "code_method": "sms",
            "deadline": "",
            "reason": "",
            "next_action": "Add the code to cams_codes.",
        }
    ]


def test_the_code_method_is_that_of_the_declaration() -> None:
    assert waiting(result(), code_method="voice")[0]["code_method"] == "voice"


@pytest.mark.parametrize(
    ("outcome", "actions", "deadline"),
    [
        (Outcome.AWAITING_CODE, {"initiate": Effect.DONE, "request_code": Effect.DONE}, IN_TEN_MINUTES),
        (Outcome.AWAITING_CODE, {"initiate": Effect.DONE, "request_code": Effect.UNKNOWN}, ""),
        (Outcome.AWAITING_CODE, {}, ""),
        (Outcome.NEEDS_OPERATOR, {"request_code": Effect.DONE, "verify": Effect.DONE}, IN_TWO_WEEKS),
        (Outcome.AWAITING_CONNECTION, {"verify": Effect.DONE, "register": Effect.DONE}, ""),
        (Outcome.AWAITING_OWNER, {}, ""),
    ],
    ids=["code requested", "request unknown", "earlier run", "verified", "registered", "owner not ready"],
)
def test_the_deadline_is_that_of_the_latest_step_that_this_run_executed(
    outcome: Outcome, actions: dict[str, Effect], deadline: str
) -> None:
    assert waiting(result(outcome=outcome, actions=actions))[0]["deadline"] == deadline
