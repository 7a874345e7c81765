# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One number, migrated in several runs of ansible-playbook. After each migration, one more run changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from reliability.passes import Migration
from simulator_process import Simulator
from writes import assert_each_write_had_an_effect

NUMBER = "+8613900001234"
NO_EFFECTS = {"initiates": 0, "codes_sent": 0, "hand_ins_right": 0, "hand_ins_wrong": 0, "registers": 0}


@pytest.fixture
def migration(simulator: Simulator, contained: dict[str, str], tmp_path: Path) -> Migration:
    simulator.control.change_settings(register_seconds=0.2)
    return Migration(simulator, contained, tmp_path, NUMBER)


def steps(result: dict[str, Any]) -> list[str]:
    return [action["action"] for action in result["actions"]]


def changed_nothing(result: dict[str, Any], outcome: str) -> bool:
    return (result["changed"], result["actions"], result["outcome"]) == (False, [], outcome)


def test_a_number_is_verified_now_and_registered_later(migration: Migration) -> None:
    started = migration.run(state="verified")
    verified = migration.run(state="verified", verify_code=migration.code())
    verified_again = migration.run(state="verified")

    assert (started["phase"], steps(started)) == ("initiated", ["initiate", "request_code"])
    assert (verified["phase"], verified["outcome"], verified["changed"]) == ("verified", "converged", True)
    assert (steps(verified), verified["next_action"]) == (["verify"], "")
    assert changed_nothing(verified_again, "converged")
    assert migration.effects()["registers"] == 0

    registered = migration.run()

    assert (registered["phase"], registered["outcome"], steps(registered)) == ("connected", "converged", ["register"])
    assert changed_nothing(migration.run(), "converged")
    assert migration.effects() == {**NO_EFFECTS, "initiates": 1, "codes_sent": 1, "hand_ins_right": 1, "registers": 1}
    assert_each_write_had_an_effect(migration.simulator)


def test_a_mistyped_code_is_submitted_once_and_another_code_follows(migration: Migration) -> None:
    migration.run()
    code = migration.code() or ""
    mistyped = f"{(int(code) + 1) % 1_000_000:06}"

    refused = migration.run(verify_code=mistyped)
    not_submitted = migration.run(verify_code=mistyped)

    assert (refused["failed"], refused["outcome"], refused["phase"]) == (True, "failed", "initiated")
    assert refused["changed"] is False
    assert [(action["action"], action["outcome"]) for action in refused["actions"]] == [("verify", "refused")]
    assert refused["error"]["code"] == "InvalidParameter"
    assert "the code is incorrect" in refused["error"]["message"]
    assert "resend" in refused["next_action"]
    assert changed_nothing(not_submitted, "failed")
    assert not_submitted["failed"]
    assert "not tried again" in not_submitted["next_action"]
    assert migration.effects()["hand_ins_wrong"] == 1
    assert mistyped not in migration.journal.read_text(encoding="utf-8")

    too_early = migration.run(resend=True)

    assert changed_nothing(too_early, "awaiting_code")
    assert "No other code is requested before" in too_early["next_action"]
    assert migration.effects()["codes_sent"] == 1

    # Without the journal a named resend requests another code at once. The operator decides that.
    migration.with_journal = False
    resent = migration.run(resend=True)
    migration.with_journal = True
    connected = migration.run(verify_code=migration.code())

    assert (resent["changed"], resent["outcome"], steps(resent)) == (True, "awaiting_code", ["request_code"])
    assert (connected["phase"], steps(connected)) == ("connected", ["verify", "register"])
    assert changed_nothing(migration.run(), "converged")
    assert migration.effects() == {
        "initiates": 1,
        "codes_sent": 2,
        "hand_ins_right": 1,
        "hand_ins_wrong": 1,
        "registers": 1,
    }
    assert_each_write_had_an_effect(migration.simulator)


@pytest.mark.parametrize("status", ["BANNED", "MIGRATED"])
def test_a_halted_number_waits_for_an_operator_and_only_one_that_moved_away_is_reclaimed(
    migration: Migration, status: str
) -> None:
    row = {"cust_space_id": migration.space, "phone_number": migration.wire, "status": status}
    migration.simulator.control.seed({"numbers": [row]})

    declared = migration.run()

    assert declared["phase"] == "halted"
    assert changed_nothing(declared, "needs_operator")
    assert status in declared["next_action"]
    assert migration.effects() == NO_EFFECTS

    reclaimed, reclaimed_again = migration.run(reclaim=True), migration.run(reclaim=True)

    if status == "BANNED":
        assert changed_nothing(reclaimed, "needs_operator")
        assert changed_nothing(reclaimed_again, "needs_operator")
        assert migration.effects() == NO_EFFECTS
    else:
        # No journal of earlier runs shows that no code was requested for it, so this run requests none.
        assert (reclaimed["phase"], reclaimed["outcome"]) == ("initiated", "awaiting_code")
        assert (reclaimed["changed"], steps(reclaimed)) == (True, ["initiate"])
        assert "resend" in reclaimed["next_action"]
        assert changed_nothing(reclaimed_again, "awaiting_code")
        assert migration.effects() == {**NO_EFFECTS, "initiates": 1}
    assert_each_write_had_an_effect(migration.simulator)
