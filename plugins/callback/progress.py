# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: progress
type: notification
short_description: Show how far a long call of the fleet is
description:
  - While M(chatapp.cams.cams_number_fleet) runs, it shows how many numbers are done, how many calls a second are made
    of those that the limit allows, how many were throttled, and about how long it will take.
  - On a terminal this is one line that changes. Elsewhere, as in a pipeline, it is a line now and then.
  - It writes to standard error and tells nothing of any number. When nothing runs it is silent.
  - What goes wrong in it is passed over, so that it fails no play.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  interval:
    description:
      - How many seconds lie between two lines where standard error is no terminal.
    type: float
    default: 10
    env:
      - name: CAMS_PROGRESS_INTERVAL
    ini:
      - section: callback_cams_progress
        key: interval
requirements:
  - C(chatapp.cams.progress) in the setting C(callbacks_enabled), or in E(ANSIBLE_CALLBACKS_ENABLED)
notes:
  - The module and Ansible meet at a private file in the temporary directory, so nothing is shown of a module that runs
    on another machine or as another user.
"""

import contextlib
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import LENGTH, VARIABLE

FLEET = ("chatapp.cams.cams_number_fleet", "cams_number_fleet")
TERMINAL_SECONDS = 0.1
# The rate is that of the last seconds, and the time that is left follows from the whole stage.
RATE_SECONDS = 5.0

Snapshot = Mapping[str, Any]


@dataclass
class Line:
    """Makes the line out of what the run notes, and out of how that changes."""

    clock: Callable[[], float] = time.monotonic
    _stage: str = ""
    _began: float = 0.0
    _done_at_first: int = 0
    _calls: deque[tuple[float, Mapping[str, int]]] = field(default_factory=deque)

    def text(self, snapshot: Snapshot) -> str:
        """Empty when nothing runs."""
        now = self.clock()
        stage, done, total = snapshot["stage"], snapshot["done"], snapshot["total"]
        if not stage or not total:
            return ""
        if stage != self._stage:
            self._stage, self._began, self._done_at_first = stage, now, done
        parts = [f"cams: {done} of {total} {stage}"]
        rate = self._rate(now, snapshot["calls"])
        if rate is not None:
            parts.append(f"{rate:.1f} of {snapshot['limit']:g} calls/s")
        if snapshot["throttled"]:
            parts.append(f"{snapshot['throttled']} throttled")
        gained = done - self._done_at_first
        if gained > 0 and done < total:
            parts.append(f"about {_duration((now - self._began) / gained * (total - done))} left")
        return ", ".join(parts)

    def _rate(self, now: float, calls: Mapping[str, int]) -> float | None:
        """Calls a second of the operation that is called most; the limit is one for each operation."""
        self._calls.append((now, calls))
        while len(self._calls) > 1 and now - self._calls[0][0] > RATE_SECONDS:
            self._calls.popleft()
        since, before = self._calls[0]
        if now - since < 1 or not calls:
            return None
        return max(count - before.get(action, 0) for action, count in calls.items()) / (now - since)


class Watcher:
    """Reads what one call notes, and shows it, in a thread of its own."""

    def __init__(self, descriptor: int, interval: float, *, terminal: bool, output: int) -> None:
        self._descriptor = descriptor
        self._interval = interval
        self._terminal = terminal
        self._output = output
        self._line = Line()
        self._shown = False
        self._stop = threading.Event()
        # What an earlier call has noted is not of this one.
        os.ftruncate(descriptor, 0)
        self._thread = threading.Thread(target=self._watch, name="chatapp.cams.progress", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return self._thread.is_alive()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(1)
        self._clear()

    def _watch(self) -> None:
        with contextlib.suppress(Exception):
            printed = time.monotonic()
            while not self._stop.wait(min(TERMINAL_SECONDS if self._terminal else 1.0, self._interval)):
                text = self._text()
                if self._terminal:
                    self._redraw(text)
                elif text and time.monotonic() - printed >= self._interval:
                    printed = time.monotonic()
                    self._write(f"{text}\n")

    def _text(self) -> str:
        try:
            snapshot = json.loads(os.pread(self._descriptor, LENGTH, 0) or b"{}")
            return self._line.text(snapshot) if snapshot else ""
        except (ValueError, KeyError, TypeError):
            # Somebody else has written there.
            return ""

    def _redraw(self, text: str) -> None:
        if not text:
            self._clear()
            return
        width = shutil.get_terminal_size().columns - 1
        # The cursor stays at the line's begin, for whoever writes next.
        self._write(f"\r\x1b[K{text[:width]}\r")
        self._shown = True

    def _clear(self) -> None:
        if self._shown:
            self._shown = False
            self._write("\r\x1b[K")

    def _write(self, text: str) -> None:
        # Not by way of sys.stderr, whose lock a process that Ansible forks meanwhile would find taken for ever.
        with contextlib.suppress(OSError):
            os.write(self._output, text.encode())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


class CallbackModule(CallbackBase):  # type: ignore[misc]  # Ansible does not export its types
    """What Ansible loads."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "chatapp.cams.progress"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._file: Path | None = None
        self._descriptor = -1
        self._watcher: Watcher | None = None

    def v2_playbook_on_start(self, playbook: Any) -> None:
        with contextlib.suppress(OSError):
            self._descriptor, name = tempfile.mkstemp(prefix="cams-progress-")
            self._file = Path(name)
            # Modules are started by processes that have this environment.
            os.environ[VARIABLE] = name

    def v2_playbook_on_task_start(self, task: Any, is_conditional: bool) -> None:
        self._end()
        if self._file is not None and task.action in FLEET:
            with contextlib.suppress(OSError, RuntimeError, ValueError):
                self._watcher = Watcher(
                    self._descriptor,
                    max(0.1, self.get_option("interval")),
                    terminal=sys.stderr.isatty(),
                    output=sys.stderr.fileno(),
                )

    def v2_playbook_on_handler_task_start(self, task: Any) -> None:
        self.v2_playbook_on_task_start(task, False)

    def v2_runner_on_ok(self, result: Any) -> None:
        self._end()

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._end()

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._end()

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._end()

    def v2_playbook_on_stats(self, stats: Any) -> None:
        self._end()
        os.environ.pop(VARIABLE, None)
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
                self._file.unlink()
            self._file = None

    def _end(self) -> None:
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.stop()
