# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of a number, as pure code: no I/O, no clock.

A declaration says where a number should stand and an observation says where it stands. From the two, and from what
was already taken in this run, `plan` makes the steps that are left and says what the number then waits for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

from ansible_collections.chatapp.cams.plugins.module_utils._webhook import Webhook


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
    SET_WEBHOOK = "set_webhook"


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
    # An earlier call of the same run has initiated it, or found it so.
    initiated: bool = False
    webhook: Webhook | None = None


@dataclass(frozen=True)
class Observation:
    """What the cloud says of one number: its row in the query (None: no row), and its verification status."""

    status: str | None = None
    row_verification: str = ""
    answer: Answer = Answer.NOT_READ
    # Whether the row has the declared webhook; None where none is declared or the row does not tell.
    webhook_shown: bool | None = None


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
        leading = [step for step in self.steps if step in _LEADS_TO]
        return _LEADS_TO[leading[-1]] if leading else self.phase


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


class Given(Enum):
    """What a plan is given beside the phase: the columns of the table of steps."""

    NOTHING = "nothing more"
    OWN_INITIATE = "an initiate that this run made"
    CODE = "a code"
    RESEND = "a resend that names it"
    RECLAIM = "a reclaim that names it"


# The table of steps: those that lead on from a phase, for whoever declares it registered.
# A column that a row does not name is the row's first.
_STEPS: dict[Phase, dict[Given, tuple[Step, ...]]] = {
    Phase.ABSENT: {Given.NOTHING: (Step.INITIATE, Step.REQUEST_CODE)},
    Phase.INITIATED: {
        Given.NOTHING: (),
        Given.OWN_INITIATE: (Step.REQUEST_CODE,),
        Given.CODE: (Step.VERIFY, Step.REGISTER),
        Given.RESEND: (Step.REQUEST_CODE,),
    },
    Phase.VERIFIED: {Given.NOTHING: (Step.REGISTER,)},
    Phase.CONNECTED: {Given.NOTHING: ()},
    Phase.LIMITED: {Given.NOTHING: ()},
    Phase.HALTED: {Given.NOTHING: (), Given.RECLAIM: (Step.INITIATE, Step.REQUEST_CODE)},
}

# The steps that a declared state allows, and the phases in which it is reached.
_ALLOWED = {
    State.INITIATED: (Step.INITIATE,),
    State.VERIFIED: (Step.INITIATE, Step.REQUEST_CODE, Step.VERIFY),
    State.REGISTERED: tuple(Step),
}
# The phases in which a number serves, and can have its webhook set.
SERVES = (Phase.CONNECTED, Phase.LIMITED)
_REACHED = {
    State.INITIATED: (Phase.INITIATED, Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED),
    State.VERIFIED: (Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED),
    State.REGISTERED: (Phase.CONNECTED, Phase.LIMITED),
}

