# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The counts that a run writes into the progress file."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import CallCounts
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import (
    LENGTH,
    VARIABLE,
    NumbersStage,
    Stage,
    reporting_progress,
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "progress"
    path.touch()
    return path


def written_to(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return document


def test_counts_of_a_stage_are_written_in_place(file: Path) -> None:
    counts = CallCounts()
    with reporting_progress({VARIABLE: str(file)}, counts, 10.0) as progress:
        with progress.stage(Stage.NUMBERS, 3, 1):
            counts.calls["Initiate"] += 2
            counts.throttled += 1
            progress.one_done(Stage.NUMBERS)
            progress.one_done(Stage.NUMBERS)
            written = written_to(file)
        over = written_to(file)

    assert isinstance(written.pop("at"), float)
    assert written == {
        "stage": "numbers done",
        "total": 3,
        "done": 3,
        "calls": {"Initiate": 2},
        "throttled": 1,
        "limit": 10.0,
    }
    assert over["stage"] == ""
    assert file.stat().st_size == LENGTH


def test_connections_are_counted_from_the_numbers_that_are_left(file: Path) -> None:
    with (
        reporting_progress({VARIABLE: str(file)}, CallCounts(), 10.0) as progress,
        progress.stage(Stage.CONNECTIONS, 5),
    ):
        progress.set_left(2)
        assert written_to(file)["done"] == 3


@pytest.mark.parametrize("kind", ["nothing", "missing", "link", "folder", "pipe"])
def test_only_a_file_of_the_watcher_is_written(tmp_path: Path, file: Path, kind: str) -> None:
    path = tmp_path / kind
    if kind == "link":
        path.symlink_to(file)
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)

    environment = {VARIABLE: "" if kind == "nothing" else str(path)}
    with reporting_progress(environment, CallCounts(), 10.0) as progress, progress.stage(Stage.NUMBERS, 1):
        progress.one_done(Stage.NUMBERS)

    assert file.stat().st_size == 0
    assert path.exists() == (kind in ("link", "folder", "pipe"))


def test_a_number_of_another_stage_is_not_counted(file: Path) -> None:
    with reporting_progress({VARIABLE: str(file)}, CallCounts(), 10.0) as progress, progress.stage(Stage.NUMBERS, 5):
        progress.one_done(Stage.CODES)
        progress.set_left(5)
        assert written_to(file)["done"] == 0


def test_numbers_that_are_done_while_spaces_are_read_are_counted_when_their_stage_begins(file: Path) -> None:
    with (
        reporting_progress({VARIABLE: str(file)}, CallCounts(), 10.0) as progress,
        progress.stage(Stage.SPACES, 2),
    ):
        numbers = NumbersStage(progress, 4)
        numbers.one_done()
        reading = written_to(file)
        numbers.begin()
        numbers.one_done()
        numbers.begin()
        numbers.one_done()
        progress.one_done(Stage.SPACES)
        numbers.one_done()
        processing = written_to(file)

    assert (reading["stage"], reading["done"]) == ("spaces read", 0)
    assert (processing["stage"], processing["done"], processing["total"]) == ("numbers done", 4, 4)
