# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signature V3 (ACS3-HMAC-SHA256) of an RPC call: the parameters travel in the query, or in a form as the body."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
FORM_TYPE = "application/x-www-form-urlencoded"
EMPTY_BODY_SHA256 = hashlib.sha256(b"").hexdigest()


def percent_encode(text: str) -> str:
    """Percent-encode as in RFC 3986: only letters, digits and ``-_.~`` stay unchanged."""
    return quote(text, safe="~")


def canonical_query(parameters: Mapping[str, str]) -> str:
    """Return the query in the form that is signed and sent."""
    return "&".join(f"{percent_encode(name)}={percent_encode(parameters[name])}" for name in sorted(parameters))


def authorization_header(
    method: str, query: str, headers: Mapping[str, str], access_key_id: str, access_key_secret: str
) -> str:
    """Return the Authorization header for a request to ``/`` that signs all ``headers`` (names in lower case)."""
    names = sorted(headers)
    signed_headers = ";".join(names)
    canonical_headers = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    payload_hash = headers["x-acs-content-sha256"]
    canonical_request = f"{method}\n/\n{query}\n{canonical_headers}\n{signed_headers}\n{payload_hash}"
    string_to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical_request.encode()).hexdigest()}"
    signature = hmac.new(access_key_secret.encode(), string_to_sign.encode(), hashlib.sha256).hexdigest()
    return f"{ALGORITHM} Credential={access_key_id},SignedHeaders={signed_headers},Signature={signature}"


def signed_headers(
    *,
    host: str,
    action: str,
    version: str,
    date: str,
    nonce: str,
    query: str,
    access_key_id: str,
    access_key_secret: str,
    security_token: str = "",
    form: bytes = b"",
) -> dict[str, str]:
    """Return all headers of a signed POST, including Authorization. The body is empty or a form."""
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": hashlib.sha256(form).hexdigest() if form else EMPTY_BODY_SHA256,
        "x-acs-date": date,
        "x-acs-signature-nonce": nonce,
        "x-acs-version": version,
    }
    if security_token:
        headers["x-acs-accesskey-id"] = access_key_id
        headers["x-acs-security-token"] = security_token
    if form:
        headers["content-type"] = FORM_TYPE
    headers["authorization"] = authorization_header("POST", query, headers, access_key_id, access_key_secret)
    return headers
