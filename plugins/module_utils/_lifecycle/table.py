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

# A number with this status was moved away. A reclaim can migrate it back.
RECLAIMABLE = frozenset({"MIGRATED", "DELETED", "DISCONNECTED"})

# Phases by the read of the verification status, for a number without a row.
PHASE_WITHOUT_ROW = {
    VerificationReading.NO_SUCH_NUMBER: Phase.ABSENT,
    VerificationReading.LIKE_NO_SUCH_NUMBER: Phase.ABSENT,
    VerificationReading.REFUSED: Phase.NOT_KNOWN,
    VerificationReading.VERIFIED: Phase.VERIFIED,
}

# If a number has several rows, the row whose phase comes first here counts.
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

# Reads that do not show whether a number is initiated or verified.
INCONCLUSIVE = (
    *NO_READING,
    VerificationReading.REMEMBERED,
    VerificationReading.LIKE_NO_SUCH_NUMBER,
    VerificationReading.REFUSED,
)


class Trigger(Enum):
    """The columns of the table of steps: what leads to the next steps, besides the phase."""

    NOTHING = "nothing more"
    OWN_INITIATE = "an initiate that this run made"
    CODE = "a code"
    RESEND = "a resend that names the number"
    RECLAIM = "a reclaim that names the number"
    RECLAIM_AND_CODE = "a reclaim that names the number, and a code"


_SUBMIT = (Step.VERIFY, Step.REGISTER)
_START = (Step.INITIATE, Step.REQUEST_CODE)

# The table of steps: by phase and trigger, the steps to the state registered.
# If a row does not have a column, its first column applies.
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

# By declared state: the steps that it allows.
ALLOWED = {
    State.INITIATED: (Step.INITIATE,),
    State.VERIFIED: (Step.INITIATE, Step.REQUEST_CODE, Step.VERIFY),
    State.REGISTERED: tuple(Step),
}

# The phases in which a number is connected, so that its webhook can be set.
CONNECTED_PHASES = (Phase.CONNECTED, Phase.LIMITED)
UNDER_WAY_PHASES = (Phase.INITIATED, Phase.VERIFIED)

# By declared state: the phases in which it is reached.
REACHED = {
    State.INITIATED: (Phase.INITIATED, Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED),
    State.VERIFIED: (Phase.VERIFIED, Phase.CONNECTED, Phase.LIMITED),
    State.REGISTERED: (Phase.CONNECTED, Phase.LIMITED),
}

# The phase that a step leads to when it succeeds. Setting a webhook does not change the phase.
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

# Phases that prove that a step succeeded whose answer was lost. No phase proves that a code was sent. A phase that is
# further than the step leads proves nothing: somebody else moved the number there.
PROOFS = {
    Step.INITIATE: frozenset({Phase.INITIATED, Phase.VERIFIED}),
    Step.REQUEST_CODE: frozenset[Phase](),
    Step.VERIFY: frozenset({Phase.VERIFIED}),
    Step.REGISTER: frozenset({Phase.CONNECTED, Phase.LIMITED}),
}
