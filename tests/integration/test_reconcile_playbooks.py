# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role reconcile and its playbooks, as operators and pipelines run them."""

from __future__ import annotations

import json
import re
import shlex
import stat

import pytest
from declared_fleets import (
    GATE,
    NUMBERS,
    PLAN,
    PLANNED,
    QUERY,
    RECONCILE,
    ROLE,
    STATUS,
    Fleet,
    Host,
    failed_hosts,
    hosts_with,
    numbers,
)
from playbook_runs import Run, run_playbook
from table_rows import rows_of, totals_of
from worlds import SPACE

# --- a run ---


def test_every_number_gets_its_result_and_the_run_shows_how_far_it_is(fleet: Fleet) -> None:
    fleet.declare({**numbers(3), "acme": {"cams_numbers": NUMBERS[3:8]}}, cams_rate_limit=4)

    run = fleet.run(RECONCILE, CAMS_PROGRESS_INTERVAL="0.3")

    assert run.status == 0, run.output
    assert fleet.effects("codes_sent") == dict.fromkeys(NUMBERS[:8], 1)
    assert re.search(r"^cams: \d of 8 numbers done", run.output, re.MULTILINE), run.output
    assert hosts_with(run, "changed") == {"n0", "n1", "n2", "acme"}
    for number in NUMBERS[:8]:
        assert rows_of(run.output)[number].outcome == "awaiting_code"


def test_a_failed_number_is_a_failed_host_and_stops_no_other(fleet: Fleet) -> None:
    refusal = {"code": "PhoneNumber.NotMigratable", "message": "This number cannot be migrated"}
    fleet.simulator.control.add_fault(
        "business_error", operation="CreateChatappMigrationInitiate", phone_number=NUMBERS[1][1:], count=None, **refusal
    )
    fleet.declare(numbers(3))

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert hosts_with(run, "failed") == {"n1"}
    assert set(fleet.effects()) == {NUMBERS[0], NUMBERS[2]}
    assert "This number cannot be migrated" in run.output


def test_equal_errors_stop_the_run(fleet: Fleet) -> None:
    refusal = {"code": "Own.Refusal", "message": "Not today"}
    for number in NUMBERS[2:]:
        fleet.simulator.control.add_fault(
            "business_error", operation="CreateChatappMigrationInitiate", phone_number=number[1:], count=None, **refusal
        )
    fleet.declare(numbers(8), cams_stop_after_equal_errors=2, cams_concurrency=1)

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert set(fleet.effects()) == set(NUMBERS[:2])
    assert hosts_with(run, "failed") == {f"n{index}" for index in range(2, 8)}, run.output
    assert {name: totals_of(run.output)[name] for name in ("failed", "not attempted")} == {
        "failed": "2",
        "not attempted": "4",
    }
    assert "4 numbers were not attempted." in run.output


def test_check_mode_shows_the_steps_and_writes_nothing(fleet: Fleet) -> None:
    fleet.declare(numbers(3))

    run = fleet.run(RECONCILE, "--check", "--diff")

    assert run.status == 0, run.output
    assert set(fleet.calls()) == {QUERY, STATUS}
    assert hosts_with(run, "changed") == {"n0", "n1", "n2"}
    assert rows_of(run.output)[NUMBERS[0]].last == PLANNED
    assert f"+++ after: {NUMBERS[2]}" in run.output
    assert not fleet.journal.exists()


def test_more_changes_than_allowed_are_refused_before_the_first_write(fleet: Fleet) -> None:
    fleet.declare(numbers(4))

    run = fleet.run(RECONCILE, "-e", "cams_max_changes=3")

    assert run.status == 2, run.output
    assert "This run would change 4 numbers, but cams_max_changes is 3." in run.output
    assert (
        "To see the changes, run the playbook chatapp.cams.plan. Then run again with -e cams_max_changes=4"
        in run.output
    )
    assert not fleet.effects()
    assert not fleet.journal.exists() or not fleet.journal.read_text(encoding="utf-8")

    exactly = fleet.run(RECONCILE, "-e", "cams_max_changes=4")

    assert exactly.status == 0, exactly.output
    assert fleet.effects("codes_sent") == dict.fromkeys(NUMBERS[:4], 1)


# --- what the screen says can be typed ---


def typed(run: Run, option: str) -> list[str]:
    """Return the arguments that the screen shows for this variable, as a shell would split them."""
    found = re.search(rf"(-e '?[^' ]*{option}.*?)(?:\.(?: |$)|, )", run.output, re.MULTILINE)
    assert found, run.output
    return shlex.split(found[1])


