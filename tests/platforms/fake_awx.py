# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""So much of AWX's REST API as the modules of awx.awx need to create, find and change objects. It runs no job."""

from __future__ import annotations

import itertools
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Document = dict[str, Any]

TOKEN = "token-of-the-tests"
# Lists of other objects that an object has, and which it can be given one by one.
ASSOCIATIONS = {
    "job_templates": ("credentials", "labels"),
    "workflow_job_template_nodes": ("success_nodes", "failure_nodes", "always_nodes", "credentials"),
}
UNIFIED = ("job_templates", "workflow_job_templates", "workflow_approval_templates")


class FakeAwx:
    """Started on entry, on a free port. `objects` holds what was made, by kind."""

    def __init__(self, **ready: list[Document]) -> None:
        self._ids = itertools.count(1)
        self.objects: dict[str, dict[int, Document]] = {}
        self.related: dict[str, Any] = {}
        self.writes: list[str] = []
        for kind, found in ready.items():
            for one in found:
                self.create(kind, one)

    def __enter__(self) -> FakeAwx:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length) or b"{}")
                known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
                status, answer = fake.answer(self.command, self.path, body) if known else (401, {"detail": "no token"})
                data = b"" if answer is None else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.send_header("X-API-Product-Name", "AWX")
                self.send_header("X-API-Product-Version", "24.6.1")
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PATCH = do_DELETE = handle_any  # noqa: N815  # the server's names

            def log_message(self, *_arguments: Any) -> None:
                """Tests look at the objects."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def named(self, kind: str) -> dict[str, Document]:
        return {one.get("name") or one["identifier"]: one for one in self.objects.get(kind, {}).values()}

    def create(self, kind: str, fields: Document) -> Document:
        number = next(self._ids)
        address = f"/api/v2/{kind}/{number}/"
        related = {name: f"{address}{name}/" for name in (*ASSOCIATIONS.get(kind, ()), "survey_spec")}
        made = {"id": number, "type": kind.removesuffix("s"), "url": address, "related": related, **fields}
        made["type"] = kind.removesuffix("s")
        self.objects.setdefault(kind, {})[number] = made
        return made

    def answer(self, method: str, path: str, body: Document) -> tuple[int, Document | None]:
        parts = urlsplit(path)
        query = dict(parse_qsl(parts.query))
        if method != "GET":
            self.writes.append(f"{method} {parts.path}")
        if re.fullmatch(r"/api/(v2/(ping/)?)?", parts.path):
            return 200, {"version": "24.6.1", "current_version": "/api/v2/"}
        if found := re.fullmatch(r"/api/v2/(\w+)/", parts.path):
            return self._answer_kind(method, found[1], query, body)
        if found := re.fullmatch(r"/api/v2/(\w+)/(\d+)/", parts.path):
            return self._answer_object(method, found[1], int(found[2]), body)
        if found := re.fullmatch(r"/api/v2/(\w+)/(\d+)/(\w+)/", parts.path):
            return self._answer_related(method, found[1], int(found[2]), found[3], body)
        return 404, {"detail": "Not found."}

    def _answer_kind(self, method: str, kind: str, query: Document, body: Document) -> tuple[int, Document]:
        if method == "POST":
            return 201, self.create(kind, body)
        kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
        every = [one for name in kinds for one in self.objects.get(name, {}).values()]
        return 200, _page([one for one in every if all(self._fits(one, *wanted) for wanted in query.items())])

    def _answer_object(self, method: str, kind: str, number: int, body: Document) -> tuple[int, Document]:
        found = self.objects.get(kind, {}).get(number)
        if found is None:
            return 404, {"detail": "Not found."}
        if method == "PATCH":
            found.update(body)
        return 200, found

    def _answer_related(
        self, method: str, kind: str, number: int, name: str, body: Document
    ) -> tuple[int, Document | None]:
        owner, key = self.objects[kind][number], f"{kind}/{number}/{name}"
        if name == "survey_spec":
            if method == "POST":
                self.related[key] = body
            return 200, self.related.get(key, {})
        if name == "create_approval_template":
            made = self.create("workflow_approval_templates", body)
            owner["unified_job_template"] = made["id"]
            owner["related"]["unified_job_template"] = made["url"]
            return 201, made
        listed: list[int] = self.related.setdefault(key, [])
        if method == "GET":
            target = "workflow_job_template_nodes" if name.endswith("_nodes") else name
            return 200, _page([self.objects[target][one] for one in listed])
        if body.get("disassociate"):
            listed.remove(body["id"])
        elif body["id"] not in listed:
            listed.append(body["id"])
        return 204, None

    def _fits(self, one: Document, name: str, value: str) -> bool:
        if name == "organization__name":
            return bool(self.objects["organizations"][one["organization"]]["name"] == value)
        field = name.removeprefix("or__")
        return name == "page_size" or str(one.get(field)) == value


def _page(found: list[Document]) -> Document:
    return {"count": len(found), "next": None, "previous": None, "results": found}
