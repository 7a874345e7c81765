# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify signatures of version 3 and version 1. The code is independent of any client, so it can find errors in one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol
from urllib.parse import quote

from .errors import GATEWAY, gateway_error, missing_parameter_error
from .wire import Request

V3 = "ACS3-HMAC-SHA256"
_AUTHORIZATION = re.compile(
    r"ACS3-HMAC-SHA256\s+Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})"
)
_ALWAYS_SIGNED = (
    "host",
    "x-acs-action",
    "x-acs-content-sha256",
    "x-acs-date",
    "x-acs-signature-nonce",
    "x-acs-version",
)


class Signed(Protocol):
    """A signed request, with either version of the signature."""

    access_key_id: str
    nonce: str
    date: str
    security_token: str | None

    def verify(self, secret: str) -> None:
        """Raise a gateway error unless this secret signed the request."""


@dataclass(slots=True)
class SignedV3:
    access_key_id: str
    nonce: str
    date: str
    security_token: str | None
    signed_headers: list[str]
    signature: str
    request: Request
    query: list[tuple[str, str]]

    def verify(self, secret: str) -> None:
        canonical = canonical_request(self.request, self.query, self.signed_headers)
        string_to_sign = f"{V3}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        expected = hmac.new(secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
        body_hash = hashlib.sha256(self.request.body).hexdigest()
        body_matches = self.request.headers["x-acs-content-sha256"] == body_hash
        if not (body_matches and hmac.compare_digest(expected, self.signature)):
            raise gateway_error(
                "SignatureDoesNotMatch",
                "Specified signature does not match our calculation. "
                f"server StringToSign is [{string_to_sign}] server CanonicalRequest is [{canonical}]",
            )


@dataclass(slots=True)
class SignedV1:
    access_key_id: str
    nonce: str
    date: str
    security_token: str | None
    signature: str
    method: str
    parameters: list[tuple[str, str]]

    def verify(self, secret: str) -> None:
        signed = [(name, value) for name, value in self.parameters if name != "Signature"]
        string_to_sign = f"{self.method}&%2F&{_encode(canonical_query(signed))}"
        digest = hmac.new(f"{secret}&".encode(), string_to_sign.encode(), hashlib.sha1).digest()
        if not hmac.compare_digest(base64.b64encode(digest), self.signature.encode()):
            raise gateway_error(
                "SignatureDoesNotMatch",
                f"Specified signature is not matched with our calculation. server string to sign is:{string_to_sign}",
            )


def read_signature(request: Request, query: list[tuple[str, str]], parameters: dict[str, str]) -> Signed:
    if "authorization" in request.headers:
        return _read_v3(request, query)
    if "AccessKeyId" in parameters:
        return _read_v1(request.method, parameters)
    raise missing_parameter_error("AccessKeyId")


def claimed_access_key(request: Request, parameters: dict[str, str]) -> str:
    """Return the access key id in the request, before the signature is verified."""
    match = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    return match[1] if match else parameters.get("AccessKeyId", "")


def _read_v3(request: Request, query: list[tuple[str, str]]) -> SignedV3:
    headers = request.headers
    if not headers["authorization"].startswith(V3):
        raise gateway_error("InvalidSignatureMethod")
    match = _AUTHORIZATION.fullmatch(headers["authorization"])
    if match is None:
        raise gateway_error("IncompleteSignature")
    signed_headers = match[2].split(";")
    must_be_signed = {*_ALWAYS_SIGNED, *(name for name in headers if name.startswith("x-acs-"))}
    absent = sorted((must_be_signed - set(signed_headers)) | (set(signed_headers) - set(headers)))
    if absent or signed_headers != sorted(signed_headers):
        raise gateway_error(
            "IncompleteSignature",
            f"{GATEWAY['IncompleteSignature'][1]} Not signed: {', '.join(absent) or 'none, but unsorted'}.",
        )
    return SignedV3(
        match[1],
        headers["x-acs-signature-nonce"],
        headers["x-acs-date"],
        headers.get("x-acs-security-token"),
        signed_headers,
        match[3],
        request,
        query,
    )


def _read_v1(method: str, parameters: dict[str, str]) -> SignedV1:
    if parameters.get("SignatureMethod") != "HMAC-SHA1" or parameters.get("SignatureVersion") != "1.0":
        raise gateway_error("InvalidSignatureMethod")
    for name in ("Signature", "SignatureNonce", "Timestamp"):
        if not parameters.get(name):
            raise missing_parameter_error(name)
    return SignedV1(
        parameters["AccessKeyId"],
        parameters["SignatureNonce"],
        parameters["Timestamp"],
        parameters.get("SecurityToken"),
        parameters["Signature"],
        method,
        list(parameters.items()),
    )


def canonical_request(request: Request, query: list[tuple[str, str]], signed_headers: list[str]) -> str:
    headers = "".join(f"{name}:{request.headers[name]}\n" for name in signed_headers)
    return "\n".join(
        (
            request.method,
            request.path,
            canonical_query(query),
            headers,
            ";".join(signed_headers),
            request.headers["x-acs-content-sha256"],
        )
    )


def canonical_query(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{_encode(name)}={_encode(value)}" for name, value in sorted(pairs))


def _encode(text: str) -> str:
    return quote(text, safe="~")


def check_date(date: str, now: float, allowed: float) -> None:
    try:
        moment = datetime.strptime(date, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc).timestamp()
    except ValueError:
        raise gateway_error("InvalidTimeStamp.Format") from None
    if abs(now - moment) > allowed:
        raise gateway_error("InvalidTimeStamp.Expired")
