# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role works on the hosts that run it, and on no other host of the play, in every way to include it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from role_plays import RECONCILE, Stage, Task, Trial, assert_migrated_once, condition_for_hosts, play_with_role
from simulator_process import Simulator

PREFLIGHT, REPORT = "chatapp.cams.preflight", "chatapp.cams.report"


@pytest.fixture
def stage(simulator: Simulator, contained: dict[str, str], tmp_path: Path) -> Stage:
    return Stage(simulator, {**contained, "XDG_STATE_HOME": str(tmp_path / "state")}, tmp_path)


def task(way: str, role: str = RECONCILE, tasks_from: str = "main", **keywords: Any) -> Task:
    named = {"name": role, "tasks_from": tasks_from, "rolespec_validate": False}
    return {"name": f"Run the role by {way}", f"ansible.builtin.{way}": named, **keywords}


def guarded(name: str, play: dict[str, Any], meant: set[int], **more: Any) -> Trial:
    """A trial whose guard lets no more numbers change than are meant to."""
    return Trial(name, [play], frozenset(meant), variables={"cams_max_changes": len(meant) or 1}, **more)


FAIL_FIRST = {"name": "Fail", "ansible.builtin.fail": {"msg": "as planned"}, "when": condition_for_hosts([0])}
RECONCILED = (
    guarded("roles", play_with_role("roles"), {0, 1, 2, 3}),
    guarded("roles_but_the_first", play_with_role("roles", condition_for_hosts([1, 2, 3])), {1, 2, 3}),
    guarded("import_but_the_first", play_with_role("import_role", condition_for_hosts([2, 3])), {2, 3}),
    guarded("import_but_the_last", play_with_role("import_role", condition_for_hosts([0, 2])), {0, 2}),
    guarded("import_none", play_with_role("import_role", condition_for_hosts([])), set()),
    guarded("include_one", play_with_role("include_role", condition_for_hosts([1])), {1}),
    guarded("include_none", play_with_role("include_role", condition_for_hosts([])), set()),
    guarded("block_but_the_first", play_with_role("block", condition_for_hosts([1, 3])), {1, 3}),
    guarded("import_once", {"tasks": [task("import_role", run_once=True)]}, {0}),
    guarded("include_once", {"tasks": [task("include_role", run_once=True)]}, {0}),
    guarded("block_once", {"tasks": [{"name": "Block", "run_once": True, "block": [task("import_role")]}]}, {0}),
    guarded("waves", {"serial": 2, **play_with_role("import_role", condition_for_hosts([1, 2, 3]))}, {1, 2, 3}),
    guarded("waves_included", {"serial": [1, 3], **play_with_role("include_role", condition_for_hosts([2]))}, {2}),
    # The run leaves out the hosts left-0 and left-2 by --limit.
    guarded("left", play_with_role("import_role", condition_for_hosts([0, 1])), {1}),
    guarded(
        "loop",
        {"tasks": [task("include_role", loop=["1", "3"], when="inventory_hostname.split('-')[-1] == item")]},
        {1, 3},
    ),
    Trial(
        "twice",
        [
            {
                "tasks": [
                    task("import_role", when=condition_for_hosts([2])),
                    task("include_role", when=condition_for_hosts([1, 3])),
                ]
            }
        ],
        frozenset({1, 2, 3}),
        variables={"cams_max_changes": 2},
    ),
    Trial(
        "two_plays",
        [play_with_role("include_role", condition_for_hosts([3])), play_with_role("roles", condition_for_hosts([1]))],
        frozenset({1, 3}),
        variables={"cams_max_changes": 1},
    ),
    guarded(
        "ended_before",
        {
            "tasks": [
                {"name": "End", "ansible.builtin.meta": "end_host", "when": condition_for_hosts([0, 2])},
                task("import_role"),
            ]
        },
        {1, 3},
    ),
    guarded(
        "rescue",
        {"tasks": [{"name": "Try", "block": [FAIL_FIRST], "rescue": [task("import_role")]}]},
        {0},
    ),
    # A host that is left out may declare what it likes, and a code or a resend may be meant for it.
    guarded(
        "named_elsewhere",
        play_with_role("include_role", condition_for_hosts([1])),
        {1},
        facts={0: {"cams_phone_numbr": "mistyped"}},
    ),
)


