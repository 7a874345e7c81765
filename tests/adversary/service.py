# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator in this process, and a transport that changes its answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any
from urllib.parse import parse_qsl

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse, Transport
from cams_simulator import server
from cams_simulator.client import ControlClient, ControlError
from cams_simulator.store import Store
from cams_simulator.wire import Request

ACCESS_KEY_ID = "LTAI5tSimulator"
ACCESS_KEY_SECRET = "simulator-secret"

ChangeAnswer = Callable[[str, Mapping[str, str], HttpResponse], HttpResponse]


class Service(ControlClient):
    """A simulator without sockets, for one thread."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:0")
        options = server.Options(random_seed=1)
        self._store = Store(":memory:")
        self._simulator = server.Simulator(options, self._store, lambda seconds: None, lambda: None)

    def reset_to(self, seed: Mapping[str, Any]) -> None:
        self.reset()
        self.change_settings(rate_limit=0, register_seconds=2)
        self.seed(seed)

    def answer(self, query: str, headers: Mapping[str, str]) -> HttpResponse:
        request = Request("POST", "/", query, dict(headers), b"", time.monotonic())
        reply = self._simulator.serve_api(request)
        return HttpResponse(reply.status, {"content-type": reply.content_type, **reply.headers}, reply.body)

    def _request(self, method: str, path: str, document: Mapping[str, Any] | None) -> dict[str, Any]:
        place, _mark, query = path.partition("?")
        body = b"" if document is None else json.dumps(document).encode()
        request = Request(method, place, query, {"host": "127.0.0.1"}, body, time.monotonic())
        reply = self._simulator.serve_control(request)
        answer: dict[str, Any] = json.loads(reply.body)
        if reply.status != 200:
            raise ControlError(answer.get("error", ""))
        return answer


@dataclass(frozen=True)
class RecordedCall:
    """One call and its original answer."""

    action: str
    subject: str
    answer: HttpResponse


@dataclass
class Wire(Transport):
    """Sends calls to the simulator, records the answers, and changes them."""

    service: Service
    change_answer: ChangeAnswer = lambda action, parameters, answer: answer
    recorded: list[RecordedCall] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.host = "127.0.0.1"

    def post(self, query: str, headers: Mapping[str, str], answer_timeout: float) -> HttpResponse:
        answer = self.service.answer(query, headers)
        action, parameters = headers["x-acs-action"], dict(parse_qsl(query, keep_blank_values=True))
        self.recorded.append(RecordedCall(action, subject_of(action, parameters), answer))
        return self.change_answer(action, parameters, answer)

    def close(self) -> None:
        """Do nothing: there is no connection."""

    def stop(self) -> None:
        """Do nothing: there is no open call."""


class NoPace(Pace):
    """A pace without waiting."""

    def __init__(self) -> None:
        self.waited_seconds = 0.0

    def wait(self, action: str, *, at_most: float = inf, sleep: Callable[[float], object] | None = None) -> None:
        return None

    def note_throttle(self, action: str, asked_to_wait: float = 0) -> None:
        return None

    def note_success(self, action: str) -> None:
        return None


def subject_of(action: str, parameters: Mapping[str, str]) -> str:
    """Return the number or space in the parameters of a call."""
    return OPERATIONS[action].number_or_space(parameters)


def client_of(wire: Wire, *, check_mode: bool = False, sleep: Callable[[float], None] = lambda seconds: None) -> Client:
    """Return a client that does not wait and retries once."""
    return Client(
        wire,
        lambda: Credentials(ACCESS_KEY_ID, ACCESS_KEY_SECRET),
        NoPace(),
        account="account",
        user_agent="adversary",
        retries=1,
        check_mode=check_mode,
        sleep=sleep,
    )
