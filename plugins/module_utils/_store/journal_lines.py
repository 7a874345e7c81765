# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a journal, read as a stream: for the runs that decide by them, and for the report that shows them."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Container, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step

VERSION = 1
INTENDED = "intended"
# A line of ours has some hundred bytes.
LONGEST_LINE = 16 * 1024
# No later version is far from this one; a larger number is damage.
_NEWEST_VERSION = 99

# How each line of ours begins and ends.
_BEGINNING = b'{"v":%d,"at":"' % VERSION
_ENDING = b'"}\n'
_BEFORE_NUMBER = b'"number":"'
_REQUIRED = ("at", "run", "user", "host", "space", "number", "step", "entry", "outcome")
_OPTIONAL = ("tried", "request_id", "error")
_NUMBER = re.compile(rb'"number":\s*"(\+[0-9]{1,15})"')
_STEP = re.compile(rb'"step":\s*"([a-z_]+)"')


class DamagedLineError(Exception):
    """Nothing of the line can be relied on."""


class NewerLineError(Exception):
    """The line was written by a newer version of the collection."""


class JournalLine(NamedTuple):
    """One line: a write that was intended, or how one ended. ``effect`` is None for an intended one."""

    at: datetime
    run: str
    user: str
    host: str
    space: str
    number: str
    step: Step
    entry: str
    effect: Effect | None
    tried: str
    request_id: str
    error: str


def read_line(line: bytes, numbers: Container[str] | None) -> JournalLine | None:
    """A line that is about one of these numbers, or about any where they are None.

    Raises DamagedLineError, or NewerLineError. A line about another number is looked at from outside only, since a run
    works on few of the numbers that its journal has seen.
    """
    if numbers is not None and _is_of_another(line, numbers):
        return None
    found = _parse(line.decode(errors="replace"))
    return found if numbers is None or found.number in numbers else None


def _is_of_another(line: bytes, numbers: Container[str]) -> bool:
    begin = line.find(_BEFORE_NUMBER) + len(_BEFORE_NUMBER)
    number = line[begin : line.find(b'"', begin)]
    if not (
        number.startswith(b"+") and number[1:].isdigit() and line.startswith(_BEGINNING) and line.endswith(_ENDING)
    ):
        return False
    return number.decode() not in numbers


def _parse(text: str) -> JournalLine:
    try:
        document = json.loads(text)
        version = document["v"]
        is_number = isinstance(version, int) and not isinstance(version, bool)
        if is_number and VERSION < version <= _NEWEST_VERSION:
            raise NewerLineError
        get = document.get
        texts = [document[name] for name in _REQUIRED] + [get(name, "") for name in _OPTIONAL]
        if not is_number or version != VERSION or not all(isinstance(word, str) for word in texts):
            raise DamagedLineError
        at, run, user, host, space, number, step, entry, outcome, *optional = texts
        written_at = datetime.fromisoformat(at)
        if written_at.tzinfo is None:
            raise DamagedLineError
        effect = None if outcome == INTENDED else Effect(outcome)
        utc = written_at.astimezone(timezone.utc)
        return JournalLine(utc, run, user, host, space, number, Step(step), entry, effect, *optional)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, MemoryError):
        raise DamagedLineError from None


def open_for_reading(path: Path) -> BinaryIO:
    """Raises OSError when there is no plain file. A pipe in its place is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    file = os.fdopen(descriptor, "rb") if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    if file is None:
        os.close(descriptor)
        raise OSError(0, "it is not a plain file")
    return file


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank, with its place. One that is too long is cut, and so is damaged."""
    place = 0
    while line := file.readline(LONGEST_LINE):
        place += 1
        end = line
        while len(end) == LONGEST_LINE and not end.endswith(b"\n"):
            end = file.readline(LONGEST_LINE)
        if line.strip():
            yield place, line


def numbers_of_unreadable_codes(line: bytes, numbers: Container[str] | None) -> set[str]:
    """Of the numbers, those that a damaged line names, unless it shows that it is not about a code that was tried."""
    step = _STEP.search(line)
    if step is not None and step[1] != Step.VERIFY.value.encode() and step[1].decode() in {step.value for step in Step}:
        return set()
    found = {number.decode() for number in _NUMBER.findall(line)}
    return {number for number in found if numbers is None or number in numbers}
