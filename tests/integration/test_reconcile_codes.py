# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How codes come into a run of the role, who is notified of numbers that wait, and which outcomes make a host red."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from declared_fleets import (
    NUMBERS,
    PLAN,
    QUERY,
    RECONCILE,
    ROLE,
    STATUS,
    SYNC,
    Fleet,
    hosts_with,
    numbers,
)
from inbox import Answer, Inbox
from integration.test_code_sources import run_without_terminal
from playbook_runs import Run
from table_rows import rows_of
from worlds import SPACE, make_space

INITIATE, REQUEST = "CreateChatappMigrationInitiate", "GetMigrationVerifyCode"
HAND_IN, REGISTER = "ChatappMigrationVerified", "ChatappMigrationRegister"


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as opened:
        yield opened


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    path.chmod(0o600)
    return path


def tasks_file(fleet: Fleet, name: str, *tasks: dict[str, Any]) -> str:
    return str(write(fleet.folder / name, list(tasks)))


def setting(codes: Any) -> dict[str, Any]:
    return {"name": "Set the codes", "ansible.builtin.set_fact": {"cams_codes": codes}, "no_log": True}


def when_requested(fleet: Fleet, count: int, act: Callable[[dict[str, str]], None]) -> threading.Thread:
    """Act, once, when so many codes were sent."""

    def wait() -> None:
        for _try in range(6000):
            codes = fleet.codes(count)
            if all(codes.values()):
                act(codes)
                return
            time.sleep(0.05)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


def parked(fleet: Fleet, count: int, **variables: Any) -> dict[str, str]:
    """So many numbers that await their codes; returns the codes."""
    fleet.declare(numbers(count), **variables)
    return fleet.request_codes(count)


def assert_registered_once(fleet: Fleet, run: Run, count: int) -> None:
    assert run.status == 0, run.output
    for effect in ("codes_sent", "hand_ins_right", "registers"):
        assert fleet.effects(effect) == dict.fromkeys(NUMBERS[:count], 1), run.output
    assert fleet.effects("hand_ins_wrong") == {}
    calls = fleet.calls()
    assert (calls[REQUEST], calls[HAND_IN], calls[REGISTER]) == (count, count, count)


def shows_no_code(fleet: Fleet, run: Run, *codes: str) -> None:
    files = [fleet.journal, fleet.folder / "plan.json", *fleet.folder.glob("left/**/*")]
    places = [run.output, *(path.read_text("utf-8") for path in files if path.is_file())]
    assert not [code for code in codes for text in places if re.search(rf"(?<![0-9]){code}(?![0-9])", text)]


def left_behind(fleet: Fleet) -> dict[str, str]:
    """A log and a cache of facts."""
    left = fleet.folder / "left"
    left.mkdir()
    cache = {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(left / "facts")}
    return {**cache, "ANSIBLE_LOG_PATH": str(left / "ansible.log")}


# --- cams_codes ---


def test_codes_of_variables_and_sources_are_submitted_and_reach_no_output_and_no_file(
    fleet: Fleet, inbox: Inbox
) -> None:
    """Three hosts template their codes, three have them in cams_codes, two in the inbox, and one in a file."""
    templated = "{{ codes[cams_phone_number] | default('') }}"
    # A relative path starts where the run was started.
    sources = {"file": "arrived.json", "url": inbox.options}
    hosts = {**numbers(9, cams_verify_code=""), **numbers(3, cams_verify_code=templated)}
    fleet.declare(hosts, codes={}, cams_code_source=sources)
    codes = fleet.request_codes(9)
    # However their numbers are spelt.
    spelt = {number.replace("+86", "+86 "): codes[number] for number in NUMBERS[3:6]}
    own = {number: codes[number] for number in NUMBERS[:3]}
    write(fleet.folder / "codes.yml", {"codes": own, "cams_codes": {**spelt, NUMBERS[9]: "012345"}})
    for number in NUMBERS[6:8]:
        inbox.receive(number, codes[number])
    write(fleet.folder / "arrived.json", {NUMBERS[8]: codes[NUMBERS[8]]})
    with_codes, left = ("-e", "@codes.yml", "-vvvv", "--diff"), left_behind(fleet)

    planned = fleet.run(PLAN, *with_codes, **left)
    assert planned.status == 0, planned.output
    # A plan reads no source.
    assert {rows_of(planned.output)[number].last for number in NUMBERS[:6]} == {"verify, register"}
    assert not inbox.requests
    run = fleet.run(RECONCILE, *with_codes, **left)

    assert_registered_once(fleet, run, 9)
    assert f"cams_codes has codes for {NUMBERS[9]}, which no host of this play declares" in run.output
    assert fleet.journal.is_file()
    assert (fleet.folder / "plan.json").is_file()
    for shown in (planned, run):
        shows_no_code(fleet, shown, *codes.values(), Inbox.token)


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (
            {NUMBERS[0]: 12345, NUMBERS[1]: "2718", "271828": NUMBERS[2]},
            ["YAML read it as a number", "six digits", "A key is not a number"],
        ),
        (["271828"], ["Write a mapping of numbers to codes"]),
    ],
    ids=["several", "a list"],
)
def test_codes_that_cannot_be_used_are_reported_before_any_call(fleet: Fleet, codes: Any, said: list[str]) -> None:
    fleet.declare(numbers(2))
    write(fleet.folder / "codes.yml", {"cams_codes": codes})

    run = fleet.run(RECONCILE, "-e", "@codes.yml")

    assert run.status == 2, run.output
    assert [words for words in said if words not in run.output] == []
    assert not fleet.calls()
    shows_no_code(fleet, run, "271828", "2718", "12345")


