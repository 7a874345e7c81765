# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of preflight: find what would stop a number, before a code is requested. Pure functions, no I/O.

A blocker stops its numbers, unless the option ``override`` names its code or the number.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import who_was_denied
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, Operation
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import table
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Phase, State
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Plan
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone


class Severity(Enum):
    """The severity of a finding."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"


# All findings: their codes, and how serious they are.
CODES: dict[str, Severity] = {
    "credentials_refused": Severity.BLOCKER,
    "not_subscribed": Severity.BLOCKER,
    "space_unknown": Severity.BLOCKER,
    "read_denied": Severity.BLOCKER,
    "not_read": Severity.BLOCKER,
    "waba_missing": Severity.BLOCKER,
    "waba_not_approved": Severity.BLOCKER,
    "business_not_verified": Severity.BLOCKER,
    "number_impossible": Severity.BLOCKER,
    "halted": Severity.BLOCKER,
    "cannot_take_sms": Severity.BLOCKER,
    "number_unlikely": Severity.WARNING,
    "sms_not_advised": Severity.WARNING,
    "name_not_approved": Severity.WARNING,
    "new_name_not_approved": Severity.WARNING,
    "limited": Severity.WARNING,
    "verification_ran_out": Severity.WARNING,
    "spelling": Severity.WARNING,
    "already_here": Severity.NOTE,
    "verified": Severity.NOTE,
    "under_way": Severity.NOTE,
    "two_step_verification": Severity.NOTE,
    "types_not_checked": Severity.NOTE,
    "calls_not_tried": Severity.NOTE,
}
# Lines of the first types cannot receive SMS. For the other types WhatsApp does not recommend SMS.
_NO_SMS = ("FIXED_LINE", "TOLL_FREE")
_SMS_NOT_ADVISED = ("PREMIUM_RATE", "SHARED_COST", "VOIP", "PERSONAL_NUMBER", "PAGER", "UAN", "VOICEMAIL")
_NAME_IS_FINE = ("APPROVED", "APPROVAL", "AVAILABLE_WITHOUT_REVIEW")
# The status of a number without a new name.
_NO_NEW_NAME = ("", "NONE")
_EXPIRED_WORDS = ("EXPIRED", "REVOKED")


@dataclass(frozen=True)
class Finding:
    """One finding. It is about a number, about a space, or about the whole run."""

    code: str
    message: str
    next_action: str = ""
    cust_space_id: str | None = None
    phone_number: str | None = None
    overridden: bool = False

    @property
    def is_blocker(self) -> bool:
        return CODES[self.code] is Severity.BLOCKER and not self.overridden

    def as_dict(self) -> dict[str, Any]:
        return {"severity": CODES[self.code].value, **vars(self)}


@dataclass
class CheckedNumber:
    """One number of preflight: its declaration, its row, its plan and its findings."""

    declared: Declaration
    row: Row | None = None
    # The verification status in the words of the service, if it was read.
    verification: str | None = None
    # None if the number could not be read.
    plan: Plan | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.declared.phone_number

    @property
    def needs_migration(self) -> bool:
        """Return True unless the number is already connected. Findings of its space only concern such a number."""
        return self.plan is None or self.plan.phase not in table.CONNECTED_PHASES

    def add_finding(self, code: str, message: str, next_action: str = "") -> None:
        self.findings.append(Finding(code, message, next_action, self.declared.cust_space_id, self.number))


# --- a read that was refused ---

_CREDENTIAL_CODES = re.compile(
    r"InvalidAccessKeyId|InvalidSecurityToken|Signature|InvalidTimeStamp|IncompleteSignature"
)
_DENIED_CODES = ("Ram.PermissionDeny", "NoPermission", "Forbidden.RAM", "Authentication.NoAuth")
_UNKNOWN_SPACE_CODES = ("Unknown.ResourceOwnerId", "InvalidParameter.CustSpaceId", "InvalidCustSpaceId")


def finding_of_failed_read(operation: Operation, error: CamsError, space: str, number: str | None = None) -> Finding:
    """Return the finding of a read that failed. It is about the key or the space, except for a lost answer."""
    code = error.error.code if error.error else ""
    hint = error.error.hint if error.error else ""
    if code in _DENIED_CODES:
        detail = error.error.access_denied if error.error else None
        return Finding(
            "read_denied",
            who_was_denied(detail) if detail else f"The access key may not call {operation.action}.",
            f"Grant {operation.ram_action}. The lookup chatapp.cams.cams_ram_policy prints the whole policy.",
            space,
        )
    message = error.message.removesuffix(hint).strip()
    if _CREDENTIAL_CODES.match(code):
        return Finding("credentials_refused", message, hint, space)
    if code == "Product.Unsubscript":
        return Finding("not_subscribed", message, hint, space)
    if code in _UNKNOWN_SPACE_CODES:
        return Finding("space_unknown", message, hint, space)
    return Finding("not_read", message, hint or "Run again.", space, number)


# --- a space ---


def findings_of_account(space: str, waba: Row | None) -> list[Finding]:
    """Check the WABA of a space and its review."""
    if waba is None:
        next_action = "Bind a WABA to the space in the console, and request its review."
        return [Finding("waba_missing", "The space is not bound to a WABA.", next_action, space)]
    review = str(waba.get("account_review_status") or "")
    if review == "APPROVED":
        return []
    message = f"The review of its WABA is {review or 'not shown'}."
    return [Finding("waba_not_approved", message, "Get the WABA approved before you migrate numbers to it.", space)]


def findings_of_business(space: str, business: Row | None) -> list[Finding]:
    """Check the verification of the business. The documents list no values; their example is ``verified``."""
    word = str((business or {}).get("verification_status") or "")
    if word.lower() == "verified":
        return []
    message = f"The verification of its business is {word or 'not shown'}."
    return [Finding("business_not_verified", message, "Get the business verified before you migrate numbers.", space)]


# --- a number ---


def check_number(subject: CheckedNumber) -> None:
    """Check a number, its row and its verification, and add the findings to it."""
    _check_number_is_possible(subject)
    if subject.plan is not None:
        _check_phase(subject, subject.plan)
        _check_display_name(subject, subject.plan.phase)
        _check_code_method(subject, subject.plan.phase)


def _check_number_is_possible(subject: CheckedNumber) -> None:
    try:
        unlikely = phone.warning_about_number(subject.number)
    except phone.PhoneNumberError as error:
        subject.add_finding(
            "number_impossible", str(error), "Correct the number. A run refuses it before the first call."
        )
        return
    if unlikely:
        subject.add_finding("number_unlikely", unlikely, "Compare the number with the one that the old provider shows.")


def _check_phase(subject: CheckedNumber, plan: Plan) -> None:
    status = subject.row["status"] if subject.row else ""
    if plan.phase is Phase.HALTED:
        subject.add_finding("halted", "A run does not change this number.", plan.next_action)
    elif plan.phase is Phase.LIMITED:
        subject.add_finding(
            "limited", f"The number is connected, but WhatsApp shows it as {status}.", "Check its quality."
        )
    elif plan.phase is Phase.CONNECTED:
        subject.add_finding("already_here", "The number is already connected.")
    elif plan.phase is Phase.VERIFIED:
        subject.add_finding(
            "verified", "The number is verified and needs no code. The verification is valid for 14 days."
        )
    elif plan.phase is Phase.ABSENT:
        subject.add_finding(
            "two_step_verification",
            "The API does not show whether two-step verification is on. If it is on, WhatsApp refuses the migration.",
            "Ask the old provider to turn it off.",
        )
    elif subject.verification in _EXPIRED_WORDS:
        message = f"The migration was started, but its verification is {subject.verification}. It needs a new code."
        subject.add_finding("verification_ran_out", message, "When somebody is at the phone, <<resend>>.")
    else:
        subject.add_finding("under_way", "The migration was started, and the number waits for its code.")


def _check_display_name(subject: CheckedNumber, phase: Phase) -> None:
    if phase is Phase.HALTED:
        return
    row = subject.row or {}
    name, new_name = (str(row.get(key) or "") for key in ("name_status", "new_name_status"))
    if name and name.upper() not in _NAME_IS_FINE:
        message = (
            f"The review of its display name is {name}. Without approval the number may not connect or may send little."
        )
        subject.add_finding("name_not_approved", message, "Get the name approved first.")
    if new_name.upper() not in (*_NO_NEW_NAME, *_NAME_IS_FINE):
        message = f"Its display name was changed, and the review of the new name is {new_name}."
        next_action = "Get the new name approved. Until then WhatsApp may refuse to migrate or register the number."
        subject.add_finding("new_name_not_approved", message, next_action)


def _check_code_method(subject: CheckedNumber, phase: Phase) -> None:
    declared = subject.declared
    needs_code = phase in (Phase.ABSENT, Phase.INITIATED) and declared.state is not State.INITIATED
    if declared.code_method != "sms" or not needs_code:
        return
    kind = phone.line_type_of(subject.number)
    shown = (kind or "").replace("_", " ").lower()
    if kind in _NO_SMS:
        subject.add_finding("cannot_take_sms", f"A {shown} number cannot receive SMS.", "Set <<code_method>> to voice.")
    elif kind in _SMS_NOT_ADVISED:
        message = f"WhatsApp does not recommend a code by SMS for a {shown} number."
        subject.add_finding("sms_not_advised", message, "Set <<code_method>> to voice.")


# --- the fleet ---


def check_spellings(subjects: Sequence[CheckedNumber], rows: Mapping[str, Iterable[str]]) -> None:
    """Find numbers that may be another spelling of a declared number or of a number in their space."""
    declared: defaultdict[str, set[str]] = defaultdict(set)
    shown: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for subject in subjects:
        declared[phone.usual_spelling(subject.number)].add(subject.number)
    for space, numbers in rows.items():
        for number in numbers:
            shown[space, phone.usual_spelling(number)].add(number)
    for subject in subjects:
        usual = phone.usual_spelling(subject.number)
        others = (declared[usual] | shown[subject.declared.cust_space_id, usual]) - {subject.number}
        if others:
            message = (
                f"It may be another spelling of {', '.join(sorted(others))}: only a digit that some people add differs."
            )
            subject.add_finding("spelling", message, "Find out which spelling is in use. Numbers are never rewritten.")


def findings_of_run(called: Iterable[str], *, types_checked: bool) -> list[Finding]:
    """Return findings about what preflight cannot check."""
    others = ", ".join(sorted(set(OPERATIONS) - set(called)))
    message = f"Preflight does not check whether the access key may call {others}."
    next_action = "Compare its policy with the policy that the lookup chatapp.cams.cams_ram_policy prints."
    found = [Finding("calls_not_tried", message, next_action)]
    if not types_checked:
        message = "The type of each line was not checked, because the Python package phonenumbers is not installed."
        found.append(Finding("types_not_checked", message, "Install phonenumbers where the module runs."))
    return found


def mark_overridden(findings: Iterable[Finding], names: Collection[str]) -> list[Finding]:
    """Mark the blockers whose code or number is among the names as overridden."""
    return [
        replace(finding, overridden=finding.is_blocker and (finding.code in names or finding.phone_number in names))
        for finding in findings
    ]


def findings_of_number(subject: CheckedNumber, space_findings: Iterable[Finding]) -> list[Finding]:
    """Return all findings that concern a number: its own, and those of its space unless it is connected."""
    space = subject.declared.cust_space_id
    its_space = [finding for finding in space_findings if finding.cust_space_id == space and subject.needs_migration]
    return [*its_space, *subject.findings]
