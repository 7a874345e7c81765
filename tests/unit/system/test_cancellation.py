# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stopping a run when a signal arrives or nobody waits for its result."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._system import cancellation as _cancel
from ansible_collections.chatapp.cams.plugins.module_utils._system.cancellation import SIGNALS, stop_on_signal

# Only a hang takes longer.
LONGEST_SECONDS = 60.0


def send_signal(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.fixture
def without_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_cancel, "_PROCESSES", tmp_path / "none")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_the_lock_is_held_stops_after_its_release(number: int) -> None:
    lock = threading.Lock()
    stopped = threading.Event()
    was_free = []

    def stop() -> None:
        was_free.append(lock.acquire(timeout=LONGEST_SECONDS))
        stopped.set()

    with stop_on_signal(stop):
        with lock:
            send_signal(number)
            # Here Python runs the handlers of signals that came.
            time.sleep(0.05)
        assert stopped.wait(LONGEST_SECONDS)
    assert was_free == [True], "the handler waited for a lock that the code under it held"


@pytest.mark.usefixtures("without_proc")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_wakes_a_sleeping_thread_immediately_without_proc(number: int) -> None:
    stop = threading.Event()
    with stop_on_signal(stop.set):
        send_signal(number)
        # This code does not poll, so a thread that is not woken sleeps forever.
        assert stop.wait(LONGEST_SECONDS)


@pytest.mark.usefixtures("without_proc")
def test_a_run_without_a_signal_continues_without_proc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cancel, "POLL_SECONDS", 0.01)
    stop = threading.Event()
    with stop_on_signal(stop.set):
        assert not stop.wait(0.1)


def test_a_run_stops_when_a_process_above_it_has_lost_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cancel, "POLL_SECONDS", 0.01)
    lost = _cancel._WaitingProcesses({os.getpid(): os.getppid() + 1})
    monkeypatch.setattr(_cancel._WaitingProcesses, "find", lambda: lost)
    stop = threading.Event()
    with stop_on_signal(stop.set):
        assert stop.wait(LONGEST_SECONDS)


def test_another_signal_does_not_stop_a_run() -> None:
    stop = threading.Event()
    caught = []
    handler = signal.signal(signal.SIGUSR1, lambda *_signal: caught.append(True))
    try:
        with stop_on_signal(stop.set):
            send_signal(signal.SIGUSR1)
            assert not stop.wait(0.1)
    finally:
        signal.signal(signal.SIGUSR1, handler)
    assert caught == [True]


def test_a_finished_run_restores_signals_and_closes_its_sockets() -> None:
    handlers, open_before = [signal.getsignal(number) for number in SIGNALS], _open_sockets()
    with stop_on_signal(lambda: None):
        watchers = set(threading.enumerate())
    for thread in watchers - {threading.current_thread()}:
        thread.join(LONGEST_SECONDS)
    assert [signal.getsignal(number) for number in SIGNALS] == handlers
    # What an earlier test left to its thread may have been closed meanwhile.
    assert _open_sockets() - open_before == set()


def _open_sockets() -> set[str]:
    """By their inodes: other threads open and close files all the time."""
    found = set()
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(str(path.readlink()))
    return {name for name in found if name.startswith("socket:")}


# --- until the process exits

SIGNALLED_ALL_THE_WAY = """
import os, signal, sys
from ansible_collections.chatapp.cams.plugins.module_utils._system import cancellation as _cancel

class LastOfAll:
    def __del__(self, kill=os.kill, pid=os.getpid()):
        kill(pid, {number})

_cancel.stop_on_signal_until_exit(lambda: None)
os.kill(os.getpid(), {number})
_cancel.ignore_signals_until_exit()
print("result", flush=True)
os.kill(os.getpid(), {number})
sys.last_of_all = LastOfAll()
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_no_signal_interrupts_the_result_or_the_exit(number: int) -> None:
    program = SIGNALLED_ALL_THE_WAY.format(number=int(number))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, "result\n"), done.stderr


def test_runs_of_one_process_leave_no_threads_behind() -> None:
    script = """
import threading
from ansible_collections.chatapp.cams.plugins.module_utils._system import cancellation
for _run in range(5):
    cancellation.stop_on_signal_until_exit(lambda: None)
listeners = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
for thread in listeners[:-1]:
    thread.join(5)
print([thread.is_alive() for thread in listeners[:-1]].count(True))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"


