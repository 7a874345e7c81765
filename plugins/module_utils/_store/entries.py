# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One entry of the journal: the intent of a write to the API, and its effect."""

from __future__ import annotations

from dataclasses import dataclass

from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step

# In place of the hash of a code that a damaged line may have contained.
UNREADABLE = "unreadable"


class JournalError(CamsError):
    """The journal cannot be written, so the write to the API is not made."""


class StoreLostError(JournalError):
    """The store cannot be used any more, so the run stops and makes no more writes."""


@dataclass(slots=True)
class Entry:
    """One write to the API, from its intent to its effect."""

    id: str
    at: float
    space: str
    number: str
    step: Step
    # None while the entry is open.
    effect: Effect | None = None
    # The hash of the code that was submitted or refused.
    tried: str = ""
    # An operator asked for another code.
    resend: bool = False
    # Whether this entry added the code marker of its number.
    marked: bool = False

    @property
    def may_have_happened(self) -> bool:
        return self.effect in (None, Effect.UNKNOWN, Effect.DONE)

    @property
    def was_tried(self) -> bool:
        """Return whether a code was submitted or refused by this entry."""
        return bool(self.tried) and self.effect is not Effect.NOT_MADE