# --- cams_code_source ---


def test_one_run_waits_once_for_all_codes_at_one_fork_and_shows_none(fleet: Fleet, inbox: Inbox) -> None:
    fleet.declare(numbers(8), cams_code_source={"url": inbox.options}, cams_code_wait_seconds=60)
    # A code of an earlier time is not taken for the one that is awaited.
    inbox.receive(NUMBERS[0], "999999", ago=120)

    def deliver(codes: dict[str, str]) -> None:
        for number, code in codes.items():
            time.sleep(0.2)
            inbox.receive(number, f"Your code is {code}")

    when_requested(fleet, 8, deliver)
    run = fleet.run(RECONCILE, "--forks=1", "-vvvv")

    assert_registered_once(fleet, run, 8)
    assert hosts_with(run, "changed") == {f"n{index}" for index in range(8)}
    assert f"{NUMBERS[0]} is converged (absent → connected)." in run.output
    assert run.output.count("TASK [chatapp.cams.reconcile : Reconcile numbers]") == 1
    # Looks at growing intervals: its minute holds ten.
    assert len(inbox.requests) <= 11
    shows_no_code(fleet, run, *fleet.codes(8).values())
    shows_no_code(fleet, run, "999999")
    assert Inbox.token not in run.output


def waits_for_codes(inbox: Inbox, **variables: Any) -> dict[str, Any]:
    """Variables of a run that waits for its codes and keeps no journal, which would forbid a second code by itself."""
    return {"cams_code_source": {"url": inbox.options}, "cams_code_wait_seconds": 60, "cams_journal": "", **variables}


def test_a_number_that_looks_absent_when_its_code_comes_is_not_initiated_again(fleet: Fleet, inbox: Inbox) -> None:
    control = fleet.simulator.control
    control.change_settings(before_register="hidden")
    fleet.declare(numbers(2), **waits_for_codes(inbox))
    absent = {"code": "PhoneNumber.NotFound", "message": "The phone number is not in this space"}

    def deliver(codes: dict[str, str]) -> None:
        control.add_fault("business_error", operation=STATUS, count=None, **absent)
        for number, code in codes.items():
            inbox.receive(number, code)

    when_requested(fleet, 2, deliver)
    run = fleet.run(RECONCILE)

    assert_registered_once(fleet, run, 2)
    assert fleet.effects("initiates") == dict.fromkeys(NUMBERS[:2], 1)


def test_a_number_that_looks_gone_when_its_code_comes_is_not_reclaimed_again(fleet: Fleet, inbox: Inbox) -> None:
    fleet.seed({"phone_number": NUMBERS[0], "status": "MIGRATED"})
    fleet.simulator.control.change_settings(needs_sync="yes")
    fleet.declare(numbers(1), **waits_for_codes(inbox, cams_reclaim=NUMBERS[0], cams_resend=NUMBERS[0]))
    when_requested(fleet, 1, lambda codes: inbox.receive(NUMBERS[0], codes[NUMBERS[0]]))

    run = fleet.run(RECONCILE)

    assert_registered_once(fleet, run, 1)
    assert fleet.effects("initiates") == {NUMBERS[0]: 1}


