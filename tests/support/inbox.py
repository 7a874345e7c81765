# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real inbox for messages with codes, on a loopback port. A test can make it fail."""

from __future__ import annotations

import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any


@dataclass
class Answer:
    """An answer that replaces the messages."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    after_seconds: float = 0.0


class Inbox:
    """Answers {"data": {"messages": […]}} to requests with the token."""

    token = "inbox-token-canary"

    def __init__(self, certificate: Path | None = None) -> None:
        """Use TLS if a certificate is given. The file must also contain the key."""
        self.messages: list[dict[str, Any]] = []
        self.instead: Answer | None = None
        # The headers of each request.
        self.requests: list[dict[str, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._closing = threading.Event()
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            scheme = "https"
        self.origin = f"{scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Inbox:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def options(self) -> dict[str, Any]:
        """Return the option ``url`` to read this inbox."""
        return {
            "address": f"{self.origin}/messages?page=newest",
            "headers": {"Authorization": f"Bearer {self.token}"},
            "messages": "data.messages",
            "number_field": "to",
            "time_field": "received_at",
            "text_field": "message.text",
        }

    def receive(self, number: str, text: str, *, ago: float = 0.0) -> None:
        message = {"to": number, "received_at": time.time() - ago, "from": "+15550001111", "message": {"text": text}}
        self.messages.append(message)

    def _answer(self, headers: dict[str, str]) -> Answer:
        self.requests.append(headers)
        if self.instead is not None:
            self._closing.wait(self.instead.after_seconds)
            return self.instead
        if headers.get("Authorization") != f"Bearer {self.token}":
            return Answer(401, b"{}")
        document = {"data": {"messages": list(self.messages)}}
        return Answer(200, json.dumps(document).encode(), {"Content-Type": "application/json"})

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                answer = inbox._answer(dict(self.headers))
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Do not log requests."""

        return Handler
