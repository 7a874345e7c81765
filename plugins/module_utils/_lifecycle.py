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


class Answer(Enum):
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
    answer: Answer = Answer.NOT_READ
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
    def holds(self) -> bool:
        """Whether the number is under way, so that it is not initiated again by itself."""
        return self.initiated or self.code_requested


@dataclass(frozen=True)
class Limits:
    """What the journal forbids, each with its reason. It can only tighten what a plan allows."""

    code_request: str = ""
    register: str = ""
    code_was_tried: bool = False
    # Says when a code may have been sent by a run that was killed.
    unsure_code: str = ""
    memory: Memory = Memory()


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
# Phases by what a status read answers for a number without a row.
_PHASE_WITHOUT_ROW = {
    Answer.NO_SUCH_NUMBER: Phase.ABSENT,
    Answer.LIKE_NO_SUCH_NUMBER: Phase.ABSENT,
    Answer.REFUSED: Phase.NOT_KNOWN,
    Answer.VERIFIED: Phase.VERIFIED,
}
# Of several rows of a number, the one whose phase comes first here counts.
_FURTHEST_FIRST = (
    Phase.CONNECTED,
    Phase.LIMITED,
    Phase.VERIFIED,
    Phase.INITIATED,
    Phase.HALTED,
    Phase.ABSENT,
    Phase.NOT_KNOWN,
)
_NO_READING = (Answer.NOT_READ, Answer.NO_ANSWER)
_REFUSALS = (Answer.NO_SUCH_NUMBER, Answer.LIKE_NO_SUCH_NUMBER, Answer.REFUSED)
# What does not say whether a number is initiated or verified.
_WITHOUT_ANSWER = (*_NO_READING, Answer.LIKE_NO_SUCH_NUMBER, Answer.REFUSED)


class Given(Enum):
    """What a plan is given beside the phase: the columns of the table of steps."""

    NOTHING = "nothing more"
    OWN_INITIATE = "an initiate that this run made"
    CODE = "a code"
    RESEND = "a resend that names it"
    RECLAIM = "a reclaim that names it"
    RECLAIM_AND_CODE = "a reclaim that names it, and a code"