def test_an_operator_who_types_what_the_screen_says_gets_a_number_connected(fleet: Fleet) -> None:
    fleet.declare(numbers(1))
    first = fleet.run(RECONCILE)

    assert first.status == 0, first.output
    assert "A code was requested by SMS at" in first.output
    for name in ("verify_code", "in resend", "<<"):
        assert name not in first.output

    again = fleet.run(RECONCILE, *typed(first, "cams_resend"))

    assert again.status == 0, again.output
    assert "No other code is requested before" in again.output
    assert fleet.effects("codes_sent") == {NUMBERS[0]: 1}

    code = fleet.codes(1)[NUMBERS[0]]
    given = fleet.run(RECONCILE, *(argument.replace("CODE", code) for argument in typed(first, "cams_codes")))

    assert given.status == 0, given.output
    assert fleet.effects("registers") == {NUMBERS[0]: 1}


def test_a_denied_space_is_not_advised_to_run_again(fleet: Fleet) -> None:
    fleet.declare(numbers(1), cams_cust_space_id="nobodys")

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert "Compare the space id with the console's Channel Management page." in run.output
    assert "Run again" not in run.output


# --- what is declared ---


@pytest.mark.every_core
def test_every_mistake_of_an_inventory_is_shown_and_no_call_is_made(fleet: Fleet) -> None:
    fleet.declare({**numbers(1), "a": {"cams_phone_numbr": NUMBERS[1]}, "b": {"cams_numbers": [NUMBERS[0]]}})

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert "It is not a variable of this collection. Did you mean cams_phone_number?" in run.output
    assert "It is already declared by host n0" in run.output
    assert not fleet.calls()


@pytest.mark.parametrize("hosts", [{}, {"router": {}}], ids=["no host", "no host with a number"])
def test_an_empty_selection_is_refused(fleet: Fleet, hosts: dict[str, Host]) -> None:
    fleet.declare(hosts)

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    assert "No selected host declares a number" in run.output


def test_a_group_that_does_not_exist_is_refused(fleet: Fleet) -> None:
    fleet.declare(numbers(1))

    assert fleet.run(RECONCILE, "-e", "cams_hosts=nobody").status == 2
    assert not fleet.calls()


def test_tags_choose_the_whole_role_or_none_of_it_and_a_limit_its_hosts(fleet: Fleet) -> None:
    fleet.declare(numbers(3))

    assert fleet.run(RECONCILE, "--tags", "others").status == 0
    assert not fleet.calls()
    run = fleet.run(RECONCILE, "--tags", "cams", "--limit", "n1")
    assert run.status == 0, run.output
    assert fleet.effects("codes_sent") == {NUMBERS[1]: 1}


# --- resend ---


@pytest.mark.every_core
def test_resend_asks_for_another_code_for_the_numbers_that_it_names(fleet: Fleet) -> None:
    fleet.declare(numbers(4), cams_journal="")
    assert fleet.run(RECONCILE).status == 0

    # Written as on a command line, with a blank that the inventory has not; and in waves, each of which has some of it.
    named = f"cams_resend='{NUMBERS[0]}, +86 {NUMBERS[3][3:]}'"
    run = fleet.run(fleet.play(ROLE, serial=2), "-e", named)

    assert run.status == 0, run.output
    assert fleet.effects("codes_sent") == {NUMBERS[0]: 2, NUMBERS[1]: 1, NUMBERS[2]: 1, NUMBERS[3]: 2}


def test_an_undeclared_number_in_resend_or_reclaim_is_refused(fleet: Fleet) -> None:
    fleet.declare(numbers(2))

    run = fleet.run(fleet.play(ROLE, serial=1), "-e", f"cams_resend={NUMBERS[9]} cams_reclaim={NUMBERS[8]}")

    assert run.status == 2, run.output
    for name, number in (("cams_resend", NUMBERS[9]), ("cams_reclaim", NUMBERS[8])):
        assert re.search(rf'- +{name} +"\{number}" +No host of this play declares this number', run.output)
    assert not fleet.calls()


# --- waves and the user's own tasks ---


def test_a_mistake_in_a_later_wave_is_found_before_the_first(fleet: Fleet) -> None:
    fleet.declare({**numbers(3), "again": {"cams_phone_number": NUMBERS[0]}})

    run = fleet.run(fleet.play(ROLE, serial=1))

    assert run.status == 2, run.output
    assert "It is already declared by host n0" in run.output
    assert not fleet.calls()


