# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run Python programs as forks of a server that has imported them already.

``python -m program`` spends most of its time on imports. A fork is a real process too: it has its own environment,
folder, pipes and exit status, and a test can signal or kill it. A suite that wants forks calls ``allow_forks``.
Benchmarks do not.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO, Any

# Long enough that only a hang reaches it.
LONGEST_START_SECONDS = 120.0
# What Python reads when it starts, and what programs read when they are imported. Other variables may differ from fork
# to fork.
READ_ON_START = ("ANSIBLE_", "HOME", "LANG", "LC_", "LD_", "PATH", "PYTHON", "TMPDIR")
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


def _settings(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(READ_ON_START)}


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
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "fork_server", str(theirs.fileno()), *preloaded],
                env={**environment, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )
        self._channel = ours
        atexit.register(self.stop)

    def stop(self) -> None:
        self._channel.close()
        self._process.wait()

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

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._status_pipes: dict[int, int] = {}

    def serve(self) -> None:
        """Serve until the channel is closed."""
        woken, note = socket.socketpair()
        note.setblocking(False)
        signal.set_wakeup_fd(note.fileno())
        signal.signal(signal.SIGCHLD, _wake_up)
        while True:
            ready = select.select([self._channel, woken], [], [])[0]
            if woken in ready:
                woken.recv(4096)
                self._report_ends()
            if self._channel in ready:
                message, descriptors, _flags, _address = socket.recv_fds(self._channel, 1, 5)
                if not message:
                    return
                self._fork(*descriptors)

    def _fork(self, asked: int, given: int, output: int, errors: int, status: int) -> None:
        with os.fdopen(asked, "rb") as file:
            request = json.load(file)
        with contextlib.suppress(ImportError):
            importlib.import_module(request["program"])
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
    status = 1
    try:
        if request["new_session"]:
            os.setsid()
        os.chdir(request["folder"])
        os.environ.clear()
        os.environ.update(request["environment"])
        time.tzset()
        tempfile.tempdir = None
        sys.argv = [request["program"], *request["arguments"]]
        runpy.run_module(request["program"], run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as end:
        status = _status_of(end)
    except BaseException:
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()
        os._exit(status)


def _status_of(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    print(end.code, file=sys.stderr)
    return 1


def main() -> None:
    descriptor, *preloaded = sys.argv[1:]
    # A program that was imported before it runs is what this server is for.
    warnings.filterwarnings("ignore", ".* found in sys.modules", RuntimeWarning)
    for name in preloaded:
        importlib.import_module(name)
    _Server(socket.socket(fileno=int(descriptor))).serve()


if __name__ == "__main__":
    main()
