# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls of operations: each call is paced, signed, sent and interpreted, and repeated only if its kind allows that."""

from __future__ import annotations

import contextlib
import hashlib
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import ceil

from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials, CredentialSource
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import API_VERSION, Kind, Operation
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import ClosedError, Pace
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import (
    CallOutcome,
    CallResult,
    interpret_response,
    result_of_failed_call,
    retry_after_seconds,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.signature import canonical_query, signed_headers
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import (
    HttpResponse,
    LostAnswerError,
    NotSentError,
    Transport,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, CheckModeError

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 20.0
# After this many seconds of a call, no further attempt starts. Waits for the pace do not count. A call also waits at
# most this long if the service asks to wait. The service limits calls per second, so a longer wait needs a person, and
# a run that seems to hang would hide that.
RETRY_SECONDS = 180.0
SECRET_PARAMETERS = ("VerifyCode",)


@dataclass
class CallCounts:
    """The calls that a client made, for the summary of a run."""

    calls: Counter[str] = field(default_factory=Counter)
    retried: int = 0
    throttled: int = 0


@dataclass(frozen=True)
class Attempt:
    """One request of a call, for an observer. ``response`` is None if no whole answer arrived."""

    operation: Operation
    parameters: Mapping[str, str]
    in_form: bool
    # Seconds since 1970.
    began: float
    seconds: float
    response: HttpResponse | None
    result: CallResult


def hash_of_account(account: str) -> str:
    """Return the name of an account in files and stores. It does not show the id of the access key."""
    return hashlib.sha256(account.encode()).hexdigest()[:16]


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
        self.account = hash_of_account(account)
        self._timeout = timeout
        self._retries = retries
        self._check_mode = check_mode
        self._sleep = sleep or self.pause
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self.counts = CallCounts()
        # Called after each attempt.
        self.observer: Callable[[Attempt], object] | None = None

    @property
    def paced_seconds(self) -> float:
        return self._pace.waited_seconds

    def stop(self) -> None:
        """Send no more calls that could change a number, repeat no call, and end current calls soon.

        Reads and syncs are still sent: they change no number, and they show the effect of a lost write.
        """
        self._stop.set()
        self._transport.stop()

    @property
    def stop_event(self) -> threading.Event:
        """Set when the client stops."""
        return self._stop

    @property
    def is_stopped(self) -> bool:
        return self._stop.is_set()

    def pause(self, seconds: float) -> None:
        """Sleep, but wake up when the client is stopped."""
        self._stop.wait(seconds)

    def call(
        self,
        operation: Operation,
        parameters: Mapping[str, str],
        before_attempt: Callable[[], object] = lambda: None,
    ) -> CallResult:
        """Call an operation, and repeat the call as far as the kind of the operation allows.

        ``before_attempt`` is called directly before each request leaves. If it raises, the request does not leave.
        """
        return self._call(operation, parameters, before_attempt, in_form=False)

    def call_in_form(self, operation: Operation, parameters: Mapping[str, str]) -> CallResult:
        """Call an operation with its parameters in a form in the body, and not in the query."""
        return self._call(operation, parameters, lambda: None, in_form=True)

    def _call(
        self,
        operation: Operation,
        parameters: Mapping[str, str],
        before_attempt: Callable[[], object],
        *,
        in_form: bool,
    ) -> CallResult:
        # RAM treats a sync as an update, and check mode must not update anything.
        if self._check_mode and operation.kind is not Kind.READ:
            raise CheckModeError(
                f"{operation.action} was called in check mode, so nothing was sent. This is a bug in chatapp.cams."
            )
        spent = 0.0
        for attempt in range(self._retries + 1):
            try:
                self._wait_for_turn(operation)
            except ClosedError as error:
                return result_of_failed_call(
                    operation, parameters, CallOutcome.THROTTLED, _sentence_to_wait(error.seconds)
                )
            if self.is_stopped and not operation.kind.changes_no_number:
                return result_of_failed_call(operation, parameters, CallOutcome.NOT_SENT, "The run was stopped.")
            started = time.monotonic()
            result, asked_to_wait = self._attempt_call(operation, parameters, before_attempt, in_form)
            spent += time.monotonic() - started
            backoff = _backoff_seconds(attempt, asked_to_wait)
            over = self.is_stopped or attempt == self._retries or spent + backoff > RETRY_SECONDS
            if not _may_repeat_call(result):
                return result
            if over:
                break
            self._sleep(backoff)
            spent += backoff
            with self._lock:
                self.counts.retried += 1
        return (
            replace(result, reason=f"{result.reason} {_sentence_to_wait(asked_to_wait)}") if asked_to_wait else result
        )

    def _wait_for_turn(self, operation: Operation) -> None:
        """Wait for this call's turn. A stop ends the wait of calls that it forbids."""
        if not operation.kind.changes_no_number:
            self._pace.wait(operation.action, at_most=RETRY_SECONDS, sleep=self.pause)
            return
        # A stopped run still reads the effects of its last writes, but does not wait long for that.
        self._pace.wait(operation.action, at_most=LONGEST_BACKOFF if self.is_stopped else RETRY_SECONDS)

    def _attempt_call(
        self,
        operation: Operation,
        parameters: Mapping[str, str],
        before_attempt: Callable[[], object],
        in_form: bool,
    ) -> tuple[CallResult, float]:
        """Make one attempt. Return its result, and how many seconds the service asks to wait."""
        credentials = self._credentials()
        written = canonical_query(parameters)
        query, form = ("", written.encode()) if in_form else (written, b"")
        headers = self._headers(operation, query, form, credentials)
        timeout = max(self._timeout, operation.read_timeout)
        before_attempt()
        with self._lock:
            self.counts.calls[operation.action] += 1
        began, started = time.time(), time.monotonic()
        exchange: HttpResponse | None = None
        try:
            exchange = (
                self._transport.post_form(form, headers, timeout)
                if in_form
                else self._transport.post(query, headers, timeout)
            )
        except NotSentError as error:
            result = result_of_failed_call(operation, parameters, CallOutcome.NOT_SENT, str(error))
        except LostAnswerError as error:
            result = result_of_failed_call(operation, parameters, CallOutcome.UNKNOWN, str(error))
        else:
            secrets = [parameters[name] for name in SECRET_PARAMETERS if name in parameters]
            result = interpret_response(operation, parameters, exchange, [*secrets, credentials.security_token])
        asked_to_wait = self._note_answer(operation, exchange, result) if exchange else 0
        if self.observer is not None:
            seconds = time.monotonic() - started
            self.observer(Attempt(operation, parameters, in_form, began, seconds, exchange, result))
        return result, asked_to_wait

    def _note_answer(self, operation: Operation, exchange: HttpResponse, result: CallResult) -> float:
        """Tell the pace how the service answered. Return how many seconds the service asks to wait."""
        if result.outcome in (CallOutcome.ANSWERED, CallOutcome.REFUSED):
            self._pace.note_success(operation.action)
            return 0
        asked_to_wait = retry_after_seconds(exchange.headers)
        if result.outcome is CallOutcome.THROTTLED or asked_to_wait:
            # The request was sent, so its result must not be lost. The next call meets the same problem.
            with contextlib.suppress(CamsError):
                self._pace.note_throttle(operation.action, asked_to_wait)
        if result.outcome is CallOutcome.THROTTLED:
            with self._lock:
                self.counts.throttled += 1
        return asked_to_wait

    def _headers(self, operation: Operation, query: str, form: bytes, credentials: Credentials) -> dict[str, str]:
        headers = signed_headers(
            host=self._transport.host,
            action=operation.action,
            version=API_VERSION,
            date=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            nonce=uuid.uuid4().hex,
            query=query,
            form=form,
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            security_token=credentials.security_token,
        )
        headers["user-agent"] = self._user_agent
        headers["accept"] = "application/json"
        return headers


def _may_repeat_call(result: CallResult) -> bool:
    """Return whether a call may be repeated: it had no effect, or it changes no number."""
    if result.outcome in (CallOutcome.THROTTLED, CallOutcome.NOT_SENT):
        return True
    return result.outcome is CallOutcome.UNKNOWN and result.operation.kind.changes_no_number


def _backoff_seconds(attempt: int, asked_to_wait: float) -> float:
    """Return the seconds before the next attempt: exponential backoff with jitter, at least what the service asks."""
    jittered = random.uniform(0, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**attempt))
    return max(jittered, asked_to_wait)


def _sentence_to_wait(seconds: float) -> str:
    return f"The service asks to wait {ceil(seconds)} s. Run again after that time."
