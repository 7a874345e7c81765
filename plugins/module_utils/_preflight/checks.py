# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way of numbers, found before anything is spent: pure functions of what was read.

A finding that is a blocker stops the numbers that it concerns, unless one of its names is overridden.
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
    """What a finding means for the run that is to follow."""

    BLOCKER = "blocker"
    WARNING = "warning"
    NOTE = "note"


# Every finding there is, by its code.
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
# Only a call can reach a line of these kinds; at the others WhatsApp advises against a message.
_NO_SMS = ("FIXED_LINE", "TOLL_FREE")
_SMS_NOT_ADVISED = ("PREMIUM_RATE", "SHARED_COST", "VOIP", "PERSONAL_NUMBER", "PAGER", "UAN", "VOICEMAIL")
_NAME_IS_FINE = ("APPROVED", "APPROVAL", "AVAILABLE_WITHOUT_REVIEW")
# A number without a new name shows NONE, or nothing.
_NO_NEW_NAME = ("", "NONE")
_RAN_OUT = ("EXPIRED", "REVOKED")


@dataclass(frozen=True)
class Finding:
    """One thing that was found. It is about a number, or else about a space, or else about the whole run."""

    code: str
    message: str
    next_action: str = ""
    cust_space_id: str | None = None
    phone_number: str | None = None
    overridden: bool = False

    @property
    def blocks(self) -> bool:
        return CODES[self.code] is Severity.BLOCKER and not self.overridden

    def as_dict(self) -> dict[str, Any]:
        return {"severity": CODES[self.code].value, **vars(self)}


@dataclass
class CheckedNumber:
    """One number: what is declared, what was read of it, and what follows."""

    declared: Declaration
    row: Row | None = None
    # The word of its verification status, where that was read.
    verification: str | None = None
    # None when it could not be read where the number stands.
    plan: Plan | None = None
    findings: list[Finding] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.declared.phone_number

    @property
    def needs_migration(self) -> bool:
        """Whether what a space lacks concerns it: all but those that serve already."""
        return self.plan is None or self.plan.phase not in table.CONNECTED_PHASES

    def add_finding(self, code: str, message: str, next_action: str = "") -> None:
        self.findings.append(Finding(code, message, next_action, self.declared.cust_space_id, self.number))


# --- a read that was refused ---

_CREDENTIALS = re.compile(r"InvalidAccessKeyId|InvalidSecurityToken|Signature|InvalidTimeStamp|IncompleteSignature")
_DENIED = ("Ram.PermissionDeny", "NoPermission", "Forbidden.RAM", "Authentication.NoAuth")
_NO_SPACE = ("Unknown.ResourceOwnerId", "InvalidParameter.CustSpaceId", "InvalidCustSpaceId")


def finding_of_failed_read(operation: Operation, error: CamsError, space: str, number: str | None = None) -> Finding:
    """What a read that failed tells. Unless it just got no answer, it is a matter of the key or of the space."""
    code = error.error.code if error.error else ""
    hint = error.error.hint if error.error else ""
    if code in _DENIED:
        detail = error.error.access_denied if error.error else None
        return Finding(
            "read_denied",
            who_was_denied(detail) if detail else f"The access key may not call {operation.action}.",
            f"Grant {operation.ram_action}. The lookup chatapp.cams.cams_ram_policy makes the whole policy.",
            space,
        )
    told = error.message.removesuffix(hint).strip()
    if _CREDENTIALS.match(code):
        return Finding("credentials_refused", told, hint, space)
    if code == "Product.Unsubscript":
        return Finding("not_subscribed", told, hint, space)
    if code in _NO_SPACE:
        return Finding("space_unknown", told, hint, space)
    return Finding("not_read", told, hint or "Run again.", space, number)


# --- a space ---


def findings_of_account(space: str, waba: Row | None) -> list[Finding]:
    """What the review of the WABA says."""
    if waba is None:
        advice = "Bind a WABA to it in the console, and have it reviewed."
        return [Finding("waba_missing", "The space is bound to no WABA.", advice, space)]
    review = str(waba.get("account_review_status") or "")
    if review == "APPROVED":
        return []
    told = f"The review of its WABA is {review or 'not shown'}."
    return [Finding("waba_not_approved", told, "Have the WABA approved before you migrate numbers to it.", space)]


def findings_of_business(space: str, business: Row | None) -> list[Finding]:
    """What the verification of the business says. The documents list no words; their example is ``verified``."""
    word = str((business or {}).get("verification_status") or "")
    if word.lower() == "verified":
        return []
    told = f"The verification of its business is {word or 'not shown'}."
    return [Finding("business_not_verified", told, "Have the business verified before you migrate numbers.", space)]


# --- a number ---


def check_number(subject: CheckedNumber) -> None:
    """Find what a number itself, its row and its verification say."""
    _check_line(subject)
    if subject.plan is not None:
        _check_phase(subject, subject.plan)
        _check_name(subject, subject.plan.phase)
        _check_method(subject, subject.plan.phase)


