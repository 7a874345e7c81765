# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control port: inbox of the phones, clock, faults, settings, seeds and call log, as JSON over HTTP."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from . import model
from .calls import CallLog
from .clock import iso_time
from .faults import Faults
from .gateway import Gateway
from .seeding import add_seed, change_number
from .wire import Reply, Request
from .world import World

Document = dict[str, Any]
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Control:
    def __init__(
        self,
        world: World,
        gateway: Gateway,
        faults: Faults,
        calls: CallLog,
        reset: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self._world = world
        self._gateway = gateway
        self._faults = faults
        self._calls = calls
        self._reset = reset
        self._stop = stop
        self._routes: dict[tuple[str, str], Callable[[Document], Document]] = {
            ("GET", "/health"): lambda _: {"status": "ok", "pid": os.getpid()},
            ("GET", "/inbox"): self._inbox,
            ("GET", "/clock"): lambda _: self._show_clock(),
            ("POST", "/clock"): self._advance,
            ("GET", "/faults"): lambda _: self._list_faults(),
            ("POST", "/faults"): self._add_fault,
            ("DELETE", "/faults"): self._remove_faults,
            ("GET", "/calls"): self._list_calls,
            ("GET", "/calls/summary"): lambda _: self._calls.summary(),
            ("GET", "/settings"): lambda _: self._world.settings.as_dict(),
            ("POST", "/settings"): self._change_settings,
            ("POST", "/seed"): self._seed,
            ("POST", "/numbers"): self._change_number,
            ("DELETE", "/numbers"): self._remove_number,
            ("GET", "/world"): self._show_world,
            ("GET", "/effects"): self._effects,
            ("POST", "/reset"): lambda _: self._reset_world(),
            ("POST", "/stop"): lambda _: self._stop_soon(),
        }

    def handle(self, request: Request) -> Reply:
        if not _is_loopback_request(request):
            return _json_reply(403, {"error": "The control port accepts only loopback host names."})
        route = self._routes.get((request.method, request.path))
        if route is None:
            return _json_reply(404, {"error": f"There is no {request.method} {request.path}."})
        try:
            document = _request_arguments(request)
            answer = route(document)
        except (ValueError, TypeError, KeyError) as error:
            return _json_reply(400, {"error": str(error)})
        self._world.store.commit()
        return _json_reply(200, answer)

    def _inbox(self, arguments: Document) -> Document:
        since = _parse_time(arguments.get("since", "0"))
        phone_number = arguments.get("phone_number")
        messages = self._world.inbox(phone_number and phone_number.lstrip("+ "), since)
        return {"messages": [_message_document(message) for message in messages]}

    def _show_clock(self) -> Document:
        now = self._world.clock.now()
        return {"now": now, "iso": iso_time(now), "offset": self._world.clock.offset}

    def _advance(self, arguments: Document) -> Document:
        self._world.advance(float(arguments["advance"]))
        return self._show_clock()

    def _list_faults(self) -> Document:
        return {"faults": [model.to_document(rule) for rule in self._faults.rules]}

    def _add_fault(self, arguments: Document) -> Document:
        return model.to_document(self._faults.add(arguments))

    def _remove_faults(self, arguments: Document) -> Document:
        self._faults.remove(int(arguments["id"]) if "id" in arguments else None)
        return self._list_faults()

    def _list_calls(self, arguments: Document) -> Document:
        after, limit = int(arguments.get("after", 0)), int(arguments.get("limit", 1000))
        return {"calls": self._calls.calls_since(after, arguments.get("action"), limit)}

    def _change_settings(self, arguments: Document) -> Document:
        self._world.change_settings(arguments)
        return self._world.settings.as_dict()

    def _seed(self, arguments: Document) -> Document:
        counts = add_seed(self._world, arguments)
        self._gateway.reload_access_keys()
        return counts

    def _change_number(self, arguments: Document) -> Document:
        change_number(self._world, arguments)
        return {"changed": 1}

    def _remove_number(self, arguments: Document) -> Document:
        number = self._world.find_number(str(arguments["cust_space_id"]), str(arguments["phone_number"]))
        if number is None:
            raise ValueError("There is no such number in this space.")
        self._world.remove_number(number)
        return {"removed": 1}

    def _show_world(self, arguments: Document) -> Document:
        wanted, phone_number = arguments.get("cust_space_id"), arguments.get("phone_number")
        spaces = []
        for space in self._world.spaces.values():
            if wanted in (None, space.cust_space_id):
                numbers = self._world.numbers(space.cust_space_id)
                shown = [model.to_document(number) for number in numbers if phone_number in (None, number.phone_number)]
                spaces.append({**model.to_document(space), "numbers": shown})
        lines = [
            model.to_document(line) for line in self._world.lines.values() if phone_number in (None, line.phone_number)
        ]
        return {"now": self._world.clock.now(), "spaces": spaces, "lines": lines}

    def _effects(self, arguments: Document) -> Document:
        wanted = arguments.get("cust_space_id")
        numbers = [
            {
                "cust_space_id": number.cust_space_id,
                "phone_number": number.phone_number,
                **model.to_document(number.effects),
            }
            for number in self._world.numbers(wanted)
        ]
        syncs = {
            space.cust_space_id: space.syncs
            for space in self._world.spaces.values()
            if wanted in (None, space.cust_space_id)
        }
        return {"numbers": numbers, "syncs": syncs}

    def _reset_world(self) -> Document:
        self._reset()
        return {"status": "ok"}

    def _stop_soon(self) -> Document:
        self._stop()
        return {"status": "stopping"}


def _is_loopback_request(request: Request) -> bool:
    """Return whether Host and Origin are loopback names. This blocks web pages in a browser on this machine."""
    names = [request.headers.get("host", "")]
    if "origin" in request.headers:
        names.append(urlsplit(request.headers["origin"]).netloc)
    return all(_without_port(name) in _LOOPBACK for name in names)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def _request_arguments(request: Request) -> Document:
    document: Document = dict(parse_qsl(request.query))
    if request.body:
        body = json.loads(request.body)
        if not isinstance(body, dict):
            raise ValueError("The body must be a JSON object.")
        document.update(body)
    return document


def _parse_time(text: object) -> float:
    """Parse epoch seconds or an ISO 8601 time. A time without a zone is UTC."""
    try:
        return float(str(text))
    except ValueError:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
        return moment.replace(tzinfo=moment.tzinfo or timezone.utc).timestamp()


def _message_document(message: model.Message) -> Document:
    code = f"{message.code[:3]}-{message.code[3:]}"
    return {
        **model.to_document(message),
        "to": f"+{message.phone_number}",
        "received_at": iso_time(message.received_at),
        "received_at_seconds": message.received_at,
        "expires_at": iso_time(message.expires_at),
        "text": f"Your WhatsApp Business code: {code}. Don't share it.",
    }


def _json_reply(status: int, document: Document) -> Reply:
    return Reply(status, json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode())
