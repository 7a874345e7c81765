# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thousand histories of two machines that share a store, and a hundred of two machines that share nothing."""

from __future__ import annotations

from reliability.store_histories import CLOCK_OFFSETS, HISTORIES, Tally, play
from reliability.store_history import KINDS, KINDS_OF_A_SERVER

HISTORIES_ON_FILES = 100


def played(histories: int, *, files: bool = False) -> Tally:
    tally = Tally()
    for share in play(histories, files=files):
        tally.add(share)
    print(f"\n{tally}")
    return tally


def test_no_number_gets_two_codes_from_machines_that_share_a_store() -> None:
    tally = played(HISTORIES)

    assert tally.stories == [], "\n\n".join(tally.stories)
    assert set(tally.codes) == {0, 1}
    # Enough numbers get as far as a code. How many depends on how often a busy machine stops a run.
    assert 4 * tally.codes[1] > tally.codes[0]
    assert set(tally.events) >= KINDS | KINDS_OF_A_SERVER | set(CLOCK_OFFSETS.values())


def test_some_numbers_get_two_codes_from_machines_that_share_nothing() -> None:
    tally = played(HISTORIES_ON_FILES, files=True)

    assert tally.doubled > 0
    assert set(tally.events) >= KINDS
