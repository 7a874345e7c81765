# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run notes of how far it is, and the line that is made of it."""

from __future__ import annotations

import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.callback.progress import CallbackModule, Line, Watcher
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import CallCounts
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import LENGTH, VARIABLE, Stage, watched


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "progress"
    path.touch()
    return path


def noted(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def test_counts_of_a_stage_are_noted_in_place(file: Path) -> None:
    counts = CallCounts()
    with watched({VARIABLE: str(file)}, counts, 10.0) as progress:
        with progress.stage(Stage.NUMBERS, 3, 1):
            counts.calls["Initiate"] += 2
            counts.throttled += 1
            progress.one_done()
            progress.one_done()
            snapshot_read = noted(file)
        over = noted(file)

    assert snapshot_read == {
        "stage": "numbers done",
        "total": 3,
        "done": 3,
        "calls": {"Initiate": 2},
        "throttled": 1,
        "limit": 10.0,
    }
    assert over["stage"] == ""
    assert file.stat().st_size == LENGTH


def test_connections_are_counted_by_those_that_are_left(file: Path) -> None:
    with watched({VARIABLE: str(file)}, CallCounts(), 10.0) as progress, progress.stage(Stage.CONNECTIONS, 5):
        progress.set_left(2)
        assert noted(file)["done"] == 3


@pytest.mark.parametrize("kind", ["nothing", "missing", "link", "folder", "pipe"])
def test_what_is_no_file_of_the_watcher_is_left_alone(tmp_path: Path, file: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "link":
        path.symlink_to(file)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)

    environment = {VARIABLE: "" if kind == "nothing" else str(path)}
    with watched(environment, CallCounts(), 10.0) as progress, progress.stage(Stage.NUMBERS, 1):
        progress.one_done()

    assert file.stat().st_size == 0
    assert path.exists() == (kind in ("link", "folder", "pipe"))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def snapshot(stage: str = "numbers done", total: int = 500, done: int = 0, **more: Any) -> dict[str, Any]:
    return {"stage": stage, "total": total, "done": done, "calls": {}, "throttled": 0, "limit": 10.0, **more}


def test_the_line_tells_rate_throttles_and_time_left() -> None:
    clock = Clock()
    line = Line(clock)

    assert line.text(snapshot(done=100, calls={"A": 90, "B": 10})) == "cams: 100 of 500 numbers done"
    clock.now += 4
    text = line.text(snapshot(done=110, calls={"A": 100, "B": 48, "C": 1}, throttled=3))

    assert text == "cams: 110 of 500 numbers done, 9.5 of 10 calls/s, 3 throttled, about 2 min 36 s left"


def test_the_rate_is_that_of_the_last_seconds() -> None:
    clock = Clock()
    line = Line(clock)
    for second in range(20):
        text = line.text(snapshot(calls={"A": 10 * second if second < 10 else 100}))
        clock.now += 1

    assert ", 0.0 of 10 calls/s" in text


def test_each_stage_has_its_own_time() -> None:
    clock = Clock()
    line = Line(clock)
    line.text(snapshot("statuses read", 100, 0))
    clock.now += 50
    line.text(snapshot(done=300))
    clock.now += 10

    assert line.text(snapshot(done=400)).endswith("about 10 s left")


@pytest.mark.parametrize("quiet", [snapshot(""), snapshot(total=0)])
def test_nothing_is_told_when_nothing_runs(quiet: dict[str, Any]) -> None:
    assert Line().text(quiet) == ""


@pytest.mark.parametrize(
    "content", ["", "no JSON", "[]", "7", '{"stage": 1}', '{"stage": "x", "done": "y", "total": 1}']
)
def test_what_somebody_else_wrote_is_passed_over(tmp_path: Path, file: Path, content: str) -> None:
    output = tmp_path / "output"
    with file.open("r+b") as read, output.open("wb") as written:
        watcher = Watcher(read.fileno(), 0.01, terminal=False, output=written.fileno())
        os.pwrite(read.fileno(), content.encode(), 0)
        time.sleep(0.1)
        alive = watcher.alive
        watcher.stop()

    assert alive
    assert output.read_bytes() == b""


def test_a_callback_without_a_place_for_its_file_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_keywords: Any) -> None:
        raise FileNotFoundError("no temporary directory")

    monkeypatch.setattr(tempfile, "mkstemp", fail)
    monkeypatch.delenv(VARIABLE, raising=False)

    class Task:
        action = "chatapp.cams.cams_number_fleet"

    callback = CallbackModule()
    callback.v2_playbook_on_start(None)
    callback.v2_playbook_on_task_start(Task(), False)
    callback.v2_runner_on_ok(None)
    callback.v2_playbook_on_stats(None)

    assert VARIABLE not in os.environ
