# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a program at a terminal, and type what a person would type."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from playbook_runs import LONGEST_RUN_SECONDS

# A program that is about to read may throw away what was typed before.
SECONDS_BETWEEN_ATTEMPTS = 2.0


def type_at_terminal(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, *, after: str, line: str, until: str
) -> tuple[int, str]:
    """Run the program. Once it has printed ``after``, type ``line`` until it prints ``until``.

    Returns the status and what the terminal shows.
    """
    person, program = pty.openpty()
    # Ansible only asks at the controlling terminal of its session. setsid makes this terminal that one.
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *words],
        env={**environment, "TERM": "dumb"},
        cwd=folder,
        stdin=program,
        stdout=program,
        stderr=program,
    )
    os.close(program)

    def type_if_asked(shown: bytes) -> None:
        if after.encode() in shown and until.encode() not in shown:
            os.write(person, f"{line}\r".encode())

    try:
        shown = read_terminal(person, type_if_asked)
        return process.wait(LONGEST_RUN_SECONDS), shown
    finally:
        process.kill()


def read_terminal(person: int, when_quiet: Callable[[bytes], None] | None = None) -> str:
    """Return all that programs show at a terminal until the last of them closes it.

    ``when_quiet`` is called, with all that was shown so far, whenever they have shown nothing for some time.
    """
    shown, end = b"", time.monotonic() + LONGEST_RUN_SECONDS
    # Linux fails to read when the last program has closed the terminal.
    with os.fdopen(person, "rb", buffering=0) as reader, contextlib.suppress(OSError):
        while time.monotonic() < end:
            readable, _writable, _failed = select.select([reader], [], [], SECONDS_BETWEEN_ATTEMPTS)
            if readable:
                shown += reader.read(65536)
            elif when_quiet:
                when_quiet(shown)
    return shown.decode().replace("\r\n", "\n")
