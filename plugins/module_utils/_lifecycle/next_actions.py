# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sentences that say what to do next."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Observation,
    Phase,
    Step,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import (
    can_be_reclaimed,
    phase_of,
)


def next_action_for(observation: Observation) -> str:
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


NAME_IT_IN_RESEND = "Name the number in resend to have another code sent."


GIVE_THE_CODE = "Give the code that reached the phone as verify_code. If none came, name the number in resend."


CODE_BEFORE_INITIATE = "The code was given before the number was initiated here, so it was not handed in. Remove it."


CODE_WAS_TRIED = "This code was handed in or refused before and is not tried again."


CODE_AND_RESEND = "Both a code and resend were given, and a new code makes the old one worthless. Give one of them."


CONTRADICTION = "What the cloud shows contradicts what it answered. Run again."


STATUS_NOT_READ = "Its verification status could not be read, so nothing was sent."


ADDED_BY_SOMEBODY = "The number is in the space already. Somebody added it, and perhaps no code was sent."


NO_CODE_YET = "The number is initiated and no code was requested."


ALREADY_MIGRATING = "Is it being migrated already? Then name it in resend to have a code sent."
MAY_HAVE_ENDED = "Does the console show no migration of it? Then name it in reclaim and in resend to start again."
CANCELLED = "Was the migration cancelled in the console? Then name the number in reclaim to start it again."


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


AFTER_UNKNOWN = {
    Step.INITIATE: "Whether it was initiated is not known. Run again: the number is read first.",
    Step.REQUEST_CODE: "Whether a code was sent is not known. Hand it in if it comes; else name the number in resend.",
    Step.VERIFY: "Whether the code was accepted is not known. Run again without it: the status is read first.",
    Step.REGISTER: "Whether it was registered is not known. Run again in some minutes: the space is read first.",
    Step.SET_WEBHOOK: "Whether its webhook was set is not known. Run again: the number is read first.",
}


AFTER_FAILURE = {
    Step.INITIATE: "See the error, put its cause right and run again.",
    Step.REQUEST_CODE: f"See the error and put its cause right. {NAME_IT_IN_RESEND}",
    Step.VERIFY: f"Compare the code with the newest one on the phone. {NAME_IT_IN_RESEND}",
    Step.REGISTER: "See the error, put its cause right and run again.",
    Step.SET_WEBHOOK: "Its webhook is not set. See the error, put its cause right and run again.",
}
