# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of a number, as pure code: no I/O, no clock.

A declaration says where a number should stand and an observation says where it stands. From the two, and from what
was already taken in this run, `plan` makes the steps that are left and says what the number then waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class State(Enum):
    """How far a declaration wants a number brought."""

    INITIATED = "initiated"
    VERIFIED = "verified"
    REGISTERED = "registered"


class Phase(Enum):
    """Where a number stands."""

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


class Effect(Enum):
    """What became of a step that was taken in this run."""

    DONE = "done"
    # Refused, and yet the number stands at or past the step's goal: it was done before.
    EARLIER = "done_earlier"
    REFUSED = "refused"
    # It was throttled to the end, or it never left.
    NOT_MADE = "not_made"
    UNKNOWN = "unknown"


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


class Answer(Enum):
    """What the read of a verification status answered."""

    NOT_READ = "not read"
    NO_ANSWER = "no answer"
    NO_SUCH_NUMBER = "no such number"
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


@dataclass(frozen=True)
class Observation:
    """What the cloud says of one number: its row in the query (None: no row), and its verification status."""

    status: str | None = None
    row_verification: str = ""
    answer: Answer = Answer.NOT_READ


@dataclass(frozen=True)
class Limits:
    """What the journal forbids, each with its reason. It can only tighten what a plan allows."""

    code_request: str = ""
    register: str = ""
    code_was_tried: bool = False
    # Says when a code may have been sent by a run that did not live to know.
    unsure_code: str = ""


@dataclass(frozen=True)
class Plan:
    """The steps that are left, how the number ends when they succeed, and what to do next."""

    phase: Phase
    outcome: Outcome
    steps: tuple[Step, ...] = ()
    next_action: str = ""
    # What was given and not used, and why.
    remarks: tuple[str, ...] = ()

    @property
    def goal(self) -> Phase:
        """Where the steps lead."""
        return _LEADS_TO[self.steps[-1]] if self.steps else self.phase


VERIFIED = "VERIFIED"

# Phases by the status of a row. A status that is not in this table halts a number: an operator decides.
_PHASE_OF_STATUS = {
    "CONNECTED": Phase.CONNECTED,
    "FLAGGED": Phase.LIMITED,
    "RATE_LIMITED": Phase.LIMITED,
    "RESTRICTED": Phase.LIMITED,
    "PENDING": Phase.INITIATED,
    "UNVERIFIED": Phase.INITIATED,
    "MIGRATING": Phase.INITIATED,
}
_RECLAIMABLE = frozenset({"MIGRATED", "DELETED", "DISCONNECTED"})

# Where a step leads when it succeeds.
_LEADS_TO = {
    Step.INITIATE: Phase.INITIATED,
    Step.REQUEST_CODE: Phase.INITIATED,
    Step.VERIFY: Phase.VERIFIED,
    Step.REGISTER: Phase.CONNECTED,
}

# Phases in which a step has nothing left to do.
_GOALS = {
    Step.INITIATE: frozenset({Phase.INITIATED, Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED}),
    Step.REQUEST_CODE: frozenset({Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED}),
    Step.VERIFY: frozenset({Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED}),
    Step.REGISTER: frozenset({Phase.CONNECTED, Phase.LIMITED}),
}


def phase_of(observation: Observation) -> Phase:
    """The phase that a row and a verification status give. Of the row's words only VERIFIED is sure."""
    if observation.status is None:
        if observation.answer is Answer.NO_SUCH_NUMBER:
            return Phase.ABSENT
        return Phase.VERIFIED if observation.answer is Answer.VERIFIED else Phase.INITIATED
    phase = _PHASE_OF_STATUS.get(observation.status, Phase.HALTED)
    if phase is not Phase.INITIATED:
        return phase
    return Phase.VERIFIED if _is_verified(observation) else Phase.INITIATED


def needs_verification_status(status: str | None) -> bool:
    """Whether a row, or its lack, leaves the phase open until the verification status is read."""
    return status is None or _PHASE_OF_STATUS.get(status) is Phase.INITIATED


def can_be_reclaimed(status: str | None) -> bool:
    return status in _RECLAIMABLE


def settled(step: Step, effect: Effect, observation: Observation) -> Effect:
    """What a step's effect turns out to be once the number was read again."""
    if phase_of(observation) not in _GOALS[step]:
        return effect
    if step is Step.REQUEST_CODE and effect is Effect.UNKNOWN:
        # A verified number does not tell whether a code was sent.
        return effect
    return {Effect.UNKNOWN: Effect.DONE, Effect.REFUSED: Effect.EARLIER}.get(effect, effect)


