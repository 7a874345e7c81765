# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that shows how far a run is, and the file through which the module reports it."""

from __future__ import annotations

import os
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import CallCounts
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import VARIABLE, Stage, reporting_progress
from ansible_collections.chatapp.cams.plugins.plugin_utils import _progress
from ansible_collections.chatapp.cams.plugins.plugin_utils._progress import (
    INTERVAL_VARIABLE,
    ProgressLine,
    showing_progress,
)

# Only a hang takes longer.
LONGEST_SECONDS = 60


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def snapshot(stage: str = "numbers done", total: int = 500, done: int = 0, **more: Any) -> dict[str, Any]:
    """Return what the module writes. ``at`` is when it wrote it."""
    facts = {"stage": stage, "total": total, "done": done, "at": 100.0, "calls": {}, "throttled": 0, "limit": 10.0}
    return {**facts, **more}


def test_the_line_shows_rate_throttled_calls_and_time_left() -> None:
    clock = Clock()
    line = ProgressLine(clock)

    assert line.text(snapshot(done=100, calls={"A": 90, "B": 10})) == "cams: 100 of 500 numbers done"
    clock.now += 4
    text = line.text(snapshot(done=110, at=104.0, calls={"A": 100, "B": 48, "C": 1}, throttled=3))

    assert text == "cams: 110 of 500 numbers done, 9.5 of 10 calls/s, 3 throttled, about 2 min 36 s left"


def test_the_rate_is_that_of_the_last_seconds() -> None:
    clock = Clock()
    line = ProgressLine(clock)
    for second in range(20):
        text = line.text(snapshot(at=clock.now, calls={"A": 10 * second if second < 10 else 100}))
        clock.now += 1

    assert ", 0.0 of 10 calls/s" in text


def test_counts_that_are_read_late_make_the_rate_neither_lower_nor_higher() -> None:
    clock = Clock()
    line = ProgressLine(clock)
    shown = []
    # The module writes at 100 and 104 seconds, and the line is made every second.
    for second in range(8):
        written = snapshot(at=100.0) if second < 4 else snapshot(at=104.0, calls={"A": 40})
        shown.append(line.text(written))
        clock.now += 1

    assert ["calls/s" in text for text in shown] == [False] * 4 + [True] * 4
    assert {text for text in shown if "calls/s" in text} == {"cams: 0 of 500 numbers done, 10.0 of 10 calls/s"}


def test_a_rate_of_long_ago_is_not_shown() -> None:
    clock = Clock()
    line = ProgressLine(clock)
    line.text(snapshot())
    clock.now += 4
    line.text(snapshot(at=104.0, calls={"A": 40}))
    clock.now += 60

    assert line.text(snapshot(at=104.0, calls={"A": 40})) == "cams: 0 of 500 numbers done"


def test_each_stage_has_its_own_time() -> None:
    clock = Clock()
    line = ProgressLine(clock)
    line.text(snapshot("statuses read", 100, 0))
    clock.now += 50
    line.text(snapshot(done=300))
    clock.now += 10

    assert line.text(snapshot(done=400)).endswith("about 10 s left")


@pytest.mark.parametrize("quiet", [snapshot(""), snapshot(total=0)])
def test_the_line_is_empty_between_two_stages(quiet: dict[str, Any]) -> None:
    assert ProgressLine().text(quiet) == ""


@pytest.fixture
def short_interval(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of temporary files."""
    monkeypatch.setenv(INTERVAL_VARIABLE, "0.1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def report(done: int) -> None:
    """Report as the module does."""
    with reporting_progress(os.environ, CallCounts(), 10.0) as progress, progress.stage(Stage.NUMBERS, 3, done):
        wait_for_a_line()


lines: list[str] = []
has_line = threading.Event()


def wait_for_a_line() -> None:
    has_line.clear()
    assert has_line.wait(LONGEST_SECONDS)


def show(text: str) -> None:
    lines.append(text)
    has_line.set()


def test_lines_are_shown_while_the_module_runs_and_its_file_is_removed(short_interval: Path) -> None:
    lines.clear()
    with showing_progress(show):
        [file] = short_interval.iterdir()
        assert os.environ[VARIABLE] == str(file)
        assert file.stat().st_mode & 0o077 == 0
        report(1)
        report(2)

    assert lines[0] == "cams: 1 of 3 numbers done"
    assert lines[-1].startswith("cams: 2 of 3 numbers done")
    assert list(short_interval.iterdir()) == []
    assert VARIABLE not in os.environ


def test_the_file_is_removed_when_the_module_raises(short_interval: Path) -> None:
    with pytest.raises(RuntimeError), showing_progress(show):
        raise RuntimeError("no connection")

    assert list(short_interval.iterdir()) == []
    assert VARIABLE not in os.environ


@pytest.mark.parametrize(
    "content",
    [b"", b"no JSON", b"[]", b"[1]", b"7", b'{"stage": 1}', b'{"stage": "x", "done": "y", "total": 1}', b"\xff"],
)
def test_content_of_another_program_is_ignored(short_interval: Path, content: bytes) -> None:
    lines.clear()
    with showing_progress(show):
        Path(os.environ[VARIABLE]).write_bytes(content)
        read = threading.Event()
        watched = WatchedReads(read)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "pread", watched)
            assert read.wait(LONGEST_SECONDS)
        assert lines == []
        report(1)

    assert lines[0] == "cams: 1 of 3 numbers done"


class WatchedReads:
    """os.pread, which says when the file was read three times."""

    def __init__(self, enough: threading.Event) -> None:
        self._enough, self._count, self._read = enough, 0, os.pread

    def __call__(self, descriptor: int, length: int, offset: int) -> bytes:
        self._count += 1
        if self._count == 3:
            self._enough.set()
        return self._read(descriptor, length, offset)


@pytest.mark.parametrize("wrong", ["often", "", "1,5"])
def test_a_wrong_interval_is_replaced_by_the_default(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv(INTERVAL_VARIABLE, wrong)

    assert _progress._seconds_between_lines() == _progress.SECONDS_BETWEEN_LINES


def test_an_interval_has_a_lower_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERVAL_VARIABLE, "-1")

    assert _progress._seconds_between_lines() == 0.1


def test_without_a_place_for_its_file_the_module_runs_without_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_keywords: Any) -> None:
        raise FileNotFoundError("no temporary directory")

    monkeypatch.setattr(tempfile, "mkstemp", fail)
    monkeypatch.delenv(VARIABLE, raising=False)
    ran = False

    with showing_progress(show):
        ran = True
        assert VARIABLE not in os.environ

    assert ran
