# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulator in this process, called with requests that are signed here and by nothing the simulator shares."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from cams_simulator.server import Options, Simulator
from cams_simulator.store import Store
from cams_simulator.wire import Reply, Request

SPACE = "cams-demo"
ACCESS_KEY = "LTAI5tSimulator"
SECRET = "simulator-secret"


def signed_request(
    action: str,
    parameters: dict[str, str],
    *,
    access_key: str = ACCESS_KEY,
    secret: str = SECRET,
    method: str = "POST",
    path: str = "/",
    form: bool = False,
    arrived: float | None = None,
    headers: dict[str, str] | None = None,
) -> Request:
    encoded = urlencode(sorted(parameters.items()), quote_via=quote, safe="~")
    query, body = ("", encoded.encode()) if form else (encoded, b"")
    signed = {
        "host": "cams.test",
        "x-acs-action": action,
        "x-acs-version": "2020-06-06",
        "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(body).hexdigest(),
        **(headers or {}),
    }
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    canonical = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{signed['x-acs-content-sha256']}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    authorization = f"ACS3-HMAC-SHA256 Credential={access_key},SignedHeaders={names},Signature={signature}"
    sent = {**signed, "authorization": authorization, "content-type": "application/x-www-form-urlencoded"}
    return Request(method, path, query, sent, body, time.monotonic() if arrived is None else arrived)


@dataclass
class Bench:
    simulator: Simulator
    closed_doors: list[float] = field(default_factory=list)

    def send(self, request: Request) -> tuple[int, dict[str, Any]]:
        reply = self.reply(request)
        return reply.status, json.loads(reply.body)

    def reply(self, request: Request) -> Reply:
        return self.simulator.serve_api(request)

    def call(self, action: str, **parameters: str) -> dict[str, Any]:
        return self.send(signed_request(action, parameters))[1]

    def control(self, method: str, path: str, document: dict[str, Any] | None = None) -> dict[str, Any]:
        body = b"" if document is None else json.dumps(document).encode()
        request = Request(method, path.partition("?")[0], path.partition("?")[2], {"host": "127.0.0.1:1"}, body, 0.0)
        reply = self.simulator.serve_control(request)
        answer: dict[str, Any] = json.loads(reply.body)
        if reply.status != 200:
            raise ControlRefusedError(answer["error"])
        return answer

    def settings(self, **changes: Any) -> None:
        self.control("POST", "/settings", changes)

    def advance(self, seconds: float) -> None:
        self.control("POST", "/clock", {"advance": seconds})

    # The steps of a migration, in the demo space unless said otherwise.

    def initiate(self, country: str, national: str, space: str = SPACE) -> dict[str, Any]:
        return self.call(
            "CreateChatappMigrationInitiate", CustSpaceId=space, CountryCode=country, MobileNumber=national
        )

    def request_code(self, number: str, space: str = SPACE) -> dict[str, Any]:
        return self.call("GetMigrationVerifyCode", CustSpaceId=space, PhoneNumber=number, Method="sms", Locale="en_US")

    def hand_in(self, number: str, code: str, space: str = SPACE) -> dict[str, Any]:
        return self.call("ChatappMigrationVerified", CustSpaceId=space, PhoneNumber=number, VerifyCode=code)

    def register(self, number: str, space: str = SPACE) -> dict[str, Any]:
        return self.call("ChatappMigrationRegister", CustSpaceId=space, PhoneNumber=number)

    def verification(self, number: str, space: str = SPACE) -> dict[str, Any]:
        return self.call("GetPhoneNumberVerificationStatus", CustSpaceId=space, PhoneNumber=number)

    def sync(self, space: str = SPACE) -> dict[str, Any]:
        return self.call("ChatappSyncPhoneNumber", CustSpaceId=space)

    def row(self, number: str, space: str = SPACE) -> dict[str, Any] | None:
        rows = self.call("QueryChatappPhoneNumbers", CustSpaceId=space)["PhoneNumbers"]
        return next((row for row in rows if row["PhoneNumber"] == number), None)

    def code(self, number: str) -> str:
        code: str = self.control("GET", f"/inbox?phone_number={number}")["messages"][-1]["code"]
        return code

    def effects(self, number: str, space: str = SPACE) -> dict[str, int]:
        counts = self.control("GET", f"/effects?cust_space_id={space}")["numbers"]
        found = next(entry for entry in counts if entry["phone_number"] == number)
        return {name: count for name, count in found.items() if isinstance(count, int) and count}

    def verified(self, country: str, national: str) -> str:
        """A number brought to VERIFIED; returns its joined digits."""
        number = country + national
        self.initiate(country, national)
        self.request_code(number)
        assert self.hand_in(number, self.code(number))["Code"] == "OK"
        return number


class ControlRefusedError(Exception):
    """The control plane answered with an error."""


@pytest.fixture
def bench() -> Bench:
    closed_doors: list[float] = []
    options = Options(state=":memory:", settings={"rate_limit": 0}, random_seed=7)
    simulator = Simulator(options, Store(":memory:"), closed_doors.append, lambda: None)
    return Bench(simulator, closed_doors)


@pytest.fixture
def control_refused() -> type[ControlRefusedError]:
    return ControlRefusedError


@pytest.fixture
def sign() -> Any:
    return signed_request
