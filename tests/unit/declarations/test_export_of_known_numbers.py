# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The exported inventory keeps what the current inventory declares, and adds the other numbers of the spaces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.filter.cams_inventory import cams_inventory
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import gather_declarations
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.inventory_text import yaml_of
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Observation
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.observing import phase_of
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import read

KNOWN, OTHER, NEW, FAR = (f"+861390000123{last}" for last in (4, 5, 6, 7))


def row(number: str, status: str, verification: str = "") -> dict[str, Any]:
    phase = phase_of(Observation(status, verification)).value
    return {"phone_number": number, "status": status, "code_verification_status": verification, "phase": phase}


SPACES = {"1": [row(KNOWN, "PENDING"), row(NEW, "PENDING")]}
UNDEFINED = "{{ nobody_sets_this }}"

Hosts = Mapping[str, Mapping[str, Any]]


def host(number: str, space: str = "1", **variables: Any) -> dict[str, Any]:
    return {
        "group_names": [],
        "cams_cust_space_id": space,
        "cams_phone_number": number,
        **{f"cams_{key}": value for key, value in variables.items()},
    }


def customer(*numbers: Any, space: str = "1", **variables: Any) -> dict[str, Any]:
    return {"group_names": [], "cams_cust_space_id": space, "cams_numbers": list(numbers), **variables}


