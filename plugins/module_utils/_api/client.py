# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call of an operation: paced, signed, sent, judged, and repeated only as far as its kind allows."""

from __future__ import annotations

import hashlib
import random
import re
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from enum import Enum
from math import ceil, isfinite
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils import _phone
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials, CredentialSource
from ansible_collections.chatapp.cams.plugins.module_utils._api.decoding import json_object
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import (
    THROTTLED_HINT,
    ApiError,
    CamsError,
    CheckModeError,
    access_denied_detail,
    hint_for,
    is_throttle,
    who_was_denied,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import API_VERSION, Kind, Operation
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import ClosedError, Pace
from ansible_collections.chatapp.cams.plugins.module_utils._api.shapes import ShapeError, shaped
from ansible_collections.chatapp.cams.plugins.module_utils._api.signature import (
    canonical_query,
    encode,
    signed_headers,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import (
    Exchange,
    LostAnswerError,
    NotSentError,
    Transport,
)
from ansible_collections.chatapp.cams.plugins.module_utils._visible import shortened

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 20.0
# No further attempt starts after this many seconds spent on a call, waits for its turn not counted. It also bounds how
# long a call waits because the service asks for it: the limits of the service count calls in a second, so a longer wait
# means that a person has to look, and a run that seems to hang would hide that.
RETRY_SECONDS = 180.0
ASKED_TO_WAIT = "x-acs-retry-after"
SECRET_PARAMETERS = ("VerifyCode",)
# Of what the API says in an error, so many characters are shown.
MOST_OF_A_MESSAGE = 1000
MOST_OF_A_NAME = 128
_REQUEST_ID = re.compile(rf"[A-Za-z0-9._:*-]{{1,{MOST_OF_A_NAME}}}")


class Outcome(Enum):
    """What is known of a call when it is over."""

    ANSWERED = "answered"
    REFUSED = "refused"
    THROTTLED = "throttled"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class CallResult:
    """How a call ended. ``reason`` says it in a sentence unless it was answered; ``error`` is the API's own."""

    operation: Operation
    outcome: Outcome
    body: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    error: ApiError | None = None
    request_id: str = ""

    def answer(self) -> Mapping[str, Any]:
        """The body of an answered call; anything else raises."""
        if self.outcome is Outcome.ANSWERED:
            return self.body
        raise CamsError(self.reason, self.error)


@dataclass
class CallCounts:
    """What a client did, for the summary of a run."""

    calls: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    throttled: int = 0


class Client:
    """Calls operations. One per process; safe for threads."""

    def __init__(
        self,
        transport: Transport,
        credentials: CredentialSource,
        pace: Pace,
        *,
        user_agent: str,
        account: str = "",
        timeout: float = 60,
        retries: int = 5,
        check_mode: bool = False,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self._transport = transport
        self._credentials = credentials
        self._pace = pace
        self._user_agent = user_agent
        # Tells accounts apart in what is remembered of them; it holds nothing of the key.
        self.account = hashlib.sha256(account.encode()).hexdigest()[:16]
        self._timeout = timeout
        self._retries = retries
        self._check_mode = check_mode
        self._sleep = sleep or self.pause
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.counts = CallCounts()

    @property
    def paced_seconds(self) -> float:
        return self._pace.waited_seconds

    def stop(self) -> None:
        """From now on no call leaves that could change a number, nothing is repeated, and calls under way end soon.

        A sync may still leave: it changes no number, and reading what a lost write did needs one.
        """
        self._stop.set()
        self._transport.stop()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()

    def pause(self, seconds: float) -> None:
        """Sleep, at most until it is told to stop."""
        self._stop.wait(seconds)

    def call(self, operation: Operation, parameters: Mapping[str, str]) -> CallResult:
        """Call until it is answered or refused, or until the operation's kind forbids another attempt."""
        # RAM calls a sync an update, and check mode promises not to update anything.
        if self._check_mode and operation.kind is not Kind.READ:
            raise CheckModeError(f"{operation.action} was called in check mode; nothing was sent.")
        spent = 0.0
        for attempt in range(self._retries + 1):
            try:
                self._wait_for_turn(operation)
            except ClosedError as error:
                return _without_answer(operation, parameters, Outcome.THROTTLED, _asks_to_wait(error.seconds))
            if self.stopped and not operation.kind.leaves_numbers_alone:
                return _without_answer(operation, parameters, Outcome.NOT_SENT, "The run was told to stop.")
            started = time.monotonic()
            result, asked_to_wait = self._attempt(operation, parameters)
            spent += time.monotonic() - started
            backoff = _backoff(attempt, asked_to_wait)
            over = self.stopped or attempt == self._retries or spent + backoff > RETRY_SECONDS
            if not _may_repeat(result):
                return result
            if over:
                break
            self._sleep(backoff)
            spent += backoff
            with self._lock:
                self.counts.retried += 1
        return replace(result, reason=f"{result.reason} {_asks_to_wait(asked_to_wait)}") if asked_to_wait else result

    def _wait_for_turn(self, operation: Operation) -> None:
        """Wait as the pace says. Calls that a stop forbids stop waiting with it, however long the service asked for."""
        if not operation.kind.leaves_numbers_alone:
            self._pace.wait(operation.action, at_most=RETRY_SECONDS, sleep=self.pause)
            return
        # A run that is told to stop still reads what its last writes did, and does not wait long for that.
        self._pace.wait(operation.action, at_most=LONGEST_BACKOFF if self.stopped else RETRY_SECONDS)

    def _attempt(self, operation: Operation, parameters: Mapping[str, str]) -> tuple[CallResult, float]:
        """One attempt, and how many seconds the service asks to be left alone."""
        credentials = self._credentials()
        with self._lock:
            self.counts.calls[operation.action] += 1
        try:
            exchange = self._exchange(operation, parameters, credentials)
        except NotSentError as error:
            return _without_answer(operation, parameters, Outcome.NOT_SENT, str(error)), 0
        except LostAnswerError as error:
            return _without_answer(operation, parameters, Outcome.UNKNOWN, str(error)), 0
        secrets = [parameters[name] for name in SECRET_PARAMETERS if name in parameters]
        result = judge(operation, parameters, exchange, [*secrets, credentials.security_token])
        if result.outcome in (Outcome.ANSWERED, Outcome.REFUSED):
            self._pace.succeeded(operation.action)
            return result, 0
        asked_to_wait = retry_after(exchange.headers)
        if result.outcome is Outcome.THROTTLED or asked_to_wait:
            self._pace.throttled(operation.action, asked_to_wait)
        if result.outcome is Outcome.THROTTLED:
            with self._lock:
                self.counts.throttled += 1
        return result, asked_to_wait

    def _exchange(self, operation: Operation, parameters: Mapping[str, str], credentials: Credentials) -> Exchange:
        query = canonical_query(parameters)
        headers = signed_headers(
            host=self._transport.host,
            action=operation.action,
            version=API_VERSION,
            date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            nonce=uuid.uuid4().hex,
            query=query,
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            security_token=credentials.security_token,
        )
        headers["user-agent"] = self._user_agent
        headers["accept"] = "application/json"
        return self._transport.post(query, headers, max(self._timeout, operation.read_timeout))


def judge(operation: Operation, parameters: Mapping[str, str], exchange: Exchange, secrets: list[str]) -> CallResult:
    """What an HTTP answer says of the call. Only ``Code`` tells success; the wording of ``Message`` does not."""
    body: Mapping[str, Any] = json_object(exchange.body)
    code = body.get("Code")
    if not isinstance(code, str) or not code:
        if exchange.status == 429 or (_is_throttle_header(exchange) and exchange.status >= 400):
            reason = f"Too many requests (HTTP {exchange.status})."
            return _without_answer(operation, parameters, Outcome.THROTTLED, reason)
        reason = f"The answer (HTTP {exchange.status}) is not one of the CAMS API. Check endpoint and proxies."
        return _without_answer(operation, parameters, Outcome.UNKNOWN, reason)
    request_id = _request_id(body.get("RequestId") or exchange.headers.get("x-acs-request-id"))
    if code == "OK" and exchange.status == 200:
        try:
            body = shaped(operation, body)
        except ShapeError as misfit:
            reason = f"The answer does not have the documented form: {misfit} (RequestId {request_id})."
            return replace(_without_answer(operation, parameters, Outcome.UNKNOWN, reason), request_id=request_id)
        other = _other_number(body, parameters)
        if other:
            reason = f"The answer is for {_phone.masked(other)}, so its effect is not known (RequestId {request_id})."
            subject = f"{operation.verb} {_phone.masked(operation.subject(parameters))}"
            return CallResult(
                operation, Outcome.UNKNOWN, reason=f"Failed to {subject}: {reason}", request_id=request_id
            )
        return CallResult(operation, Outcome.ANSWERED, body=body, request_id=request_id)
    message = _clean_message(str(body.get("Message") or ""), secrets)
    outcome = _outcome_of(code, exchange)
    throttled = outcome is Outcome.THROTTLED
    denied = access_denied_detail(body.get("AccessDeniedDetail"))
    shown_code = _clean_message(code, secrets)[:MOST_OF_A_NAME]
    error = ApiError(
        code=shown_code,
        message=message,
        request_id=request_id,
        http_status=exchange.status,
        action=operation.action,
        hint=THROTTLED_HINT if throttled else hint_for(code, operation.ram_action, message),
        access_denied=denied,
        throttled=throttled,
    )
    told = f"{error.message} ({shown_code}).{f' {who_was_denied(denied)}' if denied else ''} {error.hint}"
    reason = f"Failed to {operation.verb} {operation.subject(parameters)}: {told}"
    return CallResult(operation, outcome, reason=reason, error=error, request_id=request_id)


def _other_number(body: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    """The number that an answer names when it is not the one that was asked for; empty otherwise."""
    data = body.get("Data")
    named = str(data.get("PhoneNumber") or "").strip() if isinstance(data, Mapping) else ""
    asked = parameters.get("CountryCode", "") + parameters.get("MobileNumber", "") or parameters.get("PhoneNumber", "")
    if not named or not asked or _phone.from_wire(named) == _phone.from_wire(asked):
        return ""
    return _phone.from_wire(named)


def _is_throttle_header(exchange: Exchange) -> bool:
    """Whether an answer says by its header that it is a throttle, as the official SDK reads it.

    A 5xx is left out: such a call may have had its effect, and a throttled call is repeated, a code request too.
    """
    return ASKED_TO_WAIT in exchange.headers and exchange.status < 500


def _outcome_of(code: str, exchange: Exchange) -> Outcome:
    status = exchange.status
    if code == "OK":
        # A success that its HTTP status denies may have had its effect, so not even a 429 makes it repeatable.
        return Outcome.UNKNOWN
    if is_throttle(code) or status == 429 or _is_throttle_header(exchange):
        return Outcome.THROTTLED
    if status >= 500 or code in ("InternalError", "ServiceUnavailable"):
        return Outcome.UNKNOWN
    return Outcome.REFUSED


def _without_answer(operation: Operation, parameters: Mapping[str, str], outcome: Outcome, reason: str) -> CallResult:
    return CallResult(
        operation, outcome, reason=f"Failed to {operation.verb} {operation.subject(parameters)}: {reason}"
    )


def _may_repeat(result: CallResult) -> bool:
    """A throttled or unsent call had no effect. After a lost answer only a call that changes no number is repeated."""
    if result.outcome in (Outcome.THROTTLED, Outcome.NOT_SENT):
        return True
    return result.outcome is Outcome.UNKNOWN and result.operation.kind.leaves_numbers_alone


def _backoff(attempt: int, asked_to_wait: float) -> float:
    """Capped exponential backoff with full jitter, and never sooner than the service asks."""
    jittered = random.uniform(0, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**attempt))
    return max(jittered, asked_to_wait)


def retry_after(headers: Mapping[str, str]) -> float:
    """How many seconds the service asks to be left alone; 0 when it does not say so, or says nothing that is a time."""
    seconds = _seconds(headers.get(ASKED_TO_WAIT, ""), 1000) or _seconds(headers.get("retry-after", ""), 1)
    return seconds or _seconds_until(headers.get("retry-after", ""), headers.get("date", ""))


def _seconds(text: str, in_a_second: int) -> float:
    try:
        seconds = float(text) / in_a_second
    except ValueError:
        return 0
    return seconds if isfinite(seconds) and seconds > 0 else 0


def _seconds_until(moment: str, now: str) -> float:
    """From one HTTP date to another, or from this machine's clock where the answer has no date of its own."""
    try:
        begins = parsedate_to_datetime(now).timestamp() if now else time.time()
        return max(0.0, parsedate_to_datetime(moment).timestamp() - begins)
    except (TypeError, ValueError, IndexError, OverflowError):
        return 0


def _asks_to_wait(seconds: float) -> str:
    return f"The service asks to wait {ceil(seconds)} s. Run again after that time."


def _request_id(value: Any) -> str:
    """A RequestId as support asks for it; empty when it is not one."""
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else ""


def _clean_message(message: str, secrets: list[str]) -> str:
    """The API's message without what must not be shown.

    A refused signature is answered with the whole signed request, and that may hold a code or a token.
    """
    message = message.partition(" server StringToSign is")[0].partition(" server string to sign is")[0].strip()
    for secret in filter(None, secrets):
        # As it is, and as it stands in a query that is quoted once or twice; never inside a longer run of digits.
        spellings = {secret, encode(secret), encode(encode(secret))}
        anyone = "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True))
        message = re.sub(rf"(?:(?<!\w)|(?<=%[0-9A-Fa-f]{{2}}))(?:{anyone})(?!\w)", "********", message)
    return shortened(message, MOST_OF_A_MESSAGE).rstrip(".")
