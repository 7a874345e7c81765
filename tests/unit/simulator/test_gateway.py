# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The front door: every error with its status and body, in the order a caller meets them."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from cams_simulator.operations import OPERATIONS

OWNER = "1000000000000001"
FULL = {
    "CustSpaceId": "cams-demo",
    "CountryCode": "86",
    "MobileNumber": "13900001234",
    "PhoneNumber": "8613900000001",
    "Locale": "en_US",
    "Method": "sms",
    "VerifyCode": "123456",
    "WabaId": "100200300400500",
    "NodeType": "waba",
}
QUERY = "QueryChatappPhoneNumbers"
REQUIRED = [(op.name, p.name) for op in OPERATIONS.values() for p in op.parameters if p.required]


def date(offset: float) -> dict[str, str]:
    return {"x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + offset))}


def seed_user(bench: Any, **facts: Any) -> dict[str, str]:
    account = {"owner_id": facts.pop("owner_id", "2"), "subscribed": facts.pop("subscribed", True)}
    policies = facts.pop("policies", None)
    user: dict[str, Any] = {"name": "u", "access_keys": [{"id": "AK2", "secret": "s2", **facts}]}
    if policies is not None:
        user["policies"] = policies
    bench.control("POST", "/seed", {"accounts": [{**account, "users": [user]}]})
    return {"access_key": "AK2", "secret": "s2"}


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"access_key": "nobody"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"secret": "wrong"}, 400, "SignatureDoesNotMatch"),
        ({"headers": {"x-acs-date": "yesterday"}}, 400, "InvalidTimeStamp.Format"),
        ({"headers": date(-1000)}, 400, "InvalidTimeStamp.Expired"),
        ({"headers": date(+1_000_000)}, 400, "InvalidTimeStamp.Expired"),
        ({"headers": {"x-acs-version": "2020-01-01"}}, 400, "InvalidVersion"),
        ({"headers": {"x-acs-security-token": "t"}}, 400, "InvalidSecurityToken.MismatchWithAccessKey"),
        ({"method": "PUT"}, 400, "UnsupportedHTTPMethod"),
        ({"path": "/health"}, 404, "InvalidApi.NotFound"),
    ],
)
def test_gateway_turns_a_wrong_request_down(
    bench: Any, sign: Any, options: dict[str, Any], status: int, code: str
) -> None:
    got, document = bench.send(sign(QUERY, {"CustSpaceId": "cams-demo"}, **options))
    assert (got, document["Code"]) == (status, code)


