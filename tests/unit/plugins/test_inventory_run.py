# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run adds to its results for the tasks after it."""

from __future__ import annotations

import pytest
from ansible_collections.chatapp.cams.plugins.action.cams_inventory_run import replace_codes, result_positions
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import DeclarationError

ONE, TWO, THREE = "+8613900001234", "+8613900001235", "+8613900001236"


def test_each_host_has_the_positions_of_its_results_in_their_order() -> None:
    results = [{"phone_number": number} for number in (ONE, TWO, THREE)]

    assert result_positions(results, {ONE: "acme", TWO: "other", THREE: "acme"}) == {"acme": [0, 2], "other": [1]}


def test_codes_of_another_variable_replace_those_of_the_run() -> None:
    run = {"cams_codes": {ONE: "111111"}, "typed": {ONE: "222222"}}

    assert replace_codes(run, "cams_codes") == run
    assert replace_codes(run, "typed") == {**run, "cams_codes": {ONE: "222222"}}
    assert replace_codes({}, "cams_codes") == {}
    with pytest.raises(DeclarationError, match="no variable other"):
        replace_codes(run, "other")
