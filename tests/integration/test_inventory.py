# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory from the cloud, as the real ansible-inventory and ansible-playbook show it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.inventory import cams_numbers
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import one_line
from playbook_runs import LONGEST_RUN_SECONDS, credentials_environment, run_playbook, start_ansible, write_playbook
from simulator_process import Simulator
from worlds import make_space

PLUGIN = "chatapp.cams.cams_numbers"
QUERY = "QueryChatappPhoneNumbers"
SPACES = ["space-a", "space-b", "space-c"]
SETTINGS = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}


def number(last: int, **facts: Any) -> dict[str, Any]:
    return {"phone_number": f"861390000{last:04}", **facts}


WORLD = {
    "spaces": [
        make_space(
            "space-a",
            numbers=[
                number(1, status="CONNECTED", quality_rating="GREEN", verified_name="Shop"),
                number(2, status="FLAGGED", quality_rating="RED"),
            ],
        ),
        make_space("space-b", numbers=[number(3, status="PENDING"), number(4, status="PENDING", verified=True)]),
        make_space("space-c", numbers=[number(5, status="BANNED")]),
    ]
}


def plain(output: str) -> dict[str, Any]:
    """What ansible-inventory lists, without its mark of values that are never evaluated."""
    listed: dict[str, Any] = json.loads(output, object_hook=lambda value: value.get("__ansible_unsafe", value))
    return listed


@dataclass
class Inventory:
    """Runs ansible-inventory in a folder of the test's."""

    simulator: Simulator
    folder: Path
    environment: dict[str, str]

    def write(self, name: str = "acme.cams.yml", **options: Any) -> Path:
        path = self.folder / name
        path.write_text(json.dumps({"plugin": PLUGIN, "cust_space_ids": SPACES, **options}), encoding="utf-8")
        return path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = start_ansible("inventory", arguments, self.environment, self.folder, usual=SETTINGS)
        output, errors = process.communicate(timeout=LONGEST_RUN_SECONDS)
        return subprocess.CompletedProcess(arguments, process.returncode or 0, output, errors)

    def listed(self, *sources: Path) -> dict[str, Any]:
        done = self.run("--list", *(f"--inventory={source}" for source in sources))
        assert done.returncode == 0, done.stderr
        assert "WARNING" not in done.stderr, done.stderr
        return plain(done.stdout)

    def hosts(self, *sources: Path) -> dict[str, Any]:
        hosts: dict[str, Any] = self.listed(*sources)["_meta"]["hostvars"]
        return hosts

    def queries(self) -> int:
        count: int = self.simulator.control.calls_summary()["actions"].get(QUERY, {}).get("count", 0)
        return count


@pytest.fixture
def inventory(simulator: Simulator, contained: dict[str, str], tmp_path: Path) -> Inventory:
    simulator.control.seed(WORLD)
    state = {"XDG_STATE_HOME": str(tmp_path / "state")}
    return Inventory(simulator, tmp_path, {**contained, **credentials_environment(simulator), **state, **SETTINGS})


# --- hosts, variables, groups ---


@pytest.mark.every_core
def test_three_spaces_are_listed_with_one_query_each(inventory: Inventory) -> None:
    listed = inventory.listed(inventory.write())

    hosts = listed["_meta"]["hostvars"]
    assert sorted(hosts) == [f"+861390000000{last}" for last in range(1, 6)]
    shop = hosts["+8613900000001"]
    assert {name: shop[f"cams_observed_{name}"] for name in ("cust_space_id", "phone_number", "status", "phase")} == {
        "cust_space_id": "space-a",
        "phone_number": "+8613900000001",
        "status": "CONNECTED",
        "phase": "connected",
    }
    assert shop["cams_observed_verified_name"] == "Shop"
    assert shop["cams_observed_next_action"] == ""
    assert "code" in hosts["+8613900000003"]["cams_observed_next_action"]
    assert "registered" in hosts["+8613900000004"]["cams_observed_next_action"]
    assert "BANNED" in hosts["+8613900000005"]["cams_observed_next_action"]
    assert [name for variables in hosts.values() for name in variables if not name.startswith("cams_observed_")] == []
    assert listed["cams_space_space_a"]["hosts"] == ["+8613900000001", "+8613900000002"]
    assert listed["cams_phase_verified"]["hosts"] == ["+8613900000004"]
    assert listed["cams_status_banned"]["hosts"] == ["+8613900000005"]
    assert listed["cams_quality_red"]["hosts"] == ["+8613900000002"]
    assert inventory.queries() == 3


