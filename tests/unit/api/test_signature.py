# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The signature, compared with the example that the cloud publishes."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._api.signature import (
    EMPTY_BODY_SHA256,
    authorization_header,
    canonical_query,
    signed_headers,
)


def test_the_published_example_gives_the_published_signature() -> None:
    query = canonical_query(
        {"RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"}
    )
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": EMPTY_BODY_SHA256,
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }

    assert authorization_header("POST", query, headers, "YourAccessKeyId", "YourAccessKeySecret") == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,"
        "SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_query_is_sorted_and_encoded_as_in_rfc_3986() -> None:
    parameters = {"b": "a b*c~d+e", "a": "", "Ü": "中"}

    assert canonical_query(parameters) == "a=&b=a%20b%2Ac~d%2Be&%C3%9C=%E4%B8%AD"


def test_a_security_token_is_sent_and_signed() -> None:
    headers = signed_headers(
        host="cams.example.com",
        action="QueryChatappPhoneNumbers",
        version="2020-06-06",
        date="2026-01-01T00:00:00Z",
        nonce="n",
        query="",
        access_key_id="STS.id",
        access_key_secret="secret",
        security_token="token",
    )

    assert headers["x-acs-security-token"] == "token"
    assert "x-acs-accesskey-id;" in headers["authorization"]
    assert "x-acs-security-token;" in headers["authorization"]