@pytest.mark.every_core
def test_only_the_hosts_that_run_the_role_get_an_initiate_and_a_code(stage: Stage) -> None:
    played = stage.play(RECONCILED, "--limit", "all:!left-0:!left-2")

    assert played.run.status == 0, played.run.output
    for trial in RECONCILED:
        assert_migrated_once(trial, played)


def test_an_error_of_the_role_fails_its_own_hosts_and_no_others(stage: Stage) -> None:
    """A task that runs once must not fail: Ansible would then fail every host of the play."""
    later = {"name": "Go on", "ansible.builtin.debug": {"msg": "still here"}}
    refused = Trial(
        "refused",
        [{"tasks": [task("import_role", when=condition_for_hosts([1, 2])), later]}],
        frozenset({1, 2}),
        variables={"cams_max_changes": 1},
    )
    mistaken = Trial(
        "mistaken",
        [{"tasks": [task("include_role", when=condition_for_hosts([1])), later]}],
        frozenset({1}),
        variables={"cams_fail_on": "nothing_known"},
    )
    planned = Trial(
        "planned",
        [{"tasks": [task("import_role", tasks_from="plan", when=condition_for_hosts([1])), later]}],
        frozenset({1}),
        facts={1: {"cams_state": "nowhere"}},
    )
    looked_at = Trial(
        "looked_at",
        [{"tasks": [task("import_role", PREFLIGHT, when=condition_for_hosts([3])), later]}],
        frozenset({3}),
        facts={3: {"cams_state": "nowhere"}},
    )
    reported = Trial(
        "reported",
        [{"tasks": [task("import_role", REPORT, when=condition_for_hosts([2])), later]}],
        frozenset({2}),
        variables={"cams_report_mode": "nonsense"},
    )
    notified = Trial(
        "notified",
        [{"tasks": [task("import_role", when=condition_for_hosts([2])), later]}],
        frozenset({2}),
        variables={"cams_notify_tasks": "notify.yml"},
    )
    failing = {"name": "Fail", "ansible.builtin.fail": {"msg": "nobody there"}}
    (stage.folder / "notify.yml").write_text(json.dumps([failing]), encoding="utf-8")
    trials = (refused, mistaken, planned, looked_at, reported, notified)

    played = stage.play(trials)

    assert played.run.status != 0
    assert +played.codes == {"notified-2": 1}
    for message in (
        "would change 2 numbers",
        "Write one of converged, planned",
        "/notify.yml failed; its error is shown above.",
    ):
        assert message in played.run.output
    for trial in trials:
        stopped = played.hosts_with(trial.hosts, "failed") | played.hosts_with(trial.hosts, "unreachable")
        assert stopped == trial.intended_hosts, played.run.output
        for host in set(trial.hosts) - trial.intended_hosts:
            assert played.recap[host]["ok"] == 1, f"{host} did not go on: {played.run.output}"


def test_a_resend_or_a_code_for_an_excluded_host_is_accepted_and_has_no_effect(stage: Stage) -> None:
    number = "+8613900000000"
    trial = Trial("later", [play_with_role("include_role", condition_for_hosts([1]))], frozenset({1}), count=2)

    played = stage.play([trial], "-e", json.dumps({"cams_resend": [number], "cams_codes": {number: "123456"}}))

    assert played.run.status == 0, played.run.output
    assert "no host of this play declares" not in played.run.output
    assert_migrated_once(trial, played)


