# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes to one place in an answer. They are generated from the answer, so new operations and fields are covered."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse

Path: TypeAlias = "tuple[str | int, ...]"
Parameters = Mapping[str, str]

OTHER_NUMBER = "447700900111"
CODE = "<the code that was submitted>"
LONG_TEXT = "a" * 60_000
DEEP = 100_000
_MARK = "the changed place"


@dataclass(frozen=True)
class Change:
    """One place in the answers of one operation, and the change to it."""

    action: str
    place: str
    name: str
    apply: Callable[[HttpResponse, Parameters], HttpResponse]

    def __str__(self) -> str:
        return f"{self.action} {self.place or 'body'}: {self.name}"


# Replacement values as JSON, or as invalid JSON that some servers send.
VALUES: dict[str, bytes] = {
    "null": b"null",
    "true": b"true",
    "false": b"false",
    "zero": b"0",
    "negative": b"-7",
    "float": b"1.5",
    "big integer": b"1" + b"0" * 40,
    "integer of 6,000 digits": b"9" * 6_000,
    "float too big": b"1e999",
    "NaN": b"NaN",
    "Infinity": b"-Infinity",
    "empty text": b'""',
    "blank": b'" "',
    "digits": b'"123"',
    "empty list": b"[]",
    "list of null": b"[null]",
    "list of text": b'["x"]',
    "list of lists": b"[[],[[]]]",
    "list of objects": b"[{}]",
    "empty object": b"{}",
    "object": b'{"a":{"b":null}}',
    "lists 100,000 deep": b"[" * DEEP + b"]" * DEEP,
    "lists 900 deep": b"[" * 900 + b"]" * 900,
    "objects 300 deep": b'{"a":' * 300 + b"1" + b"}" * 300,
    "long text": b'"' + LONG_TEXT.encode() + b'"',
    "long digits": b'"' + b"1" * 60_000 + b'"',
    "control characters": rb'"a\u0000\u001b[31m\u0007\r\nb\u009b"',
    "raw C1 and delete": '"a\x7f\x9b31m"'.encode(),
    "lone surrogate": rb'"a\ud800b"',
    "surrogate in UTF-8": b'"a\xed\xa0\x80b"',
    "right to left": '"a\u202eb\u2066"'.encode(),
    "invalid UTF-8": b'"a\xff\xfe\xc3"',
    "raw newline": b'"a\nb"',
    "another number": b'"%s"' % OTHER_NUMBER.encode(),
    "VERIFIED": b'"VERIFIED"',
    "CONNECTED": b'"CONNECTED"',
    "OK": b'"OK"',
    "template": b'"{{ 7 * 7 }}{x}%s"',
    "the code": b'"' + CODE.encode() + b' is wrong"',
}

# With this HTTP status the call had no effect, so it must not replace the answer of a call with an effect.
REFUSED_UNREAD = 429
STATUSES = (
    *(100, 101, 102, 199, 201, 202, 204, 206, 226, 300, 301, 302, 304, 307, 308, 400, 401, 403, 404, 408, 418),
    *(429, 451, 499, 500, 501, 502, 503, 504, 520, 599, 999, 0),
)
BODIES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "blank": lambda body: b" \r\n",
    "null": lambda body: b"null",
    "true": lambda body: b"true",
    "a number": lambda body: b"42",
    "a text": lambda body: b'"OK"',
    "a list": lambda body: b"[" + body + b"]",
    "a list of lists, 100,000 deep": lambda body: b"[" * DEEP,
    "HTML": lambda body: b"<html><body>502 Bad Gateway</body></html>",
    "half of it": lambda body: body[: len(body) // 2],
    "all but the last byte": lambda body: body[:-1],
    "a byte order mark before it": lambda body: b"\xef\xbb\xbf" + body,
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "UTF-32": lambda body: body.decode().encode("utf-32"),
    "gzip": lambda body: gzip.compress(body, mtime=0),
    "twice": lambda body: body + body,
    "something behind it": lambda body: body + b"\n<!-- cached -->",
    "zeros": lambda body: b"\0" * 512,
    "all bytes": lambda body: bytes(range(256)),
}
RETRY_AFTER = ("nan", "inf", "-9", "1e999", "x")
HEADERS: dict[str, dict[str, str]] = {
    "HTML": {"content-type": "text/html; charset=nothing"},
    "no content type": {"content-type": ""},
    "a RequestId with control signs": {"x-acs-request-id": "\x1b[31m\xff\x9b"},
    **{
        f"retry after {value}": {"retry-after": value, "x-acs-retry-after": value}
        for value in ("nan", "inf", "-9", "x")
    },
}


def changes_of(action: str, answer: HttpResponse) -> Iterator[Change]:
    """Yield all changes to the answer of one operation."""
    document = json.loads(answer.body)
    for path in places(document):
        shown = ".".join(map(str, path))
        for name, fragment in VALUES.items():
            yield Change(action, shown, name, _edit(_put(path, fragment)))
        for name, edit in _structural(path).items():
            yield Change(action, shown, name, _edit(edit))
    yield from _of_the_whole(action)


def _of_the_whole(action: str) -> Iterator[Change]:
    for name, change_answer in BODIES.items():
        yield Change(action, "", name, _body(change_answer))
    for status in STATUSES:
        yield Change(action, "", f"HTTP {status}", _status(status))
        if status != REFUSED_UNREAD:
            yield Change(action, "", f"HTTP {status} with HTML", _status(status, b"<html></html>"))
    for name, headers in HEADERS.items():
        yield Change(action, "", f"header: {name}", _header(headers, drop_request_id="RequestId" in name))
        yield Change(action, "", f"HTTP 503, header: {name}", _header(headers, status=503))


