# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of mistakes, and the mistakes in it."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    MOST_MISTAKES,
    Mistake,
    Mistakes,
    shown_value,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.mistakes import mistake_table
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.table import MOST_LINES
from ansible_collections.chatapp.cams.plugins.plugin_utils._declared import NoValue, evaluate_each, template_in


def row(host: str = "a", fix: str = "Write registered.") -> dict[str, str]:
    return Mistake((host,), "cams_state", '"x"', fix).as_row()


def test_columns_are_aligned_and_a_missing_host_or_value_is_a_dash() -> None:
    of_the_run = Mistake((), "cams_fail_on", "", "Write one of failed.").as_row()

    assert mistake_table([row("a-long-name"), of_the_run], 2) == [
        "There are 2 mistakes in the inventory.",
        "",
        "host         variable      value  what to write instead",
        'a-long-name  cams_state    "x"    Write registered.',
        "-            cams_fail_on  -      Write one of failed.",
        "",
        "No API call was made.",
    ]


def test_a_table_has_at_most_fifty_rows_and_says_how_many_more_there_are() -> None:
    lines = mistake_table([row()] * 60, 1234)

    assert sum(line.startswith("a ") for line in lines) == MOST_LINES == MOST_MISTAKES
    assert "… and 1184 more. Correct these first. The next run shows the others." in lines


def test_a_mistake_that_hosts_share_is_one_mistake() -> None:
    mistakes = Mistakes()
    for host in ("a", "b", "b", "c"):
        mistakes.note("cams_state", "Write registered.", host=host, value='"x"')
    mistakes.note("cams_state", "Write registered.", host="d", value='"y"')

    assert [(mistake.hosts, mistake.value) for mistake in mistakes.found] == [(("a", "b", "c"), '"x"'), (("d",), '"y"')]
    assert [mistake.hosts_in_words for mistake in mistakes.found] == ["a and 2 more hosts", "d"]
    assert Mistake(("a", "b"), "v", "", "f").hosts_in_words == "a and 1 more host"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("x", '"x"'),
        (8613900001234, "8613900001234"),
        (True, "true"),
        (None, "null"),
        ("ü\n\x00", '"ü\\n\\u0000"'),
        ("y" * 100, '"' + "y" * 58 + "…"),
        (["271828"], "a list"),
        ({"verify_code": "271828"}, "a mapping"),
    ],
)
def test_a_value_is_short_and_shows_nothing_inside_a_list_or_a_mapping(value: Any, shown: str) -> None:
    assert shown_value(value) == shown


def test_a_number_that_python_does_not_convert_to_text_has_a_text() -> None:
    assert shown_value(10**5000) == "a number of thousands of digits"


@pytest.mark.parametrize(
    ("path", "template"),
    [
        (("cams_state",), "{{ state }}"),
        (("cams_numbers", 1, "phone_number"), "{{ gone }}"),
        (("cams_numbers", 2, "phone_number"), "{{ item | … }}"),
        (("cams_numbers", 9), ""),
        (("cams_numbers",), ""),
        (("nothing",), ""),
    ],
)
def test_the_template_at_a_path_or_around_it_is_found_without_codes(path: tuple[Any, ...], template: str) -> None:
    variables = {
        "cams_state": "{{ state }}",
        "cams_numbers": ["+8613900001234", {"phone_number": "{{ gone }}"}, "{{ item | 271828 }}"],
    }

    assert template_in(variables, path) == template


def test_an_item_without_a_value_does_not_hide_the_others() -> None:
    def template(value: Any) -> Any:
        if value == "{{ gone }}":
            raise KeyError("gone")
        return f"<{value}>"

    found = evaluate_each(["a", {"phone_number": "{{ gone }}", "state": "b"}], template)

    assert found[0] == "<a>"
    assert found[1]["state"] == "<b>"
    assert isinstance(found[1]["phone_number"], NoValue)
    with pytest.raises(KeyError, match="gone"):
        str(found[1]["phone_number"])
