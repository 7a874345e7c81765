# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

THROTTLE_CODE = "System.LimitControl"
THROTTLE_PREFIX = "Throttling"

_NO_PERMISSION = (
    "Grant this access key's user the RAM action {ram_action}. AliyunCamsReadOnlyAccess lacks the query and the sync."
)
_CLOCK = "Set this machine's clock (NTP): a request may be 15 minutes off at the most."
_THROTTLED = "Run again later, or lower rate_limit: something else uses this account's calls at the same time."

HINTS: dict[str, str] = {
    "InvalidAccessKeyId.NotFound": "Check access_key_id; a temporary key also needs its security_token.",
    "InvalidAccessKeyId.Inactive": "Enable this access key in the RAM console, or use another one.",
    "InvalidSecurityToken.Expired": "Get new temporary credentials; this security_token has run out.",
    "InvalidSecurityToken.Malformed": "Check security_token: it must belong to this access_key_id.",
    "SignatureDoesNotMatch": "Check access_key_secret: it does not belong to this access_key_id.",
    "InvalidTimeStamp.Expired": _CLOCK,
    "InvalidTimeStamp.Format": _CLOCK,
    "SignatureNonceUsed": "Run again. If it comes back, a proxy on the way repeats requests.",
    "Product.Unsubscript": "Activate Chat App Message Service for this account in its console.",
    "Ram.PermissionDeny": _NO_PERMISSION,
    "NoPermission": _NO_PERMISSION,
    "Forbidden.RAM": _NO_PERMISSION,
    "Authentication.NoAuth": _NO_PERMISSION,
    "Unknown.ResourceOwnerId": "Check cust_space_id on the console's Channel Management page, and that this access key"
    " belongs to the account that owns the space.",
    "InvalidParameter.PhoneNumberError": "Check the number, that two-step verification is off at the old provider, and"
    " that the WABA of the space is approved.",
    "InvalidAction.NotFound": "Check endpoint: this host does not offer the CAMS API.",
    "InvalidApi.NotFound": "Check endpoint: this host does not offer the CAMS API.",
    "InvalidVersion": "Check endpoint: this host does not offer version 2020-06-06 of the CAMS API.",
    THROTTLE_CODE: _THROTTLED,
    "ServiceUnavailable": "Run again in a few minutes; if it lasts, ask support and name the RequestId.",
    "InternalError": "Run again in a few minutes; if it lasts, ask support and name the RequestId.",
}
_DEFAULT_HINT = "Look the code up in the API's documentation, or ask support and name the RequestId."


def is_throttle(code: str) -> bool:
    return code == THROTTLE_CODE or code.startswith(THROTTLE_PREFIX)


def hint_for(code: str, ram_action: str) -> str:
    """What to do about an error code of the API."""
    if is_throttle(code):
        return _THROTTLED
    return HINTS.get(code, _DEFAULT_HINT).format(ram_action=ram_action)


# Refusals that speak of the key, the permission, the space or the form of the request, never of the number in it.
_ABOUT_THE_CALLER = re.compile(
    r"InvalidAccessKeyId|InvalidSecurityToken|Signature|InvalidTimeStamp|InvalidSignature|UnsupportedHTTPMethod"
    r"|InvalidAction|InvalidApi|InvalidVersion|Throttling|NoPermission|Forbidden|Authentication|InternalError"
    r"|ServiceUnavailable|Product\.Unsubscript|Ram\.PermissionDeny|System\.LimitControl|Unknown\.ResourceOwnerId"
    r"|Missing[A-Z]|Invalid(CustSpaceId|PhoneNumber)$|InvalidParameter\.Format$"
)


def is_about_the_caller(code: str) -> bool:
    """Whether an error is one of the gateway's, a lack of permission, or one that every operation documents."""
    return _ABOUT_THE_CALLER.match(code) is not None


@dataclass(frozen=True)
class ApiError:
    """An error that the API answered with."""

    code: str
    message: str
    request_id: str
    http_status: int
    action: str
    hint: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class CamsError(Exception):
    """One sentence for a person: what is wrong and what to do. ``error`` is there when the API answered."""

    def __init__(self, message: str, error: ApiError | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error = error


class ConfigurationError(CamsError):
    """An option, a variable or a file of the user's stands in the way; nothing was called."""


class CheckModeError(CamsError):
    """A write was attempted by a client that was made for check mode: a mistake of ours."""
