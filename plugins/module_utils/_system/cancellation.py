# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run stops when a signal cancels it, or when the Ansible that waits for its result has ended."""

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
# The programs of Ansible that fork a worker for each task, started by name or with ``python -m``.
_CONTROLLER = re.compile(rb"(?:.*/)?ansible(?:-playbook|-console|-pull)?|ansible(?:\.cli\.\w+)?")
_PYTHON = re.compile(rb"(?:.*/)?python[0-9.]*")


@contextlib.contextmanager
def stop_on_signal(stop: Callable[[], None]) -> Iterator[None]:
    """Within the block, call ``stop`` on a signal instead of dying, and when nobody waits for the result any more."""
    listening = _Listening(stop)
    try:
        yield
    finally:
        listening.end()


def stop_on_signal_until_exit(stop: Callable[[], None]) -> None:
    """Like ``stop_on_signal``, until the process exits, so that a late signal cannot cost the results."""
    _until_exit.append(_Listening(stop))


def ignore_signals_until_exit() -> None:
    """Let no signal cut the result off while the process prints it, or end the process before it exits by itself.

    Python gives its own handlers up while it exits, but keeps signals ignored. Only for a process that
    ``stop_on_signal_until_exit`` has prepared: whatever else a signal ends has written nothing.
    """
    if _until_exit:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


class _Listening:
    """Hears signals, and looks whether somebody still waits for the result, until it is ended."""

    def __init__(self, stop: Callable[[], None]) -> None:
        # A handler would run in the midst of this thread, which may hold the very lock that ``stop`` waits for. So the
        # interpreter notes the signal where another thread listens, and that one stops.
        listener, self._note = socket.socketpair()
        self._note.setblocking(False)
        audience = _Audience.find()
        if audience.is_gone:
            # Nothing may be written in the time that the thread takes to begin.
            stop()
        threading.Thread(target=_watch, args=(listener, audience, stop), daemon=True).start()
        self._noted_before = signal.set_wakeup_fd(self._note.fileno(), warn_on_full_buffer=False)
        self._handlers: dict[int, Callable[[int, FrameType | None], Any] | int | signal.Handlers | None] = {
            number: signal.signal(number, _live_on) for number in SIGNALS
        }

    def end(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._noted_before)
        self._note.close()


_until_exit: list[_Listening] = []


def _live_on(_number: int, _frame: object) -> None:
    """With a handler, even this one, a signal does not end the process and is noted."""


def _watch(listener: socket.socket, audience: _Audience, stop: Callable[[], None]) -> None:
    """Stop, once, when a signal is noted or the audience is gone. It is over when nobody can note any more."""
    listener.settimeout(POLL_SECONDS)
    with listener:
        while True:
            try:
                noted = listener.recv(64)
                if not noted:
                    return
                over = any(number in SIGNALS for number in noted)
            except TimeoutError:
                over = audience.is_gone
            if over:
                stop()
                return


@dataclass(frozen=True)
class _Audience:
    """Who waits for the result: the processes of Ansible above this one, and the reader of its output.

    Ansible does not tell its modules when it is killed: the fork that waits for the module lives on, an orphan. A fork
    has its parent's command line. That tells a fork from any other program that started Ansible and may end before it.
    """

    # Each fork of Ansible above this process, with the parent that it had.
    forks: dict[int, int] = field(default_factory=dict)
    # The nearest program of Ansible above this process was no fork: its parent was gone before this process began.
    came_too_late: bool = False

    @classmethod
    def find(cls) -> _Audience:
        forks: dict[int, int] = {}
        came_too_late = seen_controller = False
        child = os.getpid()
        parent = _parent(child)
        while parent > 0:
            command = _command(child)
            is_fork = b"ansible" in command and command == _command(parent)
            if is_fork:
                forks[child] = parent
            if child != os.getpid() and not seen_controller and _is_controller(command):
                seen_controller, came_too_late = True, not is_fork
            child, parent = parent, _parent(parent)
        return cls(forks, came_too_late)

    @property
    def is_gone(self) -> bool:
        if self.came_too_late or any(_parent(child) != parent for child, parent in self.forks.items()):
            return True
        return _nobody_reads_output()


def _is_controller(command: bytes) -> bool:
    """Whether a command line starts Ansible, as against one that only mentions it."""
    words = command.rstrip(b"\0").split(b"\0")
    if _PYTHON.fullmatch(words[0]):
        words = [word for word in words[1:] if word == b"-m" or not word.startswith(b"-")]
        if words[:1] == [b"-m"]:
            words = words[1:]
    return bool(words and _CONTROLLER.fullmatch(words[0]))


def _nobody_reads_output() -> bool:
    """Whether the pipe to which the result will be printed has lost its reader, as when the fork was killed as well."""
    if sys.__stdout__ is None:
        return False
    try:
        watched = select.poll()
        watched.register(sys.__stdout__.fileno(), 0)
        return any(event & select.POLLERR for _descriptor, event in watched.poll(0))
    except (AttributeError, OSError, ValueError):
        # No such call on this system, or an output that is closed or no file.
        return False


def _parent(pid: int) -> int:
    """0 when there is none, or when this system does not tell."""
    try:
        # The name, in parentheses, may hold blanks; the state and the parent follow it.
        return int((_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, ValueError, IndexError):
        return 0


def _command(pid: int) -> bytes:
    try:
        return (_PROCESSES / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
