# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Python programs as forks of a server that has imported them already.

``python -m program`` spends most of its time on imports. A fork is a real process too: it has its own environment,
folder, pipes and exit status, and a test can signal or kill it. A suite that wants forks calls ``allow_forks``.
Benchmarks do not. A shell can start forks, too, if its PATH begins with ``ForkServer.programs``.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import select
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any

from fork_client import SHELLS, short_name_of

# Long enough that only a hang reaches it.
LONGEST_START_SECONDS = 120.0
# What Python reads when it starts, and what programs read when they are imported. Other variables may differ from fork
# to fork.
READ_ON_START = ("ANSIBLE_", "HOME", "LANG", "LC_", "LD_", "PATH", "PYTHON")
_servers: dict[tuple[tuple[str, ...], tuple[tuple[str, str], ...]], ForkServer] = {}
_allowed: list[bool] = []


def allow_forks() -> None:
    """Let this process run programs as forks from now on."""
    _allowed.append(True)


def find_server(environment: Mapping[str, str], usual: Mapping[str, str], *preloaded: str) -> ForkServer | None:
    """Return a server with the usual environment, or None if a program needs other settings when it starts."""
    if not _allowed or _settings(environment) != _settings(usual):
        return None
    key = (preloaded, tuple(sorted(_settings(usual).items())))
    if key not in _servers:
        _servers[key] = ForkServer(usual, *preloaded)
    return _servers[key]


def _search_path(environment: Mapping[str, str]) -> str:
    return os.pathsep.join(filter(None, [environment.get("PYTHONPATH"), *sys.path]))


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_ON_START)}


def _settings_of_ansible(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("ANSIBLE_")}


class ForkedProcess:
    """A process that the server started, with the methods of ``subprocess.Popen`` that tests use."""

    def __init__(self, status: int, stdout: int, stderr: int) -> None:
        self._status = os.fdopen(status, encoding="ascii")
        # What arrived so far from each output that has not ended.
        self._open = {stdout: bytearray(), stderr: bytearray()}
        self._received = tuple(self._open.values())
        self.returncode: int | None = None
        if not select.select([status], [], [], LONGEST_START_SECONDS)[0]:
            raise TimeoutError("The server of forks does not start a process.")
        line = self._status.readline()
        if not line:
            raise RuntimeError("The server of forks has ended.")
        self.pid = int(line)

    def poll(self) -> int | None:
        """Return the exit status, or None while the process runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self.returncode = int(self._status.readline() or -signal.SIGKILL)
            self._status.close()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            select.select([self._status], [], [], timeout)
        status = self.poll()
        if status is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return status

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Read both outputs until they end. What was read before a timeout is kept for the next call."""
        ends_at = None if timeout is None else time.monotonic() + timeout
        while self._open:
            left = None if ends_at is None else max(0, ends_at - time.monotonic())
            ready = select.select(list(self._open), [], [], left)[0]
            if not ready:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            for descriptor in ready:
                chunk = os.read(descriptor, 1 << 16)
                self._open[descriptor].extend(chunk)
                if not chunk:
                    del self._open[descriptor]
                    os.close(descriptor)
        self.wait(timeout)
        output, errors = (bytes(received).decode() for received in self._received)
        return output, errors

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


StartedProcess = subprocess.Popen[str] | ForkedProcess


class ForkServer:
    """A server of forks that runs as long as this process. It imports these modules when it starts."""

    def __init__(self, environment: Mapping[str, str], *preloaded: str) -> None:
        ours, theirs = socket.socketpair()
        self._folder = tempfile.TemporaryDirectory(prefix="forks-")
        shells = socket.socket(socket.AF_UNIX)
        with theirs, shells, short_name_of(self._folder.name) as folder:
            shells.bind(f"{folder}/{SHELLS}")
            shells.listen()
            descriptors = [theirs.fileno(), shells.fileno()]
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fork_server", *map(str, descriptors), *preloaded],
                env={**environment, "PYTHONPATH": _search_path(environment)},
                pass_fds=descriptors,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._channel = ours
        atexit.register(self.stop)

    def stop(self) -> None:
        self._channel.close()
        self._process.wait()
        self._folder.cleanup()

    def programs(self, modules: Mapping[str, str]) -> str:
        """Return a folder of programs with these names, for the PATH of a shell. Each runs its module as a fork."""
        for name, module in modules.items():
            program = Path(self._folder.name, name)
            words = [sys.executable, "-IS", str(Path(__file__).with_name("fork_client.py")), self._folder.name, module]
            program.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n', encoding="utf-8")
            program.chmod(0o700)
        return self._folder.name

    def start(
        self,
        program: str,
        arguments: Sequence[str] = (),
        *,
        environment: Mapping[str, str],
        folder: Path | None = None,
        text: str = "",
        new_session: bool = False,
    ) -> ForkedProcess:
        """Start ``python -m program arguments`` with this text as its input. It has only these variables."""
        request = {
            "program": program,
            "arguments": list(arguments),
            "environment": dict(environment),
            "folder": str(folder or Path.cwd()),
            "new_session": new_session,
        }
        (output, their_output), (errors, their_errors), (status, their_status) = os.pipe(), os.pipe(), os.pipe()
        with _file_with(json.dumps(request)) as asked, _file_with(text) as given:
            theirs = [given.fileno(), their_output, their_errors, their_status]
            socket.send_fds(self._channel, [b"f"], [asked.fileno(), *theirs])
        for descriptor in theirs[1:]:
            os.close(descriptor)
        return ForkedProcess(status, output, errors)


