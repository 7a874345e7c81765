# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the control port, for tests, demos and the command line."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

Document = dict[str, Any]


class ControlError(Exception):
    """The control port refused the request or did not answer."""


class ControlClient:
    def __init__(self, url: str, timeout: float = 30.0) -> None:
        self.url = url
        self._address = urlsplit(url).netloc
        self._timeout = timeout

    def health(self) -> Document:
        return self._get("/health")

    def inbox(self, phone_number: str | None = None, since: float | str | None = None) -> list[Document]:
        messages: list[Document] = self._get("/inbox", phone_number=phone_number, since=since)["messages"]
        return messages

    def code(self, phone_number: str) -> str | None:
        """Return the newest code that arrived on the phone of this number."""
        messages = self.inbox(phone_number)
        return messages[-1]["code"] if messages else None

    def clock(self) -> Document:
        return self._get("/clock")

    def advance(self, seconds: float) -> Document:
        return self._post("/clock", {"advance": seconds})

    def faults(self) -> list[Document]:
        rules: list[Document] = self._get("/faults")["faults"]
        return rules

    def add_fault(self, kind: str, **rule: Any) -> Document:
        return self._post("/faults", {"kind": kind, **rule})

    def remove_faults(self, fault_id: int | None = None) -> None:
        self._request("DELETE", "/faults", {} if fault_id is None else {"id": fault_id})

    def calls(self, after: int = 0, action: str | None = None, limit: int = 100_000) -> list[Document]:
        calls: list[Document] = self._get("/calls", after=after, action=action, limit=limit)["calls"]
        return calls

    def calls_summary(self) -> Document:
        return self._get("/calls/summary")

    def settings(self) -> Document:
        return self._get("/settings")

    def change_settings(self, **changes: Any) -> Document:
        return self._post("/settings", changes)

    def seed(self, document: Mapping[str, Any]) -> Document:
        return self._post("/seed", document)

    def change_number(self, **facts: Any) -> None:
        self._post("/numbers", facts)

    def remove_number(self, cust_space_id: str, phone_number: str) -> None:
        self._request("DELETE", "/numbers", {"cust_space_id": cust_space_id, "phone_number": phone_number})

    def world(self, cust_space_id: str | None = None, phone_number: str | None = None) -> Document:
        return self._get("/world", cust_space_id=cust_space_id, phone_number=phone_number)

    def number(self, cust_space_id: str, phone_number: str) -> Document | None:
        """Return all fields of one number, also those that the API does not show."""
        spaces = self.world(cust_space_id, phone_number)["spaces"]
        return next((number for space in spaces for number in space["numbers"]), None)

    def effects(self, cust_space_id: str | None = None) -> Document:
        return self._get("/effects", cust_space_id=cust_space_id)

    def reset(self) -> None:
        self._post("/reset", {})

    def stop(self) -> None:
        self._post("/stop", {})

    def _get(self, path: str, **arguments: object) -> Document:
        given = {name: value for name, value in arguments.items() if value is not None}
        return self._request("GET", f"{path}?{urlencode(given)}" if given else path, None)

    def _post(self, path: str, document: Mapping[str, Any]) -> Document:
        return self._request("POST", path, document)

    def _request(self, method: str, path: str, document: Mapping[str, Any] | None) -> Document:
        connection = http.client.HTTPConnection(self._address, timeout=self._timeout)
        try:
            connection.request(method, path, None if document is None else json.dumps(document))
            response = connection.getresponse()
            answer: Document = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise ControlError(f"The control port at {self.url} does not answer: {error}") from error
        finally:
            connection.close()
        if response.status != 200:
            raise ControlError(answer.get("error", f"HTTP {response.status}"))
        return answer
