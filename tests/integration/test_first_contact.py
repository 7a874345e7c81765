# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A first contact observes how the service behaves, in each reading, and requests one code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, Kind
from ansible_collections.chatapp.cams.plugins.module_utils._contact.assumptions import ASSUMPTIONS, Assumption
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.refusal_file import FileRefusals
from contacts import DIGITS, NUMBER, SECONDS_UNTIL_CODE, ContactWorld
from simulator_process import Simulator
from worlds import OWNER, SPACE, make_space

MakeWorld = Callable[..., ContactWorld]
INITIATE, REQUEST_CODE, VERIFY = "CreateChatappMigrationInitiate", "GetMigrationVerifyCode", "ChatappMigrationVerified"
REGISTER, SET_WEBHOOK = "ChatappMigrationRegister", "UpdatePhoneWebhook"
QUERY, STATUS = "QueryChatappPhoneNumbers", "GetPhoneNumberVerificationStatus"
WRITES = {action for action, operation in OPERATIONS.items() if operation.kind is not Kind.READ}
ONE_OF_EACH = {"initiates": 1, "codes_sent": 1, "hand_ins_right": 1, "hand_ins_wrong": 0, "registers": 1}
# First contact cannot observe these without an error on purpose, a second step, or a number that left the space.
BY_CHANCE = {
    "reclaim_row",
    "old_row_place",
    "second_initiate",
    "second_register",
    "throttle_code",
    "throttled_calls_count",
    "refusal_codes",
    "business_errors",
    "denied_action",
    "method_case",
}
# What a reading hides: the assumptions that nobody can observe in it.
HIDDEN_BY = {
    ("before_register", "hidden"): {"row_delay", "sync_rows"},
    ("status_delay", "minutes"): {"status_read"},
    ("status_read", "fussy"): {"status_delay"},
    ("status_read", "blind"): {"status_delay", "sync_rows"},
}
# A service that differs in many ways at once.
ANOTHER_SERVICE: dict[str, str | float] = {
    "before_register": "unverified",
    "needs_sync": "yes",
    "status_read": "fussy",
    "unknown_number_refusal": "unlisted",
    "unknown_number_status": "http_200",
    "verification_words": "review",
    "unknown_space": "invalid_parameter",
    "status_filter": "verification",
    "form_parameters": "ignored",
    "url_newline": "yes",
    "register_seconds": 120,
    "gateway_clock_offset": -300,
}


@pytest.fixture
def make_world(simulator: Simulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeWorld]:
    """Make a world with these settings, in a folder of its own."""
    folders = iter(range(100))

    def make(on: Simulator = simulator, **settings: str | float) -> ContactWorld:
        folder = tmp_path / str(next(folders))
        folder.mkdir()
        return ContactWorld(on, folder, monkeypatch, settings)

    yield make
    simulator.control.remove_faults()


def values_of(assumption: Assumption) -> list[tuple[str, str, str | float]]:
    """Return each value of an assumption with the setting that selects it."""
    if assumption.reading is not None:
        return [(value, assumption.reading.setting, value) for value in assumption.reading.values]
    if assumption.delay is not None:
        return [(value, assumption.delay.setting, seconds) for value, seconds in assumption.delay.seconds.items()]
    return []


SWITCHED = {item.id: item for item in ASSUMPTIONS if item.reading or item.delay}
READINGS = [
    pytest.param(item.id, value, setting, chosen, id=f"{item.id}-{value}")
    for item in SWITCHED.values()
    for value, setting, chosen in values_of(item)
    if item.id not in BY_CHANCE and value != item.assumed
]


@pytest.mark.parametrize(("name", "value", "setting", "chosen"), [("", "", "", 0), *READINGS])
def test_each_reading_is_observed_as_the_switch_is_set(
    make_world: MakeWorld, name: str, value: str, setting: str, chosen: str | float
) -> None:
    world = make_world(**({setting: chosen} if setting else {}))

    results = world.migrate()

    hidden = HIDDEN_BY.get((name, value), set())
    expected = {item: SWITCHED[item].assumed for item in SWITCHED} | ({name: value} if name else {})
    expected = {item: "" if item in hidden | BY_CHANCE else value for item, value in expected.items()}
    assert {item: world.observed[item] for item in SWITCHED} == expected
    assert results[-1]["results"][0]["phase"] == "connected"
    assert world.effects() == ONE_OF_EACH