def test_a_second_run_picks_up_what_has_arrived_and_does_not_wait(fleet: Fleet, inbox: Inbox) -> None:
    fleet.declare(numbers(3), cams_code_source={"url": inbox.options})
    assert fleet.run(RECONCILE).status == 0
    codes = fleet.codes(3)
    assert not inbox.requests, "a code that was requested in this very run cannot be there yet"
    inbox.receive(NUMBERS[0], codes[NUMBERS[0]], ago=1)

    looked = fleet.run(RECONCILE, "--check", "-e", "cams_code_wait_seconds=600")
    assert rows_of(looked.output)[NUMBERS[0]].last == "verify, register", looked.output
    assert fleet.effects("hand_ins_right") == {}
    run = fleet.run(RECONCILE)

    assert run.status == 0, run.output
    assert fleet.effects("registers") == {NUMBERS[0]: 1}
    assert hosts_with(run, "changed") == {"n0"}
    assert rows_of(run.output)[NUMBERS[1]].outcome == "awaiting_code"
    assert len(inbox.requests) == 2, "one look in each run"


@pytest.mark.parametrize("wait", [0, 1])
def test_a_source_that_cannot_be_used_fails_the_hosts_and_nothing_is_lost(
    fleet: Fleet, inbox: Inbox, wait: int
) -> None:
    inbox.instead = Answer(401, b"{}")
    parked(fleet, 1)
    fleet.declare(numbers(2), cams_code_source={"url": inbox.options}, cams_code_wait_seconds=wait)

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert "Could not read verification codes: " in run.output
    assert "check the token" in run.output
    assert rows_of(run.output)[NUMBERS[1]].outcome == "awaiting_code"
    assert fleet.effects("codes_sent") == dict.fromkeys(NUMBERS[:2], 1)


@pytest.mark.parametrize(
    ("source", "wait"),
    [
        ({"file": "no/such/file.json"}, 0),
        ({"exec": ["/no/such/command", "{number}"]}, 0),
        ({"vars": {NUMBERS[0]: 271828}}, 1),
        ({"url": {"address": "http://127.0.0.1:9/closed"}}, 1),
    ],
    ids=["file", "exec", "vars and wait", "url and wait"],
)
def test_a_source_that_cannot_be_read_fails_only_the_hosts_whose_code_it_should_have(
    fleet: Fleet, source: dict[str, Any], wait: int
) -> None:
    fleet.seed({"phone_number": NUMBERS[2], "status": "CONNECTED"})
    codes = parked(fleet, 2)
    initiated = {"cams_state": "initiated", "cams_phone_number": NUMBERS[3]}
    new = {"cams_phone_number": NUMBERS[4]}
    fleet.declare(
        {**numbers(3), "initiated": initiated, "new": new}, cams_code_source=source, cams_code_wait_seconds=wait
    )
    write(fleet.folder / "codes.yml", {"cams_codes": {NUMBERS[1]: codes[NUMBERS[1]]}})

    run = fleet.run(RECONCILE, "-e", "@codes.yml")

    assert run.status == 2, run.output
    # Nobody waits for the code of the new number if the run looks only once.
    assert hosts_with(run, "failed") == ({"n0", "new"} if wait else {"n0"}), run.output
    assert fleet.effects("registers") == {NUMBERS[1]: 1}
    assert run.output.count("Could not read verification codes: ") > 0


def test_a_run_that_changes_nothing_queries_each_space_once_and_does_nothing_else(fleet: Fleet, inbox: Inbox) -> None:
    """It reads no source of codes and runs no tasks."""
    fleet.simulator.control.seed({"spaces": [make_space("space-2")]})
    fleet.seed(*({"phone_number": number, "status": "CONNECTED"} for number in NUMBERS[:2]))
    fleet.seed({"phone_number": NUMBERS[2], "status": "CONNECTED", "cust_space_id": "space-2"})
    failing = {"name": "Notify", "ansible.builtin.fail": {"msg": "nothing waits"}}
    fleet.declare(
        {**numbers(2), "acme": {"cams_cust_space_id": "space-2", "cams_numbers": [NUMBERS[2]]}},
        cams_code_source={"url": inbox.options},
        cams_code_wait_seconds=60,
        cams_notify_tasks=tasks_file(fleet, "notify.yml", failing),
    )

    run = fleet.run(RECONCILE)

    assert run.status == 0, run.output
    assert fleet.calls() == {QUERY: 2}
    assert not hosts_with(run, "changed")
    assert not inbox.requests


