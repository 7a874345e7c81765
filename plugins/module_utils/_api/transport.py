# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One HTTP exchange over kept-alive connections, and what is known of the request when it fails.

Calls go to the session's connection pool. A call by ``requests`` itself costs a quarter to twice more CPU.
"""

from __future__ import annotations

import ipaddress
import os
import re
import socket
import ssl
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._system.bounded_answer import (
    AnswerError,
    BoundedAdapter,
    EncodingError,
    LargeAnswerError,
    LateAnswerError,
    read_body,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.loopback import is_loopback
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import shortened

try:
    import requests
    from requests.utils import get_environ_proxies, select_proxy
    from urllib3 import Timeout
    from urllib3.exceptions import (
        ConnectTimeoutError,
        HTTPError,
        InsecureRequestWarning,
        NewConnectionError,
        ProxyError,
        ReadTimeoutError,
        SSLError,
    )

    REQUESTS_IMPORT_ERROR: str | None = None
except ImportError as _error:
    REQUESTS_IMPORT_ERROR = str(_error)

CONNECT_TIMEOUT = 10.0
CONNECTIONS = 64
# Of an answer, as sent with its header, and of its decoded body.
MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP answer, of whatever kind."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSentError(Exception):
    """The request never left this machine, or never reached the service."""


class LostAnswerError(Exception):
    """The request left and no whole answer came back: whether it had an effect is unknown."""


class Transport:
    """Posts signed requests to one endpoint. Safe for threads: they share its connections and its TLS context."""

    def __init__(self, endpoint: str, *, validate_certs: bool = True, ca_path: str = "") -> None:
        self.url, self.host = _endpoint_url(endpoint)
        verify = _certificates(validate_certs, ca_path)
        # Plain http is for loopback, which a proxy would only lead away from.
        self._proxies = get_environ_proxies(self.url) if self.url.startswith("https:") else {}
        self._session = requests.Session()
        adapter = BoundedAdapter(MOST_BYTES, pool_maxsize=CONNECTIONS)
        self._answers = adapter.answers
        self._session.mount(self.url, adapter)
        # All calls go to one address, so the session's pool for it is looked up once and not for each call.
        self._pool = _pool(adapter, self.url, verify, self._proxies)

    def post(self, query: str, headers: Mapping[str, str], answer_timeout: float) -> HttpResponse:
        """One exchange, never repeated and never redirected. The whole answer must come within ``answer_timeout``."""
        try:
            response = self._pool.request(
                "POST",
                f"/?{query}" if query else "/",
                headers=headers,
                timeout=Timeout(connect=CONNECT_TIMEOUT, read=answer_timeout),
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
            )
            return HttpResponse(response.status, response.headers, read_body(response, MOST_BYTES))
        except AnswerError as error:
            raise self._explained_answer(error) from None
        except HTTPError as error:
            raise self._explained(error, answer_timeout) from None

    def stop(self) -> None:
        """End answers that do not come soon. Their effect is then unknown."""
        self._answers.stop()

    def close(self) -> None:
        self._session.close()

    def _explained_answer(self, error: AnswerError) -> LostAnswerError:
        if isinstance(error, LateAnswerError):
            return LostAnswerError(f"{self.host} did not send a whole answer within {error.seconds:.0f} s.")
        if isinstance(error, LargeAnswerError):
            return LostAnswerError(
                f"{self.host} sent an answer of more than {MOST_BYTES // 1024**2} MiB. Check endpoint and proxies."
            )
        if isinstance(error, EncodingError):
            return LostAnswerError(f"{self.host} sent an answer that cannot be decoded. Check endpoint and proxies.")
        return LostAnswerError(f"The run was stopped before {self.host} sent a whole answer.")

    def _explained(self, error: HTTPError, answer_timeout: float) -> Exception:
        """Say what happened in our own words: the library's name the URL, and with it a verification code."""
        if isinstance(error, ProxyError):
            return NotSentError(f"The proxy refused to connect to {self.host}. {self._way()}")
        if isinstance(error, NewConnectionError):
            if isinstance(error.__cause__ or error.__context__, socket.gaierror):
                return NotSentError(f"The name {self.host} is not known to this machine. {self._way()}")
            return NotSentError(f"Nothing listens at {self.host}: the connection was refused. {self._way()}")
        if isinstance(error, ConnectTimeoutError):
            return NotSentError(f"{self.host} took no connection within {CONNECT_TIMEOUT:.0f} s. {self._way()}")
        if isinstance(error, ReadTimeoutError):
            return LostAnswerError(f"{self.host} did not answer within {answer_timeout:.0f} s.")
        if isinstance(error, SSLError):
            return self._explained_tls(error)
        return LostAnswerError(f"{self.host} closed the connection before its answer was whole.")

    def _explained_tls(self, error: SSLError) -> Exception:
        if error.args and isinstance(error.args[0], (ssl.SSLCertVerificationError, ssl.CertificateError)):
            return ConfigurationError(
                f"The certificate of {self.host} is not trusted. Give its authority as ca_path, or check endpoint."
            )
        # Most of these are failed handshakes, but the library does not tell them from a line cut in an answer.
        return LostAnswerError(f"The TLS connection to {self.host} failed. Check that endpoint is an https address.")

    def _way(self) -> str:
        proxy = select_proxy(self.url, self._proxies)
        if proxy:
            # A proxy's address may hold a password.
            parts = urlsplit(proxy)
            return f"Check the proxy {parts.hostname}:{parts.port}, the variable that names it, and endpoint."
        return "Check endpoint and the network."