def test_too_many_failed_hosts_end_the_waves(fleet: Fleet) -> None:
    fleet.declare({"n0": {"cams_phone_number": NUMBERS[0], "cams_cust_space_id": "not-ours"}, **fleet_tail(4)})

    run = fleet.run(fleet.play(ROLE, serial=2, max_fail_percentage=40))

    assert run.status == 2, run.output
    assert set(fleet.effects()) == {NUMBERS[1]}


def fleet_tail(count: int) -> dict[str, Host]:
    return {host: facts for host, facts in numbers(count).items() if host != "n0"}


def test_a_host_that_failed_before_the_role_is_left_out_and_later_tasks_see_the_results(fleet: Fleet) -> None:
    fleet.declare(numbers(3))
    before = {"name": "Fail", "ansible.builtin.fail": {"msg": "not this one"}, "when": "inventory_hostname == 'n0'"}
    after = {
        "name": "Say",
        "ansible.builtin.debug": {"msg": "own: {{ reconcile_own.results | map(attribute='phase') }}"},
    }

    run = fleet.run(fleet.play(before, ROLE, after))

    assert run.status == 2, run.output
    assert set(fleet.effects()) == set(NUMBERS[1:3])
    assert run.output.count("own: ['initiated']") == 2


@pytest.mark.every_core
def test_a_host_that_fails_prints_one_short_line_and_later_tasks_see_its_results(fleet: Fleet) -> None:
    fleet.declare({**numbers(1), "theirs": {"cams_phone_number": NUMBERS[2], "cams_cust_space_id": "not-ours"}})
    own = "{{ reconcile_own.results | map(attribute='outcome') | first }}"
    rescued = {"name": "Say", "ansible.builtin.debug": {"msg": f"rescued: {own} {{{{ reconcile_own is failed }}}}"}}
    later = {
        "name": "Look",
        "ansible.builtin.debug": {"msg": "theirs: {{ hostvars.theirs.reconcile_own.results[0].error.code }}"},
    }

    run = fleet.run(fleet.play({"name": "Try", "block": [ROLE], "rescue": [rescued]}, later))

    assert run.status == 0, run.output
    assert "rescued: failed True" in run.output
    assert run.output.count("theirs: Unknown.ResourceOwnerId") == 2
    [line] = re.findall(r"fatal: .*", run.output)
    assert '"results"' not in line


@pytest.mark.every_core
def test_a_play_after_the_playbook_sees_the_results_that_the_playbook_does_not_repeat_for_each_host(
    fleet: Fleet,
) -> None:
    fleet.declare(numbers(3))
    own = {"name": "Say", "ansible.builtin.debug": {"msg": "own: {{ reconcile_own.results | map(attribute='phase') }}"}}
    plays = [{"import_playbook": RECONCILE}, {"hosts": "all", "gather_facts": False, "tasks": [own]}]
    path = fleet.folder / "site.yml"
    path.write_text(json.dumps(plays), encoding="utf-8")

    run = fleet.run(path, "-v")

    assert run.status == 0, run.output
    assert run.output.count("own: ['initiated']") == 3
    assert not re.search(r"(changed|ok): \[n[0-9]\] => .*\"results\"", run.output), run.output


def test_a_wrong_secret_is_explained_once_and_every_host_says_the_same(fleet: Fleet) -> None:
    fleet.declare(numbers(7))

    run = fleet.run(RECONCILE, ALIBABA_CLOUD_ACCESS_KEY_SECRET="wrong")

    assert run.status == 2, run.output
    assert "7 numbers of space space-1 failed: " in run.output
    assert f"n4 {NUMBERS[4]}, and 2 more" in run.output
    lines = re.findall(r"fatal: \[n[0-9]\]: (.*)", run.output)
    assert (len(lines), len(set(lines))) == (7, 1)
    assert "+86" not in lines[0]


@pytest.mark.every_core
def test_the_role_connects_to_no_host_in_each_way_to_run_it(fleet: Fleet) -> None:
    unusable = {"ansible_connection": "ssh", "ansible_become": True, "ansible_become_exe": "/nonexistent/sudo"}
    unusable |= {"ansible_python_interpreter": "/nonexistent/python"}
    fleet.declare({**numbers(6), "localhost": {}}, **unusable)
    include = {"name": "Include", "ansible.builtin.include_role": {"name": RECONCILE}}
    ways: tuple[Host, ...] = ({"roles": [RECONCILE]}, {"tasks": [ROLE]}, {"tasks": [include]})
    hosts = ("n0:n1:localhost", "n2:n3:localhost", "n4:n5:localhost")

    run = fleet.run(fleet.plays(*({"hosts": own, "become": True, **way} for own, way in zip(hosts, ways, strict=True))))

    assert run.status == 0, run.output
    assert hosts_with(run, "changed") == {f"n{index}" for index in range(6)}


