# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand histories of a number, in shares that run side by side."""

from __future__ import annotations

import pytest
from histories import Histories, World
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from reliability.kills import SEED

SHARES = 20
HISTORIES = 10_000


@pytest.mark.parametrize("share", range(SHARES))
def test_no_history_breaks_a_promise(share: int) -> None:
    chosen = settings(
        max_examples=HISTORIES // SHARES,
        stateful_step_count=10,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(seed(f"{SEED}/{share}")(Histories), settings=chosen)
    finally:
        World.close_shared()
