# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences name what their reader can type."""

from __future__ import annotations

import re

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import KNOWN_VARIABLES
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import (
    PHRASES,
    Reader,
    for_reader,
    result_for_reader,
)
from environment import ROOT

NUMBER = "+8613900001234"
MARKS = re.compile(r"<<([a-z][^<>{]*?)(?: \{[^}]*\})?>>")


@pytest.mark.parametrize(
    ("reader", "says"),
    [
        (Reader.MODULE, "No code arrived? Run again with the option resend."),
        (Reader.PLAYBOOK, f"No code arrived? Run again with -e cams_resend={NUMBER}."),
    ],
)
def test_a_resend_is_named_as_the_reader_types_it(reader: Reader, says: str) -> None:
    assert for_reader("No code arrived? <<resend>>.", reader, NUMBER) == says


def test_a_code_is_given_in_a_way_that_a_shell_and_json_accept() -> None:
    said = for_reader("When it arrives, <<submit the code>>.", Reader.PLAYBOOK, NUMBER)

    assert f"""-e '{{"cams_codes": {{"{NUMBER}": "CODE"}}}}'""" in said


def test_any_other_option_has_the_prefix_of_the_variables_in_a_playbook() -> None:
    assert for_reader("Set <<max_changes>> to 60.", Reader.PLAYBOOK) == "Set cams_max_changes to 60."
    assert for_reader("Set <<max_changes>> to 60.", Reader.MODULE) == "Set max_changes to 60."


def test_a_sentence_about_another_number_names_that_number() -> None:
    said = for_reader("For it, <<resend +393480002001>>.", Reader.PLAYBOOK, NUMBER)

    assert said == "For it, run again with -e cams_resend=+393480002001."


def test_a_sentence_about_no_single_number_names_any() -> None:
    assert for_reader("To go on, <<reclaim>>.", Reader.PLAYBOOK) == "To go on, run again with -e cams_reclaim=+…."


def test_every_sentence_of_a_result_names_its_own_number_and_other_values_stay() -> None:
    result = {
        "msg": "<<resend>>",
        "results": [{"phone_number": NUMBER, "next_action": "<<resend>>", "error": {"hint": "<<reclaim>>"}}],
        "number": {"verified_name": "<<resend>>"},
    }

    assert result_for_reader(result, Reader.PLAYBOOK) == {
        "msg": "Run again with -e cams_resend=+…",
        "results": [
            {
                "phone_number": NUMBER,
                "next_action": f"Run again with -e cams_resend={NUMBER}",
                "error": {"hint": f"Run again with -e cams_reclaim={NUMBER}"},
            }
        ],
        "number": {"verified_name": "<<resend>>"},
    }


def test_every_mark_in_the_sources_is_a_phrase_or_a_variable_of_the_roles() -> None:
    used = {
        mark
        for path in (ROOT / "plugins").rglob("*.py")
        if path.name != "wording.py"
        for mark in MARKS.findall(path.read_text(encoding="utf-8"))
    }

    assert {"resend", "reclaim", "max_changes"} <= used
    assert {mark for mark in used if mark not in PHRASES and f"cams_{mark}" not in KNOWN_VARIABLES} == set()
