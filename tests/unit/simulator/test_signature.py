# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verifier against published worked examples, and against requests that were tampered with."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import parse_qsl

import pytest
from cams_simulator.errors import GatewayError
from cams_simulator.signature import canonical_request, read_signature
from cams_simulator.wire import Request

EMPTY = hashlib.sha256(b"").hexdigest()
EXAMPLE_QUERY = "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai"
EXAMPLE_HEADERS = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": EMPTY,
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2014-05-26",
}
EXAMPLE_SIGNATURE = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"


def official_example(signature: str = EXAMPLE_SIGNATURE) -> tuple[Request, list[tuple[str, str]]]:
    names = ";".join(sorted(EXAMPLE_HEADERS))
    authorization = f"ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders={names},Signature={signature}"
    headers = {**EXAMPLE_HEADERS, "authorization": authorization}
    return Request("POST", "/", EXAMPLE_QUERY, headers, b"", 0.0), parse_qsl(EXAMPLE_QUERY)


def test_official_worked_example_of_signature_v3_is_accepted() -> None:
    request, query = official_example()
    canonical = canonical_request(request, query, sorted(EXAMPLE_HEADERS))
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    assert digest == "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259"
    read_signature(request, query, dict(query)).verify("YourAccessKeySecret")


def test_official_worked_example_with_one_digit_changed_is_refused() -> None:
    request, query = official_example(EXAMPLE_SIGNATURE[:-1] + "1")
    signed = read_signature(request, query, dict(query))
    with pytest.raises(GatewayError) as refused:
        signed.verify("YourAccessKeySecret")
    assert refused.value.code == "SignatureDoesNotMatch"
    assert "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259" in refused.value.message


@pytest.mark.parametrize(
    ("parameters", "signature"),
    [
        (
            "Action=DescribeDedicatedHosts&Format=JSON&RegionId=cn-beijing&SignatureMethod=HMAC-SHA1"
            "&SignatureNonce=edb2b34af0af9a6d14deaf7c1a5315eb&SignatureVersion=1.0"
            "&Timestamp=2023-03-13T08:34:30Z&Version=2014-05-26",
            "9NaGiOspFP5UPcwX8Iwt2YJXXuk=",
        ),
        (
            "Action=DescribeRegions&Format=XML&SignatureMethod=HMAC-SHA1"
            "&SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&SignatureVersion=1.0"
            "&Timestamp=2016-02-23T12:46:24Z&Version=2014-05-26",
            "OLeaidS1JvxuMvnyHOwuJ+uX5qY=",
        ),
    ],
)
def test_published_examples_of_the_old_signature_are_accepted(parameters: str, signature: str) -> None:
    given = {**dict(parse_qsl(parameters)), "AccessKeyId": "testid", "Signature": signature}
    signed = read_signature(Request("GET", "/", "", {}, b"", 0.0), list(given.items()), given)
    signed.verify("testsecret")
    with pytest.raises(GatewayError):
        signed.verify("another-secret")


@pytest.mark.parametrize("space_on_the_wire", ["+", "%20"])
def test_space_is_accepted_in_both_spellings(bench: Any, sign: Any, space_on_the_wire: str) -> None:
    request = sign("QueryChatappPhoneNumbers", {"CustSpaceId": "cams-demo", "Status": "a b*~c"})
    request.query = request.query.replace("%20", space_on_the_wire)
    assert bench.send(request)[0] == 200


def test_changed_parameter_is_refused(bench: Any, sign: Any) -> None:
    request = sign("QueryChatappPhoneNumbers", {"CustSpaceId": "cams-demo"})
    request.query = request.query.replace("demo", "other")
    assert bench.send(request)[1]["Code"] == "SignatureDoesNotMatch"


def test_changed_body_is_refused(bench: Any, sign: Any) -> None:
    request = sign("QueryChatappPhoneNumbers", {"CustSpaceId": "cams-demo"}, form=True)
    request.body += b"&IsvCode=x"
    assert bench.send(request)[1]["Code"] == "SignatureDoesNotMatch"


def test_header_of_the_cloud_that_is_sent_but_not_signed_is_refused(bench: Any, sign: Any) -> None:
    request = sign("QueryChatappPhoneNumbers", {})
    request.headers["x-acs-security-token"] = "smuggled"
    status, document = bench.send(request)
    assert (status, document["Code"]) == (400, "IncompleteSignature")
    assert "x-acs-security-token" in document["Message"]


def test_signed_header_that_was_not_sent_is_refused(bench: Any, sign: Any) -> None:
    request = sign("QueryChatappPhoneNumbers", {})
    del request.headers["x-acs-date"]
    assert bench.send(request)[1]["Code"] == "IncompleteSignature"
