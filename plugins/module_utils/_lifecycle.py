# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifecycle of a number, as pure code: no I/O, no clock.

The phase of a number follows from its row in the query and its verification status.
"""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """Where a number stands."""

    ABSENT = "absent"
    INITIATED = "initiated"
    VERIFIED = "verified"
    CONNECTED = "connected"
    LIMITED = "limited"
    HALTED = "halted"


VERIFIED = "VERIFIED"

# A status that is not in this table halts a number: an operator decides.
_PHASE_OF_STATUS = {
    "CONNECTED": Phase.CONNECTED,
    "FLAGGED": Phase.LIMITED,
    "RATE_LIMITED": Phase.LIMITED,
    "RESTRICTED": Phase.LIMITED,
    "PENDING": Phase.INITIATED,
    "UNVERIFIED": Phase.INITIATED,
    "MIGRATING": Phase.INITIATED,
}


def phase_of_row(status: str, verification: str) -> Phase:
    """The phase of a number that the query shows. Of the verification's words only VERIFIED is sure."""
    phase = _PHASE_OF_STATUS.get(status, Phase.HALTED)
    if phase is Phase.INITIATED and verification == VERIFIED:
        return Phase.VERIFIED
    return phase
