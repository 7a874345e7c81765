# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call of an operation: paced, signed, sent, judged, and repeated only as far as its kind allows."""

from __future__ import annotations

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
    failed_call,
    interpret_response,
    retry_after,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.signature import (
    canonical_query,
    signed_headers,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import (
    HttpResponse,
    LostAnswerError,
    NotSentError,
    Transport,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CheckModeError

FIRST_BACKOFF = 0.5
LONGEST_BACKOFF = 20.0
# No further attempt starts after this many seconds spent on a call, waits for its turn not counted. It also bounds how
# long a call waits because the service asks for it: the limits of the service count calls in a second, so a longer wait
# means that a person has to look, and a run that seems to hang would hide that.
RETRY_SECONDS = 180.0
SECRET_PARAMETERS = ("VerifyCode",)


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
                return failed_call(operation, parameters, CallOutcome.THROTTLED, _asks_to_wait(error.seconds))
            if self.stopped and not operation.kind.changes_no_number:
                return failed_call(operation, parameters, CallOutcome.NOT_SENT, "The run was told to stop.")
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
        if not operation.kind.changes_no_number:
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
            return failed_call(operation, parameters, CallOutcome.NOT_SENT, str(error)), 0
        except LostAnswerError as error:
            return failed_call(operation, parameters, CallOutcome.UNKNOWN, str(error)), 0
        secrets = [parameters[name] for name in SECRET_PARAMETERS if name in parameters]
        result = interpret_response(operation, parameters, exchange, [*secrets, credentials.security_token])
        if result.outcome in (CallOutcome.ANSWERED, CallOutcome.REFUSED):
            self._pace.succeeded(operation.action)
            return result, 0
        asked_to_wait = retry_after(exchange.headers)
        if result.outcome is CallOutcome.THROTTLED or asked_to_wait:
            self._pace.throttled(operation.action, asked_to_wait)
        if result.outcome is CallOutcome.THROTTLED:
            with self._lock:
                self.counts.throttled += 1
        return result, asked_to_wait

    def _exchange(self, operation: Operation, parameters: Mapping[str, str], credentials: Credentials) -> HttpResponse:
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


def _may_repeat(result: CallResult) -> bool:
    """A throttled or unsent call had no effect. After a lost answer only a call that changes no number is repeated."""
    if result.outcome in (CallOutcome.THROTTLED, CallOutcome.NOT_SENT):
        return True
    return result.outcome is CallOutcome.UNKNOWN and result.operation.kind.changes_no_number


def _backoff(attempt: int, asked_to_wait: float) -> float:
    """Capped exponential backoff with full jitter, and never sooner than the service asks."""
    jittered = random.uniform(0, min(LONGEST_BACKOFF, FIRST_BACKOFF * 2**attempt))
    return max(jittered, asked_to_wait)


def _asks_to_wait(seconds: float) -> str:
    return f"The service asks to wait {ceil(seconds)} s. Run again after that time."
