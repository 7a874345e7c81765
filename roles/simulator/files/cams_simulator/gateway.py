# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway of the API: checks who calls, the permission and the rate, and builds every answer."""

from __future__ import annotations

import json
import time
import traceback
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import parse_qsl

from . import model, signature
from .calls import HIDDEN_PARAMETERS, CallLog, LoggedCall
from .errors import GatewayError, RefusalError, error_document, gateway_error
from .faults import Fault, Faults, Rule
from .operations import OPERATIONS, Answer, Call, Operation, made_up_answer
from .policy import Decision, decide_on_action
from .readings import DeniedAction, FormParameters, RefusalStatus, ThrottledCallsCount
from .wire import Ending, Reply, Request
from .world import World

VERSION = "2020-06-06"
_FORM = "application/x-www-form-urlencoded"
_HTML = b"<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"
_FAULT_ERRORS = {
    Fault.ERROR_500: "InternalError",
    Fault.ERROR_503: "ServiceUnavailable",
    Fault.THROTTLE_USER: "Throttling.User",
    Fault.THROTTLE_API: "Throttling.Api",
    Fault.LIMIT_CONTROL: "System.LimitControl",
}
_DENIALS = {
    DeniedAction.PERMISSION_DENY: "Ram.PermissionDeny",
    DeniedAction.NO_PERMISSION: "NoPermission",
    DeniedAction.FORBIDDEN_RAM: "Forbidden.RAM",
}
# These faults change only the answer, or the connections after it. The call itself is processed as usual.
_CHANGES_ONLY_THE_ANSWER = frozenset({Fault.DROP_AFTER, Fault.SLOW, Fault.REFUSE_CONNECTION})


@dataclass(slots=True)
class _Caller:
    account: model.Account
    user: model.User
    key: model.AccessKey

    @property
    def name(self) -> str:
        return f"{self.account.owner_id}/{self.user.name}"


