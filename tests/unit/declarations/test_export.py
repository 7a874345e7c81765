# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exported inventory declares the numbers of spaces as they are, in both shapes."""

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


def parsed(exported: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(exported["text"])
    return document


SPACES = {"1": [row(NUMBER, "CONNECTED"), row(OTHER, "PENDING", "VERIFIED")]}


def test_the_shape_hosts_has_a_group_for_each_space() -> None:
    exported = cams_inventory({**SPACES, "2": [row("+8613900001236", "PENDING", "EXPIRED")]})

    assert parsed(exported) == {
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
    assert exported["declared"] == 3


def test_the_shape_customers_has_a_list_for_each_space() -> None:
    numbers = [NUMBER, {"phone_number": OTHER, "state": "verified"}]

    assert parsed(cams_inventory(SPACES, "customers")) == {
        "customers": {"hosts": {"space_1": {"cams_cust_space_id": "1", "cams_numbers": numbers}}}
    }


@pytest.mark.parametrize("status", ["CONNECTED", "FLAGGED", "RATE_LIMITED", "RESTRICTED"])
def test_a_connected_number_is_declared_as_registered(status: str) -> None:
    assert parsed(cams_inventory({"1": [row(NUMBER, status)]}, "customers"))["customers"]["hosts"]["space_1"][
        "cams_numbers"
    ] == [NUMBER]


@pytest.mark.parametrize("shape", ["hosts", "customers"])
@pytest.mark.parametrize("status", ["BANNED", "MIGRATED", "DELETED", "DISCONNECTED", "UNKNOWN", "NEW_WORD", ""])
def test_a_halted_number_is_written_as_a_comment(status: str, shape: str) -> None:
    exported = cams_inventory({"1": [row(NUMBER, status)]}, shape)

    assert parsed(exported) == {"all": {"hosts": {}}}
    assert exported["declared"] == 0
    [sentence] = exported["left_out"]
    assert sentence.startswith(f"{NUMBER} in space 1, {status}: ")
    assert f"# Left out: \"{NUMBER} in space 1, {status}: The cloud shows the number as '{status}'" in exported["text"]


@pytest.mark.parametrize("left", ["MIGRATED", "PENDING"])
def test_a_number_that_two_spaces_show_is_declared_where_it_is_furthest(left: str) -> None:
    exported = cams_inventory({"old": [row(NUMBER, left)], "new": [row(NUMBER, "CONNECTED")]}, "customers")

    assert list(parsed(exported)["customers"]["hosts"]) == ["space_new"]
    assert exported["left_out"] == [f"{NUMBER} in space old, {left}: The number is in space new."]


@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_hostile_text_stays_inside_its_comment(shape: str) -> None:
    hostile = "X\nall: {hosts: {evil: {}}}\u2028\u202e{{ 1 }}"
    exported = cams_inventory({"1": [row(NUMBER, hostile), row("+1\nall: {}", "CONNECTED")]}, shape)

    assert parsed(exported) == {"all": {"hosts": {}}}
    assert len(exported["left_out"]) == 2
    assert exported["text"].isascii()
    assert all(line.startswith(("---", "#", "all:", "  hosts: {}")) for line in exported["text"].splitlines())


@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_spaces_with_similar_names_get_different_groups(shape: str) -> None:
    spaces = {name: [row(f"+861390000123{place}", "CONNECTED")] for place, name in enumerate(["a-1", "a_1", "a.1"])}

    document = parsed(cams_inventory(spaces, shape))

    assert len(document if shape == "hosts" else document["customers"]["hosts"]) == 3


def test_a_space_without_numbers_to_declare_is_left_out() -> None:
    assert list(parsed(cams_inventory({"0": [], **SPACES, "2": [row("+8613900001236", "BANNED")]}))) == ["space_1"]


def test_an_impossible_number_is_left_out() -> None:
    [sentence] = cams_inventory({"1": [row("+9991234567", "CONNECTED")]})["left_out"]
    assert "country calling code" in sentence


@pytest.mark.parametrize(("spaces", "shape", "message"), [([], "hosts", "mapping"), ({}, "host", "hosts or customers")])
def test_a_wrong_input_is_refused(spaces: Any, shape: str, message: str) -> None:
    with pytest.raises(AnsibleFilterError, match=message):
        cams_inventory(spaces, shape)
