# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make test`` runs long stages first, shows their budgets, and leaves no process behind."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
import run
from run import STAGES, Result, Stage, Used, choose, execute, in_order, screen

QUICK = Stage("quick", "something", "true", 5)
SLOW = Stage("slow", "something else", "true", 60)


def names(chains: list[list[Stage]]) -> list[list[str]]:
    return [[stage.name for stage in chain] for chain in chains]


def test_stages_with_the_largest_budgets_run_first() -> None:
    budgets = [sum(stage.budget for stage in chain) for chain in in_order(choose(()))]

    assert all(earlier >= later for earlier, later in pairwise(budgets))


def test_a_stage_runs_after_the_stage_whose_files_it_needs() -> None:
    assert names(in_order(choose(["importer", "build", "ruff"]))) == [["build", "importer"], ["ruff"]]


def test_a_stage_runs_alone_if_only_its_name_is_given() -> None:
    assert names(in_order(choose(["importer"]))) == [["importer"]]


def test_every_chosen_stage_runs_once() -> None:
    ordered = [stage.name for chain in in_order(choose(())) for stage in chain]

    assert sorted(ordered) == sorted(stage.name for stage in STAGES if not stage.only_by_name)


def test_the_last_screen_marks_a_stage_over_its_budget_and_does_not_fail_it() -> None:
    results = [Result(QUICK, True, 1, 0, 0, Used(3.0, 5.5)), Result(SLOW, True, 7, 0, 2, Used(90.0, 58.0))]

    lines = screen(results, 91.0).splitlines()

    assert lines[1].split() == ["stage", "result", "seconds", "CPU", "s", "budget", "passed", "failed", "skipped"]
    assert lines[2].split() == ["quick", "ok", "3.0", "5.5", "5", "1", "0", "0", "over", "budget"]
    assert lines[3].split() == ["slow", "ok", "90.0", "58.0", "60", "7", "0", "2"]
    assert lines[4].split() == ["in", "all", "ok", "91.0", "63.5", "65", "8", "0", "2"]


def test_the_last_screen_says_that_a_stage_failed() -> None:
    lines = screen([Result(QUICK, False, 0, 1, 0, Used(1.0, 1.0))], 1.0).splitlines()

    assert [line.split()[1] for line in lines[2:3]] == ["FAILED"]
    assert lines[3].split()[:3] == ["in", "all", "FAILED"]
    assert lines[-1] == "0 passed, 1 failed"


def test_the_summary_names_what_the_matrix_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "SUMMARY", tmp_path / "summary.json")
    run.summarise([Result(QUICK, True, 1, 0, 0, Used(1.0, 1.0))])

    [kept] = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))
    assert {name: kept[name] for name in ("stage", "succeeded", "passed", "failed", "skipped")} == {
        "stage": "quick",
        "succeeded": True,
        "passed": 1,
        "failed": 0,
        "skipped": 0,
    }


def test_the_cpu_seconds_of_a_stage_include_those_of_its_children(tmp_path: Path) -> None:
    child = "import time\nwhile time.process_time() < 0.2: pass"
    (tmp_path / "parent.py").write_text(
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}], check=True)\n", encoding="utf-8"
    )

    status, used = _execute(f"{sys.executable} {tmp_path}/parent.py", tmp_path / "log")

    assert status == 0
    # A count of what the child used by its own clock, not of how fast it was.
    assert used.cpu_seconds >= 0.2


def test_a_stage_that_hangs_is_stopped_with_its_children(tmp_path: Path) -> None:
    (tmp_path / "hang.sh").write_text(f"sh {tmp_path}/child.sh & wait\n", encoding="utf-8")
    (tmp_path / "child.sh").write_text("sleep 600; true\n", encoding="utf-8")
    under_way: set[int] = set()

    status, _used = _execute(f"sh {tmp_path}/hang.sh", tmp_path / "log", under_way, limit=2)

    assert status == -signal.SIGKILL
    assert "Stopped after 2 seconds." in (tmp_path / "log").read_text(encoding="utf-8")
    assert under_way == set()
    # A killed process needs a moment to end. Only a process that was not killed lives as long as this.
    deadline = time.monotonic() + 60
    while _processes_of(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _processes_of(tmp_path) == []


def _execute(
    command: str, log: Path, under_way: set[int] | None = None, limit: float = run.LONGEST_STAGE_SECONDS
) -> tuple[int, Used]:
    with log.open("wb") as output:
        return execute(command, dict(os.environ), output.fileno(), set() if under_way is None else under_way, limit)


def _processes_of(folder: Path) -> list[int]:
    """The processes that name the folder in their command lines."""
    found = []
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdecimal() and str(folder).encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
    return found
