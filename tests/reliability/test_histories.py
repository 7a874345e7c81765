# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ten thousand histories of one number, in parallel shares."""

from __future__ import annotations

import pytest
from histories import Histories
from hypothesis import Phase
from reliability.played import HISTORIES, SHARES, share_of_histories


@pytest.mark.parametrize("share", range(SHARES))
def test_no_history_breaks_a_promise(share: int) -> None:
    share_of_histories(share, Histories, HISTORIES // SHARES, [Phase.generate, Phase.shrink])
