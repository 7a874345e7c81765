# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes in an inventory: all of them once, in a table, before the first call, and nothing of Ansible's own."""

from __future__ import annotations

import re
from typing import Any

import pytest
from declared_fleets import NUMBERS, PLAN, RECONCILE, ROLE, Fleet, failed_hosts, recap
from playbook_runs import Run
from worlds import SPACE

PREFLIGHT, REPORT = "chatapp.cams.preflight", "chatapp.cams.report"
CODE = "271828"
# Connection variables that cannot be evaluated. The playbooks connect to no host.
CONNECTION_VARIABLES = (
    "ansible_become",
    "ansible_become_password",
    "ansible_become_user",
    "ansible_connection",
    "ansible_host",
    "ansible_password",
    "ansible_port",
    "ansible_python_interpreter",
    "ansible_remote_tmp",
    "ansible_ssh_private_key_file",
    "ansible_user",
)
BROKEN_CONNECTION = dict.fromkeys(CONNECTION_VARIABLES, "{{ no_such_variable }}")
HOSTS: dict[str, dict[str, Any]] = {
    "fine": {"cams_phone_number": NUMBERS[0], **BROKEN_CONNECTION},
    "integer": {"cams_phone_number": 8613900000001},
    "undefined": {"cams_phone_number": "{{ no_such_variable }}"},
    "template": {"cams_phone_number": NUMBERS[3], "cams_state": "{{ 'verified' | no_such_filter }}"},
    "twice": {"cams_phone_number": NUMBERS[0]},
    "misspelt": {"cams_phone_numbr": NUMBERS[5]},
    "space": {"cams_phone_number": NUMBERS[6], "cams_cust_space_id": "{{ spaces.acme }}"},
    "code": {"cams_phone_number": NUMBERS[7], "cams_verify_code": int(CODE)},
    "acme": {"cams_numbers": [NUMBERS[8], {"phone_number": "{{ gone }}"}, {"phone_number": NUMBERS[9], "stat": "x"}]},
}
# Host, variable, value, and the start of what to write instead, by the order of the table.
OF_HOSTS = (
    ("integer", "cams_phone_number", "8613900000001", "YAML read the number as an integer"),
    ("undefined", "cams_phone_number", '"{{ no_such_variable }}"', ""),
    ("template", "cams_state", "\"{{ 'verified' | no_such_filter }}\"", ""),
    ("twice", "cams_phone_number", f'"{NUMBERS[0]}"', "It is already declared by host fine. Remove one"),
    ("misspelt", "cams_phone_numbr", f'"{NUMBERS[5]}"', "It is not a variable of this collection. Did you mean"),
    ("space", "cams_cust_space_id", '"{{ spaces.acme }}"', ""),
    ("code", "cams_verify_code", "not shown", "YAML read the code as an integer"),
    ("acme", "cams_numbers[2].stat", '"x"', "It is not a key of a number. Did you mean state?"),
    ("acme", "cams_numbers[1].phone_number", '"{{ gone }}"', ""),
)
OF_THE_RUN = (
    ("-", "cams_fail_on", '"faild"', "Write one of converged, "),
    ("-", "cams_wait_timeout", '"{{ no_such_variable }}"', "'no_such_variable' is undefined. Define the variable"),
    ("-", "cams_resend", '"+8613900009999"', "No host of this play declares this number."),
)
VARIABLES = (
    *("-e", "cams_fail_on=faild"),
    *("-e", "cams_resend=+8613900009999"),
    *("-e", "cams_wait_timeout={{ no_such_variable }}"),
)


def text_of_show_results(run: Run) -> str:
    """Return what the task shows, without the line in which Ansible says that the task is ok."""
    [shown] = re.findall(r"^TASK \[[^]]*Show results\] \**\n(.*?)^ok: ", run.output, re.MULTILINE | re.DOTALL)
    return str(shown)


def table_of(run: Run) -> list[list[str]]:
    """Return the cells of each row."""
    lines = text_of_show_results(run).splitlines()
    header = next(place for place, line in enumerate(lines) if line.startswith("host "))
    columns = [lines[header].index(name) for name in ("host", "variable", "value", "what to write instead")]
    rows = lines[header + 1 : lines.index("", header)]
    pairs = list(zip(columns, [*columns[1:], None], strict=True))
    return [[row[start:end].strip() for start, end in pairs] for row in rows]


def assert_listed_once(run: Run, expected: tuple[tuple[str, ...], ...]) -> None:
    rows = table_of(run)
    assert len(rows) == len(expected), run.output
    for *place, fix in expected:
        [found] = [row for row in rows if row[:3] == place]
        assert found[3].startswith(fix)
        assert len(found[3]) > 20


