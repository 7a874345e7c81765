# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stop a run when a signal arrives, or when the Ansible process that waits for its result has ended."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
POLL_SECONDS = 1.0
_PROCESSES = Path("/proc")
# The programs of Ansible that fork a worker for each task. They are started by name or with ``python -m``.
_CONTROLLER = re.compile(rb"(?:.*/)?ansible(?:-playbook|-console|-pull)?|ansible(?:\.cli\.\w+)?")
_PYTHON = re.compile(rb"(?:.*/)?python[0-9.]*")


@contextlib.contextmanager
def stop_on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Within the block, call ``stop`` when a signal arrives or when nobody waits for the result any more."""
    listening = _Listener(stop)
    try:
        yield
    finally:
        listening.stop_listening()


def stop_on_signal_until_exit(stop: Callable[[], None]) -> None:
    """Like ``stop_on_signal``, until the process exits, so that a late signal cannot cost the results."""
    # Only the last run of a process listens. Otherwise each run of a long process would leave a thread behind.
    while _until_exit:
        _until_exit.pop().stop_listening()
    _until_exit.append(_Listener(stop))


def ignore_signals_until_exit() -> None:
    """Ignore signals while the process prints its result and exits, so that the result is complete.

    Python removes its own handlers while it exits, but keeps signals ignored. This does nothing in a process that has
    not called ``stop_on_signal_until_exit``: such a process has written nothing.
    """
    if _until_exit:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


class _Listener:
    """Waits for signals, and checks whether somebody still waits for the result, until ``end`` is called."""

    def __init__(self, stop: Callable[[], None]) -> None:
        # A signal handler runs in this thread, which may have the lock that ``stop`` waits for. So Python writes the
        # signal to a socket, and another thread reads the socket and calls ``stop``.
        listener, self._note = socket.socketpair()
        self._note.setblocking(False)
        waiting = _WaitingProcesses.find()
        if waiting.is_gone:
            # Nothing may be written before the thread starts.
            stop()
        threading.Thread(target=_wait_for_signal, args=(listener, waiting, stop), daemon=True).start()
        self._noted_before = signal.set_wakeup_fd(self._note.fileno(), warn_on_full_buffer=False)
        self._handlers: dict[int, Callable[[int, FrameType | None], Any] | int | signal.Handlers | None] = {
            number: signal.signal(number, _keep_running) for number in SIGNALS
        }

    def stop_listening(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._noted_before)
        self._note.close()


_until_exit: list[_Listener] = []


def _keep_running(_number: int, _frame: object) -> None:
    """Do nothing: with a handler, the signal does not end the process and is written to the socket."""


def _wait_for_signal(listener: socket.socket, waiting: _WaitingProcesses, stop: Callable[[], None]) -> None:
    """Call ``stop`` once, when a signal arrives or nobody waits any more. Return when the socket is closed."""
    listener.settimeout(POLL_SECONDS)
    with listener:
        while True:
            try:
                noted = listener.recv(64)
                if not noted:
                    return
                over = any(number in SIGNALS for number in noted)
            except TimeoutError:
                over = waiting.is_gone
            if over:
                stop()
                return


@dataclass(frozen=True)
class _WaitingProcesses:
    """The processes that wait for the result: the parents of Ansible above this one, and the reader of its output.

    A module does not notice when Ansible is killed, because the fork that waits for the module keeps running. A fork
    has the command line of its parent. So this class can distinguish a fork from another program that started Ansible.
    """

    # The forks of Ansible above this process, each with its original parent.
    forks: dict[int, int] = field(default_factory=dict)
    # The nearest program of Ansible above this process is not a fork: its parent ended before this process started.
    started_too_late: bool = False

    @classmethod
    def find(cls) -> _WaitingProcesses:
        forks: dict[int, int] = {}
        started_too_late = seen_controller = False
        child = os.getpid()
        parent = _parent_process_id(child)
        while parent > 0:
            command = _command_line(child)
            is_fork = b"ansible" in command and command == _command_line(parent)
            if is_fork:
                forks[child] = parent
            if child != os.getpid() and not seen_controller and _is_controller(command):
                seen_controller, started_too_late = True, not is_fork
            child, parent = parent, _parent_process_id(parent)
        return cls(forks, started_too_late)

    @property
    def is_gone(self) -> bool:
        if self.started_too_late or any(_parent_process_id(child) != parent for child, parent in self.forks.items()):
            return True
        return _nobody_reads_output()


def _is_controller(command: bytes) -> bool:
    """Return whether a command line starts Ansible. A command line that only mentions Ansible does not."""
    words = command.rstrip(b"\0").split(b"\0")
    if _PYTHON.fullmatch(words[0]):
        words = [word for word in words[1:] if word == b"-m" or not word.startswith(b"-")]
        if words[:1] == [b"-m"]:
            words = words[1:]
    return bool(words and _CONTROLLER.fullmatch(words[0]))


def _nobody_reads_output() -> bool:
    """Return whether nobody reads the pipe of the output, for example because the fork was killed too."""
    if sys.__stdout__ is None:
        return False
    try:
        watched = select.poll()
        watched.register(sys.__stdout__.fileno(), 0)
        return any(event & select.POLLERR for _descriptor, event in watched.poll(0))
    except (AttributeError, OSError, ValueError):
        # This system has no such call, or the output is closed or not a file.
        return False


def _parent_process_id(pid: int) -> int:
    """Return the parent of a process; 0 if there is none or this system does not show it."""
    try:
        # The name is in parentheses and may contain spaces. The state and the parent follow.
        return int((_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _command_line(pid: int) -> bytes:
    try:
        return (_PROCESSES / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
