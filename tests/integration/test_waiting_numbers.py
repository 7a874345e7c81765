# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers that wait for a code cost no calls of their own, in every reading of what the rows show."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome, State, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from integration.test_fleet import HANDED_IN, QUERY, REGISTERED, SENT, STATUS, SYNC, Fleet, outcomes
from simulator_process import Simulator
from worlds import make_space

COUNT = 12
SPACES = 3
ROWS_WITH_A_STATUS = ["pending", "unverified", "migrating"]


@pytest.fixture
def fleet(simulator: Simulator, new_client: Callable[..., Client], tmp_path: Path) -> Fleet:
    simulator.control.change_settings(register_seconds=0)
    simulator.control.seed({"spaces": [make_space("space-2"), make_space("space-3")]})
    return Fleet(simulator, new_client, tmp_path)


def wait_for_codes(fleet: Fleet, **readings: Any) -> list[Declaration]:
    """Bring all numbers so far that they wait for a code, with the service in these readings."""
    fleet.simulator.control.change_settings(**readings)
    declarations = fleet.declare(COUNT)
    fleet.run(declarations)
    assert outcomes(fleet.run(declarations)) == {Outcome.AWAITING_CODE: COUNT}
    return declarations


def calls_of(
    fleet: Fleet, declarations: Sequence[Declaration], *, waiting: int = COUNT, **options: Any
) -> Counter[str]:
    """Run, check how many numbers still wait for a code, and return the calls that the run made."""
    before = fleet.calls()
    assert outcomes(fleet.run(declarations, **options))[Outcome.AWAITING_CODE] == waiting
    return fleet.calls() - before


def forget(fleet: Fleet) -> None:
    """Take all memory of earlier runs away, as on a new machine."""
    shutil.rmtree(fleet.folder)
    fleet.folder.mkdir()


@pytest.mark.parametrize("words", ["not_verified", "review"])
@pytest.mark.parametrize("needs_sync", ["no", "yes"])
@pytest.mark.parametrize("before_register", ROWS_WITH_A_STATUS)
def test_waiting_numbers_with_a_row_cost_a_query_and_a_sync_of_their_space(
    fleet: Fleet, before_register: str, needs_sync: str, words: str
) -> None:
    declarations = wait_for_codes(
        fleet, before_register=before_register, needs_sync=needs_sync, verification_words=words
    )

    assert calls_of(fleet, declarations) == {QUERY: SPACES, SYNC: SPACES}

    forget(fleet)
    assert calls_of(fleet, declarations) == {QUERY: SPACES, SYNC: SPACES}


def test_waiting_numbers_without_a_row_cost_no_call_where_the_journal_knows_their_code_request(fleet: Fleet) -> None:
    declarations = wait_for_codes(fleet, before_register="hidden")

    assert calls_of(fleet, declarations) == {QUERY: SPACES}
    assert calls_of(fleet, declarations, check_mode=True) == {QUERY: SPACES}

    forget(fleet)
    assert calls_of(fleet, declarations) == {QUERY: SPACES, STATUS: COUNT}


def test_a_sync_that_fails_costs_a_status_read_for_each_waiting_number(fleet: Fleet) -> None:
    declarations = wait_for_codes(fleet)
    fleet.simulator.control.add_fault("business_error", operation=SYNC, count=None, code="PermissionDeny")

    assert calls_of(fleet, declarations) == {QUERY: SPACES, SYNC: SPACES, STATUS: COUNT}


def test_a_plan_syncs_nothing_and_reads_the_status_of_each_number_with_a_row(fleet: Fleet) -> None:
    declarations = wait_for_codes(fleet)

    assert calls_of(fleet, declarations, check_mode=True) == {QUERY: SPACES, STATUS: COUNT}


def test_a_single_waiting_number_of_a_space_is_read_and_its_space_is_not_synced(fleet: Fleet) -> None:
    declarations = wait_for_codes(fleet)

    assert calls_of(fleet, declarations[:1], waiting=1) == {QUERY: 1, STATUS: 1}


@pytest.mark.parametrize("before_register", [*ROWS_WITH_A_STATUS, "hidden"])
def test_only_the_numbers_with_a_code_or_a_resend_are_read_one_by_one(fleet: Fleet, before_register: str) -> None:
    declarations = wait_for_codes(fleet, before_register=before_register)
    with_codes = fleet.with_codes(declarations[:2])
    resent = replace(declarations[2], resend=True)

    made = calls_of(fleet, [*with_codes, resent, *declarations[3:]], waiting=COUNT - 2)

    assert made[STATUS] == 3
    assert (made[HANDED_IN], made[REGISTERED]) == (2, 2)
    assert fleet.effects()[1, 1, 1, 1] == 2


@pytest.mark.parametrize("needs_sync", ["no", "yes"])
@pytest.mark.parametrize("before_register", ROWS_WITH_A_STATUS)
def test_a_number_that_another_machine_verified_is_registered(
    fleet: Fleet, tmp_path: Path, before_register: str, needs_sync: str
) -> None:
    declarations = wait_for_codes(fleet, before_register=before_register, needs_sync=needs_sync)
    other = Fleet(fleet.simulator, fleet.new_client, tmp_path / "another machine")
    other.folder.mkdir()
    [with_code] = fleet.with_codes(declarations[:1])
    assert outcomes(other.run([replace(with_code, state=State.VERIFIED)])) == {Outcome.CONVERGED: 1}

    made = calls_of(fleet, declarations, waiting=COUNT - 1)

    assert (made[STATUS], made[SENT], made[REGISTERED]) == (1, 0, 1)
    assert fleet.effects()[1, 1, 1, 1] == 1


def test_a_submit_that_a_killed_run_left_open_is_settled_by_a_read_although_no_row_shows_the_number(
    fleet: Fleet, tmp_path: Path
) -> None:
    declarations = wait_for_codes(fleet, before_register="hidden")
    [with_code] = fleet.with_codes(declarations[:1])
    with closing(FileJournal(fleet.folder / "journal.jsonl", RunIdentity())) as journal:
        journal.intend(with_code.cust_space_id, with_code.phone_number, Step.VERIFY, with_code.code or "")
    other = Fleet(fleet.simulator, fleet.new_client, tmp_path / "another machine")
    other.folder.mkdir()
    other.run([replace(with_code, state=State.VERIFIED)])

    made = calls_of(fleet, declarations, waiting=COUNT - 1)

    assert (made[STATUS], made[HANDED_IN], made[REGISTERED]) == (1, 0, 1)