def test_a_look_only_reads(make_world: MakeWorld) -> None:
    world = make_world()

    looked = world.run(check_mode=True)

    assert sum(world.calls().values()) == 8
    assert world.calls().keys() & WRITES == set()
    assert looked["results"] == []
    assert "confirm" in looked["msg"]


def test_each_stage_makes_few_calls_and_each_write_once(make_world: MakeWorld) -> None:
    world = make_world()
    stages: list[Counter[str]] = []
    before: Counter[str] = Counter()

    def count() -> None:
        stages.append(world.calls() - sum(stages, before))

    world.run()
    count()
    world.run(confirm=NUMBER)
    count()
    world.skip(SECONDS_UNTIL_CODE)
    world.run(confirm=NUMBER, code=world.code())
    count()
    world.run(confirm=NUMBER, register=True)
    count()

    writes = [{action for action in stage if action in WRITES - {"ChatappSyncPhoneNumber"}} for stage in stages]
    assert writes == [set(), {INITIATE, REQUEST_CODE}, {VERIFY}, {REGISTER, SET_WEBHOOK}]
    assert [sum(stage.values()) for stage in stages] == [8, 16, 7, sum(stages[-1].values())]
    # The last stage polls until the number is connected.
    assert sum(stages[-1].values()) <= 30
    assert world.effects() == ONE_OF_EACH


def test_a_contact_file_makes_the_simulator_behave_like_the_service_of_the_file(make_world: MakeWorld) -> None:
    first = make_world(**ANOTHER_SERVICE)
    first.migrate()

    with Simulator(":memory:", "--contact", str(first.path)) as copy:
        second = make_world(copy)
        second.migrate()

    assert {item for item in SWITCHED if first.observed[item] not in ("", SWITCHED[item].assumed)} >= {
        "before_register",
        "needs_sync",
        "status_read",
        "verification_words",
        "register_delay",
        "clock",
    }
    assert second.observed == first.observed
    assert second.document["simulator"] == first.document["simulator"]


@pytest.mark.parametrize("after_answer", [False, True], ids=["before it is sent", "before its answer is read"])
@pytest.mark.parametrize("action", [INITIATE, REQUEST_CODE, VERIFY, REGISTER, SET_WEBHOOK])
def test_a_first_contact_that_is_killed_continues_and_sends_one_code(
    make_world: MakeWorld, action: str, after_answer: bool
) -> None:
    world = make_world()
    if action in (INITIATE, REQUEST_CODE):
        world.run_and_crash(action, after_answer=after_answer, confirm=NUMBER)
    world.run(confirm=NUMBER)
    if not world.code():
        # The journal cannot know whether the request left, so a person names the number after the cooldown.
        assert (action, after_answer) == (REQUEST_CODE, False)
        world.skip_journal(20 * 60)
        world.run(confirm=NUMBER, resend=True)
    code = world.code()
    if action == VERIFY:
        world.run_and_crash(action, after_answer=after_answer, confirm=NUMBER, code=code)
    verified = world.run(confirm=NUMBER, code=code)
    if (action, after_answer) == (VERIFY, False):
        # A code of which nobody knows whether it was submitted counts as used.
        assert verified["results"][0]["outcome"] == "failed"
        assert world.effects()["codes_sent"] == 1
        return
    if action in (REGISTER, SET_WEBHOOK):
        world.run_and_crash(action, after_answer=after_answer, confirm=NUMBER, register=True)
    registered = world.run(confirm=NUMBER, register=True)

    assert registered["results"][0]["phase"] == "connected"
    assert world.effects()["codes_sent"] == 1
    assert world.effects()["hand_ins_right"] == 1


