# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record what the service answers. Only named fields are kept; numbers, names and ids in messages are masked."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api import operations as op
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Attempt
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallOutcome
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import CONTROL_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import mask_variable_parts
from ansible_collections.chatapp.cams.plugins.module_utils._contact import evidence
from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import Event, ShownRow
from ansible_collections.chatapp.cams.plugins.module_utils._errors import describe_unexpected
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import RECLAIMABLE
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.snake_case import in_snake_case
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import shorten

# A space id that no space can have.
NO_SPACE = "0"
MASKED = "<masked>"
LONGEST_MESSAGE = 300
LONGEST_WORD = 40
_LIMIT_HEADER = re.compile(r"x-ratelimit-|ratelimit-|x-rate-|x-acs-retry-after$|retry-after$", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]+")
_LONG_NUMBER = re.compile(r"[0-9]{7,}")
_ADDRESSES = ("UpCallbackUrl", "StatusCallbackUrl")
_FLAGS = ("HttpFlag", "QueueFlag")
# The fields of answers with names of businesses and persons. A message may repeat them.
_NAMES = frozenset({"name", "verified_name", "business_name"})


class Recorder:
    """Makes an event of each attempt of a client. Safe for threads."""

    def __init__(self, declaration: Declaration, run: int, clock_offset: Callable[[], float] = lambda: 0.0) -> None:
        self._declaration = declaration
        self._run = run
        # Seconds that the pauses of this run skipped, for tests.
        self._clock_offset = clock_offset
        self._lock = threading.Lock()
        # Why a call was not recorded, in a sentence.
        self.problem = ""
        self._names: set[str] = {declaration.cust_space_id}
        self.on_event: Callable[[Event], object] = lambda event: None

    def __call__(self, attempt: Attempt) -> None:
        """Record an attempt. This never raises: a step of a migration matters more than its evidence."""
        try:
            body = _raw_body(attempt.response)
            with self._lock:
                self._names.update(_names_in(body))
                names = sorted(self._names, key=len, reverse=True)
            self.on_event(self._event_of(attempt, body, names))
        except Exception as error:
            self.problem = f"Could not record {attempt.operation.action}: {describe_unexpected(error)}"

    def _event_of(self, attempt: Attempt, body: Mapping[str, Any], names: list[str]) -> Event:
        result, response = attempt.result, attempt.response
        error = result.error
        answered = result.outcome is CallOutcome.ANSWERED
        message = masked_message(error.message, names) if error else _masked_word(str(body.get("Message") or ""), names)
        shown = self._shown(attempt.operation, body) if answered else {}
        return Event(
            run=self._run,
            at=round(attempt.began + self._clock_offset(), 3),
            seconds=round(attempt.seconds, 3),
            operation=attempt.operation.action,
            about=self._subject(attempt.parameters),
            in_form=attempt.in_form,
            filter=_filter_of(attempt.parameters),
            outcome=result.outcome.value,
            http_status=response.status if response else 0,
            code=_word(error.code if error else body.get("Code")),
            message=message,
            request_id=result.request_id,
            names=_number_in_answer(attempt.parameters, body),
            clock=_clock_difference(attempt),
            limits=_limits(response),
            **shown,
        )

    def _subject(self, parameters: Mapping[str, str]) -> str:
        number = _asked_number(parameters)
        if number:
            if number == self._declaration.phone_number:
                return evidence.NUMBER
            return evidence.CONTROL if number in CONTROL_NUMBERS else evidence.OTHER_NUMBER
        space = parameters.get("CustSpaceId")
        if space == self._declaration.cust_space_id:
            return evidence.SPACE
        return evidence.OTHER_SPACE if space == NO_SPACE else evidence.ACCOUNT

    def _shown(self, operation: op.Operation, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the fields of an answered call that the evidence keeps."""
        if operation in (op.QUERY_NUMBERS, op.SYNC):
            return self._shown_by_rows([row for row in body.get("PhoneNumbers") or [] if isinstance(row, Mapping)])
        inner = body.get("Data")
        data = in_snake_case(inner) if isinstance(inner, Mapping) else {}
        if operation is op.VERIFICATION_STATUS:
            return {"verifications": _words([data.get("code_verification_status")])}
        if operation is op.HEALTH:
            return {"health": _word(data.get("can_send_message"))}
        if operation is op.QUERY_WABA:
            return {"review": _word(data.get("account_review_status"))}
        if operation is op.QUERY_BUSINESS:
            return {"review": _word(data.get("verification_status"))}
        return {}

    def _shown_by_rows(self, rows: list[Mapping[str, Any]]) -> dict[str, Any]:
        number = phone.without_plus(self._declaration.phone_number)
        own = [row for row in rows if str(row.get("PhoneNumber")).strip().lstrip("+") == number]
        addresses = [str(row[name]) for row in rows for name in _ADDRESSES if row.get(name)]
        flags = any(name in row for row in rows for name in _FLAGS)
        return {
            "rows": len(rows),
            "number_rows": tuple(self._shown_row(row) for row in own),
            "statuses": _words(row.get("Status") for row in rows),
            "verifications": _words(row.get("CodeVerificationStatus") for row in rows),
            "addresses": ("newline" if any("\n" in text for text in addresses) else "plain") if addresses else "",
            "flags": ("shown" if flags else "not_shown") if rows else "",
            "old_row": _place_of_old_row(rows),
        }

    def _shown_row(self, row: Mapping[str, Any]) -> ShownRow:
        webhook = self._declaration.webhook
        matches = webhook.matches(in_snake_case(row)) if webhook else None
        return ShownRow(_word(row.get("Status")), _word(row.get("CodeVerificationStatus")), matches)


def masked_message(message: str, names: list[str]) -> str:
    """Return a message without numbers and ids, and without these names."""
    for name in names:
        message = message.replace(name, MASKED)
    return shorten(mask_variable_parts(message), LONGEST_MESSAGE)


def _masked_word(message: str, names: list[str]) -> str:
    """Return the message of a success, which is one word in all samples. It contains no digit and no name."""
    for name in names:
        message = message.replace(name, MASKED)
    return shorten(_DIGITS.sub("#", message.strip()), LONGEST_WORD)


def _raw_body(response: HttpResponse | None) -> Mapping[str, Any]:
    """Return the body with its line ends, which the client removes."""
    try:
        body = json.loads(response.body) if response else {}
    except (ValueError, RecursionError):
        body = {}
    return body if isinstance(body, Mapping) else {}


def _names_in(value: Any) -> Iterator[str]:
    """Yield the names of businesses and persons in an answer."""
    for name, inner in value.items() if isinstance(value, Mapping) else ():
        if in_snake_case({name: None}).keys() & _NAMES and isinstance(inner, str) and len(inner.strip()) > 1:
            yield inner.strip()
        for item in inner if isinstance(inner, list) else [inner]:
            yield from _names_in(item)


def _asked_number(parameters: Mapping[str, str]) -> str:
    digits = parameters.get("CountryCode", "") + parameters.get("MobileNumber", "") or parameters.get("PhoneNumber", "")
    return phone.with_plus(digits) if digits else ""


def _number_in_answer(parameters: Mapping[str, str], body: Mapping[str, Any]) -> str:
    data, asked = body.get("Data"), _asked_number(parameters)
    named = data.get("PhoneNumber") if isinstance(data, Mapping) else None
    if not named or not asked:
        return ""
    return "requested_number" if phone.with_plus(str(named)) == asked else "other_number"


def _filter_of(parameters: Mapping[str, str]) -> str:
    """Return which field of a row the query's Status names: a word for a status, or a word for a verification."""
    wanted = parameters.get("Status", "")
    if not wanted:
        return ""
    return evidence.BY_STATUS if wanted in evidence.KNOWN_STATUSES else evidence.BY_VERIFICATION


def _place_of_old_row(rows: list[Mapping[str, Any]]) -> str:
    """Return the place of the row of a number that left, beside the number's current row."""
    left_by_number: dict[str, list[bool]] = {}
    for row in rows:
        left_by_number.setdefault(str(row.get("PhoneNumber")), []).append(str(row.get("Status")) in RECLAIMABLE)
    for left in left_by_number.values():
        if any(left) and not all(left):
            return "first" if left[0] else "last"
    return ""


def _clock_difference(attempt: Attempt) -> float | None:
    """Return how many seconds the service's clock is ahead, in whole seconds, from the header Date."""
    if attempt.response is None:
        return None
    try:
        there = parsedate_to_datetime(attempt.response.headers.get("date", "")).timestamp()
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return float(round(there - (attempt.began + attempt.seconds / 2)))


def _limits(response: HttpResponse | None) -> dict[str, str]:
    headers = response.headers.items() if response else ()
    return {name.lower(): _word(value) for name, value in headers if _LIMIT_HEADER.match(name)}


def _words(values: Any) -> tuple[str, ...]:
    return tuple(sorted({_word(value) for value in values if value}))


def _word(value: Any) -> str:
    """Return a word of the service. A word contains no long number."""
    text = "" if isinstance(value, (dict, list)) else str(value or "").strip()
    return shorten(_LONG_NUMBER.sub("#", text), LONGEST_WORD)
