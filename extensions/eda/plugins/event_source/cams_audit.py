# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Event source for ansible-rulebook: receives the audit reports of CAMS and drops duplicates."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import re
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

DOCUMENTATION = r"""
---
short_description: Receive the audit reports of CAMS
description:
  - Listens for the audit callbacks (C(ChatAppAudit)) of CAMS and creates an event from each report. Set the address of
    the callbacks with C(UpdateAccountWebhook). A report only says that something changed, so read the current state
    first.
  - An event can have C(type), C(waba_id), C(phone_number) (with its plus), C(status), C(audit_status),
    C(template_code), C(language), C(reason) and C(received_at). Curly braces in the values become round brackets,
    because text from outside must never run as a template.
  - The service does not sign its callbacks. A caller without the token is refused.
  - The service may post a report twice. If a report repeats the last report of the same subject, it is dropped for
    some time.
options:
  host:
    description: Address to listen on. Only a proxy on this machine can reach the default.
    type: str
    default: 127.0.0.1
  port:
    description: Port to listen on.
    type: int
    required: true
  token:
    description:
      - Secret of at least 16 characters. A caller sends it as the last part of the path,
        V(https://example.com/audit/TOKEN), or in the header C(Authorization), as V(Bearer TOKEN).
    type: str
    required: true
  certfile:
    description:
      - Certificate for TLS. Needed without a TLS proxy, because the token must not be sent unencrypted.
    type: str
  keyfile:
    description: Key of the certificate, if it is not in the same file.
    type: str
  max_body_bytes:
    description: Maximum length of a request body in bytes.
    type: int
    default: 1048576
  duplicate_seconds:
    description: How many seconds to drop repeated reports. V(0) drops none.
    type: int
    default: 600
"""

EXAMPLES = r"""
- chatapp.cams.cams_audit:
    port: 5000
    token: "{{ CAMS_AUDIT_TOKEN }}"
"""

LOG = logging.getLogger(__name__)

SHORTEST_TOKEN = 16
LONGEST_TEXT = 1000
LONGEST_READ_SECONDS = 30.0
SUBJECTS_REMEMBERED = 10_000
# Keys of an event, and the documented keys of a report.
FIELDS = {
    "type": "Type",
    "waba_id": "WabaId",
    "phone_number": "PhoneNumber",
    "status": "Status",
    "audit_status": "AuditStatus",
    "template_code": "TemplateCode",
    "language": "Language",
    "reason": "Reason",
}
SUBJECT = ("type", "waba_id", "phone_number", "template_code", "language")
BRACES_TO_ROUND = str.maketrans("{}", "()")

Event = dict[str, str]
Queue = asyncio.Queue[Any]


@dataclass(frozen=True)
class Settings:
    """The checked arguments of the event source."""

    token: str
    port: int
    host: str = "127.0.0.1"
    certfile: str = ""
    keyfile: str = ""
    max_body_bytes: int = 1024 * 1024
    duplicate_seconds: int = 600

    @classmethod
    def read(cls, arguments: Mapping[str, Any]) -> Settings:
        """Check the arguments. Raise ValueError if one is wrong. Ignore unknown ones: ansible-rulebook adds some."""
        texts = {name: str(arguments[name]) for name in ("host", "certfile", "keyfile") if arguments.get(name)}
        numbers = {
            name: _whole_number(name, arguments[name])
            for name in ("port", "max_body_bytes", "duplicate_seconds")
            if arguments.get(name) is not None
        }
        token = str(arguments.get("token") or "")
        if "port" not in numbers:
            raise ValueError("cams_audit: port is missing. Set port to the port to listen on.")
        if len(token) < SHORTEST_TOKEN or not re.fullmatch(r"[A-Za-z0-9._~-]+", token):
            raise ValueError(
                f"cams_audit: token must have at least {SHORTEST_TOKEN} letters, digits or any of . _ ~ -."
                " Make one with: openssl rand -hex 16"
            )
        return cls(token=token, **texts, **numbers)  # type: ignore[arg-type]