# The table of steps: those that lead on from a phase, for whoever declares it registered.
# A column that a row does not name is the row's first.
_SUBMIT = (Step.VERIFY, Step.REGISTER)
_START = (Step.INITIATE, Step.REQUEST_CODE)
_STEPS: dict[Phase, dict[Given, tuple[Step, ...]]] = {
    Phase.NOT_KNOWN: {
        Given.NOTHING: (),
        Given.OWN_INITIATE: (Step.REQUEST_CODE,),
        Given.CODE: _SUBMIT,
        Given.RESEND: (Step.REQUEST_CODE,),
        Given.RECLAIM: _START,
        Given.RECLAIM_AND_CODE: _SUBMIT,
    },
    Phase.ABSENT: {
        Given.NOTHING: _START,
        Given.OWN_INITIATE: (Step.REQUEST_CODE,),
        Given.CODE: _SUBMIT,
        Given.RECLAIM_AND_CODE: _SUBMIT,
    },
    Phase.INITIATED: {
        Given.NOTHING: (),
        Given.OWN_INITIATE: (Step.REQUEST_CODE,),
        Given.CODE: _SUBMIT,
        Given.RESEND: (Step.REQUEST_CODE,),
    },
    Phase.VERIFIED: {Given.NOTHING: (Step.REGISTER,)},
    Phase.CONNECTED: {Given.NOTHING: ()},
    Phase.LIMITED: {Given.NOTHING: ()},
    Phase.HALTED: {
        Given.NOTHING: (),
        Given.OWN_INITIATE: (Step.REQUEST_CODE,),
        Given.RECLAIM: _START,
        Given.RECLAIM_AND_CODE: _SUBMIT,
    },
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
        return _PHASE_WITHOUT_ROW.get(observation.answer, Phase.INITIATED)
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
    answers = (Answer.NO_SUCH_NUMBER, Answer.REFUSED, Answer.NOT_VERIFIED, Answer.VERIFIED)
    return any(plan(declaration, replace(observation, answer=answer), {}, limits).steps for answer in answers)


def progress_rank(phase: Phase) -> int:
    """How far a phase is from the goal: of several rows of a number the one with the smallest rank counts."""
    return _FURTHEST_FIRST.index(phase)


def advice(observation: Observation) -> str:
    """The next action, as far as an observation alone shows it; empty when nothing is left to do."""
    phase = phase_of(observation)
    if phase is Phase.LIMITED:
        return f"It can send, but WhatsApp shows it as {observation.status}: check its quality."
    if phase is Phase.INITIATED and observation.status is not None:
        return f"{ADDED_BY_SOMEBODY} {GIVE_THE_CODE}"
    if phase is not Phase.HALTED:
        return _ADVICE[phase]
    if can_be_reclaimed(observation.status):
        next_action = "find out why it was moved away. To migrate it back, name it in reclaim."
    else:
        next_action = "ask support first; reclaim does not apply."
    return f"The cloud shows it as {observation.status!r}: {next_action}"


def settled(step: Step, effect: Effect, observation: Observation) -> Effect:
    """The effect of a step once the number was read again. A reading without an answer changes nothing."""
    if step is Step.SET_WEBHOOK:
        shown = {Effect.UNKNOWN: Effect.DONE, Effect.REFUSED: Effect.EARLIER}
        return shown.get(effect, effect) if observation.webhook_shown else effect
    if needs_verification_status(observation.status) and observation.answer in _WITHOUT_ANSWER:
        return effect
    phase = phase_of(observation)
    if effect is Effect.UNKNOWN and phase in _PROOFS[step]:
        return Effect.SEEN if step is Step.INITIATE else Effect.DONE
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
        """A webhook follows the connection, and is set whenever the row of a connected number shows another one."""
        due = phase in SERVES or Step.REGISTER in left
        due = due and self.observed.webhook_shown is False and Step.SET_WEBHOOK not in self.taken
        return (Step.SET_WEBHOOK,) if due else ()

    # --- the phase ---

    def _phase(self) -> Phase:
        """The observed phase, unless this run or memory knows that the number is further."""
        observed = phase_of(self.observed)
        may_lag = observed in (Phase.ABSENT, Phase.NOT_KNOWN) or self._left(observed)
        if not may_lag and observed is not Phase.INITIATED:
            return observed
        if self._done(Step.VERIFY) or self._is_verified_in_memory():
            return Phase.VERIFIED
        if may_lag and self._is_under_way():
            return Phase.VERIFIED if _is_verified(self.observed) else Phase.INITIATED
        if self._left(observed) and self.declared.reclaim and self.declared.code:
            # A code belongs to an initiate, so what the status read says is said of that migration.
            return Phase.VERIFIED if self.observed.answer is Answer.VERIFIED else observed
        return observed

    def _is_under_way(self) -> bool:
        """Whether this run or memory knows of an initiate that the cloud does not show."""
        if self._initiated_here or self._done(Step.REQUEST_CODE) or self.declared.initiated:
            return True
        return self.limits.memory.holds and Step.INITIATE not in self.taken and not self._starts_again()

    def _starts_again(self) -> bool:
        """Whether reclaim names a number that memory holds, so that a cancelled migration can be started again.

        While an old row or an unclear refusal hides whether it was cancelled, resend has to name it too.
        """
        if not self.declared.reclaim or self.declared.code:
            return False
        return phase_of(self.observed) is Phase.ABSENT or self.declared.resend

    def _is_verified_in_memory(self) -> bool:
        return self.limits.memory.verified and self.observed.answer in _REFUSALS and not self._starts_again()

    def _left(self, observed: Phase) -> bool:
        """Whether the row says that the number has left, which an old row goes on saying until the register."""
        return observed is Phase.HALTED and can_be_reclaimed(self.observed.status)

    # --- what ends a run early ---

    def _obstacle(self, phase: Phase) -> Plan | None:
        """The plan of a number whose run ends whatever the table says."""
        for step, effect in self.taken.items():
            if effect is Effect.UNKNOWN:
                return Plan(phase, Outcome.UNKNOWN, next_action=_AFTER_UNKNOWN[step])
            refused = effect in (Effect.REFUSED, Effect.NOT_MADE)
            if refused and not (step is Step.INITIATE and self._resend_overrules_the_refusal()):
                return Plan(phase, Outcome.FAILED, next_action=self._after_failure(step, effect))
        if self.declared.state is State.INITIATED:
            return None
        if phase is Phase.INITIATED and self.observed.answer in _NO_READING:
            # A send is preceded by a status read that answers; without one nothing is sent.
            if self._initiated_here:
                return Plan(phase, Outcome.AWAITING_CODE, next_action=f"{STATUS_NOT_READ} {NAME_IT_IN_RESEND}")
            return Plan(phase, Outcome.FAILED, next_action=f"{STATUS_NOT_READ} Run again.")
        if Step.VERIFY not in _STEPS[phase].get(self._given(phase), ()):
            return None
        if self.declared.resend:
            return Plan(phase, Outcome.FAILED, next_action=CODE_AND_RESEND)
        if self.limits.code_was_tried:
            return Plan(phase, Outcome.FAILED, next_action=f"{CODE_WAS_TRIED} {NAME_IT_IN_RESEND}")
        return None

    def _after_failure(self, step: Step, effect: Effect) -> str:
        """The next action, with every option that leads on where reading cannot tell whether it is under way."""
        unseen = step is Step.INITIATE and effect is Effect.REFUSED and self._may_be_under_way()
        more = ALREADY_MIGRATING if unseen else self._how_to_start_again()
        return f"{_AFTER_FAILURE[step]} {more}".strip()

    def _resend_overrules_the_refusal(self) -> bool:
        """Whether resend has a code requested although the initiate was refused: it may be under way unseen."""
        refused = self.taken.get(Step.INITIATE) is Effect.REFUSED
        named = self.declared.resend and self.declared.state is not State.INITIATED
        return refused and named and self._may_be_under_way()

    def _may_be_under_way(self) -> bool:
        return self.limits.memory.holds or self.observed.answer is not Answer.NO_SUCH_NUMBER

    # --- the column of the table ---

    def _given(self, phase: Phase) -> Given:
        """The column. A code or a resend that was given before this run's initiate belongs to nothing earlier."""
        if phase is Phase.HALTED and not can_be_reclaimed(self.observed.status):
            return Given.NOTHING
        if Step.INITIATE in self.taken:
            return self._given_after_initiate()
        if Step.REQUEST_CODE in self.taken:
            return Given.NOTHING
        if self._is_reclaimed(phase):
            return Given.RECLAIM_AND_CODE if self._code_may_be_submitted(phase) else Given.RECLAIM
        if phase is Phase.HALTED:
            return Given.NOTHING
        if self.declared.code:
            return Given.CODE if self._code_may_be_submitted(phase) else Given.NOTHING
        return Given.RESEND if self.declared.resend else Given.NOTHING

    def _given_after_initiate(self) -> Given:
        allows_code = self._done(Step.INITIATE) or self._resend_overrules_the_refusal()
        return Given.OWN_INITIATE if allows_code else Given.NOTHING

    def _is_reclaimed(self, phase: Phase) -> bool:
        if not self.declared.reclaim:
            return False
        return phase in (Phase.HALTED, Phase.NOT_KNOWN) or (phase is Phase.ABSENT and self.limits.memory.holds)

    def _code_may_be_submitted(self, phase: Phase) -> bool:
        """Whether the code may belong to a migration that is under way, seen or not."""
        may_be_under_way = phase is Phase.INITIATED or self.observed.answer is not Answer.NO_SUCH_NUMBER
        return bool(self.declared.code) and may_be_under_way and self.declared.state is not State.INITIATED

    # --- how the number ends ---

    def _ending(self, phase: Phase, steps: tuple[Step, ...], left: tuple[Step, ...]) -> tuple[Outcome, str]:
        """The outcome when the steps that are left succeed, and the next action then."""
        end = _LEADS_TO[left[-1]] if left else phase
        if end is Phase.HALTED:
            return Outcome.NEEDS_OPERATOR, advice(self.observed)
        if end is Phase.NOT_KNOWN:
            return Outcome.NEEDS_OPERATOR, STATUS_REFUSED
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
        return Outcome.AWAITING_CODE, self._how_to_get_on(steps, left)

    def _how_to_get_on(self, steps: tuple[Step, ...], left: tuple[Step, ...]) -> str:
        """The next action for a number that waits for its code."""
        if Step.REQUEST_CODE in steps and Step.REQUEST_CODE not in self.taken and Step.REQUEST_CODE not in left:
            return self._why_no_request()
        if left or Step.REQUEST_CODE in self.taken:
            return GIVE_THE_CODE
        if self.limits.unsure_code:
            return f"{self.limits.unsure_code} {GIVE_THE_CODE}"
        if self.limits.memory.code_requested:
            return f"{GIVE_THE_CODE} {self._how_to_start_again()}".strip()
        if self.limits.memory.initiated:
            return f"{NO_CODE_YET} {NAME_IT_IN_RESEND} {self._how_to_start_again()}".strip()
        if Step.INITIATE in self.taken:
            return f"{NO_CODE_YET} {NAME_IT_IN_RESEND}"
        return f"{ADDED_BY_SOMEBODY} {GIVE_THE_CODE}"

    def _how_to_start_again(self) -> str:
        """What starts a migration again that memory knows and the cloud does not show."""
        memory, observed = self.limits.memory, phase_of(self.observed)
        if self._initiated_here or not (memory.holds or memory.verified):
            return ""
        if observed is Phase.ABSENT:
            return CANCELLED
        return MAY_HAVE_ENDED if observed is Phase.NOT_KNOWN or self._left(observed) else ""

    def _why_no_request(self) -> str:
        if self.limits.code_request:
            return self.limits.code_request
        if Step.INITIATE not in self.taken or self.observed.answer is Answer.NOT_VERIFIED:
            return f"{RECLAIMED_WITHOUT_CODE} {NAME_IT_IN_RESEND}"
        if self.observed.answer in _REFUSALS:
            return f"{STATUS_REFUSED_AFTER_INITIATE} {NAME_IT_IN_RESEND}"
        return f"{INITIATE_NOT_CONFIRMED} {NAME_IT_IN_RESEND}"

    def _remarks(self, phase: Phase, steps: tuple[Step, ...]) -> tuple[str, ...]:
        """What was given and has no use here, unless this run has used it on the way."""
        if self.declared.code and (Step.INITIATE in steps or Step.INITIATE in self.taken):
            return (CODE_BEFORE_INITIATE,)
        waiting = phase in (Phase.NOT_KNOWN, Phase.INITIATED) or Step.VERIFY in steps
        if waiting and self.declared.state is not State.INITIATED:
            return ()
        given = {
            "The code": self.declared.code and Step.VERIFY not in self.taken,
            "resend": self.declared.resend and Step.REQUEST_CODE not in self.taken and phase is not Phase.ABSENT,
        }
        return tuple(f"{name} was given and is not needed; it was not used." for name, value in given.items() if value)

    # --- small questions ---

    @property
    def _initiated_here(self) -> bool:
        return self.taken.get(Step.INITIATE) in (Effect.DONE, Effect.SEEN)

    def _done(self, step: Step) -> bool:
        return self.taken.get(step) is Effect.DONE

    def _forbidden(self, step: Step) -> bool:
        """Whether the journal, or what was read after this run's initiate, forbids it."""
        if step is Step.REGISTER:
            return bool(self.limits.register)
        return step is Step.REQUEST_CODE and (bool(self.limits.code_request) or self._code_is_not_due())

    def _code_is_not_due(self) -> bool:
        """A code that no resend names needs an initiate that the next reading confirms.

        A reclaim may be named in every run, so it also needs a journal that knows of no code.
        """
        if self.declared.resend:
            return False
        memory = self.limits.memory
        if self.declared.reclaim and (memory.code_requested or not memory.exists):
            return True
        return Step.INITIATE in self.taken and self.observed.answer is not Answer.NOT_VERIFIED


NAME_IT_IN_RESEND = "Name the number in resend to have another code sent."
GIVE_THE_CODE = "Give the code that reached the phone as verify_code. If none came, name the number in resend."
CODE_BEFORE_INITIATE = "The code was given before the number was initiated here, so it was not handed in. Remove it."
CODE_WAS_TRIED = "This code was handed in or refused before and is not tried again."
CODE_AND_RESEND = "Both a code and resend were given, and a new code makes the old one worthless. Give one of them."
CONTRADICTION = "What the cloud shows contradicts what it answered. Run again."
STATUS_NOT_READ = "Its verification status could not be read, so nothing was sent."
ADDED_BY_SOMEBODY = "The number is in the space already. Somebody added it, and perhaps no code was sent."
NO_CODE_YET = "The number is initiated and no code was requested."
CANCELLED = "Was the migration cancelled in the console? Then name the number in reclaim to start it again."
ALREADY_MIGRATING = "Is it being migrated already? Then name it in resend to have a code sent."
MAY_HAVE_ENDED = "Does the console show no migration of it? Then name it in reclaim and in resend to start again."
STATUS_REFUSED = (
    "The service refuses to show the verification status, and not in the way in which it refuses an unknown number."
    " Nothing was written. Look for the number in the console. To initiate it all the same, name it in reclaim."
)
STATUS_REFUSED_AFTER_INITIATE = (
    "The initiate was accepted, but the service refuses to show the verification status, so no code was requested."
)
INITIATE_NOT_CONFIRMED = (
    "The initiate was accepted, but a control number did not confirm how the service refuses an unknown number,"
    " so no code was requested."
)
RECLAIMED_WITHOUT_CODE = (
    "A reclaim requests a code only when a journal of earlier runs shows that none was requested before."
)
RUN_AGAIN_TO_SEE = "Run again in some minutes to see whether it is connected."

_ADVICE = {
    Phase.NOT_KNOWN: STATUS_REFUSED,
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
