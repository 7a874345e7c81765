# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the owner of a number is ready for its code: the declarations, and the numbers that a run names."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.action.cams_inventory_info import check_inventory
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import (
    Declarations,
    find_declarations,
    gather_declarations,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import DeclarationError, Mistakes
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.readiness import numbers_not_ready, parse_ready
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_options import RunOptions, read_run_options
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import NOT_READY

NUMBER = "+8613900001234"
OTHER = "+8613900001235"
LATER = "2999-12-01T09:00+08:00"
BEFORE = "2020-12-01T09:00+08:00"
Inventory = Mapping[str, Mapping[str, Any]]


def declared(inventory: Inventory) -> list[dict[str, Any]]:
    return gather_declarations(list(inventory), inventory.__getitem__, operator.getitem).numbers


def readiness(inventory: Inventory) -> list[tuple[Any, Any]]:
    return [(number.get("ready"), number.get("code_not_before")) for number in declared(inventory)]


def mistakes_in(inventory: Inventory) -> str:
    with pytest.raises(DeclarationError) as caught:
        declared(inventory)
    return str(caught.value)


def host(**variables: Any) -> dict[str, Any]:
    return {"cams_cust_space_id": "1", "cams_phone_number": NUMBER, **variables}


def customer(*items: Any, **variables: Any) -> dict[str, Any]:
    return {"cams_cust_space_id": "1", "cams_numbers": list(items), **variables}


# --- what is declared ---


@pytest.mark.parametrize("no", [False, "false", "no", "False ", 0])
def test_a_no_of_the_team_is_declared_also_as_text(no: Any) -> None:
    assert readiness({"a": host(cams_ready=no)}) == [(False, None)]


@pytest.mark.parametrize("yes", [True, "true", "yes", 1])
def test_a_yes_of_the_team_is_declared_also_as_text(yes: Any) -> None:
    assert readiness({"a": host(cams_ready=yes)}) == [(True, None)]


def test_an_item_replaces_what_its_host_says() -> None:
    items = [{"phone_number": NUMBER, "ready": True}, {"phone_number": OTHER, "cams_code_not_before": BEFORE}]
    inventory = {"acme": customer(*items, cams_ready=False, cams_code_not_before=LATER)}

    assert readiness(inventory) == [(True, "2999-12-01T09:00:00+08:00"), (False, "2020-12-01T09:00:00+08:00")]


def test_a_time_that_yaml_read_as_a_time_is_a_time() -> None:
    written = yaml.safe_load("cams_code_not_before: 2999-12-01T09:00:00+08:00")

    assert readiness({"a": host(**written)}) == [(None, "2999-12-01T09:00:00+08:00")]


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (
            {"cams_code_not_before": "2026-12-01 09:00"},
            'host a: cams_code_not_before is "2026-12-01 09:00". It has no time zone, so it is another moment on'
            ' another machine. Write a time with its offset from UTC, in quotes: "2026-12-01T09:00+08:00".'
            " Z means UTC.",
        ),
        (
            {"cams_ready": ""},
            'host a: cams_ready is "". Write true, false, or the numbers that are ready in this run:'
            " cams_ready=+8613900001234",
        ),
        (
            {"cams_ready": {"yes": True}},
            "host a: cams_ready is a mapping. Write true, false, or the numbers that are ready in this run:"
            " cams_ready=+8613900001234",
        ),
        (
            {"cams_ready": "8613900001234"},
            "host a: cams_ready is \"8613900001234\". '8613900001234' is not a phone number in E.164. Its plus is"
            ' missing, perhaps because YAML read it as an integer. Quote it: "+8613900001234" Write true, false, or the'
            " numbers that are ready in this run: cams_ready=+8613900001234",
        ),
    ],
)
def test_a_mistake_says_what_to_write(variables: dict[str, Any], message: str) -> None:
    assert mistakes_in({"a": host(**variables)}) == message


def test_a_mistake_of_the_command_line_is_reported_once() -> None:
    wrong = {"cams_ready": "soon"}

    assert mistakes_in({"a": host(**wrong), "b": {**host(**wrong), "cams_phone_number": OTHER}}).startswith(
        'host a and 1 more host: cams_ready is "soon".'
    )


# --- the numbers that a run names ---


@pytest.mark.parametrize("named", [f"{OTHER}", [OTHER], f"+86 139-0000-1235,{OTHER}", [OTHER, "+8613900009999"]])
def test_the_named_numbers_are_ready_and_no_others_whatever_is_declared(named: Any) -> None:
    # -e replaces the variables of the hosts, and not those of the items.
    items = [{"phone_number": NUMBER, "ready": True}, {"phone_number": OTHER, "ready": False, "code_not_before": LATER}]
    third = "+8613900001236"
    inventory = {
        "acme": customer(*items, cams_ready=named, cams_code_not_before=LATER),
        "a": {**host(cams_ready=named, cams_code_not_before=BEFORE), "cams_phone_number": third},
    }

    assert readiness(inventory) == [(False, None), (True, None), (False, None)]


