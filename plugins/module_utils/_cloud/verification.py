# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verification status of a number: what the service shows, or how it refuses to show it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import is_about_the_caller
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import VERIFICATION_STATUS
from ansible_collections.chatapp.cams.plugins.module_utils._api.responses import CallOutcome
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ApiError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import VERIFIED, VerificationReading
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

# Parts of a message that can differ between calls: numbers, ids and names with capitals inside.
_VARIABLE_PART = re.compile(r"[A-Za-z0-9_\-]*(?:[0-9]|(?<=[A-Za-z0-9_\-])[A-Z])[A-Za-z0-9_\-]*")


def mask_variable_parts(message: str) -> str:
    """Return a message of the service without the parts that can differ between calls."""
    return _VARIABLE_PART.sub("#", message)


@dataclass(frozen=True)
class Refusal:
    """The refusal of a read, without the parts that differ between calls."""

    http_status: int
    code: str
    message: str

    @classmethod
    def of(cls, error: ApiError) -> Refusal:
        return cls(error.http_status, error.code, mask_variable_parts(error.message))


@dataclass(frozen=True)
class StatusResponse:
    """The response to one read: the status in the words of the service, or how the service refused."""

    word: str | None = None
    refusal: Refusal | None = None

    @property
    def reading(self) -> VerificationReading:
        """Return what the response shows. Only the word VERIFIED is sure."""
        if self.word is None:
            return VerificationReading.REFUSED
        return VerificationReading.VERIFIED if self.word == VERIFIED else VerificationReading.NOT_VERIFIED


def read_verification(client: Client, space: str, number: str) -> StatusResponse:
    """Read a status once. Raises for an error about the caller and for a lost answer, but not for other refusals."""
    result = client.call(VERIFICATION_STATUS, {"CustSpaceId": space, "PhoneNumber": phone.without_plus(number)})
    if result.outcome is CallOutcome.REFUSED and result.error and not is_about_the_caller(result.error.code):
        return StatusResponse(refusal=Refusal.of(result.error))
    return StatusResponse(word=str(result.body_or_raise()["Data"]["CodeVerificationStatus"]).strip())