def test_a_process_without_stop_on_signal_ends_on_a_signal() -> None:
    handlers = [signal.getsignal(number) for number in SIGNALS]
    _cancel.ignore_signals_until_exit()

    assert [signal.getsignal(number) for number in SIGNALS] == handlers


# --- who waits for the result

PLAYBOOK = b"/usr/bin/python3\0/usr/bin/ansible-playbook\0site.yml\0"
SHELL = b"/bin/sh\0-c\0python3 /root/.ansible/tmp/x/AnsiballZ_cams_number_fleet.py && sleep 0\0"
MODULE = b"python3\0/root/.ansible/tmp/x/AnsiballZ_cams_number_fleet.py\0"
BY_HAND = b"python3\0-m\0ansible_collections.chatapp.cams.plugins.modules.cams_number_fleet\0"


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Makes the processes above this one, the nearest first, and this one before them."""

    def make(*commands: bytes) -> None:
        pids = [os.getpid(), *range(1_000_001, 1_000_000 + len(commands)), 1]
        for command, pid, parent in zip([*commands, b"/sbin/init\0"], pids, [*pids[1:], 0], strict=True):
            folder = tmp_path / str(pid)
            folder.mkdir()
            (folder / "cmdline").write_bytes(command)
            (folder / "stat").write_text(f"{pid} (a name) S {parent} 0 0", encoding="utf-8")

    monkeypatch.setattr(_cancel, "_PROCESSES", tmp_path)
    return make


@pytest.mark.parametrize(
    "above",
    [
        pytest.param([MODULE, SHELL, PLAYBOOK], id="worker without a parent"),
        pytest.param([MODULE, PLAYBOOK, b"/usr/lib/systemd/systemd\0--user\0"], id="worker that systemd adopted"),
        pytest.param([MODULE, SHELL, b"python\0-m\0ansible.cli.playbook\0site.yml\0"], id="started with -m"),
        pytest.param([MODULE, SHELL, b"python\0-B\0-m\0ansible\0playbook\0site.yml\0"], id="started with options"),
        pytest.param([MODULE, SHELL, b"/venv/bin/python3.12\0/venv/bin/ansible\0all\0"], id="ansible ad hoc"),
    ],
)
def test_a_module_whose_controller_is_gone_before_it_begins_is_stopped_before_it_does_anything(
    processes: Callable[..., None], above: list[bytes]
) -> None:
    processes(*above)
    stopped = []
    with stop_on_signal(lambda: stopped.append(True)):
        assert stopped == [True]


@pytest.mark.parametrize(
    "above",
    [
        pytest.param([MODULE, SHELL, PLAYBOOK, PLAYBOOK, b"bash\0"], id="playbook"),
        pytest.param([MODULE, SHELL, PLAYBOOK, PLAYBOOK], id="playbook as the first process of a container"),
        pytest.param([MODULE, SHELL, PLAYBOOK, PLAYBOOK, SHELL, PLAYBOOK], id="playbook within an orphaned one"),
        pytest.param([BY_HAND, b"bash\0"], id="by hand"),
        pytest.param([BY_HAND], id="by hand, in the background"),
        pytest.param([BY_HAND, b"python3\0-m\0pytest\0tests/ansible\0"], id="pytest"),
        pytest.param([BY_HAND, b"make\0-C\0ansible\0"], id="make"),
        pytest.param([BY_HAND, b"bash\0/home/ansible/bin/ansible-playbook-all\0"], id="script"),
        pytest.param([MODULE, SHELL, b"sshd: deploy@notty\0"], id="over SSH"),
        pytest.param([MODULE, b"python3\0/root/.ansible/tmp/x/async_wrapper.py\0j1\x0060\0"], id="asynchronous"),
    ],
)
def test_a_module_whose_result_is_awaited_continues(processes: Callable[..., None], above: list[bytes]) -> None:
    processes(*above)
    stopped = []
    with stop_on_signal(lambda: stopped.append(True)):
        assert stopped == []


def test_a_module_without_a_reader_of_its_output_is_stopped() -> None:
    program = """
import sys
from ansible_collections.chatapp.cams.plugins.module_utils._system.cancellation import stop_on_signal
sys.stdin.readline()
with stop_on_signal(lambda: print("stopped", file=sys.stderr)):
    pass
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for is_read, expected in ((True, b""), (False, b"stopped\n")):
        with subprocess.Popen(
            [sys.executable, "-c", program],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            if not is_read:
                process.stdout.close()
            process.stdin.write(b"\n")
            process.stdin.close()
            assert process.stderr.read() == expected
