# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is cancelled stops: by a signal, or because the Ansible that started it was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
LOOK_SECONDS = 1.0
_PROCESSES = Path("/proc")


@contextlib.contextmanager
def cancellable(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` instead of dying of a signal, and when nobody is left who waits for the result."""
    # A handler would run in the midst of this thread, which may hold the very lock that ``stop`` waits for. So the
    # interpreter notes the signal where another thread listens, and that one stops.
    listener, note = socket.socketpair()
    note.setblocking(False)
    threading.Thread(target=_watch, args=(listener, _ansible_above(), stop), daemon=True).start()
    noted_before = signal.set_wakeup_fd(note.fileno(), warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, _live_on) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(noted_before)
        note.close()


def _live_on(_number: int, _frame: object) -> None:
    """With a handler, even this one, a signal does not end the process and is noted."""


def _watch(listener: socket.socket, links: dict[int, int], stop: Callable[[], None]) -> None:
    """Stop, once, when a signal is noted or a parent is gone. It is over when nobody can note any more."""
    listener.settimeout(LOOK_SECONDS if links else None)
    with listener:
        while True:
            try:
                noted = listener.recv(64)
                if not noted:
                    return
                over = any(number in SIGNALS for number in noted)
            except TimeoutError:
                over = any(_parent(child) != parent for child, parent in links.items())
            if over:
                stop()
                return


def _ansible_above() -> dict[int, int]:
    """Processes of Ansible that this one descends from and that Ansible forked, each with its parent.

    Ansible does not tell its modules when it is killed: the fork that waits for the module lives on, an orphan. A fork
    has its parent's command line, which tells it from whatever else started Ansible and may end before it.
    """
    links: dict[int, int] = {}
    child = os.getpid()
    parent = _parent(child)
    while parent > 1:
        if b"ansible" in _command(parent) and _command(parent) == _command(child):
            links[child] = parent
        child, parent = parent, _parent(parent)
    return links


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
