# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpret the HTTP answer of a call. Only the field ``Code`` of the answer shows success."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from enum import Enum
from math import isfinite
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.decoding import parse_json_object
from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import (
    THROTTLED_HINT,
    access_denied_detail,
    hint_for_error_code,
    is_throttle_code,
    who_was_denied,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import Operation
from ansible_collections.chatapp.cams.plugins.module_utils._api.shapes import ShapeError, checked_answer
from ansible_collections.chatapp.cams.plugins.module_utils._api.signature import percent_encode
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ApiError, CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import shorten

RETRY_AFTER_HEADER = "x-acs-retry-after"
# An error shows at most this many characters of the API's message, and of its code.
MAX_MESSAGE_LENGTH = 1000
MAX_NAME_LENGTH = 128
_REQUEST_ID = re.compile(rf"[A-Za-z0-9._:*-]{{1,{MAX_NAME_LENGTH}}}")


class CallOutcome(Enum):
    """The outcome of a call."""

    ANSWERED = "answered"
    REFUSED = "refused"
    THROTTLED = "throttled"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CallResult:
    """The result of a call. ``reason`` is a sentence, empty if the call was answered. ``error`` is the API's error."""

    operation: Operation
    outcome: CallOutcome
    body: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    error: ApiError | None = None
    request_id: str = ""

    def body_or_raise(self) -> Mapping[str, Any]:
        """Return the body of an answered call. Raises CamsError for every other outcome."""
        if self.outcome is CallOutcome.ANSWERED:
            return self.body
        raise CamsError(self.reason, self.error)


def interpret_response(
    operation: Operation, parameters: Mapping[str, str], exchange: HttpResponse, secrets: list[str]
) -> CallResult:
    """Return the result of a call. Only ``Code`` shows success; ``Message`` is not used for that."""
    body: Mapping[str, Any] = parse_json_object(exchange.body)
    code = body.get("Code")
    if not isinstance(code, str) or not code:
        if exchange.status == 429 or (_is_throttle_header(exchange) and exchange.status >= 400):
            reason = f"Too many requests (HTTP {exchange.status})."
            return result_of_failed_call(operation, parameters, CallOutcome.THROTTLED, reason)
        reason = f"The answer (HTTP {exchange.status}) did not come from the CAMS API. Check endpoint and proxies."
        return result_of_failed_call(operation, parameters, CallOutcome.UNKNOWN, reason)
    request_id = _valid_request_id(body.get("RequestId") or exchange.headers.get("x-acs-request-id"))
    if code == "OK" and exchange.status == 200:
        try:
            body = checked_answer(operation, body)
        except ShapeError as misfit:
            reason = f"The answer does not have the documented form: {misfit} (RequestId {request_id})."
            return replace(
                result_of_failed_call(operation, parameters, CallOutcome.UNKNOWN, reason), request_id=request_id
            )
        other = _mismatched_number(body, parameters)
        if other:
            reason = (
                f"The answer is for {phone.mask_number(other)}, so its effect is not known (RequestId {request_id})."
            )
            subject = f"{operation.verb} {phone.mask_number(operation.number_or_space(parameters))}"
            return CallResult(
                operation, CallOutcome.UNKNOWN, reason=f"Failed to {subject}: {reason}", request_id=request_id
            )
        return CallResult(operation, CallOutcome.ANSWERED, body=body, request_id=request_id)
    message = _message_without_secrets(str(body.get("Message") or ""), secrets)
    outcome = _outcome_of_response(code, exchange)
    throttled = outcome is CallOutcome.THROTTLED
    denied = access_denied_detail(body.get("AccessDeniedDetail"))
    shown_code = _message_without_secrets(code, secrets)[:MAX_NAME_LENGTH]
    error = ApiError(
        code=shown_code,
        message=message,
        request_id=request_id,
        http_status=exchange.status,
        action=operation.action,
        hint=THROTTLED_HINT if throttled else hint_for_error_code(code, operation.ram_action, message),
        access_denied=denied,
        throttled=throttled,
    )
    details = f"{error.message} ({shown_code}).{f' {who_was_denied(denied)}' if denied else ''} {error.hint}"
    reason = f"Failed to {operation.verb} {operation.number_or_space(parameters)}: {details}"
    return CallResult(operation, outcome, reason=reason, error=error, request_id=request_id)


def _mismatched_number(body: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    """Return the number in the answer if it is not the number in the request; else an empty text."""
    data = body.get("Data")
    named = str(data.get("PhoneNumber") or "").strip() if isinstance(data, Mapping) else ""
    asked = parameters.get("CountryCode", "") + parameters.get("MobileNumber", "") or parameters.get("PhoneNumber", "")
    if not named or not asked or phone.with_plus(named) == phone.with_plus(asked):
        return ""
    return phone.with_plus(named)


def _is_throttle_header(exchange: HttpResponse) -> bool:
    """Return whether the header of an answer marks a throttled call, as in the official SDK.

    A 5xx does not count: the call may have had an effect, and throttled calls are repeated, even a code request.
    """
    return RETRY_AFTER_HEADER in exchange.headers and exchange.status < 500


def _outcome_of_response(code: str, exchange: HttpResponse) -> CallOutcome:
    status = exchange.status
    if code == "OK":
        # Code and HTTP status contradict each other. The call may have had its effect, so it is not repeated.
        return CallOutcome.UNKNOWN
    if is_throttle_code(code) or status == 429 or _is_throttle_header(exchange):
        return CallOutcome.THROTTLED
    if status >= 500 or code in ("InternalError", "ServiceUnavailable"):
        return CallOutcome.UNKNOWN
    return CallOutcome.REFUSED


def result_of_failed_call(
    operation: Operation, parameters: Mapping[str, str], outcome: CallOutcome, reason: str
) -> CallResult:
    return CallResult(
        operation,
        outcome,
        reason=f"Failed to {operation.verb} {operation.number_or_space(parameters)}: {reason}",
    )


def retry_after_seconds(headers: Mapping[str, str]) -> float:
    """Return how many seconds the service asks to wait; 0 if it does not ask, or the value is not a time."""
    seconds = _parse_positive_seconds(headers.get(RETRY_AFTER_HEADER, ""), 1000) or _parse_positive_seconds(
        headers.get("retry-after", ""), 1
    )
    return seconds or _seconds_until_date(headers.get("retry-after", ""), headers.get("date", ""))


def _parse_positive_seconds(text: str, in_a_second: int) -> float:
    try:
        seconds = float(text) / in_a_second
    except ValueError:
        return 0
    return seconds if isfinite(seconds) and seconds > 0 else 0


def _seconds_until_date(moment: str, now: str) -> float:
    """Return the seconds between two HTTP dates. Without ``now``, use the clock of this machine."""
    try:
        begins = parsedate_to_datetime(now).timestamp() if now else time.time()
        return max(0.0, parsedate_to_datetime(moment).timestamp() - begins)
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0


def _valid_request_id(value: Any) -> str:
    """Return the value if it has the form of a RequestId; else an empty text."""
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else ""


def _message_without_secrets(message: str, secrets: list[str]) -> str:
    """Return the API's message without secrets.

    The message of a refused signature shows the whole signed request, which may contain a code or a token.
    """
    message = message.partition(" server StringToSign is")[0].partition(" server string to sign is")[0].strip()
    for secret in filter(None, secrets):
        # The secret as it is, and quoted once or twice as in a query. Never inside longer digits.
        spellings = {secret, percent_encode(secret), percent_encode(percent_encode(secret))}
        anyone = "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True))
        message = re.sub(rf"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{{2}}))(?:{anyone})(?!\w)", "********", message)
    return shorten(message, MAX_MESSAGE_LENGTH).rstrip(".")