def assert_nothing_of_ansibles_own(run: Run, hosts: int) -> None:
    """Every host says the same in one short line. Newer cores repeat it once, with its place in the role."""
    lines = re.findall(r"^fatal: \[\S+\]: FAILED! => (.*)$", run.output, re.MULTILINE)
    assert len(lines) == hosts
    assert len(set(lines)) == 1
    assert len(lines[0]) < 150
    assert run.output.count("[ERROR]") <= 1
    for word in ("Traceback", "UNREACHABLE", "caused by", "Jinja", CODE):
        assert word not in run.output
    assert all(counts["unreachable"] == 0 for counts in recap(run).values())


@pytest.mark.every_core
def test_twelve_mistakes_are_each_listed_once_and_no_call_is_made(fleet: Fleet) -> None:
    fleet.declare(HOSTS)

    run = fleet.run(RECONCILE, *VARIABLES)

    assert run.status == 2, run.output
    assert text_of_show_results(run).startswith("There are 12 mistakes in the inventory.\n")
    assert text_of_show_results(run).endswith("\nNo API call was made.\n")
    assert_listed_once(run, (*OF_HOSTS, *OF_THE_RUN))
    assert_nothing_of_ansibles_own(run, len(HOSTS))
    assert failed_hosts(run) == set(HOSTS)
    assert 'There are 12 mistakes in the inventory. See \\"Show results\\".' in run.output
    assert not fleet.calls()


@pytest.mark.every_core
@pytest.mark.parametrize(("playbook", "status", "failing"), [(PLAN, 4, 9), (PREFLIGHT, 2, 9), (REPORT, 2, 1)])
def test_each_playbook_shows_the_mistakes_of_hosts_in_the_same_way(
    fleet: Fleet, playbook: str, status: int, failing: int
) -> None:
    # One host runs the tasks that run once.
    fleet.declare({**HOSTS, "fine": {"cams_phone_number": NUMBERS[0]}})

    run = fleet.run(playbook)

    assert run.status == status, run.output
    assert_listed_once(run, OF_HOSTS)
    assert len(failed_hosts(run)) == failing
    assert "Traceback" not in run.output
    assert run.output.count("UNREACHABLE") == (status == 4), "it is the only way to end with 4"
    assert not fleet.calls()


def test_mistakes_of_later_waves_are_listed_with_those_of_the_first(fleet: Fleet) -> None:
    # Ansible itself evaluates the connection variables of a host before it includes the file of the role.
    fleet.declare({**HOSTS, "fine": {"cams_phone_number": NUMBERS[0]}})

    run = fleet.run(fleet.play(ROLE, serial=1), *VARIABLES)

    assert run.status == 2, run.output
    assert_listed_once(run, (*OF_HOSTS, *OF_THE_RUN))
    assert not fleet.calls()


@pytest.mark.parametrize("count", [1, 12])
def test_a_mistake_in_the_variables_of_a_group_is_one_row_for_any_number_of_hosts(fleet: Fleet, count: int) -> None:
    numbers = {f"host-{index:03}": {"cams_phone_number": f"+861390001{index:04}"} for index in range(count)}
    fleet.declare(numbers, cams_state="registred", cams_webhook={"up_callback_url": "{{ no_such_variable }}"})

    run = fleet.run(RECONCILE)

    assert run.status == 2, run.output
    host = {1: "host-000", 12: "host-000 and 11 more hosts"}[count]
    assert_listed_once(
        run,
        (
            (host, "cams_state", '"registred"', "Write initiated, verified or registered. Did you mean registered?"),
            (host, "cams_webhook", "not shown", ""),
        ),
    )
    assert_nothing_of_ansibles_own(run, count)
    assert len(text_of_show_results(run).encode()) < 1000
    assert not fleet.calls()


def test_fifty_mistakes_are_listed_and_the_others_are_counted(fleet: Fleet) -> None:
    fleet.declare({"acme": {"cams_numbers": list(range(1, 201))}})

    run = fleet.run(RECONCILE)

    assert len(table_of(run)) == 51
    assert "… and 150 more. Correct these first. The next run shows the others.\n" in text_of_show_results(run)
    assert text_of_show_results(run).startswith("There are 200 mistakes in the inventory.\n")
    assert not fleet.calls()


@pytest.mark.every_core
@pytest.mark.parametrize("playbook", [PREFLIGHT, RECONCILE, REPORT])
def test_connection_variables_that_cannot_be_evaluated_do_not_matter(fleet: Fleet, playbook: str) -> None:
    fleet.seed(*({"phone_number": number, "status": "CONNECTED"} for number in NUMBERS[:3]))
    broken = {"cams_cust_space_id": SPACE, **BROKEN_CONNECTION}
    fleet.declare(
        {
            "first": {"cams_phone_number": NUMBERS[0], **broken},
            "second": {"cams_phone_number": NUMBERS[1]},
            "third": {"cams_phone_number": NUMBERS[2], **broken},
        }
    )

    run = fleet.run(playbook)

    assert run.status == 0, run.output
    assert "is undefined" not in run.output
