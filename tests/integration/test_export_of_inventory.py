# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook export keeps what the current inventory declares: a run with the new inventory does the same."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from playbook_runs import Run, credentials_environment, output_of_ansible, run_playbook
from simulator_process import Simulator
from worlds import make_space

EXPORT, PLAN = "chatapp.cams.export", "chatapp.cams.plan"
FAST = ("-e", "cams_rate_limit=1000")
SECRET = "s3cret-token"
CODE = "493817"
# The inventory declares 1 to 7. The cloud shows all but 5, and it shows 8 and 9 too.
WORLD = {
    "spaces": [
        make_space(
            "space-a",
            numbers=[
                {"phone_number": "8613900000001", "status": "CONNECTED"},
                {"phone_number": "8613900000002", "status": "PENDING"},
                {"phone_number": "8613900000003", "status": "PENDING", "verified": True},
                {"phone_number": "8613900000004", "status": "BANNED"},
                {"phone_number": "8613900000008", "status": "PENDING", "verified": True},
            ],
        ),
        make_space(
            "space-b",
            numbers=[{"phone_number": f"861390000000{last}", "status": "CONNECTED"} for last in (6, 7, 9)],
        ),
    ]
}
INVENTORY = f"""
shops:
  vars:
    cams_cust_space_id: space-a
    own_method: voice
  children:
    asia:
      hosts:
        shop-1:
          cams_phone_number: "+8613900000001"
          cams_code_method: "{{{{ own_method }}}}"
          cams_verify_code: "{CODE}"
        shop-2: {{cams_phone_number: "+8613900000002"}}
        shop-3: {{cams_phone_number: "+8613900000003", cams_state: registered, cams_code_locale: zh_CN}}
    europe:
      hosts:
        shop-4: {{cams_phone_number: "+8613900000004", own_secret: {SECRET}}}
        shop-5: {{cams_phone_number: "+8613900000005", cams_state: initiated}}
acme:
  hosts:
    acme-1:
      cams_cust_space_id: space-b
      cams_webhook: {{up_callback_url: "https://hooks.example.com/acme"}}
      cams_numbers:
        - "+8613900000006"
        - {{phone_number: "+8613900000007", code_method: voice, webhook: {{}}}}
"""
ENVIRONMENT = dict[str, str]


@pytest.fixture
def environment(simulator: Simulator, contained: ENVIRONMENT, tmp_path: Path) -> ENVIRONMENT:
    simulator.control.seed(WORLD)
    (tmp_path / "old.yml").write_text(INVENTORY, encoding="utf-8")
    return {**contained, **credentials_environment(simulator), "XDG_STATE_HOME": str(tmp_path / "state")}


def export(environment: ENVIRONMENT, folder: Path, shape: str = "hosts", *more: str) -> Run:
    given = ("cams_export_spaces=space-a,space-b", f"cams_export_shape={shape}")
    options = [word for option in given for word in ("-e", option)]
    return run_playbook(EXPORT, environment, folder, "-i", "old.yml", *FAST, *options, *more)


def planned(environment: ENVIRONMENT, folder: Path, inventory: str) -> dict[str, Any]:
    """Return what a plan with this inventory says of each number, by number."""
    done = run_playbook(PLAN, environment, folder, "-i", inventory, *FAST, "-e", "cams_journal=none")
    assert done.status == 0, done.output
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    return {number["phone_number"]: number for number in plan["numbers"]}


def listed(environment: ENVIRONMENT, folder: Path, inventory: str) -> dict[str, Any]:
    listing = output_of_ansible("inventory", ["--list", "-i", inventory], environment, folder)
    found: dict[str, Any] = json.loads(listing)
    return found


@pytest.mark.every_core
@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_a_run_with_the_new_inventory_does_the_same_for_declared_numbers_and_nothing_else(
    environment: ENVIRONMENT, tmp_path: Path, shape: str
) -> None:
    exported = export(environment, tmp_path, shape)

    assert exported.status == 0, exported.output
    before, after = (planned(environment, tmp_path, inventory) for inventory in ("old.yml", "exported.yml"))
    added = {number: after.pop(number) for number in ("+8613900000008", "+8613900000009")}
    assert after == before
    assert {number["outcome"] for number in added.values()} == {"converged"}
    # The comparison covers numbers that a run changes, and a number that only a person can continue.
    outcomes = {number["outcome"] for number in before.values()}
    assert outcomes == {"converged", "awaiting_code", "planned", "needs_operator"}