def test_plan_preflight_and_report_count_only_the_hosts_that_run_them(stage: Stage) -> None:
    plans = [
        Trial(
            f"plan_{name}",
            [play],
            frozenset(meant),
            variables={"cams_plan_file": f"plan_{name}.json", "cams_max_changes": len(meant)},
        )
        for name, play, meant in (
            ("import", play_with_role("import_role", condition_for_hosts([1, 2]), tasks_from="plan"), {1, 2}),
            ("include", play_with_role("include_role", condition_for_hosts([0, 3]), tasks_from="plan"), {0, 3}),
            ("once", {"tasks": [task("import_role", tasks_from="plan", run_once=True)]}, {0}),
        )
    ]
    looks = [
        Trial("look_roles", [play_with_role("roles", condition_for_hosts([2, 3]), PREFLIGHT)], frozenset({2, 3})),
        Trial("look_include", [play_with_role("include_role", condition_for_hosts([1]), PREFLIGHT)], frozenset({1})),
        Trial(
            "look_waves",
            [{"serial": 2, **play_with_role("import_role", condition_for_hosts([1, 2]), PREFLIGHT)}],
            frozenset({1, 2}),
        ),
    ]
    reports = [
        Trial(
            f"report_{name}",
            [play],
            frozenset(meant),
            variables={"cams_report_directory": f"report_{name}", "cams_report_show_numbers": True},
        )
        for name, play, meant in (
            ("import", play_with_role("import_role", condition_for_hosts([1, 2]), REPORT), {1, 2}),
            ("include", play_with_role("include_role", condition_for_hosts([3]), REPORT), {3}),
            ("once", {"tasks": [task("import_role", REPORT, run_once=True)]}, {0}),
        )
    ]
    # The role reports on a run: of it, the hosts that run the report, and those that can no longer run anything.
    after = Trial(
        "report_after",
        [
            {
                "tasks": [
                    task("import_role", when=condition_for_hosts([0, 1, 2])),
                    task("import_role", REPORT, when=condition_for_hosts([1])),
                ]
            }
        ],
        frozenset({0, 1, 2}),
        facts={2: {"cams_code_locale": "xx_XX", "cams_cust_space_id": "not-ours"}},
        variables={"cams_report_directory": "report_after"},
    )

    played = stage.play([*plans, *looks, *reports, after])

    assert played.hosts_with(played.recap, "failed") == {"report_after-2"}, played.run.output
    assert +played.codes == {"report_after-0": 1, "report_after-1": 1}
    for trial in (*plans, *looks, *reports):
        assert {host for host in trial.hosts if host in played.called} == trial.intended_hosts, trial
    for trial in plans:
        document = json.loads((stage.folder / f"{trial.name}.json").read_text(encoding="utf-8"))
        assert {number["cust_space_id"][9:] for number in document["numbers"]} == trial.intended_hosts
        assert played.hosts_with(trial.hosts, "changed") == trial.intended_hosts
    for trial in reports:
        assert reported_hosts(stage.folder / trial.name) == trial.intended_hosts
    assert reported_hosts(stage.folder / "report_after") == {"report_after-1", "report_after-2"}


def reported_hosts(folder: Path) -> set[str]:
    document = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {number["host"] for number in document["numbers"]}


def test_strategies_that_run_no_task_once_are_refused_before_any_call(stage: Stage) -> None:
    plays = {
        "free": {"strategy": "free", **play_with_role("import_role")},
        "free_plan": {"strategy": "ansible.builtin.free", **play_with_role("import_role", tasks_from="plan")},
        "free_look": {"strategy": "free", **play_with_role("roles", True, PREFLIGHT)},
        "pinned_report": play_with_role("include_role", True, REPORT),
        "linear": {"strategy": "linear", **play_with_role("import_role")},
    }
    # A play whose hosts have all failed would end the playbook.
    go_on = {"ignore_errors": True, "ignore_unreachable": True}
    trials = [Trial(name, [{**go_on, **play}], frozenset(range(2)), count=2) for name, play in plays.items()]

    played = stage.play(trials, ANSIBLE_STRATEGY="host_pinned")

    refused = re.findall(r"The strategy (\w+) runs every task once for each host", played.run.output)
    assert set(refused) == {"free", "host_pinned"}, played.run.output
    assert played.called == {"linear-0", "linear-1"}
    assert played.hosts_with(played.recap, "changed") == {"linear-0", "linear-1"}
    for trial in trials[:-1]:
        assert all(played.recap[host]["ignored"] == 1 for host in trial.hosts), played.run.output