# --- connection and journal ---


@pytest.mark.every_core
def test_connection_options_come_from_the_environment_the_action_group_or_variables(fleet: Fleet) -> None:
    simulator = fleet.simulator
    shared = {
        "endpoint": simulator.endpoint,
        "access_key_id": simulator.access_key_id,
        "access_key_secret": simulator.access_key_secret,
    }
    names = ("CAMS_ENDPOINT", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    nothing = Fleet(simulator, {k: v for k, v in fleet.environment.items() if k not in names}, fleet.folder)
    fleet.seed({"phone_number": NUMBERS[0], "status": "CONNECTED"})
    fleet.declare(numbers(1))

    assert fleet.run(RECONCILE).status == 0
    defaults = {"group/chatapp.cams.cams": shared}
    grouped = nothing.run(nothing.play(ROLE, module_defaults=defaults))
    assert grouped.status == 0, grouped.output
    nothing.declare(numbers(1), **{f"cams_{name}": value for name, value in shared.items()})
    given = nothing.run(RECONCILE, "-vvvv")
    assert given.status == 0, given.output
    assert simulator.access_key_secret not in given.output
    assert fleet.calls() == {QUERY: 3}


def test_the_journal_is_private_beside_the_inventory_and_is_no_inventory(fleet: Fleet) -> None:
    fleet.declare(numbers(1))

    for _run in range(2):
        run = run_playbook(RECONCILE, fleet.environment, fleet.folder, "-i", str(fleet.inventory.parent))
        assert run.status == 0, run.output
        assert "Unable to parse" not in run.output

    assert stat.S_IMODE(fleet.journal.stat().st_mode) == 0o600
    assert {path.name for path in fleet.inventory.parent.iterdir()} == {"hosts.yml", ".cams-journal.jsonl"}


def test_the_journal_of_an_inventory_without_a_folder_is_where_the_run_is(fleet: Fleet) -> None:
    given = {"cams_phone_number": NUMBERS[0], "cams_cust_space_id": SPACE}

    run = run_playbook(RECONCILE, fleet.environment, fleet.folder, "-i", "shop,", "-e", json.dumps(given))

    assert run.status == 0, run.output
    assert (fleet.folder / ".cams-journal.jsonl").is_file()


def test_the_journal_can_be_turned_off(fleet: Fleet) -> None:
    """An empty text and false mean the same."""
    fleet.declare(numbers(2))
    by_text = {"hosts": "n0", "tasks": [ROLE], "vars": {"cams_journal": ""}}
    by_false = {"hosts": "n1", "tasks": [ROLE], "vars": {"cams_journal": False}}

    run = fleet.run(fleet.plays(by_text, by_false))

    assert run.status == 0, run.output
    assert fleet.effects() == dict.fromkeys(NUMBERS[:2], 1)
    assert not fleet.journal.exists()
    assert {path.name for path in fleet.folder.iterdir()} == {"inventory", "play.yml", "state"}


# --- plans ---


@pytest.mark.every_core
def test_a_plan_is_written_privately_also_in_check_mode_and_says_each_step(fleet: Fleet) -> None:
    fleet.declare(numbers(2))

    run = fleet.run(PLAN, "--check", "-e", "cams_plan_file=kept.json")

    assert run.status == 0, run.output
    plan = json.loads((fleet.folder / "kept.json").read_text(encoding="utf-8"))
    assert [number["steps"] for number in plan["numbers"]] == [["initiate", "request_code"]] * 2
    assert stat.S_IMODE((fleet.folder / "kept.json").stat().st_mode) == 0o600
    assert rows_of(run.output)[NUMBERS[1]].last == PLANNED
    assert "To make the planned changes, run the playbook chatapp.cams.reconcile." in run.output
    assert set(fleet.calls()) == {QUERY, STATUS}


@pytest.mark.every_core
def test_a_valid_plan_is_applied_also_in_parts(fleet: Fleet) -> None:
    fleet.declare(numbers(3))
    assert fleet.run(PLAN).status == 0

    first = fleet.run(RECONCILE, "--limit", "n1", "-e", "cams_plan_file=plan.json")
    others = fleet.run(fleet.play(ROLE, serial=1), "--limit", "n0,n2", "-e", "cams_plan_file=plan.json")

    assert (first.status, others.status) == (0, 0), others.output
    assert fleet.effects() == dict.fromkeys(NUMBERS[:3], 1)


def test_a_plan_that_is_outdated_missing_or_edited_is_refused(fleet: Fleet) -> None:
    fleet.declare(numbers(4))
    assert fleet.run(PLAN).status == 0
    fleet.seed({"phone_number": NUMBERS[1], "status": "PENDING", "verified": True})
    (fleet.folder / "edited.json").write_text('{"version": 1, "digest": "0000", "numbers": []}', encoding="utf-8")
    plans = {"n0:n1": "plan.json", "n2": "missing.json", "n3": "edited.json"}

    run = fleet.run(fleet.each({hosts: {"cams_plan_file": plan} for hosts, plan in plans.items()}))

    assert hosts_with(run, "ignored") == {"n0", "n1", "n2", "n3"}, run.output
    assert f"The plan no longer applies: {NUMBERS[1]}" in run.output
    assert "missing.json is missing, empty or incomplete" in run.output
    assert "The plan was edited" in run.output
    assert not fleet.effects()


# --- what a pipeline reads off the exit status of a plan ---


@pytest.mark.every_core
def test_fail_on_drift_fails_only_if_a_number_is_not_as_declared(fleet: Fleet) -> None:
    fleet.seed({"phone_number": NUMBERS[0], "status": "CONNECTED"}, {"phone_number": NUMBERS[1], "status": "CONNECTED"})
    fleet.declare(numbers(2))
    assert fleet.run(PLAN, *GATE).status == 0

    fleet.seed({"phone_number": NUMBERS[1], "status": "BANNED"})
    red = fleet.run(PLAN, *GATE)

    assert red.status == 2, red.output
    assert hosts_with(red, "failed") == {"n1"}
    assert (fleet.folder / "plan.json").is_file()
    assert fleet.run(PLAN).status == 0


def test_an_error_wins_over_drift_and_the_plan_has_the_other_numbers(fleet: Fleet) -> None:
    fleet.declare({**numbers(2), "theirs": {"cams_phone_number": NUMBERS[2], "cams_cust_space_id": "not-ours"}})

    run = fleet.run(PLAN, *GATE)

    assert run.status == 4, run.output
    assert failed_hosts(run) == {"theirs", "n0", "n1"}
    assert run.output.count("UNREACHABLE") == 1, "the only way to end with 4"
    assert "Every host can be reached." in run.output
    assert "Unknown.ResourceOwnerId" in run.output
    plan = json.loads((fleet.folder / "plan.json").read_text(encoding="utf-8"))
    assert [number["phone_number"] for number in plan["numbers"]] == NUMBERS[:2]


@pytest.mark.parametrize(
    ("hosts", "arguments", "messages"),
    [
        ({}, (), ["No selected host declares a number"]),
        (
            {"n0": {"cams_phone_number": 8613900000000}, "n1": {"cams_phone_numbr": NUMBERS[0]}, "router": {}},
            ("-e", f"cams_plan_file=no/such/folder/plan.json cams_concurrency=many cams_resend={NUMBERS[9]}"),
            [
                "YAML read the number as an integer",
                "Did you mean cams_phone_number?",
                "does not exist",
                "Write a whole number",
            ],
        ),
        (numbers(1), ("-e", f"cams_resend={NUMBERS[9]}"), ["No host of this play declares this number"]),
        (numbers(1), ("-e", "cams_access_key_id=nobody"), ["access_key_secret"]),
        (
            numbers(1),
            ("-e", "cams_access_key_id=LTAI5tSimulator", "-e", "cams_access_key_secret=wrong"),
            ["SignatureDoes"],
        ),
    ],
    ids=["no host", "mistakes", "resend", "half a key", "wrong secret"],
)
def test_a_plan_that_cannot_be_made_ends_with_4(
    fleet: Fleet, hosts: dict[str, Host], arguments: tuple[str, ...], messages: list[str]
) -> None:
    fleet.declare(hosts)

    run = fleet.run(PLAN, *GATE, *arguments)

    assert run.status == 4, run.output
    assert [message for message in messages if message not in run.output] == [], run.output
    assert failed_hosts(run) == set(hosts or {"localhost"})
    assert run.output.count("UNREACHABLE") == 1, "the only way to end with 4"
    assert "Every host can be reached." in run.output
    assert not fleet.effects()