@pytest.mark.every_core
def test_hosts_keep_their_names_groups_and_values(environment: ENVIRONMENT, tmp_path: Path) -> None:
    exported = export(environment, tmp_path)

    found = listed(environment, tmp_path, "exported.yml")
    hosts = found["_meta"]["hostvars"]
    assert hosts["shop-1"] == {
        "cams_cust_space_id": "space-a",
        "cams_phone_number": "+8613900000001",
        "cams_code_method": "voice",
    }
    assert hosts["shop-3"]["cams_code_locale"] == "zh_CN"
    assert hosts["acme-1"]["cams_numbers"] == [
        {"phone_number": "+8613900000006", "webhook": {"up_callback_url": "https://hooks.example.com/acme"}},
        {"phone_number": "+8613900000007", "code_method": "voice", "webhook": {}},
    ]
    assert found["asia"]["hosts"] == ["shop-1", "shop-2", "shop-3"]
    assert sorted(found["shops"]["hosts"]) == [f"shop-{index}" for index in range(1, 6)]
    assert "9 numbers are declared" in exported.output
    assert "already declares 7 of them" in exported.output
    assert "as with your current inventory: +8613900000005 (host shop-5)" in exported.output


def test_neither_a_code_nor_a_secret_is_written(environment: ENVIRONMENT, tmp_path: Path) -> None:
    export(environment, tmp_path)

    text = (tmp_path / "exported.yml").read_text(encoding="utf-8")
    assert CODE not in text
    assert SECRET not in text
    assert "own_" not in text


@pytest.mark.every_core
def test_a_webhook_from_a_vault_or_a_template_is_not_written(environment: ENVIRONMENT, tmp_path: Path) -> None:
    password = tmp_path / "password"
    password.write_text("open", encoding="utf-8")
    address = f"https://hooks.example.com/{SECRET}"
    given = ["--vault-password-file", str(password)]
    encrypted = output_of_ansible("vault", ["encrypt_string", address, *given], environment, tmp_path)
    vaulted = re.sub(r"\n *", "\n          ", encrypted.strip())
    (tmp_path / "old.yml").write_text(
        f"""
shops:
  vars: {{cams_cust_space_id: space-a, token: {SECRET}}}
  hosts:
    shop-1:
      cams_phone_number: "+8613900000001"
      cams_webhook:
        up_callback_url: {vaulted}
    shop-2:
      cams_phone_number: "+8613900000002"
      cams_webhook: {{up_callback_url: "https://hooks.example.com/{{{{ token }}}}"}}
""",
        encoding="utf-8",
    )

    exported = export(environment, tmp_path, "hosts", *given)

    assert exported.status == 0, exported.output
    assert SECRET not in exported.output + (tmp_path / "exported.yml").read_text(encoding="utf-8")
    for host in ("shop-1", "shop-2"):
        assert f"host {host}: The webhook uses a template or a vault" in exported.output


@pytest.mark.every_core
def test_an_undefined_variable_does_not_stop_the_export(environment: ENVIRONMENT, tmp_path: Path) -> None:
    document = yaml.safe_load(INVENTORY)
    asia = document["shops"]["children"]["asia"]["hosts"]
    asia["shop-1"]["cams_code_method"] = "{{ nobody_sets_this }}"
    asia["shop-2"]["cams_phone_number"] = "{{ nobody_sets_this }}"
    # A code is not even read.
    asia["shop-3"]["cams_verify_code"] = "{{ nobody_sets_this }}"
    document["acme"]["hosts"]["acme-1"]["cams_numbers"][1]["verify_code"] = "{{ nobody_sets_this }}"
    (tmp_path / "old.yml").write_text(yaml.safe_dump(document), encoding="utf-8")

    exported = export(environment, tmp_path)

    assert exported.status == 0, exported.output
    hosts = listed(environment, tmp_path, "exported.yml")["_meta"]["hostvars"]
    assert "cams_code_method" not in hosts["shop-1"]
    assert hosts["+8613900000002"]["cams_state"] == "initiated"
    assert "host shop-1: cams_code_method:" in exported.output
    assert "host shop-2: cams_phone_number:" in exported.output
    assert "verify_code" not in exported.output
    assert hosts["acme-1"]["cams_numbers"][1]["code_method"] == "voice"
