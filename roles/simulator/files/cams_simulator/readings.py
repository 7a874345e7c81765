# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readings: settings for behaviour that the documents do not define. The first value of each is the default.

`make assumptions` makes this file from the collection's table of assumptions.
"""

from __future__ import annotations

from enum import Enum


class BeforeRegister(str, Enum):
    """The status that Query and Sync show between initiate and register."""

    PENDING = "pending"
    UNVERIFIED = "unverified"
    MIGRATING = "migrating"
    HIDDEN = "hidden"


class UnknownNumberRefusal(str, Enum):
    """The error code for an unknown number: a documented code, or a general code with WhatsApp's text."""

    LISTED = "listed"
    UNLISTED = "unlisted"


class RefusalStatus(str, Enum):
    """The HTTP status of a refusal by the service."""

    HTTP_400 = "http_400"
    HTTP_200 = "http_200"


class FictionalNumbers(str, Enum):
    """Whether a number reserved for fiction is refused like other unknown numbers or with its own error."""

    SAME = "same"
    OTHER = "other"


class StatusRead(str, Enum):
    """How GetPhoneNumberVerificationStatus answers between initiate and register.

    `plain` answers at once. `fussy` refuses the number like an unknown number until a code was requested. `blind`
    refuses it like an unknown number until it is registered.
    """

    PLAIN = "plain"
    FUSSY = "fussy"
    BLIND = "blind"


class ReclaimRow(str, Enum):
    """The old row of a MIGRATED, DELETED or DISCONNECTED number after it is initiated again.

    It becomes the new row, it keeps its status until register, or it stays beside the new row forever.
    """

    MOVES = "moves"
    STAYS = "stays"
    ADDS = "adds"


class OldRowPlace(str, Enum):
    """The position of the old row in Query and Sync, for a number that has two rows."""

    LAST = "last"
    FIRST = "first"


class SecondInitiate(str, Enum):
    """The answer to a second initiate of a number that is already migrating."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class NeedsSync(str, Enum):
    """Whether the query shows a change only after ChatappSyncPhoneNumber."""

    NO = "no"
    YES = "yes"


class VerificationWords(str, Enum):
    """The words for "not verified": one of the two published lists of words."""

    NOT_VERIFIED = "not_verified"
    REVIEW = "review"


class SecondRegister(str, Enum):
    """The answer to a second register of a number. If accepted, it counts as a register and changes nothing else."""

    ACCEPTED = "accepted"
    REFUSED = "refused"


class ThrottleCode(str, Enum):
    """The error code of a call over the rate limit."""

    USER = "Throttling.User"
    API = "Throttling.Api"
    LIMIT_CONTROL = "System.LimitControl"
    PLAIN = "Throttling"


class ThrottledCallsCount(str, Enum):
    """Whether a throttled call counts against the rate limit."""

    NO = "no"
    YES = "yes"


class RefusalCodes(str, Enum):
    """The error code of a refusal without a documented code.

    `InvalidParameter` with WhatsApp's text, an invented name, or the one documented code about numbers.
    """

    INVALID_PARAMETER = "invalid_parameter"
    NAMED = "named"
    PHONE_NUMBER_ERROR = "phone_number_error"


class DeniedAction(str, Enum):
    """The error code of a call that RAM denies: the documented code, or a code of the gateway."""

    PERMISSION_DENY = "permission_deny"
    NO_PERMISSION = "no_permission"
    FORBIDDEN_RAM = "forbidden_ram"


class UnknownSpace(str, Enum):
    """The error for a space that does not exist: the same as for a space of another account, or its own error."""

    RESOURCE_OWNER = "resource_owner"
    INVALID_PARAMETER = "invalid_parameter"


class UrlNewline(str, Enum):
    """Whether callback URLs end with a newline, as in one published sample."""

    NO = "no"
    YES = "yes"


class StatusFilter(str, Enum):
    """The field that the query's Status parameter filters."""

    EITHER = "either"
    STATUS = "status"
    VERIFICATION = "verification"


class FormParameters(str, Enum):
    """Whether the service reads parameters in a form body, or only those in the query."""

    ACCEPTED = "accepted"
    IGNORED = "ignored"


class MethodCase(str, Enum):
    """Whether `SMS` and `VOICE` are accepted too, or only the documented `sms` and `voice`."""

    LOWER = "lower"
    ANY = "any"
