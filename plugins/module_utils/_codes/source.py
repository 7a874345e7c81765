# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts that all sources of codes share: candidates, deadlines, and how to find a code in a text.

No message of this package shows the content of a source.
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

# Six digits, or two times three digits, that are not part of a longer number.
PATTERN = re.compile(
    r"(?<![+0-9])(?<![0-9]-)[0-9]{6}(?!-?[0-9])|(?<![+0-9])(?<![0-9][- ])[0-9]{3}[- ][0-9]{3}(?![- ]?[0-9])"
)
POLL_SECONDS = 0.1

Returned = TypeVar("Returned")


class SourceError(Exception):
    """The source cannot be used as it is configured. Another try does not help."""


class NoAnswerError(SourceError):
    """The source did not answer. A later try may succeed."""


@dataclass(frozen=True)
class Candidate:
    """A code for a number, and the place where a source found it."""

    number: str
    code: str
    place: str


@dataclass
class Deadline:
    """The end of one read of the sources: a time, or a stop before that."""

    stop: threading.Event = field(default_factory=threading.Event)
    at: float = math.inf

    def seconds_left(self, wanted: float) -> float:
        """Return the wanted seconds, but not more than are left. Always at least one second."""
        return max(1.0, min(wanted, self.at - time.monotonic()))

    @property
    def has_passed(self) -> bool:
        return self.stop.is_set() or time.monotonic() >= self.at


class Source(Protocol):
    """A place where codes arrive. A read does not wait for a code and does not remove one."""

    def find_codes(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[Candidate]:
        """Yield the codes of these numbers. Raises SourceError."""


def numbers_by_digits(numbers: Iterable[str]) -> dict[str, str]:
    return {number[1:]: number for number in numbers}


def digits_of_number(spelling: object) -> str:
    """Return the digits of a number in any spelling, without the international prefix 00."""
    return re.sub(r"[^0-9]", "", str(spelling)).removeprefix("00")


def codes_in_text(text: str, pattern: re.Pattern[str] = PATTERN) -> list[str]:
    """Return the different codes in a text, in their order."""
    found: dict[str, None] = {}
    for match in pattern.finditer(text):
        try:
            found[verification_code.parse(match[1] if pattern.groups else match[0])] = None
        except verification_code.CodeError:
            continue
    return list(found)


def written_code(value: Any, number: str, place: str) -> str:
    """Return the code that a person wrote for a number; empty if there is no code yet."""
    if not isinstance(value, (str, int, float, list, tuple, dict, type(None))):
        # This decrypts the text of a vault.
        value = str(value)
    if value is None or (isinstance(value, str) and not value.strip()):
        return ""
    fix = f'Write it as text in quotes: "{number}": "012345"'
    if isinstance(value, (int, float)):
        raise SourceError(
            f"The code of {number} in {place} is not text: YAML read it as a number, which loses a leading zero and"
            f" can change the other digits too. {fix}"
        )
    if not isinstance(value, str):
        raise SourceError(f"The code of {number} in {place} is not text. {fix}")
    try:
        return verification_code.parse(value)
    except verification_code.CodeError as error:
        raise SourceError(f"The code of {number} in {place} is not a code of six digits: {error.why} {fix}") from None


_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:[.,][0-9]+)?"
    r"\s*(?:Z|UTC|([+-][0-9]{2}):?([0-9]{2})?)?"
)
# Seconds have ten digits until the year 2286, and milliseconds have thirteen digits.
_FIRST_IN_MILLISECONDS = 1e11


def parse_time(value: object) -> float | None:
    """Return the seconds since 1970 of a time, or None if the form is not known.

    The time is in ISO 8601 (UTC by default), in the form of mail headers, or in seconds or milliseconds since 1970.
    """
    text = str(value).strip()
    if re.fullmatch(r"[0-9]{9,13}(\.[0-9]*)?", text):
        seconds = float(text)
        return seconds / 1000 if seconds >= _FIRST_IN_MILLISECONDS else seconds
    try:
        iso = _ISO.fullmatch(text)
        if iso:
            day, minute, second, hours, minutes = iso.groups()
            offset = f"{hours}:{minutes or '00'}" if hours else "+00:00"
            return datetime.fromisoformat(f"{day}T{minute}{second or ':00'}{offset}").timestamp()
        # This import is slow, and most calls do not need it.
        from email.utils import parsedate_to_datetime

        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp()


def format_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def run_within(work: Callable[[], Returned], seconds: float, deadline: Deadline, late: str) -> Returned:
    """Return the result of ``work``, or raise its error. If it is not ready in time, raise NoAnswerError."""
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
