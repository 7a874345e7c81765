# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines with which a long call of the fleet shows its progress, in a terminal and in a pipeline."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playbook_runs import (
    ANSIBLE_PLAYBOOK,
    LONGEST_RUN_SECONDS,
    credentials_environment,
    start_ansible,
    write_playbook,
)
from simulator_process import Simulator
from terminal import read_terminal
from worlds import SPACE

NUMBERS = [{"cust_space_id": SPACE, "phone_number": f"+861390000{index:04}"} for index in range(30)]
LINE = re.compile(r"^cams: (\d+) of 30 numbers done.*$", re.MULTILINE)
DECLARED = {
    "cams_numbers": [{"cams_phone_number": item["phone_number"]} for item in NUMBERS],
    "cams_cust_space_id": SPACE,
}
MODULE = [
    {
        "name": "Reconcile",
        "chatapp.cams.cams_number_fleet": {"numbers": NUMBERS, "rate_limit": 15, "concurrency": 8},
    }
]
ROLE = [
    {"name": "Declare", "ansible.builtin.set_fact": DECLARED},
    {
        "name": "Reconcile",
        "ansible.builtin.include_role": {"name": "chatapp.cams.reconcile"},
        "vars": {"cams_rate_limit": 15, "cams_concurrency": 8},
    },
]


@dataclass
class Shown:
    status: int
    output: str
    errors: str

    def counts(self) -> list[int]:
        return [int(count) for count in LINE.findall(self.output)]


@dataclass
class Fleet:
    """Thirty new numbers at fifteen calls a second, which needs some seconds."""

    environment: dict[str, str]
    folder: Path

    def files_of_progress(self) -> list[str]:
        return [path.name for path in Path(self.environment["TMPDIR"]).iterdir() if "progress" in path.name]

    def run(self, tasks: list[dict[str, Any]], *, terminal: bool = False, **variables: str) -> Shown:
        playbook = write_playbook(self.folder, tasks)
        environment = {**self.environment, **variables}
        if terminal:
            return self._run_in_terminal(playbook, environment)
        process = start_ansible("playbook", [str(playbook)], environment, self.folder)
        output, errors = process.communicate(timeout=LONGEST_RUN_SECONDS)
        assert process.returncode is not None
        return Shown(process.returncode, output, errors)

    def _run_in_terminal(self, playbook: Path, environment: dict[str, str]) -> Shown:
        """Start the program and not a fork, because Ansible looks for a terminal when it is imported."""
        reader, writer = os.openpty()
        process = subprocess.Popen(
            [ANSIBLE_PLAYBOOK, str(playbook)],
            env=environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
        )
        os.close(writer)
        output = read_terminal(reader)
        _nothing, errors = process.communicate(timeout=LONGEST_RUN_SECONDS)
        return Shown(process.returncode, output, errors)


@pytest.fixture
def fleet(
    simulator: Simulator, contained: dict[str, str], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Fleet:
    # Ansible makes a socket in it, and the path of a socket must be short.
    temporary = tmp_path_factory.mktemp("t")
    state = {"XDG_STATE_HOME": str(tmp_path / "state"), "TMPDIR": str(temporary)}
    return Fleet({**contained, **credentials_environment(simulator), **state}, tmp_path)


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipeline"])
@pytest.mark.parametrize("tasks", [MODULE, ROLE], ids=["module", "role"])
def test_a_long_run_shows_lines_of_its_progress_and_leaves_no_file(
    fleet: Fleet, tasks: list[dict[str, Any]], terminal: bool
) -> None:
    shown = fleet.run(tasks, terminal=terminal, CAMS_PROGRESS_INTERVAL="0.5", COLUMNS="200")

    assert shown.status == 0, shown.output
    counts = shown.counts()
    assert len(set(counts)) > 1, shown.output
    assert counts == sorted(counts)
    assert re.search(r"\d+\.\d of 15 calls/s, about \d+ s left$", shown.output, re.MULTILINE)
    lines = [line for line in shown.output.splitlines() if "cams: " in line]
    assert not [line for line in lines if re.search(r"\+86|\x1b|\r", line)]
    # Nothing but a new line ends a line, so a log keeps each of them.
    assert len([line for line in lines if LINE.match(line)]) == len(counts)
    assert "cams: " not in shown.errors
    assert fleet.files_of_progress() == []


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "pipeline"])
def test_a_run_shorter_than_the_interval_shows_no_line(fleet: Fleet, terminal: bool) -> None:
    shown = fleet.run(MODULE, terminal=terminal, CAMS_PROGRESS_INTERVAL="3600")

    assert shown.status == 0, shown.output
    assert "cams: " not in shown.output + shown.errors


def test_an_interval_that_is_not_a_number_fails_no_run(fleet: Fleet) -> None:
    shown = fleet.run(MODULE, CAMS_PROGRESS_INTERVAL="often")

    assert shown.status == 0, shown.output
    assert fleet.files_of_progress() == []