def plan(
    declaration: Declaration,
    observation: Observation,
    taken: Mapping[Step, Effect] | None = None,
    limits: Limits | None = None,
) -> Plan:
    """The steps from where a number stands to where it is declared."""
    return _Planner(declaration, observation, taken or {}, limits or Limits()).plan()


def _is_verified(observation: Observation) -> bool:
    if observation.answer is Answer.NOT_READ:
        return observation.row_verification == VERIFIED
    return observation.answer is Answer.VERIFIED


@dataclass(frozen=True)
class _Planner:
    declared: Declaration
    observed: Observation
    taken: Mapping[Step, Effect]
    limits: Limits

    def plan(self) -> Plan:
        phase = self._phase()
        for step, effect in self.taken.items():
            if effect is Effect.UNKNOWN:
                return Plan(phase, Outcome.UNKNOWN, next_action=_AFTER_UNKNOWN[step])
            if effect in (Effect.REFUSED, Effect.NOT_MADE):
                return Plan(phase, Outcome.FAILED, next_action=_AFTER_FAILURE[step])
        made = {
            Phase.ABSENT: self._from_absent,
            Phase.INITIATED: self._from_initiated,
            Phase.VERIFIED: self._from_verified,
            Phase.CONNECTED: self._from_connected,
            Phase.LIMITED: self._from_limited,
            Phase.HALTED: self._from_halted,
        }[phase]()
        if any(step in self.taken for step in made.steps):
            return Plan(phase, Outcome.UNKNOWN, next_action=CONTRADICTION)
        return made

    def _phase(self) -> Phase:
        """The observed phase, or the one that a step of this run has led to when the cloud is late to show it."""
        observed = phase_of(self.observed)
        if self._done(Step.VERIFY) and observed in (Phase.ABSENT, Phase.INITIATED):
            return Phase.VERIFIED
        late = observed is Phase.ABSENT or (self.declared.reclaim and can_be_reclaimed(self.observed.status))
        if self._done(Step.INITIATE) and late:
            return Phase.VERIFIED if _is_verified(self.observed) else Phase.INITIATED
        return observed

    def _done(self, step: Step) -> bool:
        return self.taken.get(step) is Effect.DONE

    # --- one method for each row of the table of steps ---

    def _from_absent(self) -> Plan:
        remarks = (CODE_BEFORE_INITIATE,) if self.declared.code else ()
        return self._initiate(Phase.ABSENT, remarks)

    def _from_initiated(self) -> Plan:
        if self.declared.state is State.INITIATED:
            return Plan(Phase.INITIATED, Outcome.CONVERGED, remarks=self._unused())
        if self.observed.answer in (Answer.NO_ANSWER, Answer.NOT_READ):
            return self._without_answer()
        if self._done(Step.REQUEST_CODE):
            return self._await_code(GIVE_THE_CODE)
        if Step.INITIATE in self.taken:
            remarks = (CODE_BEFORE_INITIATE,) if self.declared.code else ()
            if self._done(Step.INITIATE):
                return self._request_code(Phase.INITIATED, (), remarks)
            return self._await_code(GIVE_THE_CODE, remarks)
        if self.declared.code and self.declared.resend:
            return Plan(Phase.INITIATED, Outcome.FAILED, next_action=CODE_AND_RESEND)
        if self.declared.resend:
            return self._request_code(Phase.INITIATED, (), ())
        if self.declared.code and not self.limits.code_was_tried:
            return self._hand_in()
        if self.declared.code:
            return Plan(Phase.INITIATED, Outcome.FAILED, next_action=f"{CODE_WAS_TRIED} {NAME_IT_IN_RESEND}")
        return self._await_code(GIVE_THE_CODE)

    def _from_verified(self) -> Plan:
        remarks = self._unused()
        if self.declared.state is not State.REGISTERED:
            return Plan(Phase.VERIFIED, Outcome.CONVERGED, remarks=remarks)
        if Step.REGISTER in self.taken:
            return Plan(Phase.VERIFIED, Outcome.AWAITING_CONNECTION, (), RUN_AGAIN_TO_SEE, remarks)
        if self.limits.register:
            return Plan(Phase.VERIFIED, Outcome.NEEDS_OPERATOR, (), self.limits.register, remarks)
        return Plan(Phase.VERIFIED, Outcome.AWAITING_CONNECTION, (Step.REGISTER,), RUN_AGAIN_TO_SEE, remarks)

    def _from_connected(self) -> Plan:
        return Plan(Phase.CONNECTED, Outcome.CONVERGED, remarks=self._unused())

    def _from_limited(self) -> Plan:
        return Plan(
            Phase.LIMITED,
            Outcome.CONVERGED,
            next_action=f"It serves, but WhatsApp shows it as {self.observed.status}: look at its quality.",
            remarks=self._unused(),
        )

    def _from_halted(self) -> Plan:
        if self.declared.reclaim and can_be_reclaimed(self.observed.status):
            return self._initiate(Phase.HALTED, (CODE_BEFORE_INITIATE,) if self.declared.code else ())
        if can_be_reclaimed(self.observed.status):
            advice = "find out why it left, and name it in reclaim only to bring it back."
        else:
            advice = "ask support before anything else; reclaim does not apply."
        return Plan(
            Phase.HALTED,
            Outcome.NEEDS_OPERATOR,
            next_action=f"The cloud shows it as {self.observed.status!r}: {advice}",
            remarks=self._unused(),
        )

    # --- what the rows have in common ---

    def _initiate(self, phase: Phase, remarks: tuple[str, ...]) -> Plan:
        if self.declared.state is State.INITIATED:
            return Plan(phase, Outcome.CONVERGED, (Step.INITIATE,), "", remarks)
        return self._request_code(phase, (Step.INITIATE,), remarks)

    def _request_code(self, phase: Phase, before: tuple[Step, ...], remarks: tuple[str, ...]) -> Plan:
        if self.limits.code_request:
            return Plan(phase, Outcome.AWAITING_CODE, before, self.limits.code_request, remarks)
        return Plan(phase, Outcome.AWAITING_CODE, (*before, Step.REQUEST_CODE), GIVE_THE_CODE, remarks)

    def _hand_in(self) -> Plan:
        if self.declared.state is not State.REGISTERED:
            return Plan(Phase.INITIATED, Outcome.CONVERGED, (Step.VERIFY,))
        if self.limits.register:
            return Plan(Phase.INITIATED, Outcome.NEEDS_OPERATOR, (Step.VERIFY,), self.limits.register)
        return Plan(Phase.INITIATED, Outcome.AWAITING_CONNECTION, (Step.VERIFY, Step.REGISTER), RUN_AGAIN_TO_SEE)

    def _without_answer(self) -> Plan:
        """A send is preceded by a status read that answers; without one nothing is sent."""
        if self._done(Step.INITIATE):
            return self._await_code(f"Its verification status could not be read. {NAME_IT_IN_RESEND}")
        return Plan(Phase.INITIATED, Outcome.FAILED, next_action="Its verification status was not read. Run again.")

    def _await_code(self, next_action: str, remarks: tuple[str, ...] = ()) -> Plan:
        unsure = f"{self.limits.unsure_code} " if self.limits.unsure_code else ""
        return Plan(Phase.INITIATED, Outcome.AWAITING_CODE, next_action=f"{unsure}{next_action}", remarks=remarks)

    def _unused(self) -> tuple[str, ...]:
        """What was given and has no use here, unless this run has used it on the way."""
        given = {
            "The code": self.declared.code and Step.VERIFY not in self.taken,
            "resend": self.declared.resend and Step.REQUEST_CODE not in self.taken,
        }
        return tuple(f"{name} was given and is not needed; it was not used." for name, value in given.items() if value)