class Exchange:
    """One call and its answer, with the values for the log."""

    def __init__(self, request: Request, reading: FormParameters) -> None:
        self.request = request
        self.request_id = str(uuid.uuid4()).upper()
        self.query = parse_qsl(request.query, keep_blank_values=True)
        self.parameters = dict(self.query)
        in_form = request.body and request.headers.get("content-type", "").startswith(_FORM)
        if in_form and reading is FormParameters.ACCEPTED:
            self.parameters.update(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        headers = request.headers
        self.action = headers.get("x-acs-action") or self.parameters.get("Action", "")
        self.version = headers.get("x-acs-version") or self.parameters.get("Version", "")
        self.user = ""
        self.code: str | None = None
        self.effect: str | None = None

    def json_reply(self, status: int, document: dict[str, object], rows: list[bytes] | None = None) -> Reply:
        self.code = str(document["Code"])
        body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        if rows is not None:
            body = b'%s,"PhoneNumbers":[%s]}' % (body[:-1], b",".join(rows))
        return Reply(status, body, headers={"x-acs-request-id": self.request_id})

    def error_reply(self, error: GatewayError) -> Reply:
        host = self.request.headers.get("host", "")
        return self.json_reply(error.status, error_document(error, self.request_id, host))


class Gateway:
    def __init__(self, world: World, faults: Faults, calls: CallLog) -> None:
        self._world = world
        self._faults = faults
        self._calls = calls
        self._nonces: OrderedDict[str, float] = OrderedDict()
        self._callers: dict[str, _Caller] = {}
        self.reload_access_keys()

    def reload_access_keys(self) -> None:
        self._callers = {
            key.id: _Caller(account, user, key)
            for account in self._world.accounts.values()
            for user in account.users
            for key in user.access_keys
        }

    def handle(self, request: Request) -> Reply:
        arrived_at = time.time()
        settings = self._world.settings
        exchange = Exchange(request, settings.form_parameters)
        claimed = self._callers.get(signature.claimed_access_key(request, exchange.parameters))
        exchange.user = "" if claimed is None else claimed.name
        self._calls.record_arrival(exchange.user, exchange.action, request.arrived)
        rule = self._faults.use_matching_rule(exchange.action, exchange.parameters)
        reply = self._answer_correctly(exchange) if rule is None else self._answer_with_fault(rule, exchange)
        reply.delay += settings.latency
        reply.headers.setdefault("Date", formatdate(arrived_at + settings.gateway_clock_offset, usegmt=True))
        self._log_call(exchange, reply, rule, arrived_at)
        return reply

    def _answer_correctly(self, exchange: Exchange) -> Reply:
        """Return the correct answer. The store commits the effect before the answer is sent."""
        try:
            operation, call = self._check_request(exchange)
            try:
                answer = operation.run(call)
            finally:
                exchange.effect = call.effect
            return self._success_reply(exchange, operation, answer)
        except GatewayError as error:
            return exchange.error_reply(error)
        except RefusalError as refusal:
            return self._refusal_reply(exchange, refusal)
        except Exception:
            traceback.print_exc()
            return exchange.error_reply(gateway_error("InternalError"))
        finally:
            self._world.store.commit()

    # --- checks, in their order -------------------------------------------------------------

    def _check_request(self, exchange: Exchange) -> tuple[Operation, Call]:
        request, parameters = exchange.request, exchange.parameters
        if request.method not in ("GET", "POST"):
            raise gateway_error("UnsupportedHTTPMethod")
        if request.path != "/":
            raise gateway_error("InvalidApi.NotFound")
        caller = self._authenticate(exchange)
        if exchange.version != VERSION:
            raise gateway_error("InvalidVersion")
        operation = OPERATIONS.get(exchange.action)
        if operation is None:
            raise gateway_error("InvalidAction.NotFound")
        if parameters.get("Format", "JSON").upper() != "JSON":
            raise gateway_error("InvalidParameter.Format")
        self._check_pace(exchange, operation)
        self._check_permission(caller, operation)
        if not caller.account.subscribed:
            raise gateway_error("Product.Unsubscript")
        operation.check_parameters(parameters)
        return operation, Call(self._world, caller.account.owner_id, parameters)

    def _authenticate(self, exchange: Exchange) -> _Caller:
        settings = self._world.settings
        signed = signature.read_signature(exchange.request, exchange.query, exchange.parameters)
        caller = self._callers.get(signed.access_key_id)
        if caller is None:
            raise gateway_error("InvalidAccessKeyId.NotFound")
        if not caller.key.active:
            raise gateway_error("InvalidAccessKeyId.Inactive")
        now = time.time() + settings.gateway_clock_offset
        signature.check_date(signed.date, now, settings.signature_seconds)
        self._check_token(caller.key, signed.security_token, now)
        signed.verify(caller.key.secret)
        self._check_nonce(f"{caller.key.id}/{signed.nonce}", now)
        return caller

    def _check_token(self, key: model.AccessKey, token: str | None, now: float) -> None:
        if (token or None) != key.security_token:
            raise gateway_error("InvalidSecurityToken.MismatchWithAccessKey")
        if key.expires_at is not None and now >= key.expires_at:
            raise gateway_error("InvalidSecurityToken.Expired")

    def _check_nonce(self, nonce: str, now: float) -> None:
        # A signature is valid before and after its date, so remember a nonce for twice that time.
        oldest = now - 2 * self._world.settings.signature_seconds
        while self._nonces and next(iter(self._nonces.values())) < oldest:
            self._nonces.popitem(last=False)
        if nonce in self._nonces:
            raise gateway_error("SignatureNonceUsed")
        self._nonces[nonce] = now

    def _check_pace(self, exchange: Exchange, operation: Operation) -> None:
        settings = self._world.settings
        counts = settings.throttled_calls_count is ThrottledCallsCount.YES
        arrived = exchange.request.arrived
        if not self._calls.admit(exchange.user, operation.name, arrived, settings.rate_limit, counts):
            raise gateway_error(settings.throttle_code.value)

    def _check_permission(self, caller: _Caller, operation: Operation) -> None:
        decision = decide_on_action(caller.user.policies, operation.ram_action)
        if decision is Decision.ALLOW:
            return
        error = gateway_error(_DENIALS[self._world.settings.denied_action])
        if error.code == "Ram.PermissionDeny":
            raise error
        error.access_denied_detail = {
            "AuthAction": operation.ram_action,
            "AuthPrincipalType": "SubUser",
            "AuthPrincipalOwnerId": caller.account.owner_id,
            "AuthPrincipalDisplayName": caller.user.name,
            "PolicyType": "AccountLevelIdentityBasedPolicy",
            "NoPermissionType": decision.value,
            "EncodedDiagnosticMessage": "",
        }
        raise error

    # --- answers ------------------------------------------------------------------------------------------------

    def _success_reply(self, exchange: Exchange, operation: Operation, answer: Answer) -> Reply:
        document: dict[str, object] = {
            "RequestId": exchange.request_id,
            "Code": "OK",
            "Message": operation.message,
            "AccessDeniedDetail": "None",
        }
        if operation.success is not None:
            document["Success"] = operation.success
        document |= answer.fields
        rows = None if answer.rows is None else [row.encoded for row in answer.rows]
        return exchange.json_reply(200, document, rows)

    def _refusal_reply(self, exchange: Exchange, refusal: RefusalError) -> Reply:
        if self._world.refusal_status(refusal) is RefusalStatus.HTTP_400:
            return exchange.error_reply(GatewayError(refusal.code, refusal.message))
        return exchange.json_reply(200, self._refusal_document(exchange, refusal.code, refusal.message))

    def _refusal_document(self, exchange: Exchange, code: str, message: str) -> dict[str, object]:
        return {"RequestId": exchange.request_id, "Code": code, "Message": message, "AccessDeniedDetail": "None"}

    # --- faults ------------------------------------------------------------------------------------------------

    def _answer_with_fault(self, rule: Rule, exchange: Exchange) -> Reply:
        fault = rule.fault
        takes_effect = rule.after_effect or fault in _CHANGES_ONLY_THE_ANSWER
        reply = self._answer_correctly(exchange) if takes_effect else Reply(200, b"")
        if fault in _FAULT_ERRORS:
            return exchange.error_reply(gateway_error(_FAULT_ERRORS[fault]))
        if fault is Fault.BUSINESS_ERROR:
            document = self._refusal_document(exchange, rule.code, rule.message)
            return exchange.json_reply(rule.http_status, document)
        if fault is Fault.OTHER_NUMBER:
            return self._answer_with_other_number(rule, exchange, reply)
        if fault is Fault.SLOW:
            reply.delay = rule.seconds
        elif fault is Fault.REFUSE_CONNECTION:
            # Refuse connections before the answer is sent, so that the caller's next connection fails.
            reply.before_sending = lambda: self._faults.refuse_connections(rule.seconds)
        else:
            exchange.code = None
            reply = _broken_reply(fault, rule, reply)
        return reply

    def _answer_with_other_number(self, rule: Rule, exchange: Exchange, reply: Reply) -> Reply:
        """Return an answer with another phone number. A refusal stays unchanged."""
        operation = OPERATIONS[exchange.action]
        if not rule.after_effect:
            answer = made_up_answer(operation.name, rule.other_number, rule.verification_status)
            return self._success_reply(exchange, operation, answer)
        document = json.loads(reply.body)
        if "Data" not in document:
            return reply
        document["Data"]["PhoneNumber"] = rule.other_number
        return exchange.json_reply(reply.status, document)

    def _log_call(self, exchange: Exchange, reply: Reply, rule: Rule | None, arrived_at: float) -> None:
        answered = reply.ending is not Ending.NO_ANSWER
        given = exchange.parameters.items()
        parameters = {name: "***" if name in HIDDEN_PARAMETERS else value for name, value in given}
        self._calls.add(
            LoggedCall(
                id=0,
                time=arrived_at,
                user=exchange.user,
                action=exchange.action,
                parameters=parameters,
                http_status=reply.status if answered else None,
                code=exchange.code,
                request_id=exchange.request_id,
                fault=None if rule is None else rule.kind,
                effect=exchange.effect,
            )
        )


def _broken_reply(fault: Fault, rule: Rule, reply: Reply) -> Reply:
    if fault is Fault.TRUNCATED:
        body = reply.body or b'{"RequestId":"'
        return Reply(reply.status, body[: len(body) // 2 + 1], headers=reply.headers, ending=Ending.TRUNCATED)
    if fault is Fault.NOT_JSON:
        return Reply(rule.http_status, _HTML, "text/html")
    return Reply(0, b"", ending=Ending.NO_ANSWER)