@contextlib.contextmanager
def _file_with(text: str) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as file:
        file.write(text.encode())
        file.seek(0)
        yield file


class _Server:
    """Forks a process for each request, and reports its id and exit status."""

    def __init__(self, channel: socket.socket, shells: socket.socket) -> None:
        self._channel = channel
        self._shells = shells
        self._status_pipes: dict[int, int] = {}

    def serve(self) -> None:
        """Serve until the channel is closed."""
        woken, note = socket.socketpair()
        note.setblocking(False)
        signal.set_wakeup_fd(note.fileno())
        signal.signal(signal.SIGCHLD, _wake_up)
        while True:
            ready = select.select([self._channel, self._shells, woken], [], [])[0]
            if woken in ready:
                woken.recv(4096)
                self._report_ends()
            if self._shells in ready:
                with self._shells.accept()[0] as shell:
                    self._take_request(shell)
            if self._channel in ready and not self._take_request(self._channel):
                return

    def _take_request(self, channel: socket.socket) -> bool:
        """Fork a process, unless the channel is closed."""
        message, descriptors, _flags, _address = socket.recv_fds(channel, 1, 5)
        if message:
            self._fork(*descriptors)
        return bool(message)

    def _fork(self, asked: int, given: int, output: int, errors: int, status: int) -> None:
        with os.fdopen(asked, "rb") as file:
            request = json.load(file)
        with contextlib.suppress(ImportError):
            importlib.import_module(request["program"])
        # No fork then looks for garbage among what was imported, or copies that memory to do so.
        gc.freeze()
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for number, descriptor in enumerate((given, output, errors)):
                os.dup2(descriptor, number)
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            _run(request)
        for descriptor in (given, output, errors):
            os.close(descriptor)
        self._status_pipes[pid] = status
        os.write(status, f"{pid}\n".encode())

    def _report_ends(self) -> None:
        while self._status_pipes:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            pipe = self._status_pipes.pop(pid)
            # The test may have closed its end.
            with contextlib.suppress(BrokenPipeError):
                os.write(pipe, f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os.close(pipe)


def _wake_up(_number: int, _frame: FrameType | None) -> None:
    """Do nothing: Python writes the signal to the socket of the loop."""


def _run(request: dict[str, Any]) -> None:
    """Run the program as the main program of this process, and end the process."""

    def run() -> None:
        if request["new_session"]:
            os.setsid()
        os.chdir(request["folder"])
        if _settings_of_ansible(request["environment"]) != _settings_of_ansible(os.environ):
            # A shell has changed what Ansible has read already.
            words = [sys.executable, "-m", request["program"], *request["arguments"]]
            os.execve(sys.executable, words, request["environment"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        tempfile.tempdir = None
        sys.argv = [request["program"], *request["arguments"]]
        runpy.run_module(request["program"], run_name="__main__", alter_sys=True)

    os._exit(exit_status_of(run))


def exit_status_of(run: Callable[[], object]) -> int:
    """Run the main program of a fork and return the exit status that it asks for. What it printed has left."""
    status = 1
    try:
        run()
        status = 0
    except SystemExit as end:
        status = _status_of(end)
    except BaseException:
        traceback.print_exc()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    return status


def _status_of(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def main() -> None:
    channel, shells, *preloaded = sys.argv[1:]
    # A program that was imported before it runs is what this server is for.
    warnings.filterwarnings("ignore", ".* found in sys.modules", RuntimeWarning)
    for name in preloaded:
        importlib.import_module(name)
    _Server(socket.socket(fileno=int(channel)), socket.socket(fileno=int(shells))).serve()


if __name__ == "__main__":
    main()
