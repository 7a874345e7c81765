# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends one HTTP request over kept-alive connections. A failure says whether the request may have reached the service.

Calls go to an adapter of ``requests``, because a session costs more CPU for each call.
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
from urllib.parse import urlsplit

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._system.bounded_answer import (
    AnswerError,
    BoundedAdapter,
    EncodingError,
    LargeAnswerError,
    LateAnswerError,
    StoppedError,
    read_body,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.loopback import is_loopback
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import MOST_CONCURRENT, path_exists
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import shorten

try:
    import requests
    from requests import exceptions
    from requests.utils import get_environ_proxies, select_proxy
    from urllib3.exceptions import HTTPError, InsecureRequestWarning, NewConnectionError, SSLError

    REQUESTS_IMPORT_ERROR: str | None = None
except ImportError as _error:
    REQUESTS_IMPORT_ERROR = str(_error)

CONNECT_TIMEOUT = 10.0
# Limit of an answer with its header, and of its decoded body.
MOST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class HttpResponse:
    """An HTTP answer with any status."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSentError(Exception):
    """The request certainly did not reach the service."""


class LostAnswerError(Exception):
    """The request may have reached the service, and no whole answer arrived. Its effect is unknown."""


class Transport:
    """Posts signed requests to one endpoint. Safe for threads: they share its kept-alive connections."""

    def __init__(self, endpoint: str, *, validate_certs: bool = True, ca_path: str = "") -> None:
        self.url, self.host = parse_endpoint(endpoint)
        self._verify = _trusted_certificates(validate_certs, ca_path)
        # Plain http is accepted for loopback addresses only, which no proxy can reach.
        self._proxies = get_environ_proxies(self.url) if self.url.startswith("https:") else {}
        self._adapter = BoundedAdapter(MOST_BYTES, pool_maxsize=MOST_CONCURRENT)
        # A copy costs less than preparing each request, and nothing but its query and its headers differs.
        self._request = requests.Request("POST", self.url).prepare()

    def post(self, query: str, headers: Mapping[str, str], answer_timeout: float) -> HttpResponse:
        """Send one request, without retries and redirects, and return the answer.

        The whole answer must arrive within ``answer_timeout`` seconds.
        """
        request = self._request.copy()
        request.url = f"{self.url}?{query}" if query else self.url
        request.headers.update(headers)
        try:
            response = self._adapter.send(
                request,
                stream=True,
                timeout=(CONNECT_TIMEOUT, answer_timeout),
                verify=self._verify,
                proxies=self._proxies,
            )
            return HttpResponse(response.status_code, response.headers, read_body(response.raw, MOST_BYTES))
        except (AnswerError, HTTPError, OSError) as error:
            # Errors of requests are OSErrors. HTTPError is urllib3's, raised while a body is read.
            if self._adapter.request_may_have_left:
                raise self._lost_answer_error(error, answer_timeout) from None
            raise self._not_sent_error(error) from None

    def stop(self) -> None:
        """End answers that do not arrive soon. The effect of their requests is then unknown."""
        self._adapter.answers.stop()

    def close(self) -> None:
        self._adapter.close()

    # The messages of the libraries quote the URL, which may hold a verification code, so they are not repeated.

    def _lost_answer_error(self, error: Exception, answer_timeout: float) -> LostAnswerError:
        if isinstance(error, LateAnswerError):
            return LostAnswerError(f"{self.host} did not send a whole answer within {error.seconds:.0f} s.")
        if isinstance(error, LargeAnswerError):
            return LostAnswerError(
                f"{self.host} sent an answer of more than {MOST_BYTES // 1024**2} MiB. Check endpoint and proxies."
            )
        if isinstance(error, EncodingError):
            return LostAnswerError(f"{self.host} sent an answer that cannot be decoded. Check endpoint and proxies.")
        if isinstance(error, StoppedError):
            return LostAnswerError(f"The run was stopped before {self.host} sent a whole answer.")
        if isinstance(error, exceptions.ReadTimeout):
            return LostAnswerError(f"{self.host} did not answer within {answer_timeout:.0f} s.")
        return LostAnswerError(f"{self.host} closed the connection before its answer was complete.")

    def _not_sent_error(self, error: Exception) -> NotSentError | ConfigurationError:
        reason = _inner_error(error)
        if isinstance(reason, SSLError) and reason.args and isinstance(reason.args[0], ssl.SSLCertVerificationError):
            return ConfigurationError(
                f"The certificate of {self.host} is not trusted. Set ca_path to its certificate authority,"
                " or check endpoint."
            )
        if isinstance(error, (exceptions.InvalidURL, exceptions.InvalidSchema)):
            return ConfigurationError(
                f"The proxy for {self.host} cannot be used. Check the environment variables HTTPS_PROXY and ALL_PROXY."
            )
        if isinstance(error, exceptions.ProxyError):
            return NotSentError(f"The proxy did not connect to {self.host}. {self._what_to_check()}")
        if isinstance(error, exceptions.SSLError):
            return NotSentError(
                f"The TLS handshake with {self.host} failed. Check ca_path. Check that endpoint is an https address."
            )
        if not isinstance(error, (AnswerError, HTTPError, exceptions.RequestException)):
            # The adapter looks for the file before it sends.
            return ConfigurationError(
                f"The certificate file {self._verify} does not exist any more. Correct ca_path or REQUESTS_CA_BUNDLE."
            )
        if isinstance(reason, NewConnectionError):
            cause = reason.__cause__ or reason.__context__
            if isinstance(cause, socket.gaierror):
                return NotSentError(f"The host name {self.host} is not known. {self._what_to_check()}")
            why = cause.strerror if isinstance(cause, OSError) else "no connection"
            return NotSentError(f"Could not connect to {self.host}: {why}. {self._what_to_check()}")
        if isinstance(error, exceptions.Timeout):
            return NotSentError(
                f"Could not connect to {self.host} within {CONNECT_TIMEOUT:.0f} s. {self._what_to_check()}"
            )
        return NotSentError(f"Could not connect to {self.host}. {self._what_to_check()}")

    def _what_to_check(self) -> str:
        proxy = select_proxy(self.url, self._proxies)
        if proxy:
            # The address of a proxy may hold a password.
            parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
            return f"Check the proxy {parts.hostname}:{parts.port}, the variable that names it, and endpoint."
        return "Check endpoint and the network."


def _inner_error(error: Exception) -> object:
    """Return the error of urllib3 that requests wraps, once or twice."""
    wrapped = error.args[0] if error.args else None
    return getattr(wrapped, "reason", wrapped)


def parse_endpoint(endpoint: str) -> tuple[str, str]:
    """Return the URL that calls are posted to, and the host that their signature contains."""
    text = endpoint if "://" in endpoint else f"https://{endpoint}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _endpoint_error(endpoint) from None
    # The checks below look at the original text too, because urlsplit drops line ends and tabs.
    beside_host = parts.path not in ("", "/") or parts.query or parts.fragment
    shown = f"[{host}]" if ":" in host else host
    netloc = f"{shown}:{port}" if port else shown
    bad_form = parts.scheme not in ("https", "http") or parts.netloc.lower() not in (netloc, f"{netloc}:")
    if " " in text or not text.isprintable() or bad_form or beside_host or not _is_host_name(host):
        raise _endpoint_error(endpoint)
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigurationError(
            f"The endpoint {endpoint!r} is plain http, which is accepted for loopback addresses only. Use https."
        )
    return f"{parts.scheme}://{netloc}/", netloc


def _is_host_name(host: str) -> bool:
    """Return whether the text has the form of a host name or of an IP address."""
    if ":" in host:
        try:
            return bool(ipaddress.IPv6Address(host))
        except ValueError:
            return False
    labels = host.removesuffix(".").split(".")
    return len(host) <= 253 and all(re.fullmatch(r"[a-z0-9_-]{1,63}", label) for label in labels)


def _endpoint_error(endpoint: str) -> ConfigurationError:
    # The text may contain a password before the host.
    shown = shorten(endpoint.rpartition("@")[2], 100)
    return ConfigurationError(f"The endpoint {shown!r} is not an address such as https://cams.example.com.")


def _trusted_certificates(validate_certs: bool, ca_path: str) -> bool | str:
    if not validate_certs:
        warnings.simplefilter("ignore", InsecureRequestWarning)
        return False
    trusted = ca_path or os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or ""
    if trusted and not path_exists(trusted):
        raise ConfigurationError(
            f"The certificate file {trusted} does not exist. Correct ca_path or REQUESTS_CA_BUNDLE."
        )
    return trusted or True