def test_steps_that_a_plan_does_not_hold_are_not_executed_with_it(fleet: Fleet, inbox: Inbox) -> None:
    codes = parked(fleet, 1, cams_code_source={"url": inbox.options})
    inbox.receive(NUMBERS[0], codes[NUMBERS[0]])
    assert fleet.run(PLAN).status == 0

    run = fleet.run(RECONCILE, "-e", "cams_plan_file=plan.json")

    assert run.status == 0, run.output
    assert fleet.effects("registers") == {}


def test_mistakes_in_these_variables_are_reported_before_any_call(fleet: Fleet) -> None:
    mistakes = {
        "cams_code_wait_seconds": "a minute",
        "cams_code_tasks": "no/such.yml",
        "cams_fail_on": ["failed", "awaiting_cod"],
    }
    fleet.declare(numbers(3))

    run = fleet.run(
        fleet.each(
            {
                "n0": {"cams_code_source": {"files": "codes"}, **mistakes},
                "n1": {"cams_code_wait_seconds": 60},
                "n2": {"cams_code_source": "codes.yml"},
            }
        )
    )

    assert hosts_with(run, "ignored") == {"n0", "n1", "n2"}, run.output
    for said in (
        "files. Supported parameters include: ",
        '"a minute"',
        "no/such.yml does not exist. Write the path of a file with tasks.",
        '"awaiting_cod"',
        "The variable needs cams_code_source",
        "Write a mapping of sources to their options",
    ):
        assert said in run.output, run.output
    assert not fleet.calls()


# --- cams_code_tasks ---


def test_code_tasks_get_the_numbers_and_their_codes_are_submitted_in_the_same_run(fleet: Fleet) -> None:
    inbox = {"url": f"{fleet.simulator.control.url}/inbox", "use_proxy": False}
    asked = {"name": "Read the phones", "ansible.builtin.uri": inbox, "register": "read"}
    shown = {"name": "Say", "ansible.builtin.debug": {"msg": "asked: {{ reconcile_waiting | to_json }}"}}
    found = "{{ dict(read.json.messages | map(attribute='to') | zip(read.json.messages | map(attribute='code'))) }}"
    hook = tasks_file(fleet, "ask.yml", shown, asked, setting(found))
    fleet.declare(numbers(3), cams_code_tasks=hook)

    run = fleet.run(RECONCILE, "--tags", "cams")

    assert_registered_once(fleet, run, 3)
    assert run.output.count("asked: ") == 1


@pytest.mark.parametrize("arguments", [(), ("--check",)], ids=["run", "check"])
def test_code_tasks_that_set_nothing_leave_the_numbers_waiting_without_a_terminal(
    fleet: Fleet, arguments: tuple[str, ...]
) -> None:
    parked(fleet, 2)
    asked = {"name": "Ask", "ansible.builtin.pause": {"prompt": "The code"}, "register": "asked"}
    answer = setting({NUMBERS[0]: "{{ asked.user_input | default('') }}"})
    fleet.declare(numbers(2), cams_code_tasks=tasks_file(fleet, "ask.yml", asked, answer))
    before = fleet.calls()

    run = run_without_terminal(fleet.play(ROLE), fleet.environment, "-i", str(fleet.inventory), "--forks=1", *arguments)

    assert run.status == 0, run.output
    assert ("has set no code for" in run.output) is not bool(arguments), run.output
    assert ("TASK [chatapp.cams.reconcile : Ask]" in run.output) is not bool(arguments), run.output
    assert rows_of(run.output)[NUMBERS[1]].outcome == "awaiting_code"
    assert fleet.effects("hand_ins_wrong") == {}
    made = {name for name, count in fleet.calls().items() if count != before.get(name)}
    assert made <= ({QUERY, STATUS} if arguments else {QUERY, STATUS, SYNC})


def test_code_tasks_that_set_a_number_in_place_of_a_code_are_refused(fleet: Fleet) -> None:
    parked(fleet, 1)
    fleet.declare(numbers(1), cams_code_tasks=tasks_file(fleet, "ask.yml", setting({NUMBERS[0]: 271828})))

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert "YAML read it as a number" in run.output
    assert HAND_IN not in fleet.calls()
    shows_no_code(fleet, run, "271828")


