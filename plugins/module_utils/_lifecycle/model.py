# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lifecycle is about: declarations, observations, phases, steps and plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import Webhook


class State(Enum):
    """How far a declaration wants a number brought."""

    INITIATED = "initiated"
    VERIFIED = "verified"
    REGISTERED = "registered"


class Phase(Enum):
    """How far a number is."""

    # Its status read is refused, and not in the way in which an unknown number is refused.
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
    """What a step of this run did."""

    DONE = "done"
    # The answer was lost, and a later reading shows the effect.
    SEEN = "done_and_seen"
    # Refused, and yet the number is at or past the step's goal: it was done before.
    EARLIER = "done_earlier"
    REFUSED = "refused"
    # It was throttled to the end, or it never left.
    NOT_MADE = "not_made"
    UNKNOWN = "unknown"

    @property
    def recorded(self) -> Effect:
        """The effect as the journal and results name it. How it became known matters within the run only."""
        return Effect.DONE if self is Effect.SEEN else self


class Outcome(Enum):
    """How a number ended this run."""

    CONVERGED = "converged"
    PLANNED = "planned"
    AWAITING_CODE = "awaiting_code"
    AWAITING_CONNECTION = "awaiting_connection"
    NEEDS_OPERATOR = "needs_operator"
    UNKNOWN = "unknown"
    FAILED = "failed"
    NOT_ATTEMPTED = "not_attempted"


class VerificationReading(Enum):
    """What the read of a verification status answered."""

    NOT_READ = "not read"
    NO_ANSWER = "no answer"
    # Refused in the way that is known to mean an unknown number.
    NO_SUCH_NUMBER = "no such number"
    # Refused as a control number is, which is not confirmed yet.
    LIKE_NO_SUCH_NUMBER = "like no such number"
    # Refused in any other way.
    REFUSED = "refused"
    # Answered after an initiate that did not confirm how an unknown number is refused.
    NOT_CONFIRMED = "not confirmed"
    NOT_VERIFIED = "not verified"
    VERIFIED = "verified"


@dataclass(frozen=True)
class Declaration:
    """What the inventory wants of one number."""

    cust_space_id: str
    phone_number: str
    state: State = State.REGISTERED
    code: str | None = field(default=None, repr=False)
    code_method: str = "sms"
    code_locale: str = "en_US"
    resend: bool = False
    reclaim: bool = False
    # An earlier call of the same run has initiated it, or found it so.
    initiated: bool = False
    webhook: Webhook | None = None


@dataclass(frozen=True)
class Observation:
    """What the cloud says of one number: its row in the query (None: no row), and its verification status."""

    status: str | None = None
    row_verification: str = ""
    reading: VerificationReading = VerificationReading.NOT_READ
    # Whether the row has the declared webhook; None where none is declared or the row does not tell.
    webhook_shown: bool | None = None


@dataclass(frozen=True)
class Memory:
    """What earlier runs remember of a number since it was last registered."""

    # Whether there is a journal that earlier runs have written.
    exists: bool = False
    # An initiate was accepted.
    initiated: bool = False
    # A code was requested, or may have been.
    code_requested: bool = False
    # A code was accepted within the time that a verification lasts.
    verified: bool = False

    @property
    def under_way(self) -> bool:
        """Whether the number is under way, so that it is not initiated again by itself."""
        return self.initiated or self.code_requested


@dataclass(frozen=True)
class Limits:
    """What the journal forbids, each with its reason. It can only tighten what a plan allows."""

    code_request: str = ""
    register: str = ""
    code_was_tried: bool = False
    # Says when a code may have been sent by a run that was killed.
    unsure_code_request: str = ""
    memory: Memory = Memory()


VERIFIED = "VERIFIED"
