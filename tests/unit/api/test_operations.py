# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of operations, compared with the documents of the API."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, Kind


def test_each_operation_has_the_kind_that_its_effect_calls_for() -> None:
    kinds = {action: operation.kind for action, operation in OPERATIONS.items()}

    assert kinds == {
        "QueryChatappPhoneNumbers": Kind.READ,
        "QueryChatappBindWaba": Kind.READ,
        "QueryWabaBusinessInfo": Kind.READ,
        "GetWhatsappHealthStatus": Kind.READ,
        "GetPhoneNumberVerificationStatus": Kind.READ,
        "ChatappSyncPhoneNumber": Kind.REPEATABLE_WRITE,
        "CreateChatappMigrationInitiate": Kind.SETTLED_BY_READING,
        "ChatappMigrationRegister": Kind.SETTLED_BY_READING,
        "UpdatePhoneWebhook": Kind.SETTLED_BY_READING,
        "GetMigrationVerifyCode": Kind.SEND,
        "ChatappMigrationVerified": Kind.SEND,
    }


def test_a_write_is_given_at_least_a_minute_to_answer() -> None:
    writes = [operation for operation in OPERATIONS.values() if operation.kind is not Kind.READ]

    assert all(operation.read_timeout >= 60 for operation in writes)


def test_a_call_is_described_by_its_number_and_else_by_its_space() -> None:
    initiate = OPERATIONS["CreateChatappMigrationInitiate"]
    query = OPERATIONS["QueryChatappPhoneNumbers"]

    assert (
        initiate.number_or_space({"CustSpaceId": "s", "CountryCode": "86", "MobileNumber": "13900001234"})
        == "+8613900001234"
    )
    assert query.number_or_space({"CustSpaceId": "s"}) == "space s"
    assert query.number_or_space({}) == "the spaces of this account"
