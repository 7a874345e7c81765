# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our signature is the one that the official SDK's own code computes for the same request."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl

import pytest
from alibabacloud_tea_openapi import utils_models
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.utils import Utils
from ansible_collections.chatapp.cams.plugins.module_utils._api.signature import (
    ALGORITHM,
    EMPTY_BODY_SHA256,
    authorization_header,
    canonical_query,
    signed_headers,
)
from darabonba.core import DaraCore
from darabonba.exceptions import UnretryableException
from darabonba.request import DaraRequest
from darabonba.runtime import RuntimeOptions
from hypothesis import example, given, settings
from hypothesis import strategies as st

HOST = "cams.example.com"
VERSION = "2020-06-06"

# The SDK leaves names as they are where the documents encode them, so both agree on the names that the API has:
# letters, digits, and the dots of flattened lists. Values are any text that UTF-8 can carry.
names = st.text(string.ascii_letters + string.digits + ".", min_size=1, max_size=20)
values = st.text(st.characters(exclude_categories=["Cs"])) | st.text(" *~+%&=/?-_.'\"é咖\U0001f4de")
parameters = st.dictionaries(names, values, max_size=40)
visible = st.text(string.ascii_letters + string.digits + "+/=._-", min_size=1, max_size=60)
tokens = st.just("") | visible


@pytest.fixture(scope="module")
def caught() -> Iterator[list[Any]]:
    """What the SDK was about to send."""
    requests: list[Any] = []

    def catch(request: Any, *_: Any) -> None:
        requests.append(request)
        raise ConnectionError("No network in this test.")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DaraCore, "do_action", catch)
        yield requests


def send_by_sdk(action: str, query: dict[str, str], key: str, secret: str, token: str) -> None:
    """A call down the SDK's whole path, from its credentials to the finished request."""
    config = utils_models.Config(access_key_id=key, access_key_secret=secret, security_token=token or None)
    client = Client(config)
    client._endpoint = HOST
    params = utils_models.Params(
        action=action,
        version=VERSION,
        protocol="HTTPS",
        pathname="/",
        method="POST",
        auth_type="AK",
        style="RPC",
        req_body_type="formData",
        body_type="json",
    )
    with pytest.raises(UnretryableException):
        client.call_api(params, utils_models.OpenApiRequest(query=Utils.query(query)), RuntimeOptions())


@settings(deadline=None, max_examples=500)
@given(query=parameters, key=visible, secret=visible, token=tokens)
@example(query={}, key="k", secret="s", token="")
@example(query={"A": "", "a": " *~+", "B.1": "%20", "B.10": "é", "B.2": "\U0001f4de"}, key="k", secret="s", token="t=")
def test_signing_what_the_sdk_sends_gives_the_sdks_authorization(
    caught: list[Any], query: dict[str, str], key: str, secret: str, token: str
) -> None:
    send_by_sdk("QueryChatappPhoneNumbers", query, key, secret, token)
    request = caught.pop()
    theirs = request.headers.pop("Authorization")

    assert request.headers["x-acs-content-sha256"] == EMPTY_BODY_SHA256
    assert ("x-acs-security-token" in request.headers) == bool(token)
    assert authorization_header("POST", canonical_query(request.query), request.headers, key, secret) == theirs


@settings(deadline=None, max_examples=500)
@given(
    query=parameters,
    method=st.sampled_from(["POST", "GET"]),
    headers=st.dictionaries(st.text(string.ascii_lowercase + "-", min_size=1, max_size=20), visible, max_size=10),
    key=visible,
    secret=visible,
)
def test_any_set_of_headers_is_signed_as_the_sdk_signs_it(
    query: dict[str, str], method: str, headers: dict[str, str], key: str, secret: str
) -> None:
    all_headers = {"host": HOST, "x-acs-content-sha256": EMPTY_BODY_SHA256, **headers}

    ours = authorization_header(method, canonical_query(query), all_headers, key, secret)

    assert ours == sdk_authorization(method, query, all_headers, key, secret)


@settings(deadline=None, max_examples=500)
@given(query=parameters, action=names, nonce=visible, key=visible, secret=visible, token=tokens)
def test_the_sdk_would_sign_our_requests_as_we_do(
    query: dict[str, str], action: str, nonce: str, key: str, secret: str, token: str
) -> None:
    headers = signed_headers(
        host=HOST,
        action=action,
        version=VERSION,
        date="2026-11-21T00:00:00Z",
        nonce=nonce,
        query=canonical_query(query),
        access_key_id=key,
        access_key_secret=secret,
        security_token=token,
    )
    ours = headers.pop("authorization")

    assert ours == sdk_authorization("POST", query, headers, key, secret)


@settings(deadline=None, max_examples=500)
@given(query=parameters)
def test_the_query_that_is_sent_decodes_to_the_parameters(query: dict[str, str]) -> None:
    assert dict(parse_qsl(canonical_query(query), keep_blank_values=True)) == query


def sdk_authorization(method: str, query: dict[str, str], headers: dict[str, str], key: str, secret: str) -> str:
    request = DaraRequest()
    request.method, request.pathname, request.query, request.headers = method, "/", query, headers
    return str(Utils.get_authorization(request, ALGORITHM, headers["x-acs-content-sha256"], key, secret))
