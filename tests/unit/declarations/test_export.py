# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory out of what spaces show: declared as it is, in either shape, and nothing that is not true."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.chatapp.cams.plugins.filter.cams_inventory import cams_inventory
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Observation
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import phase_of

NUMBER = "+8613900001234"
OTHER = "+8613900001235"


def row(number: str, status: str, verification: str = "") -> dict[str, Any]:
    phase = phase_of(Observation(status, verification)).value
    return {"phone_number": number, "status": status, "code_verification_status": verification, "phase": phase}


def read(made: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(made["text"])
    return document


SPACES = {"1": [row(NUMBER, "CONNECTED"), row(OTHER, "PENDING", "VERIFIED")]}


def test_a_host_is_a_number_in_a_group_for_each_space() -> None:
    made = cams_inventory({**SPACES, "2": [row("+8613900001236", "PENDING", "EXPIRED")]})

    assert read(made) == {
        "space_1": {
            "vars": {"cams_cust_space_id": "1"},
            "hosts": {
                NUMBER: {"cams_phone_number": NUMBER},
                OTHER: {"cams_phone_number": OTHER, "cams_state": "verified"},
            },
        },
        "space_2": {
            "vars": {"cams_cust_space_id": "2"},
            "hosts": {"+8613900001236": {"cams_phone_number": "+8613900001236", "cams_state": "initiated"}},
        },
    }
    assert made["declared"] == 3


def test_a_host_is_a_customer_with_a_list() -> None:
    numbers = [NUMBER, {"phone_number": OTHER, "state": "verified"}]

    assert read(cams_inventory(SPACES, "customers")) == {
        "customers": {"hosts": {"space_1": {"cams_cust_space_id": "1", "cams_numbers": numbers}}}
    }


@pytest.mark.parametrize("status", ["CONNECTED", "FLAGGED", "RATE_LIMITED", "RESTRICTED"])
def test_a_number_that_serves_is_declared_as_registered(status: str) -> None:
    assert read(cams_inventory({"1": [row(NUMBER, status)]}, "customers"))["customers"]["hosts"]["space_1"][
        "cams_numbers"
    ] == [NUMBER]


@pytest.mark.parametrize("shape", ["hosts", "customers"])
@pytest.mark.parametrize("status", ["BANNED", "MIGRATED", "DELETED", "DISCONNECTED", "UNKNOWN", "NEW_WORD", ""])
def test_a_halted_number_is_a_comment_and_no_declaration(status: str, shape: str) -> None:
    made = cams_inventory({"1": [row(NUMBER, status)]}, shape)

    assert read(made) == {"all": {"hosts": {}}}
    assert made["declared"] == 0
    [sentence] = made["left_out"]
    assert sentence.startswith(f"{NUMBER} in space 1, {status}: ")
    assert f"# Left out: \"{NUMBER} in space 1, {status}: The cloud shows the number as '{status}'" in made["text"]


@pytest.mark.parametrize("left", ["MIGRATED", "PENDING"])
def test_a_number_that_two_spaces_show_is_declared_where_it_is_furthest(left: str) -> None:
    made = cams_inventory({"old": [row(NUMBER, left)], "new": [row(NUMBER, "CONNECTED")]}, "customers")

    assert list(read(made)["customers"]["hosts"]) == ["space_new"]
    assert made["left_out"] == [f"{NUMBER} in space old, {left}: it is in space new."]


@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_hostile_text_ends_no_comment_and_becomes_no_declaration(shape: str) -> None:
    hostile = "X\nall: {hosts: {evil: {}}}\u2028\u202e{{ 1 }}"
    made = cams_inventory({"1": [row(NUMBER, hostile), row("+1\nall: {}", "CONNECTED")]}, shape)

    assert read(made) == {"all": {"hosts": {}}}
    assert len(made["left_out"]) == 2
    assert made["text"].isascii()
    assert all(line.startswith(("---", "#", "all:", "  hosts: {}")) for line in made["text"].splitlines())


@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_spaces_with_like_names_stay_apart(shape: str) -> None:
    spaces = {name: [row(f"+861390000123{place}", "CONNECTED")] for place, name in enumerate(["a-1", "a_1", "a.1"])}

    document = read(cams_inventory(spaces, shape))

    assert len(document if shape == "hosts" else document["customers"]["hosts"]) == 3


def test_a_space_without_a_number_to_declare_is_not_there() -> None:
    assert list(read(cams_inventory({"0": [], **SPACES, "2": [row("+8613900001236", "BANNED")]}))) == ["space_1"]


def test_a_number_that_no_declaration_may_name_is_left_out() -> None:
    [sentence] = cams_inventory({"1": [row("+9991234567", "CONNECTED")]})["left_out"]
    assert "country calling code" in sentence


@pytest.mark.parametrize(("spaces", "shape", "says"), [([], "hosts", "mapping"), ({}, "host", "hosts or customers")])
def test_a_wrong_input_is_told(spaces: Any, shape: str, says: str) -> None:
    with pytest.raises(AnsibleFilterError, match=says):
        cams_inventory(spaces, shape)