def count_learnt_refusals(world: ContactWorld) -> int:
    return len(FileRefusals(world.folder / "state/chatapp.cams", world.client().account)._refusals)


def test_a_contact_file_teaches_another_machine_the_refusal(make_world: MakeWorld) -> None:
    taught = make_world()
    taught.migrate()
    other = make_world()
    other.run()
    assert count_learnt_refusals(other) == 0

    other.path.write_bytes(taught.path.read_bytes())
    other.run(check_mode=True)
    assert count_learnt_refusals(other) == 0
    other.run()
    assert count_learnt_refusals(other) == 1


def test_a_denied_read_and_a_refused_write_are_evidence_too(make_world: MakeWorld) -> None:
    world = make_world(denied_action="no_permission", refusal_codes="named", business_errors="http_200")
    allowed = {"Effect": "Allow", "Action": "cams:*", "Resource": "*"}
    denied = {"Effect": "Deny", "Action": "cams:GetWhatsappHealthStatus", "Resource": "*"}
    key = {"id": world.simulator.access_key_id, "secret": world.simulator.access_key_secret}
    user = {"name": "operations", "access_keys": [key], "policies": [{"Version": "1", "Statement": [allowed, denied]}]}
    world.control.seed({"accounts": [{"owner_id": OWNER, "users": [user]}]})
    world.control.seed({"lines": [{"phone_number": DIGITS, "two_step_verification": True}]})

    result = world.run(confirm=NUMBER)

    assert result["failed"]
    assert world.calls()[REQUEST_CODE] == 0
    found = {name: world.observed[name] for name in ("denied_action", "refusal_codes", "business_errors")}
    assert found == {"denied_action": "no_permission", "refusal_codes": "named", "business_errors": "http_200"}


def test_a_throttle_and_two_rows_of_a_number_are_evidence_too(make_world: MakeWorld) -> None:
    world = make_world(throttle_code="Throttling.Api", old_row_place="first")
    number = {"phone_number": "8613900009999", "status": "CONNECTED", "old_row_status": "MIGRATED"}
    world.control.seed({"spaces": [make_space(numbers=[number])]})
    world.control.add_fault("throttle_api", operation=QUERY)

    world.run()

    assert (world.observed["throttle_code"], world.observed["old_row_place"]) == ("Throttling.Api", "first")


def test_a_space_that_cannot_be_read_ends_the_look_with_the_error(make_world: MakeWorld) -> None:
    world = make_world()
    world.control.add_fault("business_error", operation=QUERY, code="Unknown.ResourceOwnerId", count=None)

    result = world.run(confirm=NUMBER)

    assert result["failed"]
    assert "Unknown.ResourceOwnerId" in result["msg"]
    assert world.calls() == {QUERY: 1}


def test_files_of_a_first_contact_contain_no_number_no_id_and_no_name(make_world: MakeWorld) -> None:
    world = make_world(unknown_number_refusal="unlisted")
    other = {"phone_number": "390212345678", "verified_name": "Rossi Milano"}
    space = make_space(waba={"id": "100200300400500", "name": "Acme Trading"}, numbers=[other])
    world.control.seed({"spaces": [{**space, "business": {"id": "500400300200100", "name": "Jane Doe Ltd"}}]})
    world.control.add_fault(
        "business_error", operation=STATUS, code="InvalidParameter", message=f"No {DIGITS} of Acme Trading", count=1
    )
    world.migrate()

    text = world.path.read_text("utf-8") + world.path.with_suffix(".md").read_text("utf-8")
    secrets = (world.simulator.access_key_id, world.simulator.access_key_secret, SPACE, world.code())
    names = ("Acme Trading", "Jane Doe", "Rossi Milano", "100200300400500", "500400300200100", "hooks.example.com")
    assert [word for word in (*secrets, *names, DIGITS, DIGITS[2:], "390212345678", "447700900") if word in text] == []
    assert "No # of <masked>" in world.path.read_text("utf-8")
