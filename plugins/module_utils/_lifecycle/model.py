# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the lifecycle as types: declaration, observation, phase, step, effect, outcome, memory and limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import Webhook


class State(Enum):
    """The state that a declaration wants a number to reach."""

    INITIATED = "initiated"
    VERIFIED = "verified"
    REGISTERED = "registered"


class Phase(Enum):
    """The phase of a number: how far it is in its migration."""

    # The read of the verification status is refused, and not in the way that means an unknown number.
    NOT_KNOWN = "not_known"
    ABSENT = "absent"
    INITIATED = "initiated"
    VERIFIED = "verified"
    CONNECTED = "connected"
    LIMITED = "limited"
    HALTED = "halted"


class Step(Enum):
    """One write of the API that a plan can contain."""

    INITIATE = "initiate"
    REQUEST_CODE = "request_code"
    VERIFY = "verify"
    REGISTER = "register"
    SET_WEBHOOK = "set_webhook"


class Effect(Enum):
    """The effect of a step of this run."""

    DONE = "done"
    # The answer was lost, and a later read shows the effect.
    SEEN = "done_and_seen"
    # Refused, but the number is at or past the step's goal, so the step was done before.
    EARLIER = "done_earlier"
    REFUSED = "refused"
    # Every attempt was throttled or was not sent.
    NOT_MADE = "not_made"
    UNKNOWN = "unknown"

    @property
    def as_recorded(self) -> Effect:
        """Return the effect as the journal and the results show it. Only the run itself needs SEEN."""
        return Effect.DONE if self is Effect.SEEN else self


class Outcome(Enum):
    """The outcome of a number in this run."""

    CONVERGED = "converged"
    PLANNED = "planned"
    AWAITING_CODE = "awaiting_code"
    AWAITING_CONNECTION = "awaiting_connection"
    # No code may be requested yet, so the migration is not started.
    AWAITING_OWNER = "awaiting_owner"
    NEEDS_OPERATOR = "needs_operator"
    UNKNOWN = "unknown"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"


class VerificationReading(Enum):
    """The result of a read of the verification status."""

    NOT_READ = "not read"
    # Not read, because memory knows that the number waits for a code.
    REMEMBERED = "remembered"
    NO_ANSWER = "no answer"
    # Refused in the way that this collection has learnt to mean an unknown number.
    NO_SUCH_NUMBER = "no such number"
    # Refused as a control number is refused. No initiate has confirmed that this means an unknown number.
    LIKE_NO_SUCH_NUMBER = "like no such number"
    # Refused in any other way.
    REFUSED = "refused"
    # Answered, but the initiate before did not confirm how the service refuses an unknown number.
    NOT_CONFIRMED = "not confirmed"
    NOT_VERIFIED = "not verified"
    VERIFIED = "verified"


@dataclass(frozen=True)
class Declaration:
    """The declaration of one number: its space, the state to reach, and its options."""

    cust_space_id: str
    phone_number: str
    state: State = State.REGISTERED
    code: str | None = field(default=None, repr=False)
    code_method: str = "sms"
    code_locale: str = "en_US"
    resend: bool = False
    reclaim: bool = False
    webhook: Webhook | None = None
    # Why no code may be requested yet, in a sentence. Empty if the owner of the number is ready.
    why_not_ready: str = ""


@dataclass(frozen=True)
class Observation:
    """The observation of one number: its row and its verification status. Without a row, ``status`` is None."""

    status: str | None = None
    row_verification: str = ""
    reading: VerificationReading = VerificationReading.NOT_READ
    # Whether the row has the declared webhook. None if no webhook is declared or the row cannot show it.
    webhook_shown: bool | None = None


@dataclass(frozen=True)
class Memory:
    """The facts that the journal and the markers know of a number since it was last registered."""

    # Earlier runs have written a journal.
    exists: bool = False
    # An initiate was accepted.
    initiated: bool = False
    # The migration was seen under way. Somebody else may have started it.
    seen_under_way: bool = False
    # A code was requested, or perhaps requested.
    code_requested: bool = False
    # A code was accepted, and that verification has not expired.
    verified: bool = False
    # The effect of an earlier step is not known, and a read may show it.
    is_unsettled: bool = False
    # The journal knows that a code was requested and that no code was accepted since, or perhaps accepted.
    waits_for_code: bool = False

    @property
    def is_under_way(self) -> bool:
        """Return whether a migration has started, so that no run starts it again unless a user asks for that."""
        return self.initiated or self.seen_under_way or self.code_requested


@dataclass(frozen=True)
class Limits:
    """The steps that the journal forbids, each with the reason, and what to say about code requests."""

    code_request: str = ""
    register: str = ""
    code_was_tried: bool = False
    # Why a code may only be requested if an operator asks for it.
    code_needs_resend: str = ""
    # A sentence about a code request whose effect is not known.
    unsure_code_request: str = ""
    # When the last code was requested; empty if this is not known.
    code_requested_at: str = ""
    # From when another code can be requested; empty if it can be requested now.
    next_code_at: str = ""
    memory: Memory = Memory()


VERIFIED = "VERIFIED"