def _check_line(subject: CheckedNumber) -> None:
    try:
        unlikely = phone.check(subject.number)
    except phone.PhoneNumberError as error:
        subject.add_finding("number_impossible", str(error), "Correct it: a run refuses it before it does anything.")
        return
    if unlikely:
        subject.add_finding("number_unlikely", unlikely, "Compare it with what the old provider shows.")


def _check_phase(subject: CheckedNumber, plan: Plan) -> None:
    status = subject.row["status"] if subject.row else ""
    if plan.phase is Phase.HALTED:
        subject.add_finding("halted", "A run leaves it alone.", plan.next_action)
    elif plan.phase is Phase.LIMITED:
        subject.add_finding("limited", f"It serves already, but WhatsApp shows it as {status}.", "Look at its quality.")
    elif plan.phase is Phase.CONNECTED:
        subject.add_finding("already_here", "It is connected already.")
    elif plan.phase is Phase.VERIFIED:
        subject.add_finding("verified", "It is verified, which holds for 14 days. It needs no code.")
    elif plan.phase is Phase.ABSENT:
        subject.add_finding(
            "two_step_verification",
            "Whether two-step verification is on cannot be read. While it is, the migration is refused.",
            "Have it switched off at the old provider.",
        )
    elif subject.verification in _RAN_OUT:
        told = f"It was initiated, and its verification is {subject.verification}: it needs another code."
        subject.add_finding("verification_ran_out", told, "Name it in resend when somebody is at the phone.")
    else:
        subject.add_finding("under_way", "It is initiated already and waits for its code.")


def _check_name(subject: CheckedNumber, phase: Phase) -> None:
    if phase is Phase.HALTED:
        return
    row = subject.row or {}
    name, new_name = (str(row.get(key) or "") for key in ("name_status", "new_name_status"))
    if name and name.upper() not in _NAME_IS_FINE:
        told = f"The review of its display name is {name}. Without an approved name it may not connect, or send little."
        subject.add_finding("name_not_approved", told, "Have the name approved first.")
    if new_name.upper() not in (*_NO_NEW_NAME, *_NAME_IS_FINE):
        told = f"Its display name was changed, and the review of the new name is {new_name}."
        advice = "Get the new name approved. Until then WhatsApp may refuse to migrate or register the number."
        subject.add_finding("new_name_not_approved", told, advice)


def _check_method(subject: CheckedNumber, phase: Phase) -> None:
    declared = subject.declared
    needs_code = phase in (Phase.ABSENT, Phase.INITIATED) and declared.state is not State.INITIATED
    if declared.code_method != "sms" or not needs_code:
        return
    kind = phone.type_of(subject.number)
    shown = (kind or "").replace("_", " ").lower()
    if kind in _NO_SMS:
        subject.add_finding(
            "cannot_take_sms", f"It is a {shown} number, which takes no SMS.", "Set code_method to voice."
        )
    elif kind in _SMS_NOT_ADVISED:
        told = f"It is a {shown} number, for which a code by SMS is not advised."
        subject.add_finding("sms_not_advised", told, "Set code_method to voice.")


# --- the fleet ---


def check_spellings(subjects: Sequence[CheckedNumber], rows: Mapping[str, Iterable[str]]) -> None:
    """Find numbers that differ by a national habit from another declared one, or from one that their space shows."""
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
            told = f"It differs from {', '.join(sorted(others))} by no more than a digit that habit adds."
            subject.add_finding("spelling", told, "Find out which of them is in use. None is ever rewritten.")


def findings_of_run(called: Iterable[str], *, types_checked: bool) -> list[Finding]:
    """What the checks could not prove."""
    others = ", ".join(sorted(set(OPERATIONS) - set(called)))
    told = f"Whether the access key may call {others} was not tried."
    advice = "Compare its policy with the one that the lookup chatapp.cams.cams_ram_policy makes."
    found = [Finding("calls_not_tried", told, advice)]
    if not types_checked:
        told = "Kinds of lines were not checked against code_method: the Python package phonenumbers is not installed."
        found.append(Finding("types_not_checked", told, "Install phonenumbers where the module runs."))
    return found


def mark_overridden(findings: Iterable[Finding], names: Collection[str]) -> list[Finding]:
    """The findings, blockers marked whose code or number is among the names."""
    return [
        replace(finding, overridden=finding.blocks and (finding.code in names or finding.phone_number in names))
        for finding in findings
    ]


def findings_of_number(subject: CheckedNumber, of_spaces: Iterable[Finding]) -> list[Finding]:
    """All findings that concern a number: its own, and what its space lacks as long as it is not there yet."""
    space = subject.declared.cust_space_id
    its_space = [finding for finding in of_spaces if finding.cust_space_id == space and subject.needs_migration]
    return [*its_space, *subject.findings]
