# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Locks of numbers between processes and threads."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files import locks as _locks
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.locks import FileLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity

NUMBER = "+8613900001234"
RUN = RunIdentity("run-1", "alice", "controller")

HOLDER = """
import sys, time
from pathlib import Path
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.locks import FileLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
with FileLocks(RunIdentity("run-of-holder", "bob", "controller"), Path(sys.argv[1])) as locks:
    print(locks.acquire(sys.argv[2:], 0), flush=True)
    time.sleep(60)
"""


@dataclass
class Clock:
    """Time that passes only while somebody sleeps, and what happens meanwhile, one thing in each sleep."""

    slept: float = 0.0
    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        if self.meanwhile:
            self.meanwhile.pop(0)()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(_locks, "time", clock)
    return clock


def hold(directory: Path, *numbers: str) -> subprocess.Popen[str]:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory), *numbers],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "{}\n"
    return holder


def test_a_run_waits_for_a_locked_number_and_names_its_owner(tmp_path: Path, clock: Clock) -> None:
    holder = hold(tmp_path / "state", NUMBER)
    try:
        with FileLocks(RUN, tmp_path / "state") as locks:
            owners = locks.acquire([NUMBER, "+390212345678"], 0.5)
    finally:
        holder.kill()
        holder.communicate()

    assert owners == {NUMBER: f"process {holder.pid}, run run-of-holder of bob"}
    assert clock.slept == pytest.approx(0.5)


def test_a_lock_is_released_when_its_process_ends(tmp_path: Path, clock: Clock) -> None:
    holder = hold(tmp_path / "state", NUMBER)

    def die() -> None:
        holder.kill()
        holder.communicate()

    clock.meanwhile.append(die)
    with FileLocks(RUN, tmp_path / "state") as locks:
        assert locks.acquire([NUMBER], 10) == {}
    assert clock.meanwhile == []


def test_a_run_that_waits_for_a_number_has_no_later_number(tmp_path: Path, clock: Clock) -> None:
    """Two runs of the same numbers would otherwise each hold some of them and wait for the others."""
    first, second = "+8613900001234", "+8613900001235"
    with (
        FileLocks(RUN, tmp_path / "state") as owner,
        FileLocks(RUN, tmp_path / "state") as waiting,
        FileLocks(RUN, tmp_path / "state") as other,
    ):
        assert owner.acquire([first], 0) == {}
        taken: list[dict[str, str]] = []

        def take_the_second_and_end() -> None:
            taken.append(other.acquire([second], 0))
            other.__exit__()
            owner.__exit__()

        clock.meanwhile.append(take_the_second_and_end)
        assert waiting.acquire([second, first], 60) == {}
    assert taken == [{}]


def test_threads_of_one_process_exclude_each_other_too(tmp_path: Path) -> None:
    with FileLocks(RUN, tmp_path / "state") as first, FileLocks(RUN, tmp_path / "state") as second:
        assert first.acquire([NUMBER], 0) == {}
        assert list(second.acquire([NUMBER], 0)) == [NUMBER]


def test_the_note_of_a_killed_run_is_removed_by_the_next(tmp_path: Path) -> None:
    holder = hold(tmp_path / "state", NUMBER)
    holder.kill()
    holder.communicate()
    note = tmp_path / "state" / "locks" / f"run-{holder.pid}"
    assert note.exists()
    with FileLocks(RUN, tmp_path / "state"):
        assert not note.exists()


def test_a_released_lock_is_free_and_another_runs_lock_stays(tmp_path: Path) -> None:
    holder = hold(tmp_path / "state", "+390212345678")
    try:
        for _run in range(2):
            with FileLocks(RUN, tmp_path / "state") as locks:
                assert list(locks.acquire([NUMBER, "+390212345678"], 0)) == ["+390212345678"]
    finally:
        holder.kill()
        holder.communicate()


def test_a_thousand_locks_cost_one_descriptor_and_one_call_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    lockf = fcntl.lockf

    def count(descriptor: int, command: int, length: int, start: int) -> None:
        asked.append(start)
        lockf(descriptor, command, length, start)

    monkeypatch.setattr(fcntl, "lockf", count)
    numbers = [f"+86139{index:08}" for index in range(1000)]
    with FileLocks(RUN, tmp_path / "state") as locks:
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        assert locks.acquire(numbers, 0) == {}

        assert len(asked) == len(set(asked)) == 1000
        assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_a_link_in_the_place_of_the_lock_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state" / "locks").mkdir(parents=True, mode=0o700)
    (tmp_path / "state").chmod(0o700)
    (tmp_path / "state" / "locks" / "numbers").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigurationError, match="Could not lock numbers"):
        FileLocks(RUN, tmp_path / "state")
