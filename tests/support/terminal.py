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
from collections.abc import Mapping, Sequence
from pathlib import Path

# Only a hang needs so long.
LONGEST_RUN_SECONDS = 600.0
# A program that is about to read may throw away what was typed before.
SECONDS_BETWEEN_ATTEMPTS = 2.0


def type_at_terminal(
    words: Sequence[str], environment: Mapping[str, str], folder: Path, *, after: str, line: str, until: str
) -> tuple[int, str]:
    """Run the program. Once it has printed ``after``, type ``line`` until it prints ``until``.

    Returns the status and what the terminal shows.
    """
    person, program = pty.openpty()
    # setsid makes the terminal the one that the program belongs to, as a shell does.
    process = subprocess.Popen(
        ["setsid", "--ctty", "--wait", *words],
        env={**environment, "TERM": "dumb"},
        cwd=folder,
        stdin=program,
        stdout=program,
        stderr=program,
    )
    os.close(program)
    try:
        shown = _read_and_type(person, after, line, until)
        return process.wait(LONGEST_RUN_SECONDS), shown
    finally:
        process.kill()
        os.close(person)


def _read_and_type(person: int, after: str, line: str, until: str) -> str:
    """Return what the terminal shows until the program closes it."""
    shown, end = b"", time.monotonic() + LONGEST_RUN_SECONDS
    # At the end of the program, Linux fails to read from the terminal.
    with contextlib.suppress(OSError):
        while time.monotonic() < end:
            readable, _writable, _failed = select.select([person], [], [], SECONDS_BETWEEN_ATTEMPTS)
            if readable:
                shown += os.read(person, 65536)
            elif after.encode() in shown and until.encode() not in shown:
                os.write(person, f"{line}\r".encode())
    return shown.decode().replace("\r\n", "\n")
