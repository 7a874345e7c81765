# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run adds to its results for the tasks after it."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.action.cams_inventory_run import result_positions

ONE, TWO, THREE = "+8613900001234", "+8613900001235", "+8613900001236"


def test_each_host_has_the_positions_of_its_results_in_their_order() -> None:
    results = [{"phone_number": number} for number in (ONE, TWO, THREE)]

    assert result_positions(results, {ONE: "acme", TWO: "other", THREE: "acme"}) == {"acme": [0, 2], "other": [1]}
