# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Receives the audit reports that CAMS posts, and hands each on once. An ansible-rulebook event source."""

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
  - Listens for the audit callbacks (C(ChatAppAudit)) of CAMS, which are set with C(UpdateAccountWebhook), and makes an
    event of each report. A report tells that something changed, so read before acting on it.
  - An event has C(type), C(waba_id), C(phone_number) (with its plus), C(status), C(audit_status), C(template_code),
    C(language), C(reason) and C(received_at), each when it is known. Curly braces in them are made round, because what
    undeclared_numbers write must never be evaluated as a template.
  - The service does not sign what it posts. Whoever does not know the token is refused.
  - The service may post a report twice. One that says of its subject what the last one said is dropped for
    a while.
options:
  host:
    description: The address to listen at. Only a proxy on this machine reaches the default.
    type: str
    default: 127.0.0.1
  port:
    description: The port to listen at.
    type: int
    required: true
  token:
    description:
      - A secret of at least 16 characters. A caller sends it as the last part of the path,
        V(https://example.com/audit/TOKEN), or in the header C(Authorization), as V(Bearer TOKEN).
    type: str
    required: true
  certfile:
    description:
      - A certificate to listen with TLS. Needed where no proxy does so, since the token must not be read on its way.
    type: str
  keyfile:
    description: The key of the certificate, when it is not in the same file.
    type: str
  max_body_bytes:
    description: A longer body is refused.
    type: int
    default: 1048576
  duplicate_seconds:
    description: For how long a report that says the same again is dropped. V(0) drops none.
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
# What the service documents, by the names that events have for it.
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
ROUND = str.maketrans("{}", "()")

Event = dict[str, str]
Queue = asyncio.Queue[Any]


@dataclass(frozen=True)
class Settings:
    """The arguments, checked."""

    token: str
    port: int
    host: str = "127.0.0.1"
    certfile: str = ""
    keyfile: str = ""
    max_body_bytes: int = 1024 * 1024
    duplicate_seconds: int = 600

    @classmethod
    def read(cls, arguments: Mapping[str, Any]) -> Settings:
        """Raises ValueError with one sentence. ansible-rulebook adds arguments of its own, so unknown ones pass."""
        texts = {name: str(arguments[name]) for name in ("host", "certfile", "keyfile") if arguments.get(name)}
        numbers = {
            name: _whole(name, arguments[name])
            for name in ("port", "max_body_bytes", "duplicate_seconds")
            if arguments.get(name) is not None
        }
        token = str(arguments.get("token") or "")
        if "port" not in numbers:
            raise ValueError("cams_audit: port is missing. Say at which port to listen.")
        if len(token) < SHORTEST_TOKEN or not re.fullmatch(r"[A-Za-z0-9._~-]+", token):
            raise ValueError(
                f"cams_audit: token must have at least {SHORTEST_TOKEN} letters, digits or any of . _ ~ -."
                " Make one with: openssl rand -hex 16"
            )
        return cls(token=token, **texts, **numbers)  # type: ignore[arg-type]


def _whole(name: str, value: Any) -> int:
    """A template of a rulebook may have made a text of it."""
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}", str(value)):
        raise ValueError(f"cams_audit: {name} must be a whole number that is not negative.")
    return int(value)


@dataclass
class Memory:
    """The last report of each subject, so that its duplicate is known.

    Reports carry no time and no id. Only the last one is compared, so that a status that comes back is news again.
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _last: OrderedDict[bytes, tuple[bytes, float]] = field(default_factory=OrderedDict)

    def is_news(self, event: Event) -> bool:
        subject, said, now = _digest([event.get(name) for name in SUBJECT]), _digest(event), self.clock()
        before = self._last.pop(subject, None)
        self._last[subject] = (said, now)
        if len(self._last) > SUBJECTS_REMEMBERED:
            self._last.popitem(last=False)
        return before is None or before[0] != said or now - before[1] >= self.seconds


def _digest(value: Any) -> bytes:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).digest()


def events(body: bytes) -> Iterator[Event]:
    """The reports of a body. Raises ValueError when it is not a list of reports at all."""
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
            LOG.warning("A report was left out, because it has none of the documented fields.")


def _event(report: Mapping[str, Any]) -> Event:
    found = {name: report.get(key) for name, key in FIELDS.items()}
    event = {name: _text(value) for name, value in found.items() if isinstance(value, str | int) and value != ""}
    if "phone_number" in event:
        digits = re.fullmatch(r"\+?([1-9][0-9]{5,14})", event.pop("phone_number").replace(" ", ""))
        if digits:
            event["phone_number"] = f"+{digits[1]}"
        else:
            LOG.warning("A report names something that is not a phone number; it is handed on without.")
    return event


def _text(value: str | int) -> str:
    return str(value)[:LONGEST_TEXT].translate(ROUND)


class Receiver:
    """Answers the service and puts what is new into the queue."""

    def __init__(self, queue: Queue, settings: Settings) -> None:
        self._queue = queue
        self._token = settings.token.encode()
        self._memory = Memory(settings.duplicate_seconds)

    async def receive(self, request: web.Request) -> web.Response:
        # Before the body is read: a stranger costs nothing.
        if not self._knows_token(request):
            LOG.warning("A request from %s without the right token was refused.", request.remote)
            return _answer(401, "The token is wrong or missing.")
        try:
            body = await asyncio.wait_for(request.read(), LONGEST_READ_SECONDS)
            found = list(events(body))
        except ValueError as error:
            return _answer(400, str(error))
        except asyncio.TimeoutError:  # Python 3.10 has two of them
            return _answer(408, "The body took too long.")
        for event in found:
            if self._memory.is_news(event):
                await self._queue.put({**event, "received_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
        return _answer(200, "OK")

    def _knows_token(self, request: web.Request) -> bool:
        in_path = request.path.rpartition("/")[2]
        scheme, _blank, in_header = request.headers.get("Authorization", "").partition(" ")
        given = in_header.strip() if scheme.lower() == "bearer" else in_path
        return hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._token)


def _answer(status: int, message: str) -> web.Response:
    return web.json_response({"code": 0 if status == 200 else status, "msg": message}, status=status)


def application(queue: Queue, settings: Settings) -> web.Application:
    made = web.Application(client_max_size=settings.max_body_bytes)
    made.router.add_post("/{path:.*}", Receiver(queue, settings).receive)
    return made


async def main(queue: Queue, args: dict[str, Any]) -> None:
    """What ansible-rulebook runs until it ends."""
    settings = Settings.read(args)
    context = None
    if settings.certfile:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(settings.certfile, settings.keyfile or None)
    # Paths hold the token, so no access log.
    runner = web.AppRunner(application(queue, settings), access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, settings.host, settings.port, ssl_context=context).start()
        LOG.info("Listening for reports at %s:%s.", settings.host, settings.port)
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()
