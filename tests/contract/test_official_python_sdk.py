# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official Python SDK takes the simulator for CAMS: every operation, every field, every kind of error."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from typing import Any

import pytest
from alibabacloud_cams20200606 import models as m
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS
from contract import sdk
from simulator_process import Simulator

# The documents give this field neither a meaning nor an example, so the simulator has no value for it.
UNDOCUMENTED = {"QueryChatappPhoneNumbers.Data: str"}
MIGRATED = "393331234567"


def official_client(simulator: Simulator, **changes: str) -> sdk.RecordingClient:
    credentials = {"key": simulator.access_key_id, "secret": simulator.access_key_secret}
    return sdk.RecordingClient(simulator.endpoint, **(credentials | changes))


def migrate(client: sdk.RecordingClient, simulator: Simulator, space: dict[str, Any]) -> None:
    """All operations, each model's every request field among them, in the order of a migration."""
    cust_space_id, waba_id = space["cust_space_id"], space["waba"]["id"]
    which = {"cust_space_id": cust_space_id, "phone_number": MIGRATED}
    waba = client.query_chatapp_bind_waba(
        m.QueryChatappBindWabaRequest(cust_space_id=cust_space_id, isv_code=space["isv_code"])
    )
    assert waba.body.data.account_review_status == "APPROVED"
    business = client.query_waba_business_info(
        m.QueryWabaBusinessInfoRequest(cust_space_id=cust_space_id, waba_id=waba_id)
    )
    assert business.body.data.verification_status == "verified"

    begun = client.create_chatapp_migration_initiate(
        m.CreateChatappMigrationInitiateRequest(
            cust_space_id=cust_space_id, country_code="39", mobile_number="3331234567"
        )
    )
    assert begun.body.data.to_map() == {"PhoneNumber": MIGRATED, "Id": begun.body.data.id, "Status": "MIGRATING"}
    assert verification(client, which) == "NOT_VERIFIED"

    client.get_migration_verify_code(m.GetMigrationVerifyCodeRequest(**which, locale="it", method="sms"))
    client.chatapp_migration_verified(
        m.ChatappMigrationVerifiedRequest(**which, verify_code=simulator.control.code(MIGRATED))
    )
    assert verification(client, which) == "VERIFIED"

    client.chatapp_migration_register(m.ChatappMigrationRegisterRequest(**which))
    for node in (
        {"node_type": "phone", "phone_number": MIGRATED},
        {"node_type": "waba", "waba_id": waba_id},
        {"node_type": "template", "template_code": "744c4b5c79c9432497a075bdfca36bf5", "language": "it"},
    ):
        client.get_whatsapp_health_status(m.GetWhatsappHealthStatusRequest(cust_space_id=cust_space_id, **node))
    simulator.control.advance(5)
    client.update_phone_webhook(
        m.UpdatePhoneWebhookRequest(
            **which,
            up_callback_url="https://hooks.example.com/in?name=a b&x=ü",
            status_callback_url="https://hooks.example.com/~status*",
            http_flag="Y",
            queue_flag="N",
        )
    )
    client.chatapp_sync_phone_number(m.ChatappSyncPhoneNumberRequest(cust_space_id=cust_space_id))


def verification(client: sdk.RecordingClient, which: dict[str, str]) -> str:
    answer = client.get_phone_number_verification_status(m.GetPhoneNumberVerificationStatusRequest(**which))
    return str(answer.body.data.code_verification_status)


def query(client: sdk.RecordingClient, cust_space_id: str, **more: str) -> Any:
    return client.query_chatapp_phone_numbers(
        m.QueryChatappPhoneNumbersRequest(cust_space_id=cust_space_id, **more)
    ).body


@pytest.mark.parametrize("algorithm", ["ACS3-HMAC-SHA256", "v2"])
def test_the_sdk_migrates_a_number_from_nothing_to_connected(
    simulator: Simulator, space: dict[str, Any], algorithm: str
) -> None:
    client = official_client(simulator, algorithm=algorithm)
    assert [row.phone_number for row in query(client, space["cust_space_id"]).phone_numbers] == ["390212345678"]

    migrate(client, simulator, space)

    numbers = {row.phone_number: row for row in query(client, space["cust_space_id"]).phone_numbers}
    assert numbers[MIGRATED].status == "CONNECTED"
    assert numbers[MIGRATED].up_callback_url == "https://hooks.example.com/in?name=a b&x=ü"
    assert numbers[MIGRATED].status_callback_url == "https://hooks.example.com/~status*"
    assert {action for action, _body in client.bodies} == set(OPERATIONS)
    assert {body["Code"] for _action, body in client.bodies} == {"OK"}


