# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that is told to stop does, wherever the signal finds it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils import _cancel
from ansible_collections.chatapp.cams.plugins.module_utils._cancel import SIGNALS, cancellable

# Only a hang takes longer.
LONGEST_SECONDS = 60.0


def tell(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.fixture
def without_proc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_cancel, "_PROCESSES", tmp_path / "none")


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_that_falls_where_the_stop_is_locked_stops_once_the_lock_is_free(number: int) -> None:
    lock = threading.Lock()
    stopped = threading.Event()
    was_free = []

    def stop() -> None:
        was_free.append(lock.acquire(timeout=LONGEST_SECONDS))
        stopped.set()

    with cancellable(stop):
        with lock:
            tell(number)
            # Here Python runs the handlers of signals that came.
            time.sleep(0.05)
        assert stopped.wait(LONGEST_SECONDS)
    assert was_free == [True], "the handler waited for a lock that the code under it held"


@pytest.mark.usefixtures("without_proc")
@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_wakes_who_sleeps_at_once_even_where_processes_cannot_be_looked_up(number: int) -> None:
    stop = threading.Event()
    with cancellable(stop.set):
        tell(number)
        # Nothing is looked up here again and again, so whoever is not woken sleeps for ever.
        assert stop.wait(LONGEST_SECONDS)


@pytest.mark.usefixtures("without_proc")
def test_a_run_that_nobody_stops_goes_on_where_processes_cannot_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cancel, "LOOK_SECONDS", 0.01)
    stop = threading.Event()
    with cancellable(stop.set):
        assert not stop.wait(0.1)


def test_a_run_stops_when_a_process_above_it_has_lost_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cancel, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(_cancel, "_ansible_above", lambda: {os.getpid(): os.getppid() + 1})
    stop = threading.Event()
    with cancellable(stop.set):
        assert stop.wait(LONGEST_SECONDS)


def test_a_signal_that_is_no_cancel_stops_nothing() -> None:
    stop = threading.Event()
    caught = []
    handler = signal.signal(signal.SIGUSR1, lambda *_signal: caught.append(True))
    try:
        with cancellable(stop.set):
            tell(signal.SIGUSR1)
            assert not stop.wait(0.1)
    finally:
        signal.signal(signal.SIGUSR1, handler)
    assert caught == [True]


def test_a_run_that_is_over_leaves_signals_as_they_were_and_nothing_open() -> None:
    handlers, open_before = [signal.getsignal(number) for number in SIGNALS], _open_sockets()
    with cancellable(lambda: None):
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
