# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phase that an observation shows, and what can be said about a number without reading its status."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Declaration,
    Memory,
    Observation,
    Phase,
    State,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import (
    FIX_AND_RUN_AGAIN,
    next_action_for,
    without_repeated_advice,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import phase_of, reading_without_a_call

NUMBER = Declaration("space-1", "+8613900000001")
NOTHING = Memory()
WAITS = Memory(exists=True, initiated=True, code_requested=True, waits_for_code=True)


@pytest.mark.parametrize("status", ["PENDING", "UNVERIFIED", "MIGRATING"])
@pytest.mark.parametrize(
    "verification", ["NOT_VERIFIED", "EXPIRED", "REVOKED", "MORE_INFORMATION_REQUESTED", "", "verified"]
)
def test_only_the_status_verified_counts_as_verified(status: str, verification: str) -> None:
    assert phase_of(Observation(status, verification)) is Phase.INITIATED
    assert phase_of(Observation(status, "VERIFIED")) is Phase.VERIFIED


@pytest.mark.parametrize("status", ["PENDING", "UNVERIFIED", "MIGRATING", None])
def test_the_status_read_overrides_the_verification_in_the_row(status: str | None) -> None:
    assert phase_of(Observation(status, "VERIFIED", VerificationReading.NOT_VERIFIED)) is Phase.INITIATED
    assert phase_of(Observation(status, "", VerificationReading.VERIFIED)) is Phase.VERIFIED


def test_a_number_without_a_row_is_absent_only_when_the_status_read_says_so() -> None:
    assert phase_of(Observation(None, "", VerificationReading.NO_SUCH_NUMBER)) is Phase.ABSENT
    assert phase_of(Observation(None, "", VerificationReading.LIKE_NO_SUCH_NUMBER)) is Phase.ABSENT
    assert phase_of(Observation(None, "", VerificationReading.NOT_VERIFIED)) is Phase.INITIATED
    assert phase_of(Observation("PENDING", "", VerificationReading.NO_SUCH_NUMBER)) is Phase.INITIATED


def test_any_other_refusal_leaves_the_phase_unknown() -> None:
    assert phase_of(Observation(None, "", VerificationReading.REFUSED)) is Phase.NOT_KNOWN
    assert phase_of(Observation("PENDING", "", VerificationReading.REFUSED)) is Phase.INITIATED


@pytest.mark.parametrize("status", ["FLAGGED", "RATE_LIMITED", "RESTRICTED"])
def test_a_number_that_can_send_with_a_restriction_is_limited(status: str) -> None:
    assert phase_of(Observation(status)) is Phase.LIMITED


@pytest.mark.parametrize(
    "status",
    ["BANNED", "DELETED", "DISCONNECTED", "MIGRATED", "UNKNOWN", "OFFLINE", "PAUSED", "", "connected", "NEW_WORD"],
)
def test_an_unknown_status_halts_the_number(status: str) -> None:
    assert phase_of(Observation(status, "VERIFIED", VerificationReading.VERIFIED)) is Phase.HALTED


def test_a_row_with_the_status_connected_is_connected() -> None:
    assert phase_of(Observation("CONNECTED")) is Phase.CONNECTED


@pytest.mark.parametrize(
    ("observation", "says"),
    [
        (Observation("CONNECTED"), ""),
        (Observation("FLAGGED"), "FLAGGED: check its quality"),
        (Observation("PENDING"), "perhaps without requesting a code"),
        (Observation("PENDING"), "<<submit the code>>"),
        (Observation("PENDING", "VERIFIED"), "registered"),
        (Observation("MIGRATED"), "To migrate it back, <<reclaim>>"),
        (Observation("BANNED"), "ask support"),
        (Observation("NEW_WORD"), "'NEW_WORD': ask support"),
        (Observation(reading=VerificationReading.NO_SUCH_NUMBER), "Declare the number"),
    ],
)
def test_an_observation_alone_has_a_next_action(observation: Observation, says: str) -> None:
    next_action = next_action_for(observation)
    assert says in next_action
    assert bool(next_action) == bool(says)


@pytest.mark.parametrize(
    ("hint", "left"),
    [
        ("Ask the old provider, then run again.", "Look at the number."),
        ("Ask support.", f"Look at the number. {FIX_AND_RUN_AGAIN}"),
        ("", f"Look at the number. {FIX_AND_RUN_AGAIN}"),
    ],
)
def test_the_advice_to_run_again_is_given_once(hint: str, left: str) -> None:
    assert without_repeated_advice(f"Look at the number. {FIX_AND_RUN_AGAIN}", hint) == left


@pytest.mark.parametrize("status", ["PENDING", "UNVERIFIED", "MIGRATING"])
@pytest.mark.parametrize("memory", [NOTHING, WAITS])
def test_a_current_row_that_says_not_verified_is_believed(status: str, memory: Memory) -> None:
    row = Observation(status, "NOT_VERIFIED")

    believed = reading_without_a_call(NUMBER, row, memory, is_row_current=True)

    assert believed is VerificationReading.NOT_VERIFIED


@pytest.mark.parametrize(
    ("row", "is_current"),
    [
        (Observation("PENDING", "NOT_VERIFIED"), False),
        (Observation("PENDING", ""), True),
        (Observation("PENDING", "VERIFIED"), True),
        (Observation("MIGRATED", "EXPIRED"), True),
        (Observation("CONNECTED", "EXPIRED"), True),
    ],
    ids=["row may be old", "row says nothing", "row says verified", "moved away", "connected"],
)
def test_no_other_row_takes_the_place_of_a_status_read(row: Observation, is_current: bool) -> None:
    assert reading_without_a_call(NUMBER, row, WAITS, is_row_current=is_current) is VerificationReading.NOT_READ


def test_a_number_without_a_row_is_remembered_only_while_it_waits_for_its_code() -> None:
    def reading(memory: Memory, declared: Declaration = NUMBER) -> VerificationReading:
        return reading_without_a_call(declared, Observation(), memory, is_row_current=False)

    assert reading(WAITS) is VerificationReading.REMEMBERED
    # Only the journal knows whether a code was submitted since; the marker of a code request does not.
    assert reading(Memory(exists=True, initiated=True, code_requested=True)) is VerificationReading.NOT_READ
    assert reading(WAITS, replace(NUMBER, state=State.INITIATED)) is VerificationReading.NOT_READ


@pytest.mark.parametrize("row", [Observation(), Observation("PENDING", "NOT_VERIFIED")], ids=["no row", "row"])
@pytest.mark.parametrize(
    ("declared", "memory"),
    [
        (replace(NUMBER, code="123456"), WAITS),
        (replace(NUMBER, resend=True), WAITS),
        (replace(NUMBER, reclaim=True), WAITS),
        (NUMBER, replace(WAITS, is_unsettled=True)),
        (NUMBER, replace(WAITS, verified=True, waits_for_code=False)),
    ],
    ids=["code", "resend", "reclaim", "unsettled", "verified"],
)
def test_the_status_is_read_before_a_step_and_to_settle_an_earlier_one(
    row: Observation, declared: Declaration, memory: Memory
) -> None:
    assert reading_without_a_call(declared, row, memory, is_row_current=True) is VerificationReading.NOT_READ