def places(document: Any, path: Path = ()) -> Iterator[Path]:
    """Yield every place in a document. Of a list, use the first and last item, and each field only once."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield (*path, name)
            yield from places(value, (*path, name))
    elif isinstance(document, list) and document:
        known: set[Path] = set()
        for index in sorted({0, len(document) - 1}):
            yield (*path, index)
            for place in places(document[index], (*path, index)):
                if place[len(path) + 1 :] not in known:
                    known.add(place[len(path) + 1 :])
                    yield place


Edit = Callable[[Any, Parameters], bytes]


def _edit(edit: Edit) -> Callable[[HttpResponse, Parameters], HttpResponse]:
    def apply(answer: HttpResponse, parameters: Parameters) -> HttpResponse:
        try:
            return replace(answer, body=edit(json.loads(answer.body), parameters))
        except (LookupError, TypeError, ValueError):
            # This answer does not have the place, for example because it is a refusal.
            return answer

    return apply


def _put(path: Path, fragment: bytes) -> Edit:
    def edit(document: Any, parameters: Parameters) -> bytes:
        code = parameters.get("VerifyCode", "")
        _within(document, path)[path[-1]] = _MARK
        return _dump(document).replace(json.dumps(_MARK).encode(), fragment.replace(CODE.encode(), code.encode()))

    return edit


def _structural(path: Path) -> dict[str, Edit]:
    """Changes to the structure: a missing, renamed or duplicate field or item."""
    if isinstance(path[-1], int):
        return {
            "missing": _missing(path),
            "twice": _twice(path),
            "twice, the other CONNECTED": _twice(path, "CONNECTED"),
        }
    name = path[-1]
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name).lstrip("_")
    return {
        "missing": _missing(path),
        "small first letter": _renamed(path, name[:1].lower() + name[1:]),
        "capitals": _renamed(path, name.upper()),
        "swapped case of the text": _swapped(path),
        "in snake case beside it": _beside(path, snake, {"a": []}),
        "in snake case, text beside it": _beside(path, snake, "CONNECTED"),
        "in capitals beside it": _beside(path, name.upper(), [1]),
        "an unknown field beside it": _beside(path, "Phase\ud800\x1b", {"b": [None, "\ud800"]}),
        "there twice": _twice_named(path, before=True),
        "there twice, the other last": _twice_named(path, before=False),
    }


def _missing(path: Path) -> Edit:
    def edit(document: Any, _parameters: Parameters) -> bytes:
        del _within(document, path)[path[-1]]
        return _dump(document)

    return edit


def _renamed(path: Path, name: str) -> Edit:
    def edit(document: Any, _parameters: Parameters) -> bytes:
        place = _within(document, path)
        place[name] = place.pop(path[-1])
        return _dump(document)

    return edit


def _swapped(path: Path) -> Edit:
    def edit(document: Any, _parameters: Parameters) -> bytes:
        place = _within(document, path)
        place[path[-1]] = place[path[-1]].swapcase() if isinstance(place[path[-1]], str) else place[path[-1]]
        return _dump(document)

    return edit


def _beside(path: Path, name: str, value: Any) -> Edit:
    def edit(document: Any, _parameters: Parameters) -> bytes:
        place = _within(document, path)
        if name != path[-1]:
            place[name] = value
        return _dump(document)

    return edit


def _twice(path: Path, status: str = "") -> Edit:
    def edit(document: Any, _parameters: Parameters) -> bytes:
        place = _within(document, path)
        other = copy.deepcopy(place[path[-1]])
        if status and isinstance(other, dict):
            other["Status"] = status
        place.append(other)
        return _dump(document)

    return edit


def _twice_named(path: Path, *, before: bool) -> Edit:
    """Write the same key twice in one object, once with a meaningless value."""

    def edit(document: Any, _parameters: Parameters) -> bytes:
        place = _within(document, path)
        name, value = json.dumps(path[-1]).encode(), _dump(place[path[-1]])
        place[path[-1]] = _MARK
        both = [b'%s:"x"' % name, b"%s:%s" % (name, value)]
        marked = b"%s:%s" % (name, json.dumps(_MARK).encode())
        return _dump(document).replace(marked, b",".join(both if before else reversed(both)))

    return edit


def _body(change_answer: Callable[[bytes], bytes]) -> Callable[[HttpResponse, Parameters], HttpResponse]:
    return lambda answer, _parameters: replace(answer, body=change_answer(answer.body))


def _status(status: int, body: bytes | None = None) -> Callable[[HttpResponse, Parameters], HttpResponse]:
    return lambda answer, _parameters: replace(answer, status=status, body=answer.body if body is None else body)


def _header(
    headers: dict[str, str], *, status: int = 0, drop_request_id: bool = False
) -> Callable[[HttpResponse, Parameters], HttpResponse]:
    def apply(answer: HttpResponse, _parameters: Parameters) -> HttpResponse:
        body = answer.body
        if drop_request_id:
            document = json.loads(body)
            document.pop("RequestId", None)
            body = _dump(document)
        return HttpResponse(status or answer.status, {**answer.headers, **headers}, body)

    return apply


def _within(document: Any, path: Path) -> Any:
    for part in path[:-1]:
        document = document[part]
    document[path[-1]]  # raises a KeyError or IndexError if the place does not exist
    return document


def _dump(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