def test_an_empty_list_names_no_number() -> None:
    assert readiness({"a": host(cams_ready=[])}) == [(False, None)]


def options(**variables: Any) -> RunOptions:
    mistakes = Mistakes()
    found = read_run_options("reconcile", variables, operator.getitem, mistakes)
    mistakes.raise_if_any()
    return found


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (f"{NUMBER}, +86 139-0000-1235", (NUMBER, OTHER)),
        ([NUMBER, NUMBER], (NUMBER,)),
        (True, ()),
        ("no", ()),
        # Each host notes this mistake.
        ("soon", ()),
    ],
)
def test_the_run_knows_the_numbers_that_it_names(value: Any, named: tuple[str, ...]) -> None:
    assert options(cams_ready=value).ready == named


def test_a_run_without_the_variable_names_no_number() -> None:
    assert options().ready == ()


# --- who is not ready now ---


def test_a_number_is_not_ready_before_its_time_or_without_the_yes_of_the_team() -> None:
    numbers: list[dict[str, Any]] = [
        {"phone_number": "ready"},
        {"phone_number": "past", "ready": True, "code_not_before": BEFORE},
        {"phone_number": "no", "ready": False, "code_not_before": BEFORE},
        {"phone_number": "later", "code_not_before": LATER},
    ]

    assert numbers_not_ready(numbers) == {
        "no": NOT_READY,
        "later": "No code is requested before 2999-12-01 09:00 +08:00, as <<code_not_before>> says. Run again then.",
    }


def check(inventory: Inventory, batch: list[str], **variables: Any) -> None:
    """Check the inventory as the first batch of a play does."""
    hostvars = {name: {**found, **variables} for name, found in inventory.items()}
    everyone = {"ansible_play_batch": batch, "ansible_play_hosts_all": list(inventory), "hostvars": hostvars}
    mistakes = Mistakes()

    def find(hosts: list[str], codes: Mapping[Any, Any]) -> Declarations:
        return find_declarations(hosts, hostvars.__getitem__, operator.getitem, mistakes, codes=codes)

    check_inventory("reconcile", batch, options(**variables), everyone, mistakes, find)
    mistakes.raise_if_any()


TWO_BATCHES: Inventory = {
    "a": host(),
    "b": {**host(cams_code_not_before=LATER), "cams_phone_number": OTHER},
}


@pytest.mark.parametrize("batch", [["a", "b"], ["a"]], ids=["one batch", "a later batch"])
def test_a_resend_for_a_number_that_is_not_ready_is_refused(batch: list[str]) -> None:
    with pytest.raises(DeclarationError) as caught:
        check(TWO_BATCHES, batch, cams_resend=OTHER)

    assert str(caught.value) == (
        f'cams_resend is "{OTHER}". The number is not ready for a code. No code is requested before 2999-12-01 09:00'
        " +08:00, as cams_code_not_before says. Run again then. If its owner is ready now, run again with -e"
        f" cams_ready={OTHER}."
    )


def test_a_resend_for_a_number_without_the_yes_of_the_team_says_how_to_give_it() -> None:
    with pytest.raises(DeclarationError) as caught:
        check({"a": host(cams_ready=False)}, ["a"], cams_resend=NUMBER)

    assert str(caught.value) == (
        f'cams_resend is "{NUMBER}". The number is not ready for a code. No code is requested, because the owner of the'
        f" number is not ready for it. When the owner is ready, run again with -e cams_ready={NUMBER}."
    )


def test_a_resend_for_a_number_that_the_run_names_as_ready_is_accepted() -> None:
    check(TWO_BATCHES, ["a", "b"], cams_resend=OTHER, cams_ready=OTHER)


@pytest.mark.parametrize("batch", [["a", "b"], ["a"]], ids=["one batch", "a later batch"])
def test_a_number_that_no_host_declares_is_refused(batch: list[str]) -> None:
    with pytest.raises(DeclarationError, match=r'^cams_ready is "\+8613900009999"\. No host of this play'):
        check(TWO_BATCHES, batch, cams_ready=f"{OTHER},+8613900009999")
    check(TWO_BATCHES, batch, cams_ready=OTHER)


def test_a_value_that_is_not_a_number_is_not_read_as_one() -> None:
    assert parse_ready(NUMBER) == (NUMBER,)
    with pytest.raises(ValueError, match="8613900001234 is not text"):
        parse_ready([8613900001234])
