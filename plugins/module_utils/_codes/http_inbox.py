# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification codes in the messages of an HTTP inbox that answers with JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import (
    PATTERN,
    Candidate,
    Deadline,
    NoAnswerError,
    SourceError,
    codes_in_text,
    digits_of_number,
    numbers_by_digits,
    parse_time,
    run_within,
)
from ansible_collections.chatapp.cams.plugins.module_utils._system.bounded_answer import (
    AnswerError,
    BoundedAdapter,
    EncodingError,
    LargeAnswerError,
    read_body,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.loopback import is_loopback

try:
    import requests
    from urllib3 import disable_warnings
    from urllib3.exceptions import HTTPError, InsecureRequestWarning

    REQUESTS_IMPORT_ERROR: str | None = None
except ImportError as _error:
    REQUESTS_IMPORT_ERROR = str(_error)

MOST_BYTES = 1_000_000
CONNECT_SECONDS = 10.0
_FIELDS_SHOWN = 10


@dataclass(frozen=True)
class Inbox:
    """A source that reads an HTTP inbox once for all numbers."""

    address: str
    since: float
    headers: Mapping[str, str] = field(default_factory=dict)
    messages: str = ""
    number_field: str = "number"
    time_field: str = "time"
    text_field: str = "text"
    pattern: re.Pattern[str] = PATTERN
    verify: bool | str = True
    seconds: float = 20.0

    def find_codes(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[Candidate]:
        seconds = deadline.seconds_left(self.seconds)
        late = self._late_answer_message(seconds)
        body = run_within(lambda: self._fetch_body(seconds), seconds, deadline, late)
        messages = self._parse_messages(body)
        self._refuse_unknown_fields(messages)
        yield from self._candidates_in_messages(messages, numbers_by_digits(numbers), remarks)

    @property
    def host(self) -> str:
        return _host_of_address(self.address)

    def _late_answer_message(self, seconds: float) -> str:
        return (
            f"The inbox {self.host} did not send a complete answer within {seconds:.0f} s. Try again later, or increase"
            " url.timeout."
        )

    def _fetch_body(self, seconds: float) -> bytes:
        adapter = BoundedAdapter(MOST_BYTES)
        try:
            with requests.Session() as session:
                # Plain http is for loopback addresses, which no proxy can reach.
                session.trust_env = self.address.startswith("https:")
                session.mount("https://", adapter)
                session.mount("http://", adapter)
                if self.verify is False:
                    disable_warnings(InsecureRequestWarning)
                with session.get(
                    self.address,
                    headers={"Accept": "application/json", **self.headers},
                    # Without this, an entry in ~/.netrc would replace the headers.
                    auth=lambda request: request,
                    timeout=(min(CONNECT_SECONDS, seconds), seconds),
                    verify=self.verify,
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    self._refuse_error_status(answer)
                    return self._read_answer(answer)
        except requests.exceptions.SSLError:
            raise SourceError(
                f"The TLS connection to the inbox {self.host} failed. Its certificate is probably not trusted. Set"
                " url.ca_path to its authority, or check url.address."
            ) from None
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
            raise NoAnswerError(f"The inbox {self.host} cannot be reached: {_why_request_failed(error)}.") from None
        except LargeAnswerError:
            raise SourceError(
                f"The inbox {self.host} answered with more than a megabyte. Let it list only new messages."
            ) from None
        except EncodingError:
            raise SourceError(
                f"The inbox {self.host} sent an answer that cannot be decoded. Check url.address."
            ) from None
        except AnswerError:
            raise NoAnswerError(self._late_answer_message(seconds)) from None
        except HTTPError:
            raise NoAnswerError(f"The inbox {self.host} ended the connection before its answer was complete.") from None
        except (requests.exceptions.RequestException, ValueError):
            # The message of the library shows the address or a header, so it is not used.
            raise SourceError(
                f"Could not send a request to the inbox {self.host}. Check url.address and url.headers."
            ) from None

    def _refuse_error_status(self, answer: requests.Response) -> None:
        """Raise if the status is not 200. The message shows nothing of the answer except the status."""
        status = answer.status_code
        if status == 200:
            return
        answered = f"The inbox {self.host} answered HTTP {status}."
        if status in (401, 403):
            raise SourceError(
                f"{answered} It does not accept the request: check the token in url.headers, and url.address."
            )
        if 300 <= status < 400:
            target = _host_of_address(answer.headers.get("Location", "")) or self.host
            raise SourceError(
                f"{answered} It redirects to {target}. The redirect was not followed, because url.headers are only for"
                f" {self.host}. If you trust {target}, set url.address to the new address."
            )
        if status == 429 or status >= 500:
            raise NoAnswerError(f"{answered} Try again later.")
        raise SourceError(f"{answered} Check url.address.")

    def _read_answer(self, answer: requests.Response) -> bytes:
        body = read_body(answer.raw, MOST_BYTES)
        if "html" in answer.headers.get("Content-Type", "").lower() or body.lstrip()[:1] == b"<":
            raise SourceError(
                f"The inbox {self.host} answered with a web page, not JSON. It may be a login page. Check"
                " url.address and the token in url.headers."
            )
        return body

    def _parse_messages(self, body: bytes) -> list[Any]:
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            raise SourceError(f"The answer of the inbox {self.host} is not valid JSON. Check url.address.") from None
        messages = _value_at_path(document, self.messages)
        if isinstance(messages, list):
            return [message for message in messages if isinstance(message, dict)]
        where = f"{self.messages!r} of its answer" if self.messages else "its answer"
        raise SourceError(
            f"The inbox {self.host} has no list at {where}. Set url.messages to the path of the list of messages."
            f"{_field_names_sentence([document])}"
        )

    def _refuse_unknown_fields(self, messages: list[Any]) -> None:
        for option in ("number_field", "time_field", "text_field"):
            name = getattr(self, option)
            if messages and all(_value_at_path(message, name) is None for message in messages):
                raise SourceError(
                    f"No message in the inbox {self.host} has the field {name!r}. Correct url.{option}."
                    f"{_field_names_sentence(messages)}"
                )

    def _candidates_in_messages(
        self, messages: list[Any], wanted: Mapping[str, str], remarks: list[str]
    ) -> Iterator[Candidate]:
        without_time = 0
        for message in messages:
            number = wanted.get(digits_of_number(_value_at_path(message, self.number_field)))
            text = _value_at_path(message, self.text_field)
            codes = codes_in_text(text, self.pattern) if number and isinstance(text, str) else []
            if not number or not codes:
                continue
            sent = parse_time(_value_at_path(message, self.time_field))
            without_time += sent is None
            if sent is not None and sent >= self.since:
                yield from (Candidate(number, code, f"the inbox {self.host}") for code in codes)
        if without_time:
            remarks.append(
                f"{without_time} messages with a code in the inbox {self.host} do not have a readable time in the field"
                f" {self.time_field!r}. They may be old, so they are not used. Correct url.time_field."
            )


def mistake_in_address(address: str) -> str:
    """Return why this address cannot be used; empty if it can be used."""
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("https", "http"):
        return "url.address is not an address such as https://inbox.example.com/messages."
    if parts.username is not None or parts.password is not None:
        return "url.address contains a name or a password. Give them in url.headers, as Authorization."
    if parts.scheme == "http" and not is_loopback(host):
        return f"url.address is plain http, which is only allowed for loopback addresses, not for {host}. Use https."
    return ""


def _host_of_address(address: str) -> str:
    """Return the host of an address. The rest may contain a token, so it is never shown."""
    try:
        return urlsplit(address).netloc.rpartition("@")[2]
    except ValueError:
        return ""


def _value_at_path(document: Any, path: str) -> Any:
    """Return the value at a path such as data.messages, or None."""
    for name in path.split(".") if path else ():
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def _field_names_sentence(messages: list[Any]) -> str:
    """Return a sentence with the names of the fields. Names that could contain a code are left out."""
    names = {str(name) for message in messages if isinstance(message, dict) for name in message}
    shown = sorted(name for name in names if re.fullmatch(r"[A-Za-z_][A-Za-z_-]{0,39}", name))[:_FIELDS_SHOWN]
    return f" Its fields are: {', '.join(shown)}." if shown else ""


def _why_request_failed(error: Exception) -> str:
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refused"
    if isinstance(error, requests.exceptions.Timeout):
        return "it does not answer"
    return "check url.address and the network"