def test_the_graph_shows_the_groups_with_their_numbers(inventory: Inventory) -> None:
    done = inventory.run("--graph", f"--inventory={inventory.write('cams.yaml')}")

    assert done.returncode == 0, done.stderr
    assert "  |--@cams_phase_limited:\n  |  |--+8613900000002\n" in done.stdout


def test_constructed_options_use_the_same_names(inventory: Inventory) -> None:
    source = inventory.write(
        hostname="{{ cams_observed_verified_name | default(cams_observed_phone_number) }}",
        compose={"cams_phone_number": "cams_observed_phone_number", "short": "cams_observed_phone_number[-4:]"},
        groups={"serving": "cams_observed_phase in ['connected', 'limited']"},
        keyed_groups=[{"key": "cams_observed_phase", "prefix": "at"}],
    )

    listed = inventory.listed(source)

    assert listed["_meta"]["hostvars"]["Shop"]["short"] == "0001"
    assert listed["_meta"]["hostvars"]["Shop"]["cams_phone_number"] == "+8613900000001"
    assert sorted(listed["serving"]["hosts"]) == ["+8613900000002", "Shop"]
    assert listed["at_halted"]["hosts"] == ["+8613900000005"]


def test_strict_refuses_what_cannot_be_constructed(inventory: Inventory) -> None:
    compose = {"tier": "cams_observed_messaging_limit_tier.nosuch"}

    assert len(inventory.hosts(inventory.write(compose=compose))) == 5
    done = inventory.run("--list", f"--inventory={inventory.write(compose=compose, strict=True)}")
    assert done.returncode != 0
    assert "tier" in done.stderr


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ({"include": ["cams_observed_phase == 'halted'", "cams_observed_status == 'FLAGGED'"]}, "25"),
        ({"exclude": ["cams_observed_phase == 'halted'", "cams_observed_cust_space_id == 'space-a'"]}, "34"),
        (
            {"include": ["cams_observed_cust_space_id == 'space-a'"], "exclude": ["cams_observed_phase == 'limited'"]},
            "1",
        ),
        ({"include": ["cams_observed_verified_name | default('') == 'Shop'"]}, "1"),
    ],
)
def test_filters_keep_and_drop(inventory: Inventory, options: dict[str, Any], left: str) -> None:
    assert "".join(sorted(name[-1] for name in inventory.hosts(inventory.write(**options)))) == left


def test_another_prefix_renames_the_variables(inventory: Inventory) -> None:
    hosts = inventory.hosts(inventory.write(hostvars_prefix="", include=["phase == 'halted'"]))

    assert hosts["+8613900000005"]["phase"] == "halted"


def test_a_number_that_moved_is_where_it_is_furthest(inventory: Inventory) -> None:
    moved = {"phone_number": "8613900000001", "status": "MIGRATED", "cust_space_id": "space-c"}
    inventory.simulator.control.seed({"numbers": [moved]})

    done = inventory.run("--list", f"--inventory={inventory.write(cust_space_ids=['space-c', 'space-a'])}")

    assert plain(done.stdout)["_meta"]["hostvars"]["+8613900000001"]["cams_observed_phase"] == "connected"
    [warning] = [line for line in done.stderr.replace("\n", " ").split("[WARNING]") if "Several rows" in line]
    assert "space-a (connected)" in warning
    assert "space-c (halted)" in warning


# --- beside a static inventory ---

STATIC = """
shops:
  vars:
    cams_cust_space_id: elsewhere
    cams_state: verified
  hosts:
    shop-one:
      cams_phone_number: "+86 139-0000-0001"
    "+8613900000003":
      cams_phone_number: "+8613900000003"
      status: my own
    shop-new:
      cams_phone_number: "+8613900009999"
"""


def test_hosts_merge_with_those_of_a_static_inventory_and_keep_what_they_declare(inventory: Inventory) -> None:
    static = inventory.folder / "static.yml"
    static.write_text(STATIC, encoding="utf-8")

    alone, listed = inventory.listed(static), inventory.listed(static, inventory.write())

    hosts = listed["_meta"]["hostvars"]
    assert len(hosts) == 6
    for name, variables in alone["_meta"]["hostvars"].items():
        assert {key: hosts[name][key] for key in variables} == variables
    assert hosts["shop-one"]["cams_observed_status"] == "CONNECTED"
    assert hosts["+8613900000003"]["cams_observed_phase"] == "initiated"
    assert "cams_observed_status" not in hosts["shop-new"]
    assert "shop-one" in listed["cams_phase_connected"]["hosts"]


