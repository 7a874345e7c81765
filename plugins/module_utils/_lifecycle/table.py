# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the lifecycle: statuses and phases, phases and steps, steps and goals."""

from __future__ import annotations

from enum import Enum

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Phase,
    State,
    Step,
    VerificationReading,
)

# Phases by the status of a row. A status that is not in this table halts a number: an operator decides.
PHASE_OF_STATUS = {
    "CONNECTED": Phase.CONNECTED,
    "FLAGGED": Phase.LIMITED,
    "RATE_LIMITED": Phase.LIMITED,
    "RESTRICTED": Phase.LIMITED,
    "PENDING": Phase.INITIATED,
    "UNVERIFIED": Phase.INITIATED,
    "MIGRATING": Phase.INITIATED,
}


RECLAIMABLE = frozenset({"MIGRATED", "DELETED", "DISCONNECTED"})


# Phases by what a status read answers for a number without a row.
PHASE_WITHOUT_ROW = {
    VerificationReading.NO_SUCH_NUMBER: Phase.ABSENT,
    VerificationReading.LIKE_NO_SUCH_NUMBER: Phase.ABSENT,
    VerificationReading.REFUSED: Phase.NOT_KNOWN,
    VerificationReading.VERIFIED: Phase.VERIFIED,
}


# Of several rows of a number, the one whose phase comes first here counts.
FURTHEST_FIRST = (
    Phase.CONNECTED,
    Phase.LIMITED,
    Phase.VERIFIED,
    Phase.INITIATED,
    Phase.HALTED,
    Phase.ABSENT,
    Phase.NOT_KNOWN,
)


NO_READING = (VerificationReading.NOT_READ, VerificationReading.NO_ANSWER)


REFUSALS = (VerificationReading.NO_SUCH_NUMBER, VerificationReading.LIKE_NO_SUCH_NUMBER, VerificationReading.REFUSED)


# What does not say whether a number is initiated or verified.
INCONCLUSIVE = (*NO_READING, VerificationReading.LIKE_NO_SUCH_NUMBER, VerificationReading.REFUSED)


class Trigger(Enum):
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


STEPS: dict[Phase, dict[Trigger, tuple[Step, ...]]] = {
    Phase.NOT_KNOWN: {
        Trigger.NOTHING: (),
        Trigger.OWN_INITIATE: (Step.REQUEST_CODE,),
        Trigger.CODE: _SUBMIT,
        Trigger.RESEND: (Step.REQUEST_CODE,),
        Trigger.RECLAIM: _START,
        Trigger.RECLAIM_AND_CODE: _SUBMIT,
    },
    Phase.ABSENT: {
        Trigger.NOTHING: _START,
        Trigger.OWN_INITIATE: (Step.REQUEST_CODE,),
        Trigger.CODE: _SUBMIT,
        Trigger.RECLAIM_AND_CODE: _SUBMIT,
    },
    Phase.INITIATED: {
        Trigger.NOTHING: (),
        Trigger.OWN_INITIATE: (Step.REQUEST_CODE,),
        Trigger.CODE: _SUBMIT,
        Trigger.RESEND: (Step.REQUEST_CODE,),
    },
    Phase.VERIFIED: {Trigger.NOTHING: (Step.REGISTER,)},
    Phase.CONNECTED: {Trigger.NOTHING: ()},
    Phase.LIMITED: {Trigger.NOTHING: ()},
    Phase.HALTED: {
        Trigger.NOTHING: (),
        Trigger.OWN_INITIATE: (Step.REQUEST_CODE,),
        Trigger.RECLAIM: _START,
        Trigger.RECLAIM_AND_CODE: _SUBMIT,
    },
}


# The steps that a declared state allows, and the phases in which it is reached.
ALLOWED = {
    State.INITIATED: (Step.INITIATE,),
    State.VERIFIED: (Step.INITIATE, Step.REQUEST_CODE, Step.VERIFY),
    State.REGISTERED: tuple(Step),
}


# The phases in which a number serves, and can have its webhook set.
CONNECTED_PHASES = (Phase.CONNECTED, Phase.LIMITED)


REACHED = {
    State.INITIATED: (Phase.INITIATED, Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED),
    State.VERIFIED: (Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED),
    State.REGISTERED: (Phase.CONNECTED, Phase.LIMITED),
}


# Where a step leads when it succeeds. A webhook leads nowhere.
LEADS_TO = {
    Step.INITIATE: Phase.INITIATED,
    Step.REQUEST_CODE: Phase.INITIATED,
    Step.VERIFY: Phase.VERIFIED,
    Step.REGISTER: Phase.CONNECTED,
}


# Phases in which a step has nothing left to do.
GOALS = {
    Step.INITIATE: frozenset({Phase.INITIATED, Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED}),
    Step.REQUEST_CODE: frozenset({Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED}),
    Step.VERIFY: frozenset({Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED}),
    Step.REGISTER: frozenset({Phase.CONNECTED, Phase.LIMITED}),
}


# Phases that only the step itself explains when its answer was lost. Nothing shows whether a code was sent, and a
# number that is further than the step leads was brought there by somebody else.
PROOFS = {
    Step.INITIATE: frozenset({Phase.INITIATED, Phase.VERIFIED}),
    Step.REQUEST_CODE: frozenset[Phase](),
    Step.VERIFY: frozenset({Phase.VERIFIED}),
    Step.REGISTER: frozenset({Phase.CONNECTED, Phase.LIMITED}),
}