def parsed(exported: Mapping[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(exported["text"])
    return document


def hosts_of(exported: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the hosts of the exported inventory with the variables that Ansible would give them."""
    hosts: dict[str, dict[str, Any]] = {}
    for group in parsed(exported).values():
        for name, variables in group["hosts"].items():
            hosts.setdefault(name, {}).update({**group.get("vars", {}), **variables})
    return hosts


def declarations(hosts: Hosts) -> list[dict[str, Any]]:
    return gather_declarations(list(hosts), hosts.__getitem__, read).numbers


@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_a_known_number_keeps_its_host_name_and_all_its_values(shape: str) -> None:
    webhook = {"up_callback_url": "https://hooks.example.com/messages", "http": True}
    hosts = {
        "shop-shanghai": host(
            KNOWN, state="verified", code_method="voice", code_locale="zh_CN", webhook=webhook, verify_code="012345"
        )
    }

    exported = cams_inventory(SPACES, shape, hosts)

    found = hosts_of(exported)["shop-shanghai"]
    assert found == {
        "cams_cust_space_id": "1",
        "cams_phone_number": KNOWN,
        "cams_state": "verified",
        "cams_code_method": "voice",
        "cams_code_locale": "zh_CN",
        "cams_webhook": webhook,
    }
    assert "012345" not in exported["text"]
    assert (exported["declared"], exported["kept"]) == (2, 1)


@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_what_the_inventory_wants_of_its_numbers_is_the_same_after_the_export(shape: str) -> None:
    hosts = {
        "shop": host(KNOWN),
        "acme": customer(
            OTHER,
            {"phone_number": "+12025550104", "code_method": "voice", "webhook": {}},
            {"cams_phone_number": "+12025550105", "cust_space_id": "1", "state": "initiated"},
            space="2",
            cams_webhook={"status_callback_url": "https://hooks.example.com/status"},
        ),
    }
    spaces = {"1": [row(KNOWN, "BANNED"), row(NEW, "CONNECTED")], "2": [row(OTHER, "PENDING", "VERIFIED")]}

    exported = declarations(hosts_of(cams_inventory(spaces, shape, hosts)))

    before = declarations(hosts)
    assert [number for number in exported if number["phone_number"] != NEW] == before
    assert {"phone_number": NEW, "cust_space_id": "1"} in exported


def test_a_number_that_no_host_declares_is_declared_as_it_is() -> None:
    hosts = {"shop": host(KNOWN)}

    assert hosts_of(cams_inventory(SPACES, "hosts", hosts))[NEW]["cams_state"] == "initiated"
    assert hosts_of(cams_inventory(SPACES, "customers", hosts))["space_1"] == {
        "cams_cust_space_id": "1",
        "cams_numbers": [{"phone_number": NEW, "state": "initiated"}],
    }


def test_a_new_number_joins_the_only_customer_of_its_space() -> None:
    spaces = {"1": [row(NEW, "CONNECTED")], "2": [row(FAR, "CONNECTED")]}
    hosts = {
        "acme": customer(KNOWN),
        "two-of-us": customer(OTHER, space="2"),
        "same-space": customer("+12025550104", space="2"),
    }

    found = hosts_of(cams_inventory(spaces, "customers", hosts))

    assert found["acme"]["cams_numbers"] == [KNOWN, NEW]
    assert found["space_2"]["cams_numbers"] == [FAR]


def test_a_second_export_finds_the_first_one_and_repeats_it() -> None:
    spaces = {"1": [row(KNOWN, "CONNECTED"), row(NEW, "PENDING")], "2": [row(FAR, "CONNECTED")]}

    for shape, groups in (("hosts", ["space_1"]), ("customers", ["customers"])):
        first = cams_inventory(spaces, shape)
        again = {name: {"group_names": groups, **variables} for name, variables in hosts_of(first).items()}
        if shape == "hosts":
            again[FAR]["group_names"] = ["space_2"]
        assert parsed(cams_inventory(spaces, shape, again)) == parsed(first)


def test_hosts_stay_in_their_groups_but_not_in_groups_from_the_cloud() -> None:
    shop = {**host(KNOWN), "group_names": ["asia", "cams_phase_initiated", "cams_space_1", "shops"]}
    acme = {**customer(OTHER), "group_names": ["shops"]}

    document = parsed(cams_inventory(SPACES, "hosts", {"shop": shop, "acme": acme}))

    assert document["asia"] == {"hosts": {"shop": {}}}
    assert document["shops"] == {"hosts": {"shop": {}, "acme": {}}}
    assert sorted(document) == ["asia", "customers", "shops", "space_1"]


@pytest.mark.parametrize("groups", [["space_1"], ["space_1", "customers"]])
def test_a_group_of_another_space_is_not_given_the_variables_of_this_one(groups: list[str]) -> None:
    elsewhere = {**host(FAR, "2"), "group_names": groups}

    exported = cams_inventory({**SPACES, "2": []}, "hosts", {"shop": host(KNOWN), "far": elsewhere})

    assert hosts_of(exported)["shop"]["cams_cust_space_id"] == "1"
    groups_of_far = [group for group in parsed(exported).values() if "far" in group["hosts"] and "vars" in group]
    assert [group["vars"] for group in groups_of_far] == [{"cams_cust_space_id": "2"}]


@pytest.mark.parametrize("names", [("shop", "acme"), ("customers", "space_1"), ("space_1", "customers")])
@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_no_group_has_the_name_of_a_host(shape: str, names: tuple[str, str]) -> None:
    """Ansible would give the variables of such a host to the group."""
    single, listed = names
    shop = {**host(KNOWN), "group_names": ["space_2", "asia"]}
    spaces = {**SPACES, "2": [row(FAR, "CONNECTED")]}

    exported = cams_inventory(spaces, shape, {single: shop, listed: customer(OTHER, space="3"), "more": customer()})

    document = parsed(exported)
    assert not document.keys() & {name for group in document.values() for name in group["hosts"]}
    assert {single, NEW if shape == "hosts" else "asia"} <= {*hosts_of(exported), *document}


def test_a_declared_number_that_the_cloud_does_not_show_stays_declared_and_is_named() -> None:
    exported = cams_inventory(SPACES, "hosts", {"later": host(FAR, code_method="voice")})

    assert hosts_of(exported)["later"]["cams_phone_number"] == FAR
    [note] = exported["notes"]
    assert note == (
        "The spaces do not show 1 number that your inventory declares."
        f" A run migrates it, as with your current inventory: {FAR} (host later)."
    )
    assert f'# Note: "{note}"' in exported["text"]


def test_many_numbers_that_the_cloud_does_not_show_are_named_in_one_sentence() -> None:
    hosts = {f"shop-{index}": host(f"+8613900002{index:03}") for index in range(40)}

    [note] = cams_inventory(SPACES, "hosts", hosts)["notes"]

    assert "40 numbers" in note
    assert "and 35 more" in note
    assert len(note) < 400


def test_a_halted_number_that_the_inventory_declares_stays_declared() -> None:
    exported = cams_inventory({"1": [row(KNOWN, "BANNED")]}, "hosts", {"shop": host(KNOWN)})

    assert list(hosts_of(exported)) == ["shop"]
    assert exported["left_out"] == []


@pytest.mark.parametrize("exported_too", [True, False])
def test_a_number_stays_in_the_space_that_the_inventory_declares(exported_too: bool) -> None:
    spaces = {**SPACES, **({"2": []} if exported_too else {})}

    exported = cams_inventory(spaces, "hosts", {"shop": host(KNOWN, "2")})

    assert ("shop" in hosts_of(exported)) is exported_too
    assert KNOWN not in hosts_of(exported)
    assert exported["left_out"] == [f"{KNOWN} in space 1, PENDING: Your inventory declares the number in space 2."]


def test_numbers_of_spaces_that_are_not_exported_are_counted() -> None:
    [note] = cams_inventory(SPACES, "hosts", {"a": host(FAR, "2"), "b": host(OTHER, "3"), "c": host(KNOWN)})["notes"]

    assert note == (
        "Your inventory declares 2 numbers of other spaces, which are not in this file."
        " To export them too, add their spaces to cams_export_spaces: 2, 3."
    )


# --- values that cannot be used ---


def test_a_value_that_cannot_be_read_is_left_out_with_a_note() -> None:
    exported = cams_inventory(SPACES, "hosts", {"shop": host(KNOWN, code_method=UNDEFINED, state="verified")})

    assert hosts_of(exported)["shop"] == {
        "cams_cust_space_id": "1",
        "cams_phone_number": KNOWN,
        "cams_state": "verified",
    }
    [note] = exported["notes"]
    assert note.startswith("host shop: cams_code_method: The template")


@pytest.mark.parametrize("state", [UNDEFINED, "register", 7])
def test_a_state_that_cannot_be_read_becomes_the_state_in_the_cloud(state: Any) -> None:
    exported = cams_inventory(SPACES, "hosts", {"shop": host(KNOWN, state=state), "far": host(FAR, state=state)})

    assert hosts_of(exported)["shop"]["cams_state"] == "initiated"
    # The cloud does not show this one, so no state is safe.
    assert "far" not in hosts_of(exported)
    assert any(FAR in sentence for sentence in exported["left_out"])


@pytest.mark.parametrize(
    "variables",
    [
        host(UNDEFINED),
        host("+9991234567"),
        host(KNOWN, UNDEFINED),
        {"group_names": [], "cams_phone_number": KNOWN},
        customer(UNDEFINED),
        {"group_names": [], "cams_numbers": UNDEFINED},
    ],
)
def test_a_declaration_that_cannot_be_read_is_noted_and_the_cloud_counts(variables: dict[str, Any]) -> None:
    exported = cams_inventory(SPACES, "hosts", {"broken": variables})

    assert "broken" not in hosts_of(exported)
    assert sorted(hosts_of(exported)) == [KNOWN, NEW]
    assert any(note.startswith("host broken") for note in exported["notes"])


def test_a_code_is_not_even_read() -> None:
    class Variables(dict):  # type: ignore[type-arg]
        def __getitem__(self, name: str) -> Any:
            assert name != "cams_verify_code"
            return super().__getitem__(name)

    exported = cams_inventory(SPACES, "hosts", {"shop": Variables(host(KNOWN, verify_code="{{ lookup('x') }}"))})

    assert exported["notes"] == []


@pytest.mark.parametrize(
    "raw",
    [
        {"cams_webhook": {"up_callback_url": "https://hooks.example.com/{{ token }}"}},
        {"cams_webhook": "{{ hooks }}"},
        {"cams_webhook": {"up_callback_url": object()}},
        {"cams_numbers": [{"phone_number": KNOWN, "webhook": {"up_callback_url": object()}}]},
        {"cams_numbers": "{{ all_of_them }}"},
    ],
)
def test_a_webhook_that_may_contain_a_secret_is_not_written(raw: dict[str, Any]) -> None:
    class Hostvars(dict):  # type: ignore[type-arg]
        def raw_get(self, name: str) -> dict[str, Any]:
            return {**self[name], **raw}

    webhook = {"up_callback_url": "https://hooks.example.com/s3cret"}
    variables = customer(KNOWN, cams_webhook=webhook) if "cams_numbers" in raw else host(KNOWN, webhook=webhook)

    exported = cams_inventory(SPACES, "hosts", Hostvars(shop=variables))

    assert "s3cret" not in str(exported)
    assert exported["declared"] == 2
    [note] = exported["notes"]
    assert note.startswith("host shop: The webhook uses a template or a vault, so it may contain a secret.")


# --- text ---


@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_hostile_names_stay_names(shape: str) -> None:
    hostile, space = 'a: b\n- "\u2028\U0001f600# yes', "a: 'b' # \U0001f600 yes"

    exported = cams_inventory({space: [row(NEW, "CONNECTED")]}, shape, {hostile: host(KNOWN, space)})

    assert hosts_of(exported)[hostile] == {"cams_cust_space_id": space, "cams_phone_number": KNOWN}
    assert exported["declared"] == 2
    assert exported["text"].isascii()


@pytest.mark.parametrize(
    "value",
    [
        {"yes": "no", "null": "~", "1": "0123", "a": {}, "b": [], "plain": True, "n": 3, "nothing": None},
        ["on", {"x": ["y", {"z": "1e3"}], "w": {"v": False}}, "a b", "", "- c", "é😀\x7f", ["nested", []]],
    ],
)
def test_text_in_yaml_is_read_as_the_same_value(value: Any) -> None:
    assert yaml.safe_load(yaml_of({"top": value})) == {"top": value}


def test_text_that_looks_like_a_template_is_marked_as_text() -> None:
    assert yaml_of({"top": "{# not a comment #}"}) == 'top: !unsafe "{# not a comment #}"\n'


def test_the_head_says_what_a_run_does() -> None:
    alone, with_inventory = (cams_inventory(SPACES, "hosts", hosts)["text"] for hosts in ({}, {"shop": host(KNOWN)}))

    assert "A run with this inventory changes nothing." in alone
    assert "A run with this inventory changes nothing." not in with_inventory
    assert "# A run does the same for them as before.\n" in with_inventory