# Where a step leads when it succeeds. A webhook leads nowhere.
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
# Phases that only the step itself explains when its answer was lost. Nothing shows whether a code was sent, and a
# number that is further than the step leads was brought there by somebody else.
_PROOFS = {
    Step.INITIATE: frozenset({Phase.INITIATED, Phase.VERIFIED}),
    Step.REQUEST_CODE: frozenset[Phase](),
    Step.VERIFY: frozenset({Phase.VERIFIED}),
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
    return status is None or is_under_way(status)


def is_under_way(status: str) -> bool:
    """Whether a row's status says that the number is initiated and not registered."""
    return _PHASE_OF_STATUS.get(status) is Phase.INITIATED


def can_be_reclaimed(status: str | None) -> bool:
    return status in _RECLAIMABLE


def may_take_steps(declaration: Declaration, observation: Observation, limits: Limits) -> bool:
    """Whether a verification status that is still to be read can lead to a plan with steps."""
    answers = (Answer.NO_SUCH_NUMBER, Answer.NOT_VERIFIED, Answer.VERIFIED)
    return any(plan(declaration, replace(observation, answer=answer), {}, limits).steps for answer in answers)


def advice(observation: Observation) -> str:
    """What to do next, as far as an observation alone tells; empty when nothing is left to do."""
    phase = phase_of(observation)
    if phase is Phase.LIMITED:
        return f"It serves, but WhatsApp shows it as {observation.status}: look at its quality."
    if phase is not Phase.HALTED:
        return _ADVICE[phase]
    if can_be_reclaimed(observation.status):
        todo = "find out why it left, and name it in reclaim only to bring it back."
    else:
        todo = "ask support before anything else; reclaim does not apply."
    return f"The cloud shows it as {observation.status!r}: {todo}"


def settled(step: Step, effect: Effect, observation: Observation) -> Effect:
    """What a step's effect turns out to be once the number was read again. A reading without answer tells nothing."""
    if step is Step.SET_WEBHOOK:
        shown = {Effect.UNKNOWN: Effect.DONE, Effect.REFUSED: Effect.EARLIER}
        return shown.get(effect, effect) if observation.webhook_shown else effect
    answered = observation.answer not in (Answer.NO_ANSWER, Answer.NOT_READ)
    if needs_verification_status(observation.status) and not answered:
        return effect
    phase = phase_of(observation)
    if effect is Effect.UNKNOWN and phase in _PROOFS[step]:
        return Effect.DONE
    if effect is Effect.REFUSED and phase in _GOALS[step]:
        return Effect.EARLIER
    return effect


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
        obstacle = self._obstacle(phase)
        if obstacle:
            return obstacle
        row = _STEPS[phase]
        steps = row.get(self._given(phase), row[Given.NOTHING])
        steps = tuple(step for step in steps if step in _ALLOWED[self.declared.state])
        if any(step in self.taken for step in steps if step in (Step.INITIATE, Step.VERIFY)):
            return Plan(phase, Outcome.UNKNOWN, next_action=CONTRADICTION)
        left = tuple(step for step in steps if step not in self.taken and not self._forbidden(step))
        outcome, next_action = self._ending(phase, steps, left)
        return Plan(phase, outcome, left + self._webhook(phase, left), next_action, self._remarks(phase, steps))

    def _webhook(self, phase: Phase, left: tuple[Step, ...]) -> tuple[Step, ...]:
        """A webhook follows the connection, and is set whenever the row of a number that serves shows another one."""
        due = phase in SERVES or Step.REGISTER in left
        due = due and self.observed.webhook_shown is False and Step.SET_WEBHOOK not in self.taken
        return (Step.SET_WEBHOOK,) if due else ()

    def _phase(self) -> Phase:
        """The observed phase, or the one that a step of this run has led to when the cloud is late to show it."""
        observed = phase_of(self.observed)
        late = observed is Phase.ABSENT or self._reclaims()
        if self._done(Step.VERIFY) and (late or observed is Phase.INITIATED):
            return Phase.VERIFIED
        if late and (self.declared.initiated or self._done(Step.INITIATE)):
            return Phase.VERIFIED if _is_verified(self.observed) else Phase.INITIATED
        return observed

    def _obstacle(self, phase: Phase) -> Plan | None:
        """What ends the run of a number whatever the table says."""
        for step, effect in self.taken.items():
            if effect is Effect.UNKNOWN:
                return Plan(phase, Outcome.UNKNOWN, next_action=_AFTER_UNKNOWN[step])
            if effect in (Effect.REFUSED, Effect.NOT_MADE):
                return Plan(phase, Outcome.FAILED, next_action=_AFTER_FAILURE[step])
        if phase is not Phase.INITIATED or self.declared.state is State.INITIATED:
            return None
        if self.observed.answer in (Answer.NO_ANSWER, Answer.NOT_READ):
            # A send is preceded by a status read that answers; without one nothing is sent.
            if self._done(Step.INITIATE):
                return Plan(phase, Outcome.AWAITING_CODE, next_action=f"{STATUS_NOT_READ} {NAME_IT_IN_RESEND}")
            return Plan(phase, Outcome.FAILED, next_action=f"{STATUS_NOT_READ} Run again.")
        given = self._given(phase)
        if given is Given.CODE and self.declared.resend:
            return Plan(phase, Outcome.FAILED, next_action=CODE_AND_RESEND)
        if given is Given.CODE and self.limits.code_was_tried:
            return Plan(phase, Outcome.FAILED, next_action=f"{CODE_WAS_TRIED} {NAME_IT_IN_RESEND}")
        return None

    def _given(self, phase: Phase) -> Given:
        """The column. What was given before this run's initiate is for a number that was not there yet."""
        if phase is Phase.HALTED:
            return Given.RECLAIM if self._reclaims() else Given.NOTHING
        if Step.INITIATE in self.taken:
            return Given.OWN_INITIATE if self._done(Step.INITIATE) else Given.NOTHING
        if Step.REQUEST_CODE in self.taken:
            return Given.NOTHING
        if self.declared.code:
            return Given.CODE
        return Given.RESEND if self.declared.resend else Given.NOTHING

    def _ending(self, phase: Phase, steps: tuple[Step, ...], left: tuple[Step, ...]) -> tuple[Outcome, str]:
        """How the number ends when the steps that are left succeed, and what to do then."""
        end = _LEADS_TO[left[-1]] if left else phase
        if end is Phase.HALTED:
            return Outcome.NEEDS_OPERATOR, advice(self.observed)
        if end is Phase.LIMITED:
            return Outcome.CONVERGED, advice(self.observed)
        if Step.REGISTER in left:
            return Outcome.AWAITING_CONNECTION, RUN_AGAIN_TO_SEE
        if end in _REACHED[self.declared.state]:
            return Outcome.CONVERGED, ""
        if end is Phase.VERIFIED and Step.REGISTER in self.taken:
            return Outcome.AWAITING_CONNECTION, RUN_AGAIN_TO_SEE
        if end is Phase.VERIFIED:
            return Outcome.NEEDS_OPERATOR, self.limits.register
        if Step.REQUEST_CODE in steps and Step.REQUEST_CODE not in self.taken and Step.REQUEST_CODE not in left:
            return Outcome.AWAITING_CODE, self.limits.code_request
        unsure = f"{self.limits.unsure_code} " if self.limits.unsure_code and not left else ""
        return Outcome.AWAITING_CODE, f"{unsure}{GIVE_THE_CODE}"

    def _remarks(self, phase: Phase, steps: tuple[Step, ...]) -> tuple[str, ...]:
        """What was given and has no use here, unless this run has used it on the way."""
        if self.declared.code and (Step.INITIATE in steps or Step.INITIATE in self.taken):
            return (CODE_BEFORE_INITIATE,)
        if phase is Phase.INITIATED and self.declared.state is not State.INITIATED:
            return ()
        given = {
            "The code": self.declared.code and Step.VERIFY not in self.taken,
            "resend": self.declared.resend and Step.REQUEST_CODE not in self.taken and phase is not Phase.ABSENT,
        }
        return tuple(f"{name} was given and is not needed; it was not used." for name, value in given.items() if value)

    def _done(self, step: Step) -> bool:
        return self.taken.get(step) is Effect.DONE

    def _reclaims(self) -> bool:
        return self.declared.reclaim and can_be_reclaimed(self.observed.status)

    def _forbidden(self, step: Step) -> bool:
        """Whether the journal forbids it."""
        reasons = {Step.REQUEST_CODE: self.limits.code_request, Step.REGISTER: self.limits.register}
        return bool(reasons.get(step))


NAME_IT_IN_RESEND = "Name the number in resend to have another code sent."
GIVE_THE_CODE = "Give the code that reached the phone as verify_code. If none came, name the number in resend."
CODE_BEFORE_INITIATE = "The code was given before the number was initiated here, so it was not handed in. Remove it."
CODE_WAS_TRIED = "This code was handed in or refused before and is not tried again."
CODE_AND_RESEND = "Both a code and resend were given, and a new code makes the old one worthless. Give one of them."
CONTRADICTION = "What the cloud shows contradicts what it answered. Run again."
STATUS_NOT_READ = "Its verification status could not be read, so nothing was sent."
RUN_AGAIN_TO_SEE = "Run again in some minutes to see whether it is connected."

_ADVICE = {
    Phase.ABSENT: "Declare it and run reconcile.",
    Phase.INITIATED: GIVE_THE_CODE,
    Phase.VERIFIED: "Declare it as registered and run reconcile.",
    Phase.CONNECTED: "",
}
_AFTER_UNKNOWN = {
    Step.INITIATE: "Whether it was initiated is not known. Run again: the number is read first.",
    Step.REQUEST_CODE: "Whether a code was sent is not known. Hand it in if it comes; else name the number in resend.",
    Step.VERIFY: "Whether the code was accepted is not known. Run again without it: the status is read first.",
    Step.REGISTER: "Whether it was registered is not known. Run again in some minutes: the space is read first.",
    Step.SET_WEBHOOK: "Whether its webhook was set is not known. Run again: the number is read first.",
}
_AFTER_FAILURE = {
    Step.INITIATE: "See the error, put its cause right and run again.",
    Step.REQUEST_CODE: f"See the error and put its cause right. {NAME_IT_IN_RESEND}",
    Step.VERIFY: f"Compare the code with the newest one on the phone. {NAME_IT_IN_RESEND}",
    Step.REGISTER: "See the error, put its cause right and run again.",
    Step.SET_WEBHOOK: "Its webhook is not set. See the error, put its cause right and run again.",
}
