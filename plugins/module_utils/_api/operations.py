# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of operations. Each operation is declared once, and its kind decides whether a call may be repeated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

API_VERSION = "2020-06-06"


class Kind(Enum):
    """The kinds of operations, by what happens if a call is repeated."""

    READ = "read"
    REPEATABLE_WRITE = "repeatable write"
    SETTLED_BY_READING = "settled by reading"
    SEND = "send"

    @property
    def changes_no_number(self) -> bool:
        """Return whether a call changes no number and requests no code, so that a repetition does no harm."""
        return self in (Kind.READ, Kind.REPEATABLE_WRITE)


@dataclass(frozen=True)
class Operation:
    """One operation of the API.

    ``verb`` completes "Failed to <verb> <number or space>".
    ``read_timeout`` is the minimum time in seconds to wait for an answer, even if the option ``timeout`` is shorter:
    after a timeout the effect of a write is unknown.
    """

    action: str
    kind: Kind
    verb: str
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()
    read_timeout: float = 0

    @property
    def ram_action(self) -> str:
        return f"cams:{self.action}"

    def number_or_space(self, parameters: Mapping[str, str]) -> str:
        """Return the number that a call is about, or else the space."""
        if "MobileNumber" in parameters:
            return f"+{parameters.get('CountryCode', '')}{parameters['MobileNumber']}"
        if "PhoneNumber" in parameters:
            return f"+{parameters['PhoneNumber']}"
        if "CustSpaceId" in parameters:
            return f"space {parameters['CustSpaceId']}"
        return "the spaces of this account"


INITIATE = Operation(
    "CreateChatappMigrationInitiate",
    Kind.SETTLED_BY_READING,
    "initiate the migration of",
    ("CustSpaceId", "CountryCode", "MobileNumber"),
    read_timeout=60,
)
REQUEST_CODE = Operation(
    "GetMigrationVerifyCode",
    Kind.SEND,
    "request a verification code for",
    ("CustSpaceId", "PhoneNumber", "Locale", "Method"),
    read_timeout=60,
)
VERIFY = Operation(
    "ChatappMigrationVerified",
    Kind.SEND,
    "submit the verification code of",
    ("CustSpaceId", "PhoneNumber", "VerifyCode"),
    read_timeout=60,
)
REGISTER = Operation(
    "ChatappMigrationRegister",
    Kind.SETTLED_BY_READING,
    "register",
    ("CustSpaceId", "PhoneNumber"),
    read_timeout=90,
)
UPDATE_WEBHOOK = Operation(
    "UpdatePhoneWebhook",
    Kind.SETTLED_BY_READING,
    "set the webhook of",
    ("CustSpaceId", "PhoneNumber"),
    ("StatusCallbackUrl", "UpCallbackUrl", "HttpFlag", "QueueFlag"),
    read_timeout=60,
)
SYNC = Operation(
    "ChatappSyncPhoneNumber",
    Kind.REPEATABLE_WRITE,
    "sync the numbers of",
    ("CustSpaceId",),
    read_timeout=60,
)
QUERY_NUMBERS = Operation(
    "QueryChatappPhoneNumbers", Kind.READ, "query the numbers of", (), ("CustSpaceId", "IsvCode", "Status")
)
VERIFICATION_STATUS = Operation(
    "GetPhoneNumberVerificationStatus",
    Kind.READ,
    "read the verification status of",
    ("CustSpaceId", "PhoneNumber"),
)
QUERY_WABA = Operation("QueryChatappBindWaba", Kind.READ, "query the WABA of", (), ("CustSpaceId", "IsvCode"))
QUERY_BUSINESS = Operation("QueryWabaBusinessInfo", Kind.READ, "query the business of", ("CustSpaceId", "WabaId"))
HEALTH = Operation(
    "GetWhatsappHealthStatus",
    Kind.READ,
    "read the health of",
    ("CustSpaceId", "NodeType"),
    ("PhoneNumber", "WabaId", "TemplateCode", "Language"),
)

OPERATIONS: dict[str, Operation] = {
    operation.action: operation
    for operation in (
        INITIATE,
        REQUEST_CODE,
        VERIFY,
        REGISTER,
        UPDATE_WEBHOOK,
        SYNC,
        QUERY_NUMBERS,
        VERIFICATION_STATUS,
        QUERY_WABA,
        QUERY_BUSINESS,
        HEALTH,
    )
}
