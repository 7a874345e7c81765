# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification codes that a command prints."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import (
    POLL_SECONDS,
    Candidate,
    Deadline,
    NoAnswerError,
    SourceError,
    codes_in_text,
    format_time,
)

MOST_BYTES = 64_000


class CommandFailed(NoAnswerError):
    """The command ended with an exit status that is not 0."""


class ProcessGroup(subprocess.Popen[bytes]):
    """A process and its children, which end with the context. (Ansible's run_command has no timeout.)"""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], folder: Path | None) -> None:
        super().__init__(
            arguments,
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # A new session, so that the process and its children can be killed together.
            start_new_session=True,
        )

    def __exit__(self, *error: Any) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        super().__exit__(*error)


@dataclass(frozen=True)
class Command:
    """A source that runs a command once for each number."""

    arguments: list[str]
    seconds: float
    since: float
    folder: Path | None = None

    def find_codes(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[Candidate]:
        failure: CommandFailed | None = None
        for index, number in enumerate(numbers):
            if index and deadline.has_passed:
                break
            try:
                printed = self._output_for_number(number, deadline)
            except CommandFailed as error:
                # Run the command for the other numbers too. Only a command that hangs ends the read.
                failure = failure or error
                continue
            codes = codes_in_text(printed)
            if printed.strip() and not codes:
                remarks.append(
                    f"{number}: {self.name} printed text without a code of six digits. Print the code and nothing else."
                )
            for code in codes:
                yield Candidate(number, code, self.name)
        if failure:
            raise failure

    @property
    def name(self) -> str:
        return f"the command {Path(self.arguments[0]).name}"

    def _output_for_number(self, number: str, deadline: Deadline) -> str:
        environment = {
            **os.environ,
            "CAMS_PHONE_NUMBER": number,
            "CAMS_CODE_SINCE": format_time(self.since),
        }
        try:
            process = ProcessGroup(
                [argument.replace("{number}", number) for argument in self.arguments], environment, self.folder
            )
        except (OSError, ValueError) as error:
            raise SourceError(
                f"exec: {self.name} cannot be started: {_why_not_started(error)}. Check its path and its arguments."
            ) from None
        with process:
            return self._read_output(process, deadline.seconds_left(self.seconds), deadline)

    def _read_output(self, process: ProcessGroup, seconds: float, deadline: Deadline) -> str:
        pipe = process.stdout
        if pipe is None:
            raise SourceError(f"exec: {self.name} has no output. This is a bug in chatapp.cams.")
        output, ends_at = b"", time.monotonic() + seconds
        while not deadline.stop.is_set() and time.monotonic() < ends_at:
            if not select.select([pipe], [], [], POLL_SECONDS)[0]:
                continue
            chunk = os.read(pipe.fileno(), 4096)
            output += chunk
            if len(output) > MOST_BYTES:
                raise SourceError(
                    f"exec: {self.name} prints more than a code, so it was stopped. Print the code and nothing else."
                )
            if not chunk:
                return self._wait_and_decode(process, ends_at, output)
        raise NoAnswerError(
            f"exec: {self.name} did not end within {seconds:.0f} s, so it was stopped. Fix it, or increase"
            " exec_timeout."
        )

    def _wait_and_decode(self, process: ProcessGroup, ends_at: float, output: bytes) -> str:
        try:
            status = process.wait(max(0.1, ends_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise NoAnswerError(
                f"exec: {self.name} closed its output and did not end, so it was stopped. Fix the command."
            ) from None
        if status:
            raise CommandFailed(
                f"exec: {self.name} ended with exit status {status}, so its output was not used. Fix it."
            )
        return output.decode("utf-8", errors="replace")


def _why_not_started(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or "an argument contains a character that is not allowed"
