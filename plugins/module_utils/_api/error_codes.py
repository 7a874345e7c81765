# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The error codes of the API and of WhatsApp, each with a hint that says what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

THROTTLE_CODE = "System.LimitControl"
THROTTLE_PREFIXES = ("Throttling", "Rejected.Throttling")

_NO_PERMISSION = (
    "Grant this access key's user the RAM action {ram_action}. The policy AliyunCamsReadOnlyAccess does not allow the"
    " query and the sync."
)
_CLOCK = "Set this machine's clock (NTP): a request may be 15 minutes off at the most."
THROTTLED_HINT = "Run again later, or lower <<rate_limit>>: something else uses this account's calls at the same time."

HINTS: dict[str, str] = {
    "InvalidAccessKeyId.NotFound": "Check the access key id. A temporary key also needs its security token.",
    "InvalidAccessKeyId.Inactive": "Enable this access key in the RAM console, or use another one.",
    "InvalidSecurityToken.Expired": "Get new temporary credentials. This security token has expired.",
    "InvalidSecurityToken.Malformed": "Check the security token: it must belong to this access key id.",
    "SignatureDoesNotMatch": "Check the access key secret: it does not belong to this access key id. Set it in"
    " ALIBABA_CLOUD_ACCESS_KEY_SECRET, or in <<access_key_secret>>.",
    "IncompleteSignature": "Run again. If it comes back, a proxy on the way removes headers of the request.",
    "InvalidTimeStamp.Expired": _CLOCK,
    "InvalidTimeStamp.Format": _CLOCK,
    "SignatureNonceUsed": "Run again. If it comes back, a proxy on the way repeats requests.",
    "Product.Unsubscript": "Activate Chat App Message Service for this account in its console.",
    "Ram.PermissionDeny": _NO_PERMISSION,
    "NoPermission": _NO_PERMISSION,
    "Forbidden.RAM": _NO_PERMISSION,
    "Authentication.NoAuth": _NO_PERMISSION,
    "Unknown.ResourceOwnerId": "Compare the space id with the console's Channel Management page. Check that this"
    " access key belongs to the account that owns the space.",
    "InvalidParameter.CustSpaceId": "Compare the space id with the console's Channel Management page.",
    "InvalidParameter": "Read the message: it is often WhatsApp's own. If it does not say what to do, check the number,"
    " that two-step verification is off at the old provider, and that the WABA of the space is approved.",
    "InvalidParameter.PhoneNumberError": "Check the number, that two-step verification is off at the old provider, and"
    " that the WABA of the space is approved.",
    "InvalidAction.NotFound": "Check the endpoint: this host does not offer the CAMS API.",
    "InvalidApi.NotFound": "Check the endpoint: this host does not offer the CAMS API.",
    "InvalidVersion": "Check the endpoint: this host does not offer version 2020-06-06 of the CAMS API.",
    THROTTLE_CODE: THROTTLED_HINT,
    "Rejected.Throttling": THROTTLED_HINT,
    "ServiceUnavailable": "Run again in a few minutes. If the error stays, ask support and name the RequestId.",
    "InternalError": "Run again in a few minutes. If the error stays, ask support and name the RequestId.",
}
_DEFAULT_HINT = "Look the code up in the API's documentation, or ask support and name the RequestId."


def is_throttle_code(code: str) -> bool:
    return code == THROTTLE_CODE or code.startswith(THROTTLE_PREFIXES)


@dataclass(frozen=True)
class UpstreamHint:
    """A hint for an error of WhatsApp itself. Its message shows the error by a code or by words."""

    hint: str
    codes: tuple[int, ...] = ()
    # A regular expression that ignores case.
    words: str = ""

    def matches_message(self, message: str) -> bool:
        by_code = any(re.search(rf"(?<!\d){code}(?!\d)", message) for code in self.codes)
        return by_code or bool(self.words and re.search(self.words, message, re.IGNORECASE))


