# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sources that the options name, and one read of all sources."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._codes.command import Command
from ansible_collections.chatapp.cams.plugins.module_utils._codes.files import Files, Variable
from ansible_collections.chatapp.cams.plugins.module_utils._codes.http_inbox import (
    REQUESTS_IMPORT_ERROR,
    Inbox,
    mistake_in_address,
)
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import (
    PATTERN,
    Deadline,
    NoAnswerError,
    Source,
    SourceError,
    parse_time,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import Range, check_range, path_exists

SOURCES = ("vars", "file", "url", "exec")
_AN_HOUR = Range("from 1 to 3600 seconds", 1, 3600)


@dataclass
class FoundCodes:
    """The codes that one read of all sources found."""

    codes: dict[str, str] = field(default_factory=dict)
    # Numbers with different codes.
    conflicting: set[str] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)
    # Why a source did not answer.
    source_errors: list[str] = field(default_factory=list)

    def add(self, other: FoundCodes) -> None:
        """Add what another reading found, each remark once."""
        self.codes.update(other.codes)
        self.conflicting |= other.conflicting
        self.remarks += [remark for remark in other.remarks if remark not in self.remarks]
        self.source_errors += [error for error in other.source_errors if error not in self.source_errors]


def parse_numbers(given: list[Any], option: str) -> list[str]:
    """Return the numbers in E.164, each once."""
    try:
        return list(dict.fromkeys(phone.parse(number) for number in given))
    except phone.PhoneNumberError as error:
        raise SourceError(f"{option}: {error}") from None


def check_source_range(name: str, value: object, allowed: Range) -> None:
    """Refuse a number outside its range."""
    try:
        check_range(name, value, allowed)
    except ConfigurationError as error:
        raise SourceError(error.message) from None


def make_sources(options: Mapping[str, Any], folder: Path | None = None) -> list[Source]:
    """Make the sources that the options name. Relative paths start at ``folder``."""
    since = _oldest_code_time(options)
    sources: list[Source] = []
    if options.get("vars") is not None:
        sources.append(Variable(options["vars"]))
    if options.get("file"):
        sources.append(Files((folder or Path()) / options["file"], since))
    if options.get("url") is not None:
        sources.append(_make_inbox(options["url"], since))
    if options.get("exec") is not None:
        sources.append(_make_command(options, since, folder))
    if not sources:
        raise SourceError(f"No source of codes is given. Give at least one of {', '.join(SOURCES)}.")
    return sources


def _oldest_code_time(options: Mapping[str, Any]) -> float:
    """Return the time before which codes are too old. Whole seconds, because many inboxes only have those."""
    check_source_range("max_age", options["max_age"], Range("0 or more seconds, where 0 means any age", 0))
    now = time.time()
    # An age may be a number that is too large to be a time.
    since = now - min(options["max_age"], now) if options["max_age"] else 0.0
    if options.get("since"):
        named = parse_time(options["since"])
        if named is None:
            raise SourceError("since is not a time. Write it as 2026-05-01T10:00:00Z, or as seconds since 1970.")
        since = max(since, named)
    return math.floor(since)


def _make_inbox(options: Mapping[str, Any], since: float) -> Inbox:
    if REQUESTS_IMPORT_ERROR:
        raise SourceError("Reading an inbox needs the Python package requests, which is not installed. Install it.")
    mistake = mistake_in_address(options["address"])
    if mistake:
        raise SourceError(mistake)
    check_source_range("url.timeout", options["timeout"], _AN_HOUR)
    if options["ca_path"] and not path_exists(options["ca_path"]):
        raise SourceError(f"url.ca_path: {options['ca_path']} does not exist. Correct the path.")
    return Inbox(
        options["address"],
        since,
        headers={str(name): str(value) for name, value in options["headers"].items()},
        messages=options["messages"],
        number_field=options["number_field"],
        time_field=options["time_field"],
        text_field=options["text_field"],
        pattern=_compile_pattern(options["pattern"]),
        verify=options["validate_certs"] and (options["ca_path"] or True),
        seconds=options["timeout"],
    )


def _compile_pattern(given: str | None) -> re.Pattern[str]:
    if not given:
        return PATTERN
    try:
        return re.compile(given)
    except re.error as error:
        raise SourceError(
            f"url.pattern is not a valid Python regular expression: {error}. Correct the pattern."
        ) from None


def _make_command(options: Mapping[str, Any], since: float, folder: Path | None) -> Command:
    if not options["exec"]:
        raise SourceError("exec is empty. Give a command and its arguments as a list.")
    check_source_range("exec_timeout", options["exec_timeout"], _AN_HOUR)
    return Command(options["exec"], options["exec_timeout"], since, folder)


def read_codes(sources: list[Source], numbers: list[str], deadline: Deadline) -> FoundCodes:
    """Read every source once. Raises SourceError if a source cannot be used as it is configured."""
    found = FoundCodes()
    # By number and code: the places of the code.
    candidates: dict[str, dict[str, list[str]]] = {number: {} for number in numbers}
    for source in sources:
        try:
            for candidate in source.find_codes(numbers, deadline, found.remarks):
                places = candidates[candidate.number].setdefault(candidate.code, [])
                if candidate.place not in places:
                    places.append(candidate.place)
        except NoAnswerError as error:
            found.source_errors.append(str(error))
    for number, codes in candidates.items():
        if len(codes) == 1:
            found.codes[number] = next(iter(codes))
        elif codes:
            found.conflicting.add(number)
            found.remarks.append(_message_for_different_codes(number, codes.values()))
    return found


def _message_for_different_codes(number: str, places_of_codes: Any) -> str:
    places = list(dict.fromkeys(place for places in places_of_codes for place in places))
    return (
        f"{number}: {len(places_of_codes)} different codes were found in {' and '.join(places)}. None of them is used,"
        " because each wrong code costs a try. Remove the old codes, or set since."
    )