def test_error_body_has_the_documented_shape_and_header(bench: Any, sign: Any) -> None:
    reply = bench.reply(sign("NoSuchOperation", {}))
    status, document = bench.send(sign("NoSuchOperation", {}))
    assert reply.status == status == 404
    assert set(document) == {"RequestId", "HostId", "Code", "Message", "Recommend"}
    assert document["Code"] == "InvalidAction.NotFound"
    assert document["Message"] == "Specified api is not found, please check your url and method."
    assert re.fullmatch(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", document["RequestId"])
    assert reply.headers["x-acs-request-id"] in reply.body.decode()


def test_request_without_any_signature_lacks_an_access_key(bench: Any, sign: Any) -> None:
    request = sign(QUERY, {})
    del request.headers["authorization"]
    assert bench.send(request)[1]["Code"] == "MissingAccessKeyId"


def test_signature_method_nobody_knows(bench: Any, sign: Any) -> None:
    request = sign(QUERY, {})
    request.headers["authorization"] = request.headers["authorization"].replace("ACS3-HMAC-SHA256", "ACS9-MD5")
    assert bench.send(request)[1]["Code"] == "InvalidSignatureMethod"


def test_format_other_than_json_is_refused(bench: Any) -> None:
    assert bench.call(QUERY, Format="json")["Code"] == "OK"
    assert bench.call(QUERY, Format="XML")["Code"] == "InvalidParameter.Format"


def test_nonce_works_once(bench: Any, sign: Any) -> None:
    request = sign(QUERY, {})
    assert bench.send(request)[0] == 200
    status, document = bench.send(request)
    assert (status, document["Code"]) == (400, "SignatureNonceUsed")


def test_gateway_clock_an_hour_off_expires_every_signature(bench: Any, sign: Any) -> None:
    bench.settings(gateway_clock_offset=3600)
    assert bench.send(sign(QUERY, {}))[1]["Code"] == "InvalidTimeStamp.Expired"


def test_moving_the_worlds_clock_expires_no_signature(bench: Any, sign: Any) -> None:
    bench.advance(1_000_000)
    assert bench.send(sign(QUERY, {}))[0] == 200


def test_disabled_access_key_is_told_so(bench: Any, sign: Any) -> None:
    who = seed_user(bench, active=False)
    status, document = bench.send(sign(QUERY, {}, **who))
    assert (status, document["Code"]) == (400, "InvalidAccessKeyId.Inactive")


@pytest.mark.parametrize(
    ("token", "expires_in", "code"),
    [
        ("right", 60, "OK"),
        ("wrong", 60, "InvalidSecurityToken.MismatchWithAccessKey"),
        ("right", -60, "InvalidSecurityToken.Expired"),
        ("", 60, "InvalidSecurityToken.MismatchWithAccessKey"),
    ],
)
def test_temporary_key_needs_its_token_while_it_lasts(
    bench: Any, sign: Any, token: str, expires_in: float, code: str
) -> None:
    who = seed_user(bench, security_token="right", expires_at=time.time() + expires_in)
    headers = {"x-acs-security-token": token} if token else {}
    assert bench.send(sign(QUERY, {}, headers=headers, **who))[1]["Code"] == code


@pytest.mark.parametrize(("operation", "parameter"), REQUIRED)
@pytest.mark.parametrize("blank", [False, True], ids=["absent", "empty"])
def test_each_required_parameter_is_missed_by_name(
    bench: Any, sign: Any, operation: str, parameter: str, blank: bool
) -> None:
    given = {**FULL, parameter: ""} if blank else {k: v for k, v in FULL.items() if k != parameter}
    status, document = bench.send(sign(operation, given))
    assert (status, document["Code"]) == (400, f"Missing{parameter}")
    assert document["Message"] == f"{parameter} is mandatory for this action."


@pytest.mark.parametrize(
    ("operation", "wrong"),
    [
        ("GetMigrationVerifyCode", {"PhoneNumber": "+8613900000001"}),
        ("GetMigrationVerifyCode", {"Method": "fax"}),
        ("GetMigrationVerifyCode", {"Method": "SMS"}),
        ("GetMigrationVerifyCode", {"Locale": "English please"}),
        ("ChatappMigrationVerified", {"VerifyCode": "12345"}),
        ("ChatappMigrationVerified", {"VerifyCode": "12345a"}),
        ("CreateChatappMigrationInitiate", {"CountryCode": "+86"}),
        ("CreateChatappMigrationInitiate", {"MobileNumber": "139 0000"}),
        ("UpdatePhoneWebhook", {"HttpFlag": "yes"}),
        ("GetWhatsappHealthStatus", {"NodeType": "planet"}),
    ],
)
def test_parameter_of_the_wrong_form_is_refused_by_name(
    bench: Any, sign: Any, operation: str, wrong: dict[str, str]
) -> None:
    status, document = bench.send(sign(operation, {**FULL, **wrong}))
    assert (status, document["Code"]) == (400, f"Invalid{next(iter(wrong))}")


def test_parameters_are_accepted_in_a_form_and_with_get(bench: Any, sign: Any) -> None:
    assert bench.send(sign(QUERY, {"CustSpaceId": "cams-demo"}, form=True))[1]["PhoneNumbers"]
    assert bench.send(sign(QUERY, {"CustSpaceId": "cams-demo"}, method="GET"))[1]["PhoneNumbers"]


def test_parameters_common_to_all_products_are_accepted(bench: Any) -> None:
    extra = {"OwnerId": "1", "ResourceOwnerAccount": "a", "ResourceOwnerId": "1"}
    assert bench.call("ChatappSyncPhoneNumber", CustSpaceId="cams-demo", **extra)["Code"] == "OK"


@pytest.mark.parametrize(("reading", "status", "code"), [
    ("resource_owner", 400, "Unknown.ResourceOwnerId"),
    ("invalid_parameter", 400, "InvalidParameter.CustSpaceId"),
])  # fmt: skip
def test_space_that_does_not_exist(bench: Any, sign: Any, reading: str, status: int, code: str) -> None:
    bench.settings(unknown_space=reading)
    got, document = bench.send(sign(QUERY, {"CustSpaceId": "nowhere"}))
    assert (got, document["Code"]) == (status, code)


def test_space_of_another_account_is_not_ours_and_stays_unchanged(bench: Any, sign: Any) -> None:
    who = seed_user(bench)
    status, document = bench.send(sign("ChatappSyncPhoneNumber", {"CustSpaceId": "cams-demo"}, **who))
    assert (status, document["Code"]) == (400, "Unknown.ResourceOwnerId")
    assert bench.control("GET", "/effects")["syncs"] == {"cams-demo": 0}


def test_query_without_a_space_shows_the_spaces_of_the_account_only(bench: Any, sign: Any) -> None:
    assert len(bench.send(sign(QUERY, {}))[1]["PhoneNumbers"]) == 3
    assert bench.send(sign(QUERY, {}, **seed_user(bench)))[1]["PhoneNumbers"] == []


def test_query_by_isv_code_shows_the_spaces_of_that_isv(bench: Any) -> None:
    assert len(bench.call(QUERY, IsvCode="isv-demo")["PhoneNumbers"]) == 3
    assert bench.call(QUERY, IsvCode="isv-other")["PhoneNumbers"] == []


def test_account_without_a_subscription(bench: Any, sign: Any) -> None:
    status, document = bench.send(sign(QUERY, {}, **seed_user(bench, subscribed=False)))
    assert (status, document["Code"]) == (400, "Product.Unsubscript")


def test_denied_action_is_the_documented_service_error(bench: Any, sign: Any) -> None:
    status, document = bench.send(sign(QUERY, {}, **seed_user(bench, policies=[])))
    assert (status, document["Code"]) == (400, "Ram.PermissionDeny")


@pytest.mark.parametrize(("reading", "code"), [("no_permission", "NoPermission"), ("forbidden_ram", "Forbidden.RAM")])
def test_denied_action_read_as_the_gateways_own_error_says_which_action(
    bench: Any, sign: Any, reading: str, code: str
) -> None:
    bench.settings(denied_action=reading)
    status, document = bench.send(sign(QUERY, {}, **seed_user(bench, policies=[])))
    assert (status, document["Code"]) == (403, code)
    assert document["AccessDeniedDetail"]["AuthAction"] == "cams:QueryChatappPhoneNumbers"
    assert document["AccessDeniedDetail"]["NoPermissionType"] == "ImplicitDeny"


def test_the_clouds_read_only_policy_denies_the_query_and_lets_codes_be_sent(bench: Any, sign: Any) -> None:
    read_only = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": ["cams:Get*", "cams:List*"], "Resource": "*"}],
    }
    who = seed_user(bench, owner_id="2", policies=[read_only])
    bench.control("POST", "/seed", {"spaces": [{"cust_space_id": "s2", "owner_id": "2", "numbers": [
        {"phone_number": "8613900000009", "status": "MIGRATING"}]}]})  # fmt: skip
    assert bench.send(sign(QUERY, {}, **who))[1]["Code"] == "Ram.PermissionDeny"
    code = {"CustSpaceId": "s2", "PhoneNumber": "8613900000009", "Method": "sms", "Locale": "en_US"}
    assert bench.send(sign("GetMigrationVerifyCode", code, **who))[1]["Code"] == "OK"