def test_a_code_that_came_too_early_is_not_submitted_by_code_tasks_that_set_nothing(fleet: Fleet) -> None:
    nothing = {"name": "Think", "ansible.builtin.debug": {"msg": "nothing"}}
    # Until the refusal of an unknown number is learnt, a code is submitted: the number may be initiated unseen.
    fleet.declare({"other": {"cams_phone_number": NUMBERS[9]}}, cams_journal="")
    assert fleet.run(RECONCILE).status == 0
    fleet.declare(numbers(1), cams_code_tasks=tasks_file(fleet, "ask.yml", nothing), cams_journal="")
    write(fleet.folder / "codes.yml", {"cams_codes": {NUMBERS[0]: "271828"}})

    run = fleet.run(RECONCILE, "-e", "@codes.yml")

    assert run.status == 0, run.output
    assert HAND_IN not in fleet.calls()
    assert rows_of(run.output)[NUMBERS[0]].outcome == "awaiting_code"


@pytest.mark.parametrize("journal", ["", "journal.jsonl"], ids=["without_a_journal", "with_a_journal"])
def test_a_number_found_initiated_is_not_initiated_when_it_looks_absent_after_the_code_tasks(
    fleet: Fleet, journal: str
) -> None:
    found, teacher = NUMBERS[0], NUMBERS[1]
    fleet.seed({"phone_number": found, "status": "PENDING"})
    removed = {
        "url": f"{fleet.simulator.control.url}/numbers",
        "method": "DELETE",
        "body": {"cust_space_id": SPACE, "phone_number": found[1:]},
        "body_format": "json",
        "use_proxy": False,
    }
    hook = tasks_file(
        fleet, "ask.yml", {"name": "Hide the number", "ansible.builtin.uri": removed}, setting({found: "271828"})
    )
    # From the teacher the first process learns how the service refuses an unknown number.
    fleet.declare(numbers(2), cams_code_tasks=hook, cams_journal=journal and str(fleet.folder / journal))

    run = fleet.run(RECONCILE)

    assert "Hide the number" in run.output, run.output
    assert fleet.calls()[INITIATE] == 1, run.output
    assert fleet.effects("codes_sent") == {teacher: 1}
    assert HAND_IN in fleet.calls()


def test_a_wrong_code_is_tried_once_and_fails_its_host_alone(fleet: Fleet) -> None:
    codes = parked(fleet, 2)
    wrong = f"{(int(codes[NUMBERS[0]]) + 1) % 1_000_000:06}"
    given = {NUMBERS[0]: wrong, NUMBERS[1]: codes[NUMBERS[1]]}
    fleet.declare(numbers(2), cams_code_tasks=tasks_file(fleet, "ask.yml", setting(given)))

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert hosts_with(run, "failed") == {"n0"}
    assert fleet.effects("hand_ins_wrong") == {NUMBERS[0]: 1}
    assert fleet.effects("registers") == {NUMBERS[1]: 1}
    assert fleet.calls()[REQUEST] == 2


# --- cams_notify_tasks ---


NOTIFIED = "notified.json"


def notify_tasks(fleet: Fleet) -> str:
    """Return a file of tasks that writes the list for cams_notify_tasks to a file."""
    copy = {"dest": str(fleet.folder / NOTIFIED), "content": "{{ reconcile_waiting | to_json }}", "mode": "0600"}
    return tasks_file(fleet, "notify.yml", {"name": "Notify", "ansible.builtin.copy": copy})


