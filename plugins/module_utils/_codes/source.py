# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all sources of codes share: what they find, how a code is told in a text, and how long a look may take.

No message of these modules quotes what a source holds.
"""

from __future__ import annotations

import math
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Protocol, TypeVar

from ansible_collections.chatapp.cams.plugins.module_utils._values import verification_code

# Six digits, also in two halves, that are no part of a longer number.
PATTERN = re.compile(
    r"(?<![+0-9])(?<![0-9]-)[0-9]{6}(?!-?[0-9])|(?<![+0-9])(?<![0-9][- ])[0-9]{3}[- ][0-9]{3}(?![- ]?[0-9])"
)
POLL_SECONDS = 0.1

Returned = TypeVar("Returned")


class SourceError(Exception):
    """A source cannot be used as it is configured; looking again does not help."""


class NoAnswerError(SourceError):
    """A source did not answer; a later look may find it well again."""


@dataclass(frozen=True)
class Candidate:
    """A code that a source has for a number."""

    number: str
    code: str
    place: str


@dataclass
class Deadline:
    """How long a look may go on: until it is told to stop, or its time is over."""

    stop: threading.Event = field(default_factory=threading.Event)
    at: float = math.inf

    def seconds_left(self, wanted: float) -> float:
        """As many seconds as are wanted, or as are left; the last look has one at the least."""
        return max(1.0, min(wanted, self.at - time.monotonic()))

    @property
    def passed(self) -> bool:
        return self.stop.is_set() or time.monotonic() >= self.at


class Source(Protocol):
    """A place where codes arrive. Looking neither waits nor takes anything away."""

    def find(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[Candidate]:
        """Yields what it has for these numbers. Raises SourceError."""


def numbers_by_digits(numbers: Iterable[str]) -> dict[str, str]:
    return {number[1:]: number for number in numbers}


def digits(spelling: object) -> str:
    """The digits of a number however it is spelled, also after the international prefix 00."""
    return re.sub(r"[^0-9]", "", str(spelling)).removeprefix("00")


def codes_in(text: str, pattern: re.Pattern[str] = PATTERN) -> list[str]:
    """The different codes in a text, in their order."""
    found: dict[str, None] = {}
    for match in pattern.finditer(text):
        try:
            found[verification_code.parse(match[1] if pattern.groups else match[0])] = None
        except verification_code.CodeError:
            continue
    return list(found)


def written_code(value: Any, number: str, place: str) -> str:
    """The code that a person wrote down for a number; empty when there is none yet."""
    if not isinstance(value, (str, int, float, list, tuple, dict, type(None))):
        # A vault's text is decrypted.
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    mend = f'Write it as text in quotes: "{number}": "012345"'
    if isinstance(value, (int, float)):
        raise SourceError(
            f"The code of {number} in {place} is not text: YAML took it for a number, which loses a leading zero and"
            f" can make another number of it altogether. {mend}"
        )
    if not isinstance(value, str):
        raise SourceError(f"The code of {number} in {place} is not text. {mend}")
    try:
        return verification_code.parse(value)
    except verification_code.CodeError as error:
        what = str(error).partition(": ")[2].partition(" Give it")[0]
        raise SourceError(f"The code of {number} in {place} is not a code of six digits: {what} {mend}") from None


_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,][0-9]+)?"
    r"\s*(?:Z|UTC|([+-][0-9]{2}):?([0-9]{2})?)?"
)
# Seconds have ten digits until the year 2286, and thousandths of them have thirteen.
_FIRST_IN_THOUSANDTHS = 1e11


def parse_time(value: object) -> float | None:
    """Seconds since 1970 of a time in ISO 8601 (UTC unless it says otherwise), as mail has it, or as such seconds or
    their thousandths. None when it is none of these."""
    text = str(value).strip()
    if re.fullmatch(r"[0-9]{9,13}(\.[0-9]*)?", text):
        seconds = float(text)
        return seconds / 1000 if seconds >= _FIRST_IN_THOUSANDTHS else seconds
    try:
        iso = _ISO.fullmatch(text)
        if iso:
            day, minute, second, hours, minutes = iso.groups()
            offset = f"{hours}:{minutes or '00'}" if hours else "+00:00"
            return datetime.fromisoformat(f"{day}T{minute}{second or ':00'}{offset}").timestamp()
        # The import takes a while, and few need it.
        from email.utils import parsedate_to_datetime

        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def run_within(work: Callable[[], Returned], seconds: float, deadline: Deadline, late: str) -> Returned:
    """What ``work`` returns or raises, if it does so in time. Otherwise it is left alone with what it does."""
    outcome: list[Returned] = []
    raised: list[Exception] = []

    def run() -> None:
        try:
            outcome.append(work())
        except Exception as error:
            raised.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    ends_at = time.monotonic() + seconds
    while thread.is_alive() and not deadline.stop.is_set() and time.monotonic() < ends_at:
        thread.join(POLL_SECONDS)
    if raised:
        raise raised[0]
    if not outcome:
        raise NoAnswerError(late)
    return outcome[0]
