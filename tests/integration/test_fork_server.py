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
from playbook_runs import run_playbook, write_playbook

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


WORKER = """
import pathlib, sys
import ansible.module_utils.basic, environment
from ansible_collections.chatapp.cams.plugins.module_utils import _errors
from forked_modules import run_as_fork
if __name__ == "__main__":
    status, output, errors = run_as_fork(sys.argv[2], pathlib.Path(sys.argv[1]).read_bytes())
    print(status, output.decode(), errors.decode())
"""
MODULE = """
import atexit, importlib, os, signal, sys
print(sys.argv, sys.stdin.read(), sorted(name for name in sys.modules if name.startswith("ansible")))
for name in ("ansible_collections.chatapp.cams.plugins.module_utils._errors", "environment"):
    try:
        importlib.import_module(name)
        print("found", name)
    except ImportError:
        pass
print("problem", file=sys.stderr)
atexit.register(print, "removed temporary files")
if not sys.argv[0]:
    sys.stdout.flush()
    os.kill(os.getpid(), signal.SIGTERM)
sys.exit(3)
"""


@pytest.mark.parametrize(("file", "status", "end"), [("/module.py", 3, "removed temporary files\n"), ("", -15, "")])
def test_a_module_that_is_a_fork_has_nothing_of_ansible_in_memory(
    server: ForkServer, tmp_path: Path, file: str, status: int, end: str
) -> None:
    (tmp_path / "worker_of_test.py").write_text(WORKER, encoding="utf-8")
    module = tmp_path / "source_of_module"
    module.write_text(MODULE, encoding="utf-8")

    worker = server.start("worker_of_test", [str(module), file], environment=USUAL)

    assert worker.communicate(timeout=60) == (f"{status} ['{file}']  []\n{end} problem\n\n", "")


@pytest.mark.parametrize("pipelining", [False, True])
def test_modules_of_a_playbook_are_forks(contained: dict[str, str], tmp_path: Path, pipelining: bool) -> None:
    task = {"name": "Show", "ansible.builtin.shell": "tr '\\0' ' ' < /proc/$PPID/cmdline", "register": "shown"}
    shown = {"name": "Show it", "ansible.builtin.debug": {"var": "shown.stdout"}}
    playbook = write_playbook(tmp_path, [task, shown], vars={"ansible_pipelining": pipelining})

    run = run_playbook(playbook, contained, tmp_path)

    assert run.status == 0, run.output
    assert "fork_server" in run.output


KIND = """
import os, sys
if __name__ == "__main__":
    print("fork" if "fork_client" in sys.modules else "program", sys.argv[1:], os.getcwd(), sys.stdin.read())
    sys.exit(3)
"""


def test_a_shell_runs_programs_as_forks_but_not_with_other_settings_of_ansible(
    server: ForkServer, tmp_path: Path
) -> None:
    (tmp_path / "kind_of_test.py").write_text(KIND, encoding="utf-8")
    path = os.pathsep.join([server.programs({"of-test": "kind_of_test"}), USUAL["PATH"]])
    script = "cd /; for name in OWN ANSIBLE_OWN; do echo given | env $name=1 of-test a 'b c'; echo $?; done"

    done = subprocess.run(
        ["bash", "-c", script],
        env={"PATH": path, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "".join(f"{kind} ['a', 'b c'] / given\n\n3\n" for kind in ("fork", "program"))
