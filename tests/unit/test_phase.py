# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The phase that a row and its verification give."""

from __future__ import annotations

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Phase, phase_of_row


@pytest.mark.parametrize("status", ["PENDING", "UNVERIFIED", "MIGRATING"])
@pytest.mark.parametrize(
    "verification", ["NOT_VERIFIED", "EXPIRED", "REVOKED", "MORE_INFORMATION_REQUESTED", "", "verified"]
)
def test_only_the_word_verified_counts_as_verified(status: str, verification: str) -> None:
    assert phase_of_row(status, verification) is Phase.INITIATED
    assert phase_of_row(status, "VERIFIED") is Phase.VERIFIED


@pytest.mark.parametrize("status", ["FLAGGED", "RATE_LIMITED", "RESTRICTED"])
def test_a_number_that_serves_with_a_restriction_is_limited(status: str) -> None:
    assert phase_of_row(status, "") is Phase.LIMITED


@pytest.mark.parametrize(
    "status",
    ["BANNED", "DELETED", "DISCONNECTED", "MIGRATED", "UNKNOWN", "OFFLINE", "PAUSED", "", "connected", "NEW_WORD"],
)
def test_a_status_that_nobody_planned_for_halts(status: str) -> None:
    assert phase_of_row(status, "VERIFIED") is Phase.HALTED


def test_connected_is_connected() -> None:
    assert phase_of_row("CONNECTED", "") is Phase.CONNECTED
