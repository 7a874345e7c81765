# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A short run of the adversary, the same each time unless SEED is set; `make reliability` changes every place.

``ADVERSARY_WITHOUT_HANDLER=1`` takes away the handlers that turn an unforeseen error into one number's outcome, so that
the run shows what the checks of answers let through.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from adversary import campaign, wire
from adversary.answers import changes_of
from adversary.bodies import Bodies
from adversary.inputs import NUMBER, Input, Processes, inputs
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import (
    OPERATIONS,
    QUERY_WABA,
    REQUEST_CODE,
    Operation,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallOutcome
from simulator_process import Simulator
from worlds import SPACE

SEED = os.environ.get("SEED", "1")
FLEETS = 10
INPUTS = 40
CALLS: tuple[tuple[Operation, dict[str, str]], ...] = (
    (QUERY_WABA, {"CustSpaceId": SPACE}),
    (REQUEST_CODE, {"CustSpaceId": SPACE, "PhoneNumber": NUMBER[1:], "Locale": "en_US", "Method": "sms"}),
)


def test_a_changed_answer_ends_no_fleet_and_no_module(capsys: pytest.CaptureFixture[str]) -> None:
    tally = campaign.run(SEED, most=FLEETS)

    with capsys.disabled():
        print(f"\n{tally.table(SEED)}")
    assert tally.fleets + tally.bodies >= FLEETS
    assert tally.is_clean, tally.table(SEED)
    assert tally.caught_by_final_handler == [], "the shapes let something through"


def test_the_changes_reach_every_operation_and_every_field_that_is_read() -> None:
    """A change that is made to no answer would prove nothing."""
    bodies = Bodies()
    try:
        answers = bodies.answers()
        assert set(answers) == set(OPERATIONS)
        for action, answer in answers.items():
            changes = list(changes_of(action, answer))
            changed = [one for one in changes if one.apply(answer, {"VerifyCode": "123456"}) != answer]
            assert len(changed) > 200
            assert {"Code", "Message", "RequestId", ""} <= {one.place for one in changed}
    finally:
        bodies.close()


@pytest.mark.parametrize("name", wire.ANSWERS)
def test_bytes_that_are_not_http_leave_the_effect_unknown(new_client: Callable[..., Client], name: str) -> None:
    answer, is_whole = wire.ANSWERS[name]
    for operation, parameters in CALLS:
        with wire.serve_answer(answer) as endpoint:
            client = new_client(endpoint=endpoint, retries=0, timeout=2)
            result = client.call(operation, parameters)

        assert result.outcome is (CallOutcome.ANSWERED if is_whole else CallOutcome.UNKNOWN), result.reason
        assert client.counts.calls.total() == 1, "nothing is followed, nothing is repeated"


@pytest.fixture
def processes(simulator: Simulator, tmp_path: Path) -> Iterator[Processes]:
    simulator.control.seed({"numbers": [{"cust_space_id": SPACE, "phone_number": NUMBER[1:]}]})
    with Processes(simulator, tmp_path) as forked:
        yield forked


def test_an_input_works_or_is_refused_before_any_call(processes: Processes) -> None:
    chosen: list[Input] = Random(SEED).sample(list(inputs()), INPUTS)

    broken = {str(given): found for given in chosen if (found := processes.broken_promises(given))}

    assert broken == {}, f"SEED={SEED}"