def test_no_variable_is_reported_as_misspelt_or_read_as_a_declaration(inventory: Inventory) -> None:
    static = inventory.folder / "static.yml"
    static.write_text(STATIC, encoding="utf-8")
    gather = "{{ (ansible_play_hosts_all | chatapp.cams.cams_declarations(hostvars)).hosts }}"
    shown = {"name": "Show", "ansible.builtin.debug": {"msg": gather}, "run_once": True}

    done = run_playbook(
        write_playbook(inventory.folder, [shown], hosts="all"),
        inventory.environment,
        inventory.folder,
        *("-i", str(static), "-i", str(inventory.write())),
    )

    assert done.status == 0, done.output
    assert done.output.count('": "') == 3, done.output


# --- text from the cloud ---


def test_hostile_text_stays_text(inventory: Inventory) -> None:
    hostile = "{{ lookup('pipe', 'touch broken-out') }}{% raw %}\u202e=cmd|' \n<script>"
    inventory.simulator.control.seed({"numbers": [{"cust_space_id": "space-a", **number(1, verified_name=hostile)}]})
    source = inventory.write(
        hostname="{{ cams_observed_verified_name | default(cams_observed_phone_number) }}",
        compose={"mine": "cams_observed_verified_name"},
        keyed_groups=[{"key": "cams_observed_verified_name | default('none')", "prefix": "named"}],
    )
    message = "{{ inventory_hostname }} {{ mine }} {{ cams_observed_verified_name }} {{ group_names }}"
    tasks = [
        {"name": "Keep", "ansible.builtin.set_fact": {"kept": "{{ mine }}"}},
        {"name": "Show", "ansible.builtin.debug": {"msg": message + " {{ kept }} {{ 6 * 7 }}"}},
    ]

    done = run_playbook(
        write_playbook(inventory.folder, tasks, hosts="cams_phase_connected"),
        inventory.environment,
        inventory.folder,
        *("-i", str(source)),
    )

    assert done.status == 0, done.output
    assert "{{ lookup('pipe', 'touch broken-out') }}{% raw %}" in done.output
    assert " 42" in done.output
    assert not (inventory.folder / "broken-out").exists()
    hosts = inventory.hosts(source)
    assert hosts[next(name for name in hosts if "lookup" in name)]["mine"] == one_line(hostile)
    assert not [name for name in hosts if set(name) & set("{}\n\u202e")]


# --- the cache ---


def cached(folder: Path, **options: Any) -> dict[str, Any]:
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(folder / "cache")}
    return {**cache, "cache_timeout": 600, **options}


def cache_file(folder: Path) -> Path:
    [file] = (folder / "cache").iterdir()
    return file


def test_a_warm_cache_needs_no_network_and_reading_does_not_renew_it(inventory: Inventory) -> None:
    source = inventory.write(**cached(inventory.folder))
    fetched = inventory.listed(source)
    earlier = time.time() - 300
    os.utime(cache_file(inventory.folder), (earlier, earlier))

    inventory.simulator.stop()
    try:
        again = inventory.listed(source)
        graph = inventory.run("--graph", f"--inventory={source}")
    finally:
        inventory.simulator.start()

    assert again == fetched
    assert "@cams_phase_connected" in graph.stdout
    assert cache_file(inventory.folder).stat().st_mtime == pytest.approx(earlier)


def test_an_expired_cache_is_read_again(inventory: Inventory) -> None:
    source = inventory.write(**cached(inventory.folder))
    inventory.listed(source)
    long_ago = time.time() - 601
    os.utime(cache_file(inventory.folder), (long_ago, long_ago))

    inventory.listed(source)

    assert inventory.queries() == 6


# Ansible keeps what it is given as it is, or since 2.19 as a text.
DAMAGES: list[Callable[[str], str]] = [
    lambda kept: re.sub(r"(kept_for\W+)\w+", r"\1another-version", kept),
    lambda kept: re.sub(r"kept_for", "kept_in_another_form", kept),
    lambda kept: kept.replace("rows", "rwos"),
    lambda kept: kept[:40],
    lambda kept: "[]",
]