def _whole_number(name: str, value: Any) -> int:
    """Return the value as an integer. It may be a text, because rulebooks use templates."""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", str(value)):
        raise ValueError(f"cams_audit: {name} must be a whole number that is not negative.")
    return int(value)


@dataclass
class LastReports:
    """The last report of each subject, to detect duplicates.

    Reports have no time and no id. A report is compared only with the last one, because an old status can return.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _last: OrderedDict[bytes, tuple[bytes, float]] = field(default_factory=OrderedDict)

    def is_new(self, event: Event) -> bool:
        subject, content, now = _digest([event.get(name) for name in SUBJECT]), _digest(event), self.clock()
        before = self._last.pop(subject, None)
        self._last[subject] = (content, now)
        if len(self._last) > SUBJECTS_REMEMBERED:
            self._last.popitem(last=False)
        return before is None or before[0] != content or now - before[1] >= self.seconds


def _digest(value: Any) -> bytes:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()


def events(body: bytes) -> Iterator[Event]:
    """Yield the reports in a request body. Raise ValueError if the body is not a list of reports."""
    try:
        reports = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("The body is not JSON.") from None
    if not isinstance(reports, list):
        raise ValueError("The body is not a JSON array.")
    for report in reports:
        event = _event(report) if isinstance(report, Mapping) else {}
        if event:
            yield event
        else:
            LOG.warning("Dropped a report that has none of the documented fields.")


def _event(report: Mapping[str, Any]) -> Event:
    found = {name: report.get(key) for name, key in FIELDS.items()}
    event = {name: _text(value) for name, value in found.items() if isinstance(value, str | int) and value != ""}
    if "phone_number" in event:
        digits = re.fullmatch(r"\+?([1-9][0-9]{5,14})", event.pop("phone_number").replace(" ", ""))
        if digits:
            event["phone_number"] = f"+{digits[1]}"
        else:
            LOG.warning("A report contains an invalid phone number. The event does not contain the number.")
    return event


def _text(value: str | int) -> str:
    return str(value)[:LONGEST_TEXT].translate(BRACES_TO_ROUND)


class Receiver:
    """Answers the requests of the service and adds new reports to the queue."""

    def __init__(self, queue: Queue, settings: Settings) -> None:
        self._queue = queue
        self._token = settings.token.encode()
        self._last_reports = LastReports(settings.duplicate_seconds)

    async def receive(self, request: web.Request) -> web.Response:
        # Check the token before reading the body, so that requests without it cost nothing.
        if not self._knows_token(request):
            LOG.warning("Refused a request from %s, because its token is wrong or missing.", request.remote)
            return _answer(401, "The token is wrong or missing.")
        try:
            body = await asyncio.wait_for(request.read(), LONGEST_READ_SECONDS)
            found = list(events(body))
        except ValueError as error:
            return _answer(400, str(error))
        except asyncio.TimeoutError:  # In Python 3.10 this is not the built-in TimeoutError.
            return _answer(408, "The body took too long.")
        for event in found:
            if self._last_reports.is_new(event):
                await self._queue.put({**event, "received_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
        return _answer(200, "OK")

    def _knows_token(self, request: web.Request) -> bool:
        in_path = request.path.rpartition("/")[2]
        scheme, _blank, in_header = request.headers.get("Authorization", "").partition(" ")
        given = in_header.strip() if scheme.lower() == "bearer" else in_path
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token)


def _answer(status: int, message: str) -> web.Response:
    return web.json_response({"code": 0 if status == 200 else status, "msg": message}, status=status)


def make_application(queue: Queue, settings: Settings) -> web.Application:
    made = web.Application(client_max_size=settings.max_body_bytes)
    made.router.add_post("/{path:.*}", Receiver(queue, settings).receive)
    return made


async def main(queue: Queue, args: dict[str, Any]) -> None:
    """Run the event source until ansible-rulebook stops it."""
    settings = Settings.read(args)
    context = None
    if settings.certfile:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.certfile, settings.keyfile or None)
    # No access log, because paths contain the token.
    runner = web.AppRunner(make_application(queue, settings), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, ssl_context=context).start()
        LOG.info("Listening for reports at %s:%s.", settings.host, settings.port)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
