# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors that answer a call: from the gateway in front of the service, or from the service itself."""

from __future__ import annotations

from dataclasses import dataclass

TROUBLESHOOT = "https://api.aliyun.com/troubleshoot"

# Error code: (HTTP status, message). Statuses differ between products; nobody observed them on CAMS itself.
GATEWAY: dict[str, tuple[int, str]] = {
    "InvalidAccessKeyId.NotFound": (404, "Specified access key is not found."),
    "InvalidAccessKeyId.Inactive": (400, "Specified access key is disabled."),
    "SignatureDoesNotMatch": (400, "Specified signature does not match our calculation."),
    "IncompleteSignature": (400, "The request signature does not conform to Aliyun standards."),
    "InvalidSignatureMethod": (400, "Specified signature method is not valid."),
    "InvalidTimeStamp.Format": (400, "Specified time stamp or date value is not well formatted."),
    "InvalidTimeStamp.Expired": (400, "Specified time stamp or date value is expired."),
    "SignatureNonceUsed": (400, "Specified signature nonce was used already."),
    "InvalidSecurityToken.Expired": (400, "Specified SecurityToken is expired."),
    "InvalidSecurityToken.MismatchWithAccessKey": (400, "Specified SecurityToken mismatch with the AccessKey."),
    "UnsupportedHTTPMethod": (400, "This http method is not supported."),
    "InvalidParameter.Format": (400, "Specified parameter Format is not valid."),
    "InvalidAction.NotFound": (404, "Specified api is not found, please check your url and method."),
    "InvalidApi.NotFound": (404, "Specified api is not found, please check your url and method."),
    "InvalidVersion": (400, "Specified parameter Version is not valid."),
    "Throttling": (400, "Request was denied due to request throttling."),
    "Throttling.User": (400, "Request was denied due to user flow control."),
    "Throttling.Api": (400, "Request was denied due to api flow control."),
    "System.LimitControl": (400, "The system is under flow control."),
    "Product.Unsubscript": (400, "You have not subscribed to the specified product."),
    "Ram.PermissionDeny": (400, "You are not authorized to perform the operation."),
    "Unknown.ResourceOwnerId": (400, "The resource does not belong to the current user."),
    "NoPermission": (403, "You are not authorized to perform this action."),
    "Forbidden.RAM": (403, "User not authorized to operate on the specified resource."),
    "InternalError": (500, "The request processing has failed due to some unknown error, exception or failure."),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
}


@dataclass(slots=True, eq=False)
class GatewayError(Exception):
    """An error of the gateway, with its own HTTP status and body."""

    code: str
    message: str
    status: int = 400
    access_denied_detail: dict[str, str] | None = None


@dataclass(slots=True, eq=False)
class RefusalError(Exception):
    """A refusal by the service. A setting decides its HTTP status, because no document names it."""

    code: str
    message: str


def gateway_error(code: str, message: str | None = None) -> GatewayError:
    status, known_message = GATEWAY[code]
    return GatewayError(code, message or known_message, status)


def missing_parameter_error(parameter: str) -> GatewayError:
    return GatewayError(f"Missing{parameter}", f"{parameter} is mandatory for this action.")


def invalid_parameter_error(parameter: str) -> GatewayError:
    return GatewayError(f"Invalid{parameter}", f"The specified parameter {parameter} is not valid.")


def error_document(error: GatewayError, request_id: str, host: str) -> dict[str, object]:
    document: dict[str, object] = {
        "RequestId": request_id,
        "HostId": host,
        "Code": error.code,
        "Message": error.message,
        "Recommend": f"{TROUBLESHOOT}?q={error.code}&product=cams&requestId={request_id}",
    }
    if error.access_denied_detail is not None:
        document["AccessDeniedDetail"] = error.access_denied_detail
    return document