@pytest.mark.parametrize("damaged", DAMAGES)
def test_a_damaged_cache_or_one_of_another_version_is_read_again(
    inventory: Inventory, damaged: Callable[[str], str]
) -> None:
    source = inventory.write(**cached(inventory.folder))
    fetched = inventory.listed(source)
    file = cache_file(inventory.folder)
    kept = file.read_text(encoding="utf-8")
    file.write_text(damaged(kept), encoding="utf-8")

    again = inventory.run("--list", f"--inventory={source}")

    assert plain(again.stdout) == fetched, again.stderr
    assert inventory.queries() == 6
    assert cache_file(inventory.folder).read_text(encoding="utf-8") == kept


def test_a_cache_of_other_spaces_is_read_again(inventory: Inventory) -> None:
    inventory.listed(inventory.write(**cached(inventory.folder, cust_space_ids=["space-a"])))

    assert len(inventory.hosts(inventory.write(**cached(inventory.folder)))) == 5


def test_an_answer_that_was_lost_is_not_kept_and_a_refusal_is_shown_again(inventory: Inventory) -> None:
    source = inventory.write(**cached(inventory.folder, cust_space_ids=["not-ours", *SPACES], retries=0))
    inventory.simulator.control.add_fault(kind="error_500", operation=QUERY, cust_space_id="space-a")

    for hosts, queries in ((3, 4), (5, 8), (5, 8)):
        done = inventory.run("--list", f"--inventory={source}")

        assert len(plain(done.stdout)["_meta"]["hostvars"]) == hosts
        assert "not-ours" in done.stderr
        assert inventory.queries() == queries


# --- what goes wrong ---


def test_a_refused_space_warns_or_fails_when_spaces_are_strict(inventory: Inventory) -> None:
    spaces = ["space-a", "not-ours"]

    done = inventory.run("--list", f"--inventory={inventory.write(cust_space_ids=spaces)}")
    strict = inventory.run("--list", f"--inventory={inventory.write(cust_space_ids=spaces, strict_spaces=True)}")

    assert len(plain(done.stdout)["_meta"]["hostvars"]) == 2
    for run in (done, strict):
        assert "not-ours" in run.stderr
        assert "Unknown.ResourceOwnerId" in run.stderr
    assert strict.returncode != 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"cust_space_id": ["space-a"]},
            "cust_space_id is not an option of this inventory. Did you mean cust_space_ids?",
        ),
        ({"nonsense": 1}, "nonsense is not an option"),
        ({"cust_space_ids": []}, "cust_space_ids is empty"),
        ({"cust_space_ids": ["nobody's"]}, "Unknown.ResourceOwnerId"),
        ({"include": ["cams_observed_nosuch == 1"]}, "cams_observed_nosuch"),
        ({"profile": "a", "access_key_id": "b"}, "mutually exclusive"),
        ({"rate_limit": 0}, "rate_limit must be more than 0"),
        ({"endpoint": "http://cams.example.com"}, "plain http"),
    ],
)
def test_a_wrong_option_is_refused(inventory: Inventory, options: dict[str, Any], message: str) -> None:
    done = inventory.run("--list", f"--inventory={inventory.write(**options)}")

    assert done.returncode != 0
    assert message in " ".join(done.stderr.split())


@pytest.mark.parametrize(
    "name",
    [
        f"{start}{name}.{ending}"
        for start in ("", "acme.")
        for name in ("cams", "cams_numbers")
        for ending in ("yml", "yaml")
    ],
)
def test_a_file_of_each_documented_name_is_read(name: str, tmp_path: Path) -> None:
    documented = cams_numbers.DOCUMENTATION.partition("version_added")[0]
    assert f"C({name.removeprefix('acme').replace('.yaml', '.yml')})" in documented
    (tmp_path / name).touch()

    assert cams_numbers.InventoryModule().verify_file(str(tmp_path / name))


def test_the_name_of_the_plugin_is_a_name_for_its_file(inventory: Inventory) -> None:
    assert len(inventory.hosts(inventory.write("cams_numbers.yml"))) == 5


@pytest.mark.parametrize("name", ["numbers.yml", "my_cams.yml", "cams.json"])
def test_a_file_of_another_name_is_left_alone(inventory: Inventory, name: str) -> None:
    done = inventory.run("--list", f"--inventory={inventory.write(name)}")

    assert done.returncode != 0
    assert inventory.queries() == 0


def test_a_secret_reaches_no_output(inventory: Inventory) -> None:
    secret = "do-not-show-this"
    source = inventory.write(access_key_id="LTAI5tSimulator", access_key_secret=secret, cust_space_ids=["space-a"])

    done = inventory.run("--list", "-vvvv", f"--inventory={source}")

    assert "SignatureDoesNotMatch" in done.stderr
    assert secret not in done.stdout + done.stderr
