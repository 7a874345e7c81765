# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings: where the documents are silent or disagree, a named choice. The first value of each is the default."""

from __future__ import annotations

from enum import Enum


class BeforeRegister(str, Enum):
    """What Query and Sync show between initiate and register."""

    PENDING = "pending"
    UNVERIFIED = "unverified"
    MIGRATING = "migrating"
    HIDDEN = "hidden"


class NeedsSync(str, Enum):
    """Whether a change shows in the query only after ChatappSyncPhoneNumber."""

    NO = "no"
    YES = "yes"


class SecondInitiate(str, Enum):
    """What a second initiate of a number under way gets."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class StatusRead(str, Enum):
    """How GetPhoneNumberVerificationStatus answers between initiate and register.

    Plain answers at once. Fussy refuses the number like an unknown one until a code was requested. Blind does so until
    the number is registered.
    """

    PLAIN = "plain"
    FUSSY = "fussy"
    BLIND = "blind"


class FictionalNumbers(str, Enum):
    """Whether the status read refuses a number reserved for fiction in its own way or like other unknown numbers."""

    SAME = "same"
    OTHER = "other"


class UnknownNumberRefusal(str, Enum):
    """Which error code refuses an unknown number: a listed code, or a general one with the upstream's text."""

    LISTED = "listed"
    UNLISTED = "unlisted"


class ReclaimRow(str, Enum):
    """What happens to the old row when a MIGRATED, DELETED or DISCONNECTED number is initiated again.

    It changes into the new row, it keeps its status until register, or it stays beside the new row for good.
    """

    MOVES = "moves"
    STAYS = "stays"
    ADDS = "adds"


class OldRowPlace(str, Enum):
    """Where Query and Sync show the old row of a number that has two rows."""

    LAST = "last"
    FIRST = "first"


class SecondRegister(str, Enum):
    """What a register of a number already registered gets. Accepted, it spends budget and changes nothing else."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class CarrierOfRefusal(str, Enum):
    """Which HTTP status carries a refusal by the service."""

    HTTP_400 = "http_400"
    HTTP_200 = "http_200"


class RefusalCodes(str, Enum):
    """The error code of a refusal that no document names.

    `InvalidParameter` with the upstream's text, a name of ours, or the one documented code about numbers.
    """

    INVALID_PARAMETER = "invalid_parameter"
    NAMED = "named"
    PHONE_NUMBER_ERROR = "phone_number_error"


class VerificationWords(str, Enum):
    """Which of the two published vocabularies says "not verified"."""

    NOT_VERIFIED = "not_verified"
    REVIEW = "review"


class UnknownSpace(str, Enum):
    """What a space that does not exist gets: the same answer as somebody else's space, or one of its own."""

    RESOURCE_OWNER = "resource_owner"
    INVALID_PARAMETER = "invalid_parameter"


class DeniedAction(str, Enum):
    """How a RAM denial looks: the documented service error, or one of the gateway's own."""

    PERMISSION_DENY = "permission_deny"
    NO_PERMISSION = "no_permission"
    FORBIDDEN_RAM = "forbidden_ram"


class ThrottleCode(str, Enum):
    """Which of the faces of flow control a call over the limit sees."""

    USER = "Throttling.User"
    API = "Throttling.Api"
    LIMIT_CONTROL = "System.LimitControl"
    PLAIN = "Throttling"


class ThrottledCallsCount(str, Enum):
    """Whether a call that was throttled counts against the limit itself."""

    NO = "no"
    YES = "yes"


class StatusFilter(str, Enum):
    """What the query's Status parameter is compared with."""

    EITHER = "either"
    STATUS = "status"
    VERIFICATION = "verification"


class MethodCase(str, Enum):
    """Whether `SMS` and `VOICE` are accepted beside the documented `sms` and `voice`."""

    LOWER = "lower"
    ANY = "any"


class UrlNewline(str, Enum):
    """Whether callback URLs come back with a newline at their end, as one published sample shows."""

    NO = "no"
    YES = "yes"
