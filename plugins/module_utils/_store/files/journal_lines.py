# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lines of a journal: the only place that writes and reads their format, for runs and for the report."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Container, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import BinaryIO, NamedTuple

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import Entry
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity

VERSION = 1
INTENDED = "intended"
# A line that this collection writes has some hundred bytes.
LONGEST_LINE = 16 * 1024
# A version number above this one is damage, not a newer version.
_NEWEST_VERSION = 99

# How each line that ``line_of`` makes begins and ends.
_BEGINNING = b'{"v":%d,"at":"' % VERSION
_ENDING = b'"}\n'
_BEFORE_NUMBER = b'"number":"'
_REQUIRED = ("at", "run", "user", "host", "space", "number", "step", "entry", "outcome")
_OPTIONAL = ("tried", "request_id", "error")
_NUMBER = re.compile(rb'"number":\s*"(\+[0-9]{1,15})"')
_STEP = re.compile(rb'"step":\s*"([a-z_]+)"')


class DamagedLineError(Exception):
    """The line is not a line of a journal."""


class MovedLineError(Exception):
    """The line says that the journal was moved to a store. Its text is the store."""


class NewerLineError(Exception):
    """The line was written by a newer version of the collection."""


class JournalLine(NamedTuple):
    """One line: the intent of a write (``effect`` is None), or its effect."""

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


def line_of(at: datetime, run: RunIdentity, entry: Entry, outcome: str, details: Mapping[str, str]) -> bytes:
    """Return the line that says that an entry has this outcome."""
    line = {
        "v": VERSION,
        "at": at.isoformat(timespec="milliseconds"),
        "run": run.id,
        "user": run.user,
        "host": run.host,
        "space": entry.space,
        "number": entry.number,
        "step": entry.step.value,
        "entry": entry.id,
        "outcome": outcome,
        **{name: value for name, value in details.items() if value},
    }
    # Half of a surrogate pair, which damage or a hostile answer can contain, is written as an escape of JSON.
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace") + b"\n"


def line_of_move(at: datetime, store: str) -> bytes:
    """Return the line that says that the journal was moved to a store."""
    line = {"v": VERSION, "at": at.isoformat(timespec="milliseconds"), "moved": store}
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def is_moved(path: Path) -> bool:
    """Return whether the last line of a journal says that it was moved to a store."""
    try:
        with open_for_reading(path) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - LONGEST_LINE))
            lines = file.read().splitlines()
        read_line(lines[-1] if lines else b"", None)
    except MovedLineError:
        return True
    except (OSError, DamagedLineError, NewerLineError):
        return False
    return False


def append_line(descriptor: int, line: bytes) -> None:
    """Append the whole line or nothing. If the last writer was cut off, the line still starts on its own line."""
    end = os.fstat(descriptor).st_size
    if end and os.pread(descriptor, 1, end - 1) != b"\n":
        line = b"\n" + line
    if os.write(descriptor, line) < len(line):
        # The write to the API is not made now, so half a line must not say that it was.
        os.ftruncate(descriptor, end)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def read_line(line: bytes, numbers: Container[str] | None) -> JournalLine | None:
    """Return the line if it is about one of these numbers, or ``numbers`` is None; else None.

    Raises DamagedLineError or NewerLineError. A line about another number is not parsed, because a journal usually
    has many more numbers than a run.
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
        if isinstance(document.get("moved"), str):
            raise MovedLineError(document["moved"])
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
    """Open a journal. Raises OSError if there is no regular file. Does not wait for the other end of a pipe."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    file = os.fdopen(descriptor, "rb") if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    if file is None:
        os.close(descriptor)
        raise OSError(0, "it is not a regular file")
    return file


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield each line that is not blank, with its line number. A line that is too long is cut, so it is damaged."""
    place = 0
    while line := file.readline(LONGEST_LINE):
        place += 1
        end = line
        while len(end) == LONGEST_LINE and not end.endswith(b"\n"):
            end = file.readline(LONGEST_LINE)
        if line.strip():
            yield place, line


def numbers_of_unreadable_codes(line: bytes, numbers: Container[str] | None) -> set[str]:
    """Return the numbers in a damaged line that may have been about a code that was tried."""
    step = _STEP.search(line)
    if step is not None and step[1] != Step.VERIFY.value.encode() and step[1].decode() in {step.value for step in Step}:
        return set()
    found = {number.decode() for number in _NUMBER.findall(line)}
    return {number for number in found if numbers is None or number in numbers}
