# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The line that a long call of the fleet shows, on a terminal and in a pipeline."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playbook_runs import ANSIBLE_PLAYBOOK, LONGEST_RUN_SECONDS, credentials, write_playbook
from simulator_process import Simulator
from worlds import SPACE

NUMBERS = [{"cust_space_id": SPACE, "phone_number": f"+861390000{index:04}"} for index in range(30)]
LINE = re.compile(r"cams: (\d+) of 30 numbers done")


@dataclass
class SpaceRows:
    status: int
    output: str
    errors: str


@dataclass
class Fleet:
    """Thirty new numbers at twenty calls a second, which takes some seconds."""

    environment: dict[str, str]
    folder: Path

    def run(self, *, terminal: bool = False, **variables: str) -> SpaceRows:
        options: dict[str, Any] = {"numbers": NUMBERS, "rate_limit": 15, "concurrency": 8}
        tasks: list[dict[str, Any]] = [
            {"name": "Bring them", "chatapp.cams.cams_number_fleet": options},
            {"name": "Rest", "ansible.builtin.command": "sleep 1", "changed_when": False},
        ]
        writer = subprocess.PIPE
        if terminal:
            reader, writer = os.openpty()
        process = subprocess.Popen(
            [ANSIBLE_PLAYBOOK, str(write_playbook(self.folder, tasks))],
            env={**self.environment, "ANSIBLE_CALLBACKS_ENABLED": "chatapp.cams.progress", **variables},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=writer,
            text=True,
        )
        if not terminal:
            output, errors = process.communicate(timeout=LONGEST_RUN_SECONDS)
            return SpaceRows(process.returncode, output, errors)
        os.close(writer)
        errors = _everything(reader)
        output, _nothing = process.communicate(timeout=LONGEST_RUN_SECONDS)
        return SpaceRows(process.returncode, output, errors)


def _everything(terminal: int) -> str:
    pieces = []
    try:
        while piece := os.read(terminal, 4096):
            pieces.append(piece)
    except OSError:
        # So Linux says that the last writer is gone.
        pass
    finally:
        os.close(terminal)
    return b"".join(pieces).decode()


@pytest.fixture
def fleet(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Fleet:
    # Ansible makes a socket in it, and the path of a socket must be short.
    temporary = tmp_path_factory.mktemp("t")
    state = {"XDG_STATE_HOME": str(tmp_path / "state"), "TMPDIR": str(temporary)}
    return Fleet({**contained, **credentials(simulator), **state}, tmp_path)


def test_a_terminal_shows_one_line_that_is_gone_in_the_end(fleet: Fleet) -> None:
    shown = fleet.run(terminal=True, COLUMNS="200")

    assert shown.status == 0, shown.output
    counts = [int(count) for count in LINE.findall(shown.errors)]
    assert len(set(counts)) > 1
    assert counts == sorted(counts)
    assert re.search(r"\d+\.\d of 15 calls/s, about \d+ s left", shown.errors)
    # The line never ends, so that it stays the only one, and it is taken away before the next task.
    assert "\n" not in shown.errors
    assert shown.errors.endswith("\r\x1b[K")


def test_a_pipeline_gets_plain_lines_now_and_then_apart_from_the_output(fleet: Fleet) -> None:
    shown = fleet.run(CAMS_PROGRESS_INTERVAL="0.7", ANSIBLE_STDOUT_CALLBACK="ansible.builtin.minimal")

    assert shown.status == 0, shown.output
    lines = shown.errors.splitlines()
    assert len(lines) > 1
    assert all(LINE.match(line) for line in lines), lines
    assert not LINE.search(shown.output)
    assert not re.search(r"\+8613|\x1b|\r", shown.errors)


def test_it_is_silent_unless_it_is_wanted_and_leaves_nothing_behind(fleet: Fleet) -> None:
    unwanted = fleet.run(ANSIBLE_CALLBACKS_ENABLED="ansible.builtin.timer", CAMS_PROGRESS_INTERVAL="0.5")
    short = fleet.run()

    for shown in (unwanted, short):
        assert shown.status == 0, shown.output
        assert "cams:" not in shown.errors
    left = [path.name for path in Path(fleet.environment["TMPDIR"]).iterdir() if "progress" in path.name]
    assert left == []


def test_a_wrong_setting_fails_no_play(fleet: Fleet) -> None:
    shown = fleet.run(CAMS_PROGRESS_INTERVAL="often")

    assert shown.status == 0, shown.output
    assert "CAMS_PROGRESS_INTERVAL" in shown.errors
