# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All sentences that say what to do next.

A mark such as <<resend>> becomes what the reader can type: see ``_values/wording.py``.
"""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Limits, Observation, Phase, Step
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import can_be_reclaimed, phase_of

_METHODS = {"sms": "by SMS", "voice": "by a call"}

# --- codes ---

USE_RESEND = "To request a new code, <<resend>>."
SUBMIT_THE_CODE = "When the code reaches the phone, <<submit the code>>. If no code arrives, <<resend>>."
CODE_BEFORE_INITIATE = (
    "The code was not submitted, because this run started the migration and an older code does not belong to it."
    " Remove the code."
)
CODE_WAS_TRIED = "This code was submitted or refused before, so it is not tried again."
CODE_AND_RESEND = (
    "Nothing was sent, because both a code and <<resend option>> were given and a new code makes the old code"
    " worthless. Give only one of them."
)
NO_CODE_YET = "The migration was started and no code was requested."
RECLAIMED_WITHOUT_CODE = (
    "No code was requested: a reclaim requests one only when the journal of earlier runs shows no code request."
)

# --- the owner of the number is not ready for a code ---

NOT_READY = (
    "No code is requested, because the owner of the number is not ready for it. When the owner is ready, <<ready>>."
)
NOT_READY_IN_PLAN = (
    "The number was not ready for a code when the plan was made, so the plan does not start it. Make a new plan."
)
CODE_BEFORE_START = (
    "The code was not submitted, because no migration has started and an older code does not belong to it. Remove the"
    " code."
)

# --- reads that do not show enough ---

CONTRADICTION = (
    "The number does not show what the API answered to an earlier call. Run again: the number is read first."
)
STATUS_NOT_READ = "The verification status could not be read, so nothing was sent."
STATUS_REFUSED = (
    "The service refuses to show the verification status, and not in the way that means an unknown number. Nothing was"
    " written. Look for the number in the console. To start the migration anyway, <<reclaim>>."
)
STATUS_REFUSED_AFTER_INITIATE = (
    "The migration was started, but no code was requested, because the service refuses to show the verification status."
)
INITIATE_NOT_CONFIRMED = (
    "The migration was started, but no code was requested, because a control number did not confirm how the service"
    " refuses an unknown number."
)

NOTHING_WRITTEN = "Nothing was written."
NOTHING_REGISTERED = "Nothing was registered. Run again."
RUN_AGAIN = "Run again."
READ_AGAIN = "Run again: the number is read first."

# --- a migration that this run did not start ---

ADDED_BY_SOMEBODY = "The number is in the space already. Somebody added it, perhaps without requesting a code."
ALREADY_MIGRATING = "If a migration of the number has already started and needs a code, <<resend>>."
MAY_HAVE_ENDED = "If the console shows no migration of the number, <<reclaim and resend>>."
CANCELLED = "If the migration was cancelled in the console, <<reclaim>>."

# --- a number that is registered ---

RUN_AGAIN_TO_SEE = "Run again in some minutes to see whether the number is connected."

# --- a number of a plan ---

MAKE_THE_CHANGES = "To make the planned changes, <<make the changes>>."

_BY_PHASE = {
    Phase.NOT_KNOWN: STATUS_REFUSED,
    Phase.ABSENT: "Declare the number and run reconcile.",
    Phase.INITIATED: SUBMIT_THE_CODE,
    Phase.VERIFIED: "Declare the number with the state registered and run reconcile.",
    Phase.CONNECTED: "",
}

AFTER_UNKNOWN = {
    Step.INITIATE: "It is not known whether the migration was started. Run again: the number is read first.",
    Step.REQUEST_CODE: "It is not known whether a code was sent. If a code reaches the phone, <<submit the code>>. If"
    " no code arrives, <<resend>>.",
    Step.VERIFY: "It is not known whether the code was accepted. Run again without the code: the status is read first.",
    Step.REGISTER: "It is not known whether the number was registered. Run again in some minutes: the space is read"
    " first.",
    Step.SET_WEBHOOK: "It is not known whether the webhook was set. Run again: the number is read first.",
}

FIX_AND_RUN_AGAIN = "Fix the cause of the error and run again."
AFTER_FAILURE = {
    Step.INITIATE: FIX_AND_RUN_AGAIN,
    Step.REQUEST_CODE: f"Fix the cause of the error. {USE_RESEND}",
    Step.VERIFY: "Compare the code with the newest one on the phone. If that is another code, <<submit the code>>."
    f" {USE_RESEND}",
    Step.REGISTER: FIX_AND_RUN_AGAIN,
    Step.SET_WEBHOOK: f"Its webhook is not set. {FIX_AND_RUN_AGAIN}",
}


def not_ready_before(time: str) -> str:
    """Return why no code is requested before this time."""
    return f"No code is requested before {time}, as <<code_not_before>> says. Run again then."


def without_repeated_advice(next_action: str, hint: str) -> str:
    """Return the next action without the advice to run again, if the hint of the error gives it already."""
    return next_action.replace(FIX_AND_RUN_AGAIN, "").strip() if "run again" in hint.lower() else next_action


def after_failed_read(error: CamsError) -> str:
    """Return the next action after a read that failed before the first write. An error of the API has its own hint."""
    return NOTHING_WRITTEN if error.error and error.error.hint else f"{NOTHING_WRITTEN} {RUN_AGAIN}"


def describe_code_request(limits: Limits, method: str = "") -> str:
    """Return when the last code was requested and when another one can be, in sentences; empty if it is not known.

    ``method`` is how the code was sent, if this run requested it.
    """
    if not limits.code_requested_at:
        return ""
    way = f" {_METHODS.get(method, method)}" if method else ""
    later = f" Another code can be requested from {limits.next_code_at}." if limits.next_code_at else ""
    return f"A code was requested{way} at {limits.code_requested_at}.{later}"


def next_action_for(observation: Observation) -> str:
    """Return the next action that an observation alone shows; empty when nothing is left to do."""
    phase = phase_of(observation)
    if phase is Phase.LIMITED:
        return f"The number can send, but WhatsApp shows it as {observation.status}: check its quality."
    if phase is Phase.INITIATED and observation.status is not None:
        return f"{ADDED_BY_SOMEBODY} {SUBMIT_THE_CODE}"
    if phase is not Phase.HALTED:
        return _BY_PHASE[phase]
    if can_be_reclaimed(observation.status):
        next_action = "find out why it was moved away. To migrate it back, <<reclaim>>."
    else:
        next_action = "ask support. A run does not change this number."
    return f"The cloud shows the number as {observation.status!r}: {next_action}"