def test_success_message_differs_between_operations_as_in_the_published_samples(bench: Any) -> None:
    assert bench.call(QUERY)["Message"] == "SUCCESS"
    assert bench.call("ChatappSyncPhoneNumber", CustSpaceId="cams-demo")["Message"] == "None"
    assert bench.verification("8613900000001")["Message"] == "无"
    webhook = bench.call("UpdatePhoneWebhook", CustSpaceId="cams-demo", PhoneNumber="8613900000001")
    assert webhook["Message"] == "null"


class TestPace:
    def codes(self, bench: Any, sign: Any, times: list[float], action: str = QUERY) -> list[str]:
        return [bench.send(sign(action, {"CustSpaceId": "cams-demo"}, arrived=t))[1]["Code"] for t in times]

    def test_eleventh_call_within_a_second_is_throttled_and_the_window_slides(self, bench: Any, sign: Any) -> None:
        bench.settings(rate_limit=10)
        burst = self.codes(bench, sign, [0.09 * i for i in range(11)])
        assert burst == ["OK"] * 10 + ["Throttling.User"]
        assert self.codes(bench, sign, [0.99, 1.0, 1.05, 1.09]) == ["Throttling.User", "OK", "Throttling.User", "OK"]

    def test_each_operation_has_its_own_limit(self, bench: Any, sign: Any) -> None:
        bench.settings(rate_limit=1)
        assert self.codes(bench, sign, [0.0]) == self.codes(bench, sign, [0.0], "ChatappSyncPhoneNumber") == ["OK"]

    def test_each_user_has_its_own_limit(self, bench: Any, sign: Any) -> None:
        bench.settings(rate_limit=1)
        assert self.codes(bench, sign, [0.0]) == ["OK"]
        assert bench.send(sign(QUERY, {}, arrived=0.0, **seed_user(bench)))[1]["Code"] == "OK"

    def test_throttled_calls_may_be_read_to_count(self, bench: Any, sign: Any) -> None:
        bench.settings(rate_limit=1, throttled_calls_count="yes")
        assert self.codes(bench, sign, [0.0, 0.9, 1.5, 2.5]) == ["OK", "Throttling.User", "Throttling.User", "OK"]

    @pytest.mark.parametrize("face", ["Throttling.User", "Throttling.Api", "System.LimitControl", "Throttling"])
    def test_throttle_shows_the_face_that_was_set(self, bench: Any, sign: Any, face: str) -> None:
        bench.settings(rate_limit=1, throttle_code=face)
        assert self.codes(bench, sign, [0.0, 0.0]) == ["OK", face]

    def test_summary_tells_the_most_calls_in_a_sliding_second(self, bench: Any, sign: Any) -> None:
        bench.settings(rate_limit=4)
        self.codes(bench, sign, [0.5, 0.9, 1.2, 1.4, 1.45, 1.5, 3.0])
        summary = bench.control("GET", "/calls/summary")
        assert summary["most_in_a_second"] == 5
        assert summary["throttled"] == summary["actions"][QUERY]["throttled"] == 1
        assert summary["actions"][QUERY]["codes"] == {"OK": 6, "Throttling.User": 1}
