# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fork of a program is like the program: what it is given, what it returns, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from fork_server import ForkServer, find_server

USUAL = {"PATH": os.environ["PATH"]}
PROGRAM = """
import os, sys, time
if __name__ == "__main__":
    if sys.argv[1] == "wait":
        print("started", flush=True)
        time.sleep(600)
    print(sys.argv[1:], os.getcwd(), sorted(set(os.environ) - {"LC_CTYPE"}), sys.stdin.read())
    print("problem", file=sys.stderr)
    sys.exit(3)
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServer]:
    (tmp_path / "program_of_test.py").write_text(PROGRAM, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    server = ForkServer(USUAL)
    yield server
    server.stop()


def test_a_fork_has_its_own_arguments_folder_variables_and_input(server: ForkServer, tmp_path: Path) -> None:
    for name in ("ONE", "TWO"):
        folder = tmp_path / name
        folder.mkdir()

        process = server.start("program_of_test", [name], environment={name: "yes"}, folder=folder, text=f"for {name}")

        output, errors = process.communicate(timeout=60)
        assert output == f"['{name}'] {folder} ['{name}'] for {name}\n"
        assert (errors, process.returncode) == ("problem\n", 3)


def test_a_fork_can_be_waited_for_and_killed(server: ForkServer) -> None:
    process = server.start("program_of_test", ["wait"], environment={})
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.1)
    assert process.poll() is None

    process.kill()

    assert process.communicate(timeout=60) == ("started\n", "")
    assert process.wait() == -signal.SIGKILL


def test_a_program_with_other_settings_is_not_forked() -> None:
    for name in ("ANSIBLE_LOG_PATH", "LD_PRELOAD", "PYTHONPATH", "HOME"):
        assert find_server({**USUAL, name: "/elsewhere"}, USUAL) is None