NAME_IT_IN_RESEND = "Name the number in resend to have another code sent."
GIVE_THE_CODE = "Give the code that reached the phone as verify_code. If none came, name the number in resend."
CODE_BEFORE_INITIATE = "The code was given before the number was initiated here, so it was not handed in. Remove it."
CODE_WAS_TRIED = "This code was handed in or refused before and is not tried again."
CODE_AND_RESEND = "Both a code and resend were given, and a new code makes the old one worthless. Give one of them."
CONTRADICTION = "What the cloud shows contradicts what it answered. Run again."
RUN_AGAIN_TO_SEE = "Run again in some minutes to see whether it is connected."

_AFTER_UNKNOWN = {
    Step.INITIATE: "Whether it was initiated is not known. Run again: the number is read first.",
    Step.REQUEST_CODE: "Whether a code was sent is not known. Hand it in if it comes; else name the number in resend.",
    Step.VERIFY: "Whether the code was accepted is not known. Run again without it: the status is read first.",
    Step.REGISTER: "Whether it was registered is not known. Run again in some minutes: the space is read first.",
}
_AFTER_FAILURE = {
    Step.INITIATE: "See the error, put its cause right and run again.",
    Step.REQUEST_CODE: f"See the error and put its cause right. {NAME_IT_IN_RESEND}",
    Step.VERIFY: f"Compare the code with the newest one on the phone. {NAME_IT_IN_RESEND}",
    Step.REGISTER: "See the error, put its cause right and run again.",
}
