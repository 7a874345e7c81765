# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the hosts that run a role from the variable that each host registered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.action.cams_inventory_info import ARGUMENTS
from ansible_collections.chatapp.cams.plugins.modules import cams_inventory_info
from ansible_collections.chatapp.cams.plugins.plugin_utils._role_hosts import (
    RoleHostsError,
    hosts_of_batch,
    hosts_of_role,
    including_task,
    is_fresh_mark,
    numbers_declared_elsewhere,
    why_strategy_is_refused,
)

INCLUDED = {"include": "run.yml", "include_args": {}, "changed": False}
SKIPPED = {"skipped": True, "changed": False}
ANSWERED = {"hosts": ["a"], "declared_elsewhere": [], "changed": False}


class HostVars(dict[str, dict[str, Any]]):
    """As Ansible's, where nothing has to be evaluated."""

    def raw_get(self, host: str) -> dict[str, Any]:
        return self[host]


def variables(marks: dict[str, Any], batch: str, alive: str) -> dict[str, Any]:
    hostvars = HostVars({host: {} if mark is None else {"mark": mark} for host, mark in marks.items()})
    return {
        "hostvars": hostvars,
        "ansible_play_hosts_all": list(marks),
        "ansible_play_batch": batch.split(),
        "ansible_play_hosts": alive.split(),
    }


@pytest.mark.parametrize(
    ("mark", "fresh"),
    [(INCLUDED, True), (SKIPPED, False), (ANSWERED, False), ({"failed": True, "msg": ""}, False), (None, False)],
    ids=["included", "skipped", "an earlier answer", "an earlier failure", "nothing"],
)
def test_only_an_include_that_was_not_skipped_is_a_mark(mark: Any, fresh: bool) -> None:
    assert is_fresh_mark(mark) is fresh


def test_members_are_marked_hosts_of_this_batch_or_failed_hosts_in_a_rescue() -> None:
    marks = {"failed": INCLUDED, "b": SKIPPED, "a": INCLUDED, "later": INCLUDED, "broken": None}

    assert hosts_of_batch(variables(marks, batch="b a", alive="b a later"), "mark") == ["failed", "a"]


def test_without_a_mark_the_whole_batch_is_returned_in_the_order_of_the_play() -> None:
    marks = {"b": None, "a": None, "later": None}

    assert hosts_of_batch(variables(marks, batch="a b", alive="a b later"), None) == ["b", "a"]


@pytest.mark.parametrize("register", ["mark", {"mark": "_task.result"}], ids=["up to 2.20", "since 2.21"])
def test_the_including_task_is_the_one_that_registers_the_mark(register: Any) -> None:
    users_include = SimpleNamespace(register="theirs", _parent=None)
    include = SimpleNamespace(register=register, _parent=SimpleNamespace(_parent=users_include))
    task = SimpleNamespace(register=register, _parent=SimpleNamespace(_parent=include))

    assert including_task(task, "mark") is include
    assert including_task(include, "mark") is None


@pytest.mark.parametrize("strategy", ["free", "ansible.builtin.free", "host_pinned", "mitogen_free"])
def test_strategies_that_do_not_run_a_task_once_are_refused(strategy: str) -> None:
    refusal = why_strategy_is_refused(strategy)

    assert refusal.startswith(f"The strategy {strategy.rpartition('.')[2]} runs every task once for each host")
    assert refusal.endswith("Set strategy: linear in the play.")


@pytest.mark.parametrize("strategy", ["linear", "ansible.builtin.linear", "debug", "mitogen_linear"])
def test_other_strategies_are_not(strategy: str) -> None:
    assert why_strategy_is_refused(strategy) == ""


def task_in(include: Any, *, strategy: str = "linear", when: tuple[str, ...] = ()) -> Any:
    play = SimpleNamespace(strategy=strategy)
    return SimpleNamespace(
        register="mark", when=list(when), _parent=SimpleNamespace(_parent=include), get_play=lambda: play
    )


def include_that(run_once: Any) -> Any:
    return SimpleNamespace(register="mark", run_once=run_once, _parent=None)


def same(value: Any) -> Any:
    return value


def test_a_role_runs_on_the_hosts_that_included_its_file() -> None:
    given = variables({"a": INCLUDED, "b": SKIPPED}, batch="a b", alive="a b")

    assert hosts_of_role(task_in(include_that(False)), "mark", same, given) == ["a"]


@pytest.mark.parametrize("run_once", [True, "yes"])
def test_a_role_with_run_once_runs_on_one_host(run_once: Any) -> None:
    given = {**variables({"a": INCLUDED, "b": INCLUDED}, batch="a b", alive="a b"), "inventory_hostname": "b"}

    assert hosts_of_role(task_in(include_that(run_once)), "mark", same, given) == ["b"]


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (task_in(include_that(False), strategy="free"), "Set strategy: linear in the play."),
        (
            task_in(None, when=("wanted",)),
            "A condition on this task cannot be seen by the role. Remove tasks_from: run.",
        ),
    ],
    ids=["strategy", "condition"],
)
def test_a_role_that_cannot_know_its_hosts_says_why(task: Any, reason: str) -> None:
    with pytest.raises(RoleHostsError, match=reason):
        hosts_of_role(task, "mark", same, variables({"a": INCLUDED}, batch="a", alive="a"))


def test_numbers_of_other_hosts_are_found_whatever_else_is_wrong_with_these() -> None:
    given = variables(dict.fromkeys(("a", "b", "c")), batch="a", alive="a b c")
    given["hostvars"]["a"] = {"cams_phone_number": "+8613900000001"}
    given["hostvars"]["b"] = {"cams_phone_number": "+8613900000002", "cams_state": "nowhere"}
    given["hostvars"]["c"] = {"cams_phone_number": 3}
    asked = ["+8613900000001", "86 139 0000 0002", "+8613900000009"]

    assert numbers_declared_elsewhere(["a"], asked, given) == ["86 139 0000 0002"]


def test_the_documentation_has_the_arguments() -> None:
    documented = yaml.safe_load(cams_inventory_info.DOCUMENTATION)["options"]
    facts = ("type", "required", "default", "elements", "choices")

    kept = {name: {fact: option[fact] for fact in facts if fact in option} for name, option in documented.items()}
    assert kept == ARGUMENTS