_WAIT_AND_RUN = "WhatsApp asks to wait. Run again in some minutes."
_NOT_BEING_MIGRATED = (
    "WhatsApp does not see a migration of this number. Run again: the number is read first. If the migration was"
    " cancelled, <<reclaim>>."
)
_TWO_STEP = "Ask the old provider to turn off two-step verification for this number, then run again."
# CAMS returns the errors of WhatsApp as InvalidParameter, with WhatsApp's text in Message. Codes come first, because a
# code is surer than words. The code 2388103 has many causes, so words come before this code.
UPSTREAM_HINTS: tuple[UpstreamHint, ...] = (
    UpstreamHint(_TWO_STEP, (2388001, 133005)),
    UpstreamHint(
        "WhatsApp has this number in the WABA already. Run again: the space is synced and read first."
        " If the space still does not show the number, ask support.",
        (2388012,),
    ),
    UpstreamHint(_NOT_BEING_MIGRATED, (2388091, 2388093)),
    UpstreamHint(_WAIT_AND_RUN, (2494100, 133004)),
    UpstreamHint(
        "An earlier deregistration of this number did not finish. Ask the old provider to deregister the number again,"
        " then run again.",
        (133000,),
    ),
    UpstreamHint(
        "The verification of this number no longer counts. To request a new code, <<resend>>.",
        (133006,),
    ),
    UpstreamHint(
        "WhatsApp has blocked PIN attempts for this number for a while. Ask the old provider to turn off two-step"
        " verification, wait as long as the message says, then run again.",
        (133008, 133009),
    ),
    UpstreamHint(
        "WhatsApp does not know this number as registered. Run again: the number is read first.",
        (133010,),
    ),
    UpstreamHint("This number was deleted a short time ago. Wait 5 minutes, then run again.", (133015,)),
    UpstreamHint(
        "WhatsApp allows 10 registers and deregisters of a number in 72 hours. Wait 72 hours, then run again.",
        (133016,),
    ),
    UpstreamHint(
        "WhatsApp could not send the code. Wait some minutes, because repeated requests can block the number. Then"
        " <<resend>>. If SMS fails again, set <<code_method>> to voice.",
        (136024,),
    ),
    UpstreamHint(
        "Get the display name approved, and let no change of the name be pending. Then run again.",
        words=r"display name|verified name|name (change|review)",
    ),
    UpstreamHint("Add a payment method to the WABA of the space, then run again.", words=r"payment|credit line"),
    UpstreamHint(
        "Use a WABA of the same business: WhatsApp migrates a number only between two WABAs of one business. Then run"
        " again.",
        words=r"business (manager|portfolio)|(different|same) business",
    ),
    UpstreamHint("Subscribe an app to the webhooks of the WABA of the space, then run again.", words=r"webhook"),
    UpstreamHint("Get the WABA of the space approved, then run again.", words=r"(waba|business account) [^.]*approved"),
    UpstreamHint(
        "WhatsApp cannot migrate this number yet. Check that its display name is approved, that no change of the name"
        " is pending, that both WABAs belong to one business, and that the new WABA is approved and has a payment"
        " method. The playbook chatapp.cams.preflight checks what can be read. Then run again.",
        (2388103,),
    ),
    UpstreamHint(_TWO_STEP, words=r"two[- ]?(step|factor)|\b2fa\b|\bpin\b"),
    UpstreamHint(
        "Each code counts once, and it expires after some minutes.",
        words=r"(verification|verify) ?code[^.]*(incorrect|invalid|expired|wrong|not match)"
        r"|(incorrect|invalid|expired|wrong) (verification|verify) ?code",
    ),
    UpstreamHint(_WAIT_AND_RUN, words=r"too many|temporarily|try again later|maintenance"),
    UpstreamHint(_NOT_BEING_MIGRATED, words=r"not being migrated"),
)


def hint_for_error_code(code: str, ram_action: str, message: str = "") -> str:
    """Return what a person can do about an error code. A run never uses this for decisions."""
    if is_throttle_code(code):
        return THROTTLED_HINT
    if code.startswith("InvalidParameter") or code not in HINTS:
        for upstream in UPSTREAM_HINTS:
            if upstream.matches_message(message):
                return upstream.hint
    return HINTS.get(code, _DEFAULT_HINT).replace("{ram_action}", ram_action)


# Refusals because of the key, the account or the endpoint: every call of the run gets them.
_ABOUT_THE_ACCOUNT = re.compile(
    r"InvalidAccessKeyId|InvalidSecurityToken|Signature|InvalidTimeStamp|InvalidSignature|IncompleteSignature"
    r"|InvalidAction|InvalidApi|InvalidVersion|Product\.Unsubscript"
)
# Refusals because of a permission, the space, the form of the request or a fault of the service.
_ABOUT_THE_REQUEST = re.compile(
    r"UnsupportedHTTPMethod|Throttling|NoPermission|Forbidden|Authentication|InternalError|ServiceUnavailable"
    r"|Ram\.PermissionDeny|System\.LimitControl|Unknown\.ResourceOwnerId"
    r"|Missing[A-Z]|Invalid(CustSpaceId|PhoneNumber)$|InvalidParameter\.(Format|CustSpaceId)$"
)


def is_about_the_caller(code: str) -> bool:
    """Return whether an error is about the caller and its request, and not about the number."""
    return is_about_the_account(code) or _ABOUT_THE_REQUEST.match(code) is not None


def is_about_the_account(code: str) -> bool:
    """Return whether an error concerns every space of the run."""
    return _ABOUT_THE_ACCOUNT.match(code) is not None


# The official fields of AccessDeniedDetail except EncodedDiagnosticMessage. That field contains the request, and every
# administrator of the account can read it.
ACCESS_DENIED_FIELDS = (
    "AuthAction",
    "AuthPrincipalType",
    "AuthPrincipalOwnerId",
    "AuthPrincipalDisplayName",
    "PolicyType",
    "NoPermissionType",
)


def access_denied_detail(detail: object) -> dict[str, str] | None:
    """Return the fields of AccessDeniedDetail to keep, or None. In a success its value is the text "None"."""
    if not isinstance(detail, Mapping):
        return None
    found = {name: detail.get(name) for name in ACCESS_DENIED_FIELDS}
    kept = {name: " ".join(str(value).split()) for name, value in found.items() if isinstance(value, (str, int))}
    return {name: value for name, value in kept.items() if value} or None


def who_was_denied(detail: Mapping[str, str]) -> str:
    """Return a sentence: who was denied which action, and which policy decided that."""
    name, kind = detail.get("AuthPrincipalDisplayName"), detail.get("AuthPrincipalType")
    owner = f" of account {detail['AuthPrincipalOwnerId']}" if "AuthPrincipalOwnerId" in detail else ""
    who = f"{kind or 'The principal'} {name or ''}".strip() + owner
    policy = f"policy of type {detail['PolicyType']}" if "PolicyType" in detail else "policy"
    denial = detail.get("NoPermissionType", "")
    reasons = {"ImplicitDeny": f": no {policy} allows it", "ExplicitDeny": f": a {policy} denies it"}
    reason = reasons.get(denial, f", says a {policy}" if "PolicyType" in detail else "")
    shown_denial = f" ({denial})" if denial else ""
    return f"{who} may not call {detail.get('AuthAction', 'this action')}{reason}{shown_denial}."
