# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The planner: each cell of the table of steps, and properties of every plan."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Declaration,
    Effect,
    Limits,
    Memory,
    Observation,
    Outcome,
    Phase,
    State,
    Step,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import (
    CODE_AND_RESEND,
    CODE_BEFORE_INITIATE,
    CODE_BEFORE_START,
    CONTRADICTION,
    NOT_READY,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import effect_after_reading, phase_of
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Plan, make_plan
from hypothesis import assume, given, settings
from hypothesis import strategies as st

NUMBER = Declaration("space", "+8613900001234")
ABSENT = Observation(None, "", VerificationReading.NO_SUCH_NUMBER)
LIKE_ABSENT = Observation(None, "", VerificationReading.LIKE_NO_SUCH_NUMBER)
NOT_KNOWN = Observation(None, "", VerificationReading.REFUSED)
INITIATED = Observation("PENDING", "", VerificationReading.NOT_VERIFIED)
VERIFIED = Observation("PENDING", "", VerificationReading.VERIFIED)
CONNECTED = Observation("CONNECTED")
CODE = "012345"
KNOWS_NOTHING = Limits(memory=Memory(exists=True))
KNOWS_INITIATE = Limits(memory=Memory(exists=True, initiated=True))
KNOWS_CODE = Limits(memory=Memory(exists=True, initiated=True, code_requested=True))
KNOWS_VERIFIED = Limits(memory=Memory(exists=True, initiated=True, code_requested=True, verified=True))

INITIATE, REQUEST_CODE, VERIFY, REGISTER, SET_WEBHOOK = Step


def expect(made: Plan, outcome: Outcome, *steps: Step) -> None:
    assert (made.outcome, made.steps) == (outcome, steps), made


# --- the table


@pytest.mark.parametrize("declared", [NUMBER, replace(NUMBER, code=CODE), replace(NUMBER, resend=True)])
@pytest.mark.parametrize("state", [State.VERIFIED, State.REGISTERED])
def test_an_absent_number_is_initiated_and_one_code_requested(state: State, declared: Declaration) -> None:
    made = make_plan(replace(declared, state=state), ABSENT)

    expect(made, Outcome.AWAITING_CODE, INITIATE, REQUEST_CODE)


def test_an_absent_number_that_is_declared_initiated_gets_no_code() -> None:
    expect(make_plan(replace(NUMBER, state=State.INITIATED), ABSENT), Outcome.CONVERGED, INITIATE)


def test_a_code_given_before_the_initiate_is_not_submitted_and_a_remark_says_so() -> None:
    declared = replace(NUMBER, code=CODE)

    assert CODE_BEFORE_INITIATE in make_plan(declared, ABSENT).remarks
    after = make_plan(declared, INITIATED, {INITIATE: Effect.DONE, REQUEST_CODE: Effect.DONE})
    expect(after, Outcome.AWAITING_CODE)


def test_a_number_that_is_verified_after_the_initiate_needs_no_code() -> None:
    expect(make_plan(NUMBER, VERIFIED, {INITIATE: Effect.DONE}), Outcome.AWAITING_CONNECTION, REGISTER)


def test_a_number_that_is_not_verified_after_the_initiate_gets_one_code() -> None:
    made = make_plan(NUMBER, Observation(None, "", VerificationReading.NOT_VERIFIED), {INITIATE: Effect.DONE})

    expect(made, Outcome.AWAITING_CODE, REQUEST_CODE)
    expect(make_plan(NUMBER, INITIATED, {INITIATE: Effect.DONE, REQUEST_CODE: Effect.DONE}), Outcome.AWAITING_CODE)


@pytest.mark.parametrize(
    "reading",
    [
        VerificationReading.NO_ANSWER,
        VerificationReading.NO_SUCH_NUMBER,
        VerificationReading.LIKE_NO_SUCH_NUMBER,
        VerificationReading.REFUSED,
        VerificationReading.NOT_CONFIRMED,
    ],
)
def test_after_the_initiate_nothing_is_sent_unless_the_status_read_answers(reading: VerificationReading) -> None:
    made = make_plan(NUMBER, Observation(None, "", reading), {INITIATE: Effect.DONE})

    expect(made, Outcome.AWAITING_CODE)
    assert "resend" in made.next_action


@pytest.mark.parametrize("effect", [Effect.EARLIER, Effect.SEEN])
def test_an_initiate_that_was_not_answered_ok_sends_no_code(effect: Effect) -> None:
    made = make_plan(NUMBER, INITIATED, {INITIATE: effect})

    expect(made, Outcome.AWAITING_CODE)
    assert "resend" in made.next_action


# --- refusals, memory and reclaims


def test_a_number_whose_phase_is_not_known_needs_an_operator() -> None:
    expect(make_plan(NUMBER, NOT_KNOWN), Outcome.NEEDS_OPERATOR)
    assert "reclaim" in make_plan(NUMBER, NOT_KNOWN).next_action


def test_a_number_whose_phase_is_not_known_accepts_a_code_a_resend_or_a_reclaim() -> None:
    expect(make_plan(replace(NUMBER, code=CODE), NOT_KNOWN), Outcome.AWAITING_CONNECTION, VERIFY, REGISTER)
    expect(make_plan(replace(NUMBER, resend=True), NOT_KNOWN), Outcome.AWAITING_CODE, REQUEST_CODE)
    expect(
        make_plan(replace(NUMBER, resend=True), NOT_KNOWN, {REQUEST_CODE: Effect.DONE}),
        Outcome.AWAITING_CODE,
    )
    expect(make_plan(replace(NUMBER, reclaim=True), NOT_KNOWN), Outcome.AWAITING_CODE, INITIATE)
    expect(
        make_plan(replace(NUMBER, reclaim=True, resend=True), NOT_KNOWN),
        Outcome.AWAITING_CODE,
        INITIATE,
        REQUEST_CODE,
    )


def test_a_code_for_a_number_that_looks_absent_is_submitted_without_an_initiate() -> None:
    expect(make_plan(replace(NUMBER, code=CODE), LIKE_ABSENT), Outcome.AWAITING_CONNECTION, VERIFY, REGISTER)
    expect(make_plan(replace(NUMBER, code=CODE, state=State.INITIATED), LIKE_ABSENT), Outcome.CONVERGED, INITIATE)


@pytest.mark.parametrize("observed", [ABSENT, LIKE_ABSENT, NOT_KNOWN, Observation("MIGRATED"), Observation("DELETED")])
@pytest.mark.parametrize("limit", [KNOWS_INITIATE, KNOWS_CODE, Limits(memory=Memory(code_requested=True))])
def test_a_number_in_memory_is_not_initiated_again_and_its_code_is_submitted(
    observed: Observation, limit: Limits
) -> None:
    seen = replace(observed, reading=VerificationReading.NOT_VERIFIED) if observed.status else observed

    expect(make_plan(NUMBER, seen, {}, limit), Outcome.AWAITING_CODE)
    expect(make_plan(replace(NUMBER, state=State.INITIATED), seen, {}, limit), Outcome.CONVERGED)
    expect(make_plan(replace(NUMBER, code=CODE), seen, {}, limit), Outcome.AWAITING_CONNECTION, VERIFY, REGISTER)
    expect(make_plan(replace(NUMBER, resend=True), seen, {}, limit), Outcome.AWAITING_CODE, REQUEST_CODE)


@pytest.mark.parametrize("limit", [KNOWS_INITIATE, KNOWS_CODE])
def test_a_repeated_reclaim_initiates_once_while_the_old_row_is_shown(limit: Limits) -> None:
    reclaimed = replace(NUMBER, reclaim=True)
    left = Observation("MIGRATED", "", VerificationReading.NOT_VERIFIED)

    expect(make_plan(reclaimed, left, {}, limit), Outcome.AWAITING_CODE)
    expect(make_plan(replace(reclaimed, code=CODE), left, {}, limit), Outcome.AWAITING_CONNECTION, VERIFY, REGISTER)
    expect(
        make_plan(replace(reclaimed, resend=True), left, {}, limit),
        Outcome.AWAITING_CODE,
        INITIATE,
        REQUEST_CODE,
    )


def test_reclaim_starts_a_cancelled_migration_again_and_requests_a_code_only_if_that_is_safe() -> None:
    reclaimed = replace(NUMBER, reclaim=True)

    expect(make_plan(reclaimed, ABSENT, {}, KNOWS_CODE), Outcome.AWAITING_CODE, INITIATE)
    expect(make_plan(reclaimed, ABSENT, {}, KNOWS_INITIATE), Outcome.AWAITING_CODE, INITIATE, REQUEST_CODE)
    expect(
        make_plan(replace(reclaimed, resend=True), ABSENT, {}, KNOWS_CODE),
        Outcome.AWAITING_CODE,
        INITIATE,
        REQUEST_CODE,
    )
    assert "reclaim" in make_plan(NUMBER, ABSENT, {}, KNOWS_CODE).next_action


def test_a_code_for_a_reclaimed_number_is_submitted_without_a_journal() -> None:
    declared = replace(NUMBER, reclaim=True, code=CODE)

    for reading in (VerificationReading.NOT_VERIFIED, VerificationReading.REFUSED):
        expect(make_plan(declared, Observation("MIGRATED", "", reading)), Outcome.AWAITING_CONNECTION, VERIFY, REGISTER)
    expect(
        make_plan(declared, Observation("MIGRATED", "", VerificationReading.VERIFIED)),
        Outcome.AWAITING_CONNECTION,
        REGISTER,
    )


def test_resend_requests_a_code_although_a_second_initiate_is_refused() -> None:
    declared = replace(NUMBER, resend=True)
    refused = {INITIATE: Effect.REFUSED}

    expect(make_plan(declared, LIKE_ABSENT, refused), Outcome.AWAITING_CODE, REQUEST_CODE)
    expect(make_plan(declared, LIKE_ABSENT, {**refused, REQUEST_CODE: Effect.DONE}), Outcome.AWAITING_CODE)
    expect(make_plan(declared, ABSENT, refused), Outcome.FAILED)
    expect(make_plan(NUMBER, LIKE_ABSENT, refused), Outcome.FAILED)
    expect(make_plan(replace(declared, state=State.INITIATED), LIKE_ABSENT, refused), Outcome.FAILED)


def test_a_verification_in_memory_counts_where_the_service_refuses_to_show_it() -> None:
    expect(make_plan(NUMBER, NOT_KNOWN, {}, KNOWS_VERIFIED), Outcome.AWAITING_CONNECTION, REGISTER)
    expect(make_plan(NUMBER, INITIATED, {}, KNOWS_VERIFIED), Outcome.AWAITING_CODE)


# --- codes


def test_an_initiated_number_waits_for_its_code() -> None:
    made = make_plan(NUMBER, INITIATED)

    expect(made, Outcome.AWAITING_CODE)
    assert "<<submit the code>>" in made.next_action
    assert "<<resend>>" in made.next_action


def test_a_code_that_this_run_requested_is_described() -> None:
    limits = Limits(code_requested_at="2026-05-01 14:05 UTC", next_code_at="2026-05-01 14:20 UTC")
    declared = replace(NUMBER, code_method="voice")
    made = make_plan(declared, INITIATED, {INITIATE: Effect.DONE, REQUEST_CODE: Effect.DONE}, limits)

    assert made.next_action.startswith(
        "A code was requested by a call at 2026-05-01 14:05 UTC."
        " Another code can be requested from 2026-05-01 14:20 UTC."
    )


def test_a_code_that_an_earlier_run_requested_is_described_without_its_method() -> None:
    limits = replace(KNOWS_CODE, code_requested_at="2026-05-01 14:05 UTC")

    assert make_plan(NUMBER, INITIATED, {}, limits).next_action.startswith(
        "A code was requested at 2026-05-01 14:05 UTC. When the code"
    )


def test_a_code_is_submitted_once_and_then_the_number_is_registered() -> None:
    declared = replace(NUMBER, code=CODE)

    expect(make_plan(declared, INITIATED), Outcome.AWAITING_CONNECTION, VERIFY, REGISTER)
    expect(make_plan(declared, INITIATED, {VERIFY: Effect.DONE}), Outcome.AWAITING_CONNECTION, REGISTER)
    expect(make_plan(replace(declared, state=State.VERIFIED), INITIATED), Outcome.CONVERGED, VERIFY)


def test_a_code_that_was_tried_is_refused_with_a_reason() -> None:
    made = make_plan(replace(NUMBER, code=CODE), INITIATED, {}, Limits(code_was_tried=True))

    expect(made, Outcome.FAILED)
    assert "not tried again" in made.next_action


def test_resend_requests_one_code() -> None:
    declared = replace(NUMBER, resend=True)

    expect(make_plan(declared, INITIATED), Outcome.AWAITING_CODE, REQUEST_CODE)
    expect(make_plan(declared, INITIATED, {REQUEST_CODE: Effect.DONE}), Outcome.AWAITING_CODE)


def test_a_code_and_a_resend_together_are_refused() -> None:
    made = make_plan(replace(NUMBER, code=CODE, resend=True), INITIATED)

    expect(made, Outcome.FAILED)
    assert made.next_action == CODE_AND_RESEND


@pytest.mark.parametrize("resend", [False, True])
def test_the_journal_may_forbid_a_code_request(resend: bool) -> None:
    limit = Limits(code_request="Not before noon.")
    made = make_plan(replace(NUMBER, resend=resend), INITIATED, {INITIATE: Effect.DONE}, limit)

    expect(made, Outcome.AWAITING_CODE)
    assert made.next_action == "Not before noon. After that time, <<resend>>."


def test_a_verified_number_is_registered_only_when_that_is_declared() -> None:
    expect(make_plan(NUMBER, VERIFIED), Outcome.AWAITING_CONNECTION, REGISTER)
    expect(make_plan(replace(NUMBER, state=State.VERIFIED), VERIFIED), Outcome.CONVERGED)
    expect(make_plan(replace(NUMBER, state=State.INITIATED), VERIFIED), Outcome.CONVERGED)


def test_a_number_is_registered_once_in_a_run_and_within_its_budget() -> None:
    expect(make_plan(NUMBER, VERIFIED, {REGISTER: Effect.DONE}), Outcome.AWAITING_CONNECTION)
    made = make_plan(NUMBER, VERIFIED, {}, Limits(register="Five times."))
    expect(made, Outcome.NEEDS_OPERATOR)
    assert made.next_action == "Five times."


def test_a_code_for_a_verified_or_connected_number_is_ignored_with_a_remark() -> None:
    declared = replace(NUMBER, code=CODE, resend=True)

    for observed in (VERIFIED, CONNECTED, Observation("FLAGGED")):
        assert [remark.split()[0] for remark in make_plan(declared, observed).remarks] == ["The", "<<resend"]
    assert make_plan(replace(NUMBER, code=CODE), CONNECTED, {VERIFY: Effect.DONE, REGISTER: Effect.DONE}).remarks == ()


@pytest.mark.parametrize("status", ["CONNECTED", "FLAGGED", "RATE_LIMITED", "RESTRICTED"])
@pytest.mark.parametrize("state", State)
def test_a_connected_or_limited_number_has_converged(status: str, state: State) -> None:
    expect(make_plan(replace(NUMBER, state=state), Observation(status)), Outcome.CONVERGED)


@pytest.mark.parametrize("status", ["BANNED", "UNKNOWN", "OFFLINE", ""])
def test_a_reclaim_does_not_apply_to_a_number_with_this_status(status: str) -> None:
    expect(make_plan(replace(NUMBER, reclaim=True), Observation(status)), Outcome.NEEDS_OPERATOR)


@pytest.mark.parametrize("status", ["MIGRATED", "DELETED", "DISCONNECTED"])
def test_a_number_that_was_moved_away_is_initiated_again_only_by_reclaim(status: str) -> None:
    left = Observation(status)
    reclaimed = replace(NUMBER, reclaim=True)

    expect(make_plan(NUMBER, left), Outcome.NEEDS_OPERATOR)
    expect(make_plan(reclaimed, left), Outcome.AWAITING_CODE, INITIATE)
    expect(make_plan(replace(reclaimed, resend=True), left), Outcome.AWAITING_CODE, INITIATE, REQUEST_CODE)
    expect(make_plan(reclaimed, left, {}, KNOWS_NOTHING), Outcome.AWAITING_CODE, INITIATE, REQUEST_CODE)
    # The row may be late to change.
    late = replace(left, reading=VerificationReading.NOT_VERIFIED)
    expect(make_plan(reclaimed, late, {INITIATE: Effect.DONE}), Outcome.AWAITING_CODE)
    expect(make_plan(reclaimed, late, {INITIATE: Effect.DONE}, KNOWS_NOTHING), Outcome.AWAITING_CODE, REQUEST_CODE)
    expect(
        make_plan(reclaimed, replace(left, reading=VerificationReading.VERIFIED), {INITIATE: Effect.DONE}),
        Outcome.AWAITING_CONNECTION,
        REGISTER,
    )


@pytest.mark.parametrize(
    "late", [ABSENT, Observation("MIGRATED", "", VerificationReading.NOT_VERIFIED)], ids=["absent", "migrated"]
)
def test_a_number_whose_code_was_requested_continues_although_the_cloud_does_not_show_it(
    late: Observation,
) -> None:
    coded = replace(NUMBER, code=CODE)
    memory = KNOWS_CODE

    for declared in (NUMBER, replace(NUMBER, resend=True)):
        steps = (REQUEST_CODE,) if declared.resend else ()
        expect(make_plan(declared, late, {}, memory), Outcome.AWAITING_CODE, *steps)
    for declared in (coded, replace(coded, reclaim=True)):
        expect(make_plan(declared, late, {}, memory), Outcome.AWAITING_CONNECTION, VERIFY, REGISTER)
        expect(make_plan(declared, late, {VERIFY: Effect.DONE}, memory), Outcome.AWAITING_CONNECTION, REGISTER)
        expect(make_plan(declared, CONNECTED, {}, memory), Outcome.CONVERGED)


def test_an_observation_without_an_answer_plans_no_send() -> None:
    for declared in (NUMBER, replace(NUMBER, code=CODE), replace(NUMBER, resend=True)):
        expect(make_plan(declared, Observation("PENDING", "", VerificationReading.NO_ANSWER)), Outcome.FAILED)


# --- steps that follow later


@pytest.mark.parametrize(
    ("declared", "observed", "later"),
    [
        (NUMBER, ABSENT, (VERIFY, REGISTER)),
        (NUMBER, INITIATED, (VERIFY, REGISTER)),
        (replace(NUMBER, resend=True), INITIATED, (VERIFY, REGISTER)),
        (replace(NUMBER, state=State.VERIFIED), ABSENT, (VERIFY,)),
        (replace(NUMBER, state=State.INITIATED), ABSENT, ()),
        (NUMBER, replace(ABSENT, webhook_shown=False), (VERIFY, REGISTER, SET_WEBHOOK)),
        (replace(NUMBER, state=State.VERIFIED), replace(ABSENT, webhook_shown=False), (VERIFY,)),
        (replace(NUMBER, code=CODE), INITIATED, ()),
        (NUMBER, VERIFIED, ()),
        (NUMBER, CONNECTED, ()),
        (NUMBER, Observation("BANNED"), ()),
    ],
)
def test_a_plan_that_ends_with_waiting_for_a_code_has_the_steps_that_follow(
    declared: Declaration, observed: Observation, later: tuple[Step, ...]
) -> None:
    assert make_plan(declared, observed).later == later


@given(state=st.sampled_from([State.VERIFIED, State.REGISTERED]), observed=st.sampled_from([ABSENT, INITIATED]))
def test_the_steps_that_follow_are_those_of_a_plan_with_the_code(state: State, observed: Observation) -> None:
    declared = replace(NUMBER, state=state)

    assert make_plan(declared, observed).later == make_plan(replace(declared, code=CODE), INITIATED).steps


# --- webhooks


@pytest.mark.parametrize("status", ["CONNECTED", "FLAGGED"])
@pytest.mark.parametrize("state", State)
def test_the_webhook_of_a_connected_number_is_set_if_its_row_shows_another(state: State, status: str) -> None:
    declared, observed = replace(NUMBER, state=state), Observation(status, webhook_shown=False)

    expect(make_plan(declared, observed), Outcome.CONVERGED, SET_WEBHOOK)
    expect(make_plan(declared, replace(observed, webhook_shown=True)), Outcome.CONVERGED)
    assert make_plan(declared, observed).goal is phase_of(observed)


def test_a_webhook_is_planned_after_the_register_and_waits_for_the_connection() -> None:
    verified = replace(VERIFIED, webhook_shown=False)

    expect(make_plan(NUMBER, verified), Outcome.AWAITING_CONNECTION, REGISTER, SET_WEBHOOK)
    assert make_plan(NUMBER, verified).goal is Phase.CONNECTED
    expect(make_plan(NUMBER, verified, {REGISTER: Effect.DONE}), Outcome.AWAITING_CONNECTION)
    expect(make_plan(replace(NUMBER, state=State.VERIFIED), verified), Outcome.CONVERGED)


@pytest.mark.parametrize("observed", [ABSENT, INITIATED, Observation("BANNED")])
def test_a_number_that_is_not_registered_in_this_run_gets_no_webhook(observed: Observation) -> None:
    assert SET_WEBHOOK not in make_plan(NUMBER, replace(observed, webhook_shown=False)).steps


@pytest.mark.parametrize(
    ("effect", "outcome"),
    [
        (Effect.DONE, Outcome.CONVERGED),
        (Effect.EARLIER, Outcome.CONVERGED),
        (Effect.REFUSED, Outcome.FAILED),
        (Effect.NOT_MADE, Outcome.FAILED),
        (Effect.UNKNOWN, Outcome.UNKNOWN),
    ],
)
def test_a_webhook_is_set_once_in_a_run_and_decides_how_the_number_ends(effect: Effect, outcome: Outcome) -> None:
    expect(make_plan(NUMBER, replace(CONNECTED, webhook_shown=False), {SET_WEBHOOK: effect}), outcome)


# --- what a reading after a step settles


@pytest.mark.parametrize(
    ("step", "observed", "unknown_is", "refused_is"),
    [
        (INITIATE, ABSENT, Effect.UNKNOWN, Effect.REFUSED),
        (INITIATE, INITIATED, Effect.SEEN, Effect.EARLIER),
        (INITIATE, CONNECTED, Effect.UNKNOWN, Effect.EARLIER),
        (REQUEST_CODE, INITIATED, Effect.UNKNOWN, Effect.REFUSED),
        (REQUEST_CODE, VERIFIED, Effect.UNKNOWN, Effect.EARLIER),
        (VERIFY, INITIATED, Effect.UNKNOWN, Effect.REFUSED),
        (VERIFY, VERIFIED, Effect.DONE, Effect.EARLIER),
        (VERIFY, CONNECTED, Effect.UNKNOWN, Effect.EARLIER),
        (REGISTER, VERIFIED, Effect.UNKNOWN, Effect.REFUSED),
        (REGISTER, CONNECTED, Effect.DONE, Effect.EARLIER),
        (SET_WEBHOOK, replace(CONNECTED, webhook_shown=False), Effect.UNKNOWN, Effect.REFUSED),
        (SET_WEBHOOK, CONNECTED, Effect.UNKNOWN, Effect.REFUSED),
        (SET_WEBHOOK, replace(CONNECTED, webhook_shown=True), Effect.DONE, Effect.EARLIER),
    ],
)
def test_a_read_shows_the_effect_of_a_step_whose_answer_was_lost(
    step: Step, observed: Observation, unknown_is: Effect, refused_is: Effect
) -> None:
    assert effect_after_reading(step, Effect.UNKNOWN, observed) is unknown_is
    assert effect_after_reading(step, Effect.REFUSED, observed) is refused_is
    assert effect_after_reading(step, Effect.NOT_MADE, observed) is Effect.NOT_MADE


@pytest.mark.parametrize("status", [None, "PENDING"])
@pytest.mark.parametrize("step", Step)
def test_a_read_without_an_answer_leaves_the_effect_open(step: Step, status: str | None) -> None:
    unanswered = Observation(status, "VERIFIED", VerificationReading.NO_ANSWER)

    assert effect_after_reading(step, Effect.UNKNOWN, unanswered) is Effect.UNKNOWN
    assert effect_after_reading(step, Effect.REFUSED, unanswered) is Effect.REFUSED


def test_a_connected_row_proves_the_register_without_a_status_read() -> None:
    assert (
        effect_after_reading(REGISTER, Effect.UNKNOWN, Observation("CONNECTED", "", VerificationReading.NO_ANSWER))
        is Effect.DONE
    )


# --- a number whose owner is not ready for a code

NOT_READY_NUMBER = replace(NUMBER, why_not_ready=NOT_READY)
OLD_ROW = Observation("MIGRATED")


@pytest.mark.parametrize("state", [State.VERIFIED, State.REGISTERED])
@pytest.mark.parametrize(
    ("observed", "declared"),
    [
        (ABSENT, NOT_READY_NUMBER),
        (LIKE_ABSENT, NOT_READY_NUMBER),
        (ABSENT, replace(NOT_READY_NUMBER, resend=True)),
        (ABSENT, replace(NOT_READY_NUMBER, reclaim=True)),
        (OLD_ROW, replace(NOT_READY_NUMBER, reclaim=True)),
        (NOT_KNOWN, replace(NOT_READY_NUMBER, reclaim=True)),
        (INITIATED, replace(NOT_READY_NUMBER, resend=True)),
    ],
)
def test_a_migration_that_would_request_a_code_does_not_start_before_the_owner_is_ready(
    state: State, observed: Observation, declared: Declaration
) -> None:
    made = make_plan(replace(declared, state=state), observed)

    expect(made, Outcome.AWAITING_OWNER)
    assert (made.phase, made.next_action, made.remarks) == (phase_of(observed), NOT_READY, ())


def test_a_number_that_is_declared_initiated_needs_no_owner() -> None:
    declared = replace(NOT_READY_NUMBER, state=State.INITIATED)

    expect(make_plan(declared, ABSENT), Outcome.CONVERGED, INITIATE)


@pytest.mark.parametrize("observed", [INITIATED, VERIFIED, CONNECTED, Observation("FLAGGED"), NOT_KNOWN, OLD_ROW])
@pytest.mark.parametrize("code", [None, CODE])
def test_what_requests_no_code_does_not_wait_for_the_owner(observed: Observation, code: str | None) -> None:
    ready = make_plan(replace(NUMBER, code=code), observed)

    assert make_plan(replace(NOT_READY_NUMBER, code=code), observed) == ready


def test_a_migration_that_memory_knows_does_not_wait_for_the_owner() -> None:
    expect(make_plan(NOT_READY_NUMBER, ABSENT, {}, KNOWS_CODE), Outcome.AWAITING_CODE)


def test_a_code_for_a_migration_that_waits_for_its_owner_is_not_submitted_and_a_remark_says_so() -> None:
    made = make_plan(replace(NOT_READY_NUMBER, code=CODE), ABSENT)

    expect(made, Outcome.AWAITING_OWNER)
    assert made.remarks == (CODE_BEFORE_START,)


# --- what holds for every plan

WORDS = ["CONNECTED", "FLAGGED", "PENDING", "UNVERIFIED", "MIGRATING", "BANNED", "MIGRATED", "DELETED", "UNKNOWN"]
observations = st.builds(
    Observation,
    st.none() | st.sampled_from(WORDS) | st.text(max_size=12),
    st.sampled_from(["", "VERIFIED", "NOT_VERIFIED", "EXPIRED"]) | st.text(max_size=8),
    st.sampled_from(VerificationReading),
    st.sampled_from([None, False, True]),
)
declarations = st.builds(
    Declaration,
    cust_space_id=st.just("space"),
    phone_number=st.just("+8613900001234"),
    state=st.sampled_from(State),
    code=st.none() | st.from_regex(r"[0-9]{6}", fullmatch=True),
    resend=st.booleans(),
    reclaim=st.booleans(),
    why_not_ready=st.sampled_from(["", "", NOT_READY]),
)
histories = st.dictionaries(st.sampled_from(Step), st.sampled_from(Effect))
memories = st.builds(Memory, st.booleans(), st.booleans(), st.booleans(), st.booleans())
limits = st.builds(Limits, st.sampled_from(["", "no"]), st.sampled_from(["", "no"]), st.booleans(), memory=memories)
# `make reliability` tries ten thousand.
every_input = settings(max_examples=int(os.environ.get("PLANS", "500")), deadline=None)


@every_input
@given(declarations, observations, histories, limits)
def test_every_input_has_a_plan_and_every_plan_is_safe(
    declared: Declaration, observed: Observation, taken: dict[Step, Effect], limit: Limits
) -> None:
    made = make_plan(declared, observed, taken, limit)
    steps = made.steps
    initiated_here = INITIATE in steps or taken.get(INITIATE) is Effect.DONE
    memory = limit.memory

    assert list(steps) == sorted(set(steps), key=list(Step).index)
    if memory.is_under_way and declared.code:
        assert INITIATE not in steps, "a code is for the migration that memory knows"
    assert not set(steps) & set(taken), "a step is taken once in a run"
    if REQUEST_CODE in steps:
        assert initiated_here or declared.resend
        assert declared.resend or not declared.reclaim or (memory.exists and not memory.code_requested)
        assert not limit.code_request
        assert not declared.why_not_ready
        assert VERIFY not in steps
    if VERIFY in steps:
        assert declared.code
        assert not declared.resend
        assert not limit.code_was_tried
        assert not {INITIATE, REQUEST_CODE} & set(taken), "the code that was given is older than what this run did"
    if steps and steps[0] is REQUEST_CODE and not declared.resend:
        assert observed.reading is VerificationReading.NOT_VERIFIED, "a status read that answers precedes every send"
    if INITIATE in steps:
        assert not memory.is_under_way or declared.reclaim, "what memory holds is not initiated by itself"
        assert not declared.why_not_ready or declared.state is State.INITIATED
        assert phase_of(observed) is Phase.ABSENT or declared.reclaim
    if REGISTER in steps:
        assert declared.state is State.REGISTERED
        assert not limit.register
    if declared.state is State.INITIATED:
        assert set(steps) <= {INITIATE, SET_WEBHOOK}
    if phase_of(observed) in (Phase.CONNECTED, Phase.LIMITED):
        assert set(steps) <= {SET_WEBHOOK}
    if SET_WEBHOOK in steps:
        assert observed.webhook_shown is False
        assert REGISTER in steps or phase_of(observed) in (Phase.CONNECTED, Phase.LIMITED)
    if phase_of(observed) is Phase.HALTED and steps:
        assert declared.reclaim or memory.is_under_way or memory.verified or taken
        assert observed.status in ("MIGRATED", "DELETED", "DISCONNECTED")


@every_input
@given(declarations, observations, histories, limits)
def test_every_plan_has_a_true_outcome_and_a_next_action(
    declared: Declaration, observed: Observation, taken: dict[Step, Effect], limit: Limits
) -> None:
    made = make_plan(declared, observed, taken, limit)

    assert made.outcome not in (Outcome.PLANNED, Outcome.NOT_ATTEMPTED)
    assert made.outcome is Outcome.CONVERGED or made.next_action
    if Effect.UNKNOWN in taken.values():
        assert made.outcome in (Outcome.UNKNOWN, Outcome.FAILED)
    refused = {step for step, effect in taken.items() if effect in (Effect.REFUSED, Effect.NOT_MADE)}
    if refused and not (refused == {INITIATE} and declared.resend):
        assert made.outcome in (Outcome.UNKNOWN, Outcome.FAILED)
    if made.outcome is Outcome.CONVERGED and not made.steps and declared.state is State.REGISTERED:
        assert made.phase in (Phase.CONNECTED, Phase.LIMITED)


@every_input
@given(declarations, observations, histories, limits)
def test_a_limit_never_adds_a_step(
    declared: Declaration, observed: Observation, taken: dict[Step, Effect], limit: Limits
) -> None:
    unlimited = make_plan(declared, observed, taken, Limits(memory=limit.memory))
    assume(unlimited.next_action != CONTRADICTION)

    assert set(make_plan(declared, observed, taken, limit).steps) <= set(unlimited.steps)


@every_input
@given(declarations, observations, histories, memories)
def test_memory_never_adds_an_initiate_and_a_code_only_to_a_reclaim(
    declared: Declaration, observed: Observation, taken: dict[Step, Effect], memory: Memory
) -> None:
    forgetful = make_plan(declared, observed, taken)
    assume(forgetful.next_action != CONTRADICTION)
    added = set(make_plan(declared, observed, taken, Limits(memory=memory)).steps) - set(forgetful.steps)

    assert INITIATE not in added
    assert REQUEST_CODE not in added or declared.reclaim or declared.resend


OUTCOME_OF_A_VERIFIED_NUMBER = {
    State.INITIATED: Outcome.CONVERGED,
    State.VERIFIED: Outcome.CONVERGED,
    State.REGISTERED: Outcome.AWAITING_CONNECTION,
}


@every_input
@given(declarations, observations, st.booleans())
def test_a_number_whose_steps_all_succeed_ends_as_its_plan_said(
    declared: Declaration, observed: Observation, is_verified_after_initiate: bool
) -> None:
    first = make_plan(declared, observed)
    turns_out_verified = INITIATE in first.steps and is_verified_after_initiate
    is_verified = first.phase is Phase.VERIFIED or turns_out_verified
    reading = VerificationReading.VERIFIED if is_verified else VerificationReading.NOT_VERIFIED
    taken: dict[Step, Effect] = {}
    current = first
    for _step in Step:
        if not current.steps:
            break
        taken[current.steps[0]] = Effect.DONE
        current = make_plan(declared, replace(observed, reading=reading), taken)

    assert current.steps == ()
    # A plan that initiates expects a number that needs a code. If the number turns out to be verified, it needs none.
    expected = OUTCOME_OF_A_VERIFIED_NUMBER[declared.state] if turns_out_verified else first.outcome
    assert current.outcome is expected


def test_a_number_that_was_not_read_is_told_how_to_start_again_after_a_cancelled_migration() -> None:
    remembered = Observation(None, "", VerificationReading.REMEMBERED)

    made = make_plan(NUMBER, remembered, {}, KNOWS_CODE)

    assert (made.outcome, made.steps) == (Outcome.AWAITING_CODE, ())
    assert made.next_action.endswith("If the migration was cancelled in the console, <<reclaim>>.")
