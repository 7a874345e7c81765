# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random plays that leave hosts out. Only the intended hosts may get an initiate and a code.

``SEED=`` repeats a run and ``PLAYS=`` sets how many plays there are. A failing test prints both.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from environment import contained_environment
from role_plays import (
    RECONCILE,
    WAYS,
    Play,
    Stage,
    Task,
    Trial,
    assert_migrated_once,
    condition_for_hosts,
    play_with_role,
)
from simulator_process import Simulator

SEED = os.environ.get("SEED") or str(time.time_ns() % 1_000_000)
PLAYS = int(os.environ.get("PLAYS") or 300)
# Number of plays in one playbook. One start of ansible-playbook serves all of them.
TOGETHER = 25
MOST_HOSTS = 5


@dataclass(frozen=True)
class Choice:
    """A random play: the trial, the hosts that --limit excludes, and the features of the play."""

    trial: Trial
    left_out: tuple[str, ...]
    made_of: tuple[str, ...]


def some(random: Random, hosts: Iterable[int]) -> set[int]:
    """Choose no host, one, all, all but the first, all but the last, or a random set."""
    every = sorted(hosts)
    choices: list[Callable[[], list[int]]] = [
        list,
        lambda: [random.choice(every)] if every else [],
        lambda: every,
        lambda: every[1:],
        lambda: every[:-1],
        lambda: [host for host in every if random.random() < 0.5],
    ]
    return set(random.choice(choices)())


def choose_play(random: Random, name: str) -> Choice:
    """Choose a play with its own hosts. The intended hosts are computed here, without Ansible."""
    count = random.randint(1, MOST_HOSTS)
    limited = some(random, range(count)) if random.random() < 0.3 else set()
    here = set(range(count)) - limited
    waves = random.choice([None] * 5 + [1, 2, [1, 2], "50%"])
    keywords: Play = {} if waves is None else {"serial": waves}
    way = random.choice([*WAYS, "twice", "two plays", "loop", "once", "end_host", "rescue"])
    chosen = some(random, here)
    plays, meant = make(random, way, chosen, here, waves, count)
    return Choice(
        Trial(
            name,
            [{**keywords, **play} for play in plays],
            frozenset(meant),
            count,
            variables={"cams_max_changes": max(1, len(meant))},
        ),
        tuple(f"{name}-{index}" for index in sorted(limited)),
        (way, "waves" if waves else "one wave", "limited" if limited else "all"),
    )


def make(
    random: Random, way: str, chosen: set[int], here: set[int], waves: Any, count: int
) -> tuple[list[Play], set[int]]:
    """Return the plays, and the hosts on which the role should work."""
    others = some(random, here - chosen)
    if way == "twice":
        return [
            {"tasks": [one(random, condition_for_hosts(chosen)), one(random, condition_for_hosts(others))]}
        ], chosen | others
    if way == "two plays":
        return [
            play_with_role(random.choice(WAYS), condition_for_hosts(hosts)) for hosts in (chosen, others)
        ], chosen | others
    if way == "loop":
        loop = {"loop": sorted(chosen), "when": "inventory_hostname.split('-')[-1] | int == item"}
        return [{"tasks": [role_task("include_role", **loop)]}], chosen
    if way == "once":
        # Without a condition, the first host of each batch runs the role.
        return [{"tasks": [one(random, True, run_once=True)]}], first_of_waves(sorted(here), waves)
    if way == "end_host":
        end = {
            "name": "End the others",
            "ansible.builtin.meta": "end_host",
            "when": f"not ({condition_for_hosts(chosen)})",
        }
        return [{"tasks": [end, one(random, True)]}], chosen
    if way == "rescue":
        fail = {"name": "Fail", "ansible.builtin.fail": {"msg": "as planned"}, "when": condition_for_hosts(chosen)}
        return [{"tasks": [{"name": "Try", "block": [fail], "rescue": [one(random, True)]}]}], chosen
    return [play_with_role(way, condition_for_hosts(chosen))], chosen


def one(random: Random, condition: str | bool, **keywords: Any) -> Task:
    return role_task(random.choice(["import_role", "include_role"]), when=condition, **keywords)


def role_task(way: str, **keywords: Any) -> Task:
    named = {"name": RECONCILE, "rolespec_validate": False}
    return {"name": f"Reconcile by {way}", f"ansible.builtin.{way}": named, **keywords}


def first_of_waves(hosts: list[int], waves: Any) -> set[int]:
    """Return the first host of each batch. Like Ansible, repeat the last batch size until no host is left."""
    sizes = list(waves) if isinstance(waves, list) else [waves or len(hosts)]
    firsts, position = set(), 0
    while position < len(hosts):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        firsts.add(hosts[position])
        position += max(1, len(hosts) // 2) if size == "50%" else size
    return firsts


@pytest.fixture
def stage(tmp_path: Path) -> Iterable[Stage]:
    with Simulator() as simulator:
        simulator.control.change_settings(rate_limit=0)
        yield Stage(simulator, {**contained_environment(), "XDG_STATE_HOME": str(tmp_path / "state")}, tmp_path)


@pytest.mark.parametrize("share", range(-(-PLAYS // TOGETHER)))
def test_random_plays_work_on_exactly_the_hosts_that_are_meant(stage: Stage, share: int) -> None:
    random = Random(f"{SEED}/{share}")
    print(f"SEED={SEED} PLAYS={PLAYS}")
    first = share * TOGETHER
    choices = [choose_play(random, f"play{index}") for index in range(first, min(first + TOGETHER, PLAYS))]
    limit = ":".join(["all", *(f"!{host}" for choice in choices for host in choice.left_out)])

    played = stage.play([choice.trial for choice in choices], "--limit", limit)

    assert played.run.status == 0, played.run.output
    for choice in choices:
        assert_migrated_once(choice.trial, played)
    made_of = Counter(fact for choice in choices for fact in choice.made_of)
    hosts = sum(choice.trial.count for choice in choices)
    print(f"{len(choices)} plays, {hosts} hosts, {played.codes.total()} codes: {dict(made_of)}")