def test_every_field_that_the_models_know_is_answered_and_none_that_they_do_not(
    simulator: Simulator, space: dict[str, Any]
) -> None:
    client = official_client(simulator)
    migrate(client, simulator, space)
    query(client, space["cust_space_id"])

    answered, known = set(), set()
    for action, body in client.bodies:
        pattern = sdk.fullest(sdk.response_body(action))
        answered |= {f"{action}{field}" for field in sdk.fields(body, pattern)}
        known |= {f"{action}{field}" for field in sdk.fields(pattern, pattern)}

    assert answered - known == set()
    assert known - answered == UNDOCUMENTED


def test_every_answer_passes_through_its_model_unchanged(simulator: Simulator, space: dict[str, Any]) -> None:
    client = official_client(simulator)
    migrate(client, simulator, space)
    query(client, space["cust_space_id"])

    for action, body in client.bodies:
        returned = sdk.response_body(action)().from_map(body).to_map()
        assert sdk.without_empty_lists(returned) == sdk.without_empty_lists(body), action


def test_what_the_seed_holds_arrives_in_the_models(simulator: Simulator, space: dict[str, Any]) -> None:
    client = official_client(simulator)

    row = query(client, space["cust_space_id"]).phone_numbers[0]
    waba = client.query_chatapp_bind_waba(m.QueryChatappBindWabaRequest(cust_space_id=space["cust_space_id"]))

    seeded = space["numbers"][0]
    plain = {name: value for name, value in seeded.items() if name != "calling_configure"}
    assert {name: getattr(row, name) for name in plain} == plain
    assert row.calling_configure.max_talk_time == seeded["calling_configure"]["MaxTalkTime"]
    assert row.calling_configure.calling.call_hours.holiday_schedule[0].date == "2026-12-25"
    assert {name: getattr(waba.body.data, name) for name in space["waba"]} == space["waba"]


def test_the_message_of_a_success_is_spelled_in_several_ways(simulator: Simulator, space: dict[str, Any]) -> None:
    client = official_client(simulator)
    migrate(client, simulator, space)

    spellings = defaultdict(set)
    for action, body in client.bodies:
        spellings[action].add(body["Message"])
    assert len(set.union(*spellings.values())) > 2


def test_sts_credentials_are_accepted_with_their_token_and_refused_without(
    simulator: Simulator, space: dict[str, Any]
) -> None:
    sts = {"key": f"STS.{uuid.uuid4().hex}", "secret": "sts-secret", "token": "token/with+signs=="}
    add_user(simulator, {"id": sts["key"], "secret": sts["secret"], "security_token": sts["token"]}, space)

    for algorithm in ("ACS3-HMAC-SHA256", "v2"):
        assert query(official_client(simulator, **sts, algorithm=algorithm), space["cust_space_id"]).code == "OK"
    with pytest.raises(ClientException) as refused:
        query(official_client(simulator, **(sts | {"token": ""})), space["cust_space_id"])
    assert refused.value.code == "InvalidSecurityToken.MismatchWithAccessKey"


def test_an_expired_sts_token_raises_the_sdks_exception(simulator: Simulator, space: dict[str, Any]) -> None:
    sts = {"key": f"STS.{uuid.uuid4().hex}", "secret": "sts-secret", "token": "token"}
    key = {"id": sts["key"], "secret": sts["secret"], "security_token": sts["token"], "expires_at": time.time() - 1}
    add_user(simulator, key, space)

    with pytest.raises(ClientException) as refused:
        query(official_client(simulator, **sts), space["cust_space_id"])

    assert refused.value.code == "InvalidSecurityToken.Expired"