def test_notify_tasks_are_run_once_with_the_numbers_that_wait(fleet: Fleet) -> None:
    hook = notify_tasks(fleet)
    fleet.seed(
        {"phone_number": NUMBERS[1], "status": "CONNECTED"},
        {"phone_number": NUMBERS[2], "status": "BANNED"},
        {"phone_number": NUMBERS[3], "status": "PENDING"},
    )
    fleet.declare(numbers(4, cams_code_method="voice"), cams_notify_tasks=hook)
    begun = datetime.now(timezone.utc).replace(microsecond=0)

    assert fleet.run(RECONCILE, "--check").status == 0
    assert not (fleet.folder / NOTIFIED).exists()
    run = fleet.run(RECONCILE)
    ended = datetime.now(timezone.utc)

    assert run.status == 0, run.output
    waiting = {number["phone_number"]: number for number in json.loads((fleet.folder / NOTIFIED).read_text("utf-8"))}
    assert {number: (facts["host"], facts["outcome"]) for number, facts in waiting.items()} == {
        NUMBERS[0]: ("n0", "awaiting_code"),
        NUMBERS[2]: ("n2", "needs_operator"),
        NUMBERS[3]: ("n3", "awaiting_code"),
    }
    deadline = datetime.fromisoformat(waiting[NUMBERS[0]]["deadline"])
    assert begun + timedelta(minutes=10) <= deadline <= ended + timedelta(minutes=10)
    assert (waiting[NUMBERS[2]]["deadline"], waiting[NUMBERS[3]]["deadline"]) == ("", "")
    assert {facts["code_method"] for facts in waiting.values()} == {"voice"}
    assert all(facts["next_action"] for facts in waiting.values())
    assert run.output.count("TASK [chatapp.cams.reconcile : Notify]") == 1


def test_notify_tasks_get_numbers_that_need_somebody_and_code_tasks_those_that_need_a_code(
    fleet: Fleet,
) -> None:
    hook = notify_tasks(fleet)
    asked = {"name": "Ask", "ansible.builtin.debug": {"msg": "asked: {{ reconcile_waiting | map(attribute='host') }}"}}
    statuses = {NUMBERS[0]: "CONNECTED", NUMBERS[1]: "FLAGGED", NUMBERS[6]: "BANNED"}
    fleet.seed(*({"phone_number": number, "status": status} for number, status in statuses.items()))
    others = {
        "theirs": {"cams_phone_number": NUMBERS[2], "cams_cust_space_id": "not-ours"},
        "new": {"cams_phone_number": NUMBERS[3]},
        "halted": {"cams_phone_number": NUMBERS[6]},
    }
    hooks = {"cams_notify_tasks": hook, "cams_code_tasks": tasks_file(fleet, "ask.yml", asked)}
    fleet.declare({**numbers(2), **others}, **hooks)

    run = fleet.run(RECONCILE)
    failed = {number["phone_number"]: number for number in json.loads((fleet.folder / NOTIFIED).read_text("utf-8"))}
    fleet.declare({"a": {"cams_numbers": NUMBERS[4:6]}}, cams_notify_tasks=hook)
    refused = fleet.run(RECONCILE, "-e", "cams_max_changes=1")
    left = json.loads((fleet.folder / NOTIFIED).read_text("utf-8"))

    assert (run.status, refused.status) == (2, 2), run.output + refused.output
    assert "asked: ['new']" in run.output, run.output
    assert {number: (facts["outcome"], facts["phase"]) for number, facts in failed.items()} == {
        NUMBERS[1]: ("converged", "limited"),
        NUMBERS[2]: ("failed", ""),
        NUMBERS[3]: ("awaiting_code", "initiated"),
        NUMBERS[6]: ("needs_operator", "halted"),
    }
    assert "(Unknown.ResourceOwnerId)" in failed[NUMBERS[2]]["reason"]
    assert [number["outcome"] for number in left] == ["not_attempted"] * 2
    assert all("max_changes is 1" in number["reason"] for number in left)


# --- cams_fail_on ---


def test_chosen_outcomes_make_a_host_red(fleet: Fleet) -> None:
    """Each play has a new number, a connected one, and one of a space of another account."""
    fleet.seed(*({"phone_number": NUMBERS[index], "status": "CONNECTED"} for index in (1, 4, 7)))
    theirs = {
        f"n{index}": {"cams_phone_number": NUMBERS[index], "cams_cust_space_id": "not-ours"} for index in (2, 5, 8)
    }
    fleet.declare({**numbers(9), **theirs})
    chosen = {"n0:n1:n2": "awaiting_code,failed", "n3:n4:n5": ["awaiting_code"], "n6:n7:n8": []}

    run = fleet.run(fleet.each({hosts: {"cams_fail_on": outcomes} for hosts, outcomes in chosen.items()}))

    assert hosts_with(run, "ignored") == {"n0", "n2", "n3"}, run.output
    assert set(fleet.effects("codes_sent")) == {NUMBERS[0], NUMBERS[3], NUMBERS[6]}
