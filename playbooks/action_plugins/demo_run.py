# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a command of the demo and shows each line that it prints at once. Only the playbook demo uses it.

The module ansible.builtin.command shows nothing until the command ends.
"""

from __future__ import annotations

import os
import queue
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from ansible.plugins.action import ActionBase

ARGUMENTS: dict[str, dict[str, Any]] = {
    "argv": {"type": "list", "elements": "str", "required": True},
    "chdir": {"type": "path", "required": True},
    "environment": {"type": "dict", "default": {}},
    "expected_status": {"type": "int", "default": 0},
    "last_task": {"type": "str", "required": True},
    "comment": {"type": "str", "default": ""},
}

INDENT = "    "
STILL_RUNNING = "… still running"
# The screen says STILL_RUNNING after this time without a line.
QUIET_SECONDS = 5.0
# Ansible fills the line of a task with stars, for a screen without an indent.
STARS = re.compile(r" \*{3,}$")


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible does not export its types
    """The action plugin demo_run."""

    TRANSFERS_FILES = False
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, options = self.validate_argument_spec(argument_spec=ARGUMENTS)
        screen = Screen(options["last_task"])
        changed = False
        with start(options["argv"], options["chdir"], options["environment"]) as process:
            for line in lines_of(process, QUIET_SECONDS):
                changed = changed or bool(re.search(r"\bchanged=[1-9]", line or ""))
                self._show(screen.lines_for(line))
        if process.returncode != options["expected_status"]:
            self._show(screen.hidden)
            msg = f"The command ended with {process.returncode}, and not with {options['expected_status']}."
            return {"failed": True, "rc": process.returncode, "msg": msg}
        if screen.hidden:
            self._show(["(The rest of this screen is in ansible.log.)", ""])
        for line in options["comment"].splitlines():
            self._display.display(line)
        # Without "failed", Ansible takes each status but 0 for a failure.
        return {"changed": changed, "failed": False, "rc": process.returncode}

    def _show(self, lines: list[str]) -> None:
        for line in lines:
            self._display.display((INDENT + STARS.sub("", line)).rstrip())


class Screen:
    """Decides which lines of a run a reader sees: those up to the end of one task."""

    def __init__(self, last_task: str) -> None:
        self.hidden: list[str] = []
        self._last_task = f"{last_task}]"
        self._in_last_task = False

    def lines_for(self, line: str | None) -> list[str]:
        """Return what to show for a line of the run, or for None if it has printed nothing for a while."""
        if line is None:
            return [STILL_RUNNING]
        starts = line.startswith(("TASK [", "PLAY "))
        if self.hidden or (starts and self._in_last_task):
            self.hidden.append(line)
            return []
        self._in_last_task = self._in_last_task or (starts and self._last_task in line)
        return [line]


def start(argv: list[str], folder: str, environment: Mapping[str, Any]) -> subprocess.Popen[str]:
    """Start the command. Its standard error goes to its standard output."""
    return subprocess.Popen(
        argv,
        cwd=folder,
        # Otherwise Python keeps lines back until it has many.
        env={**os.environ, **{name: str(value) for name, value in environment.items()}, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    )


def lines_of(process: subprocess.Popen[str], quiet_seconds: float) -> Iterator[str | None]:
    """Yield each line as soon as the process prints it, and None whenever it has printed nothing for a while."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in process.stdout or ():
            lines.put(line.rstrip("\n"))
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = lines.get(timeout=quiet_seconds)
        except queue.Empty:
            yield None
            continue
        if line is None:
            return
        yield line