def _pool(adapter: Any, url: str, verify: bool | str, proxies: dict[str, str]) -> Any:
    if hasattr(adapter, "get_connection_with_tls_context"):
        return adapter.get_connection_with_tls_context(requests.Request("POST", url).prepare(), verify, proxies)
    # requests before 2.32
    pool = adapter.get_connection(url, proxies)
    adapter.cert_verify(pool, url, verify, None)
    return pool


def _endpoint_url(endpoint: str) -> tuple[str, str]:
    """The URL that calls are posted to and the host as signed."""
    text = endpoint if "://" in endpoint else f"https://{endpoint}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _not_an_address(endpoint) from None
    # urlsplit drops line ends and tabs.
    beside_host = parts.path not in ("", "/") or parts.query or parts.fragment
    shown = f"[{host}]" if ":" in host else host
    netloc = f"{shown}:{port}" if port else shown
    bad_form = parts.scheme not in ("https", "http") or parts.netloc.lower() not in (netloc, f"{netloc}:")
    if " " in text or not text.isprintable() or bad_form or beside_host or not _is_host(host):
        raise _not_an_address(endpoint)
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"The endpoint {endpoint!r} is plain http, which is accepted for loopback addresses only. Use https."
        )
    return f"{parts.scheme}://{netloc}/", netloc


def _is_host(host: str) -> bool:
    """Whether it has the form of a name or of an address."""
    if ":" in host:
        try:
            return bool(ipaddress.IPv6Address(host))
        except ValueError:
            return False
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(re.fullmatch(r"[a-z0-9_-]{1,63}", label) for label in labels)


def _not_an_address(endpoint: str) -> ConfigurationError:
    # A password may stand before the host.
    shown = shortened(endpoint.rpartition("@")[2], 100)
    return ConfigurationError(f"The endpoint {shown!r} is not an address such as https://cams.example.com.")


def _certificates(validate_certs: bool, ca_path: str) -> bool | str:
    if not validate_certs:
        warnings.simplefilter("ignore", InsecureRequestWarning)
        return False
    trusted = ca_path or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or ""
    if trusted and not Path(trusted).exists():
        raise ConfigurationError(
            f"The certificate file {trusted} does not exist. Correct ca_path or REQUESTS_CA_BUNDLE."
        )
    return trusted or True