@pytest.mark.parametrize("algorithm", ["ACS3-HMAC-SHA256", "v2"])
@pytest.mark.parametrize(
    ("credentials", "code", "status"),
    [
        ({"secret": "wrong"}, "SignatureDoesNotMatch", 400),
        ({"key": "LTAI5tNobody"}, "InvalidAccessKeyId.NotFound", 404),
    ],
)
def test_wrong_credentials_raise_the_sdks_exception(
    simulator: Simulator, algorithm: str, credentials: dict[str, str], code: str, status: int
) -> None:
    with pytest.raises(ClientException) as refused:
        query(official_client(simulator, **credentials, algorithm=algorithm), "cams-demo")

    assert (refused.value.code, refused.value.status_code) == (code, status)
    assert refused.value.request_id == simulator.control.calls()[-1]["request_id"]


def test_a_foreign_space_raises_the_sdks_exception_with_the_request_id_of_the_call(simulator: Simulator) -> None:
    with pytest.raises(ClientException) as refused:
        query(official_client(simulator), "of * ~ + ü somebody else")

    assert (refused.value.code, refused.value.status_code) == ("Unknown.ResourceOwnerId", 400)
    assert refused.value.request_id == simulator.control.calls()[-1]["request_id"]
    assert simulator.control.calls()[-1]["parameters"]["CustSpaceId"] == "of * ~ + ü somebody else"


def test_a_missing_permission_raises_the_sdks_exception_and_says_which(
    simulator: Simulator, space: dict[str, Any]
) -> None:
    key = {"id": f"LTAI5t{uuid.uuid4().hex}", "secret": "reader"}
    only_get = {"Version": "1", "Statement": [{"Effect": "Allow", "Action": ["cams:Get*"], "Resource": "*"}]}
    add_user(simulator, key, space, policies=[only_get])
    simulator.control.change_settings(denied_action="no_permission")
    try:
        with pytest.raises(ClientException) as refused:
            query(official_client(simulator, key=key["id"], secret=key["secret"]), space["cust_space_id"])
    finally:
        simulator.control.change_settings(denied_action="permission_deny")

    assert (refused.value.code, refused.value.status_code) == ("NoPermission", 403)
    assert refused.value.access_denied_detail["AuthAction"] == "cams:QueryChatappPhoneNumbers"


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ("error_500", ServerException, "InternalError"),
        ("error_503", ServerException, "ServiceUnavailable"),
        ("throttle_user", ClientException, "Throttling.User"),
        ("throttle_api", ClientException, "Throttling.Api"),
        ("limit_control", ClientException, "System.LimitControl"),
    ],
)
def test_trouble_of_the_service_raises_the_sdks_exception(
    simulator: Simulator, space: dict[str, Any], fault: str, kind: type[Exception], code: str
) -> None:
    simulator.control.add_fault(fault, cust_space_id=space["cust_space_id"])

    with pytest.raises(kind) as trouble:
        query(official_client(simulator), space["cust_space_id"])

    assert getattr(trouble.value, "code", None) == code


def test_a_refusal_of_the_service_raises_the_sdks_exception(simulator: Simulator, space: dict[str, Any]) -> None:
    with pytest.raises(ClientException) as refusal:
        official_client(simulator).chatapp_migration_register(
            m.ChatappMigrationRegisterRequest(cust_space_id=space["cust_space_id"], phone_number="390299999999")
        )

    assert (refusal.value.status_code, refusal.value.code) == (400, "InvalidParameter.PhoneNumberError")


def test_a_refusal_of_the_service_may_arrive_as_code_of_a_http_200_answer(
    simulator: Simulator, space: dict[str, Any]
) -> None:
    simulator.control.change_settings(unknown_number_status="http_200")
    try:
        answer = official_client(simulator).chatapp_migration_register(
            m.ChatappMigrationRegisterRequest(cust_space_id=space["cust_space_id"], phone_number="390299999999")
        )
    finally:
        simulator.control.change_settings(unknown_number_status="http_400")

    assert answer.status_code == 200
    assert answer.body.code == "InvalidParameter.PhoneNumberError"


def add_user(simulator: Simulator, key: dict[str, Any], space: dict[str, Any], **more: Any) -> None:
    """A user in an account of its own, which the space moves to."""
    owner_id = str(uuid.uuid4().int)[:16]
    user = {"name": f"user-{owner_id}", "access_keys": [key], **more}
    moved = {**space, "owner_id": owner_id}
    simulator.control.seed({"accounts": [{"owner_id": owner_id, "users": [user]}], "spaces": [moved]})
