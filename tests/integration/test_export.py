# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook export writes an inventory, and a run with that inventory changes nothing."""

from __future__ import annotations

import re
import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from playbook_runs import Run, credentials_environment, run_playbook
from simulator_process import Simulator
from worlds import make_space
from writes import EFFECTS_OF_WRITES

EXPORT, RECONCILE, PLAN = "chatapp.cams.export", "chatapp.cams.reconcile", "chatapp.cams.plan"
SPACES = [f"space-{letter}" for letter in "abcd"]
HALTED = ["BANNED", "MIGRATED", "DISCONNECTED", "DELETED", "UNKNOWN", "NOBODY_KNOWS"]
KINDS: list[dict[str, Any]] = [
    {"status": "CONNECTED", "verified_name": "{{ 7 * 191 }}\n- \"'#"},
    *({"status": status} for status in ["CONNECTED", "FLAGGED", "RATE_LIMITED", "RESTRICTED", *HALTED]),
    {"status": "PENDING"},
    {"status": "MIGRATING"},
    {"status": "UNVERIFIED", "code_verification_status": "EXPIRED"},
    {"status": "PENDING", "verified": True},
]
MIXED = [{"phone_number": f"861391{index:07}", **KINDS[index % len(KINDS)]} for index in range(3 * len(KINDS))]
HALTED_COUNT = sum(number["status"] in HALTED for number in MIXED)


@pytest.fixture
def environment(simulator: Simulator, contained: dict[str, str], tmp_path: Path) -> dict[str, str]:
    simulator.control.seed({"spaces": [make_space(name, numbers=MIXED[i::4]) for i, name in enumerate(SPACES)]})
    return {**contained, **credentials_environment(simulator), "XDG_STATE_HOME": str(tmp_path / "state")}


def numbers_in_the_cloud(simulator: Simulator) -> dict[str, list[dict[str, Any]]]:
    """Return the numbers of each space. A space also counts its syncs, which change no number."""
    return {space["cust_space_id"]: space["numbers"] for space in simulator.control.world()["spaces"]}


def export(environment: dict[str, str], folder: Path, *options: str) -> Run:
    settings = [f"cams_export_spaces={','.join(SPACES)}", "cams_rate_limit=1000", *options]
    return run_playbook(EXPORT, environment, folder, *(word for option in settings for word in ("-e", option)))


@pytest.mark.every_core
@pytest.mark.parametrize("shape", ["hosts", "customers"])
def test_an_exported_inventory_has_no_drift_and_reconciling_it_changes_nothing(
    simulator: Simulator, environment: dict[str, str], tmp_path: Path, shape: str
) -> None:
    before = numbers_in_the_cloud(simulator)

    exported = export(environment, tmp_path, f"cams_export_shape={shape}")
    with_inventory = ("-i", "exported.yml", "-e", "cams_rate_limit=1000")
    done = run_playbook(RECONCILE, environment, tmp_path, *with_inventory, "-e", "cams_max_changes=1")
    gate = run_playbook(PLAN, environment, tmp_path, *with_inventory, "-e", "cams_fail_on_drift=true")

    assert exported.status == 0, exported.output
    assert f"{len(MIXED) - HALTED_COUNT} numbers are declared" in exported.output
    assert f"{HALTED_COUNT} are left out" in exported.output
    assert done.status == 0, done.output
    assert gate.status == 0, gate.output
    assert "changed=0" in done.output
    assert not re.search(r"changed=[1-9]|1337", done.output)
    assert numbers_in_the_cloud(simulator) == before
    assert not set(simulator.control.calls_summary()["actions"]) & EFFECTS_OF_WRITES.keys()


def test_the_file_is_private_and_an_older_one_is_kept(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "numbers" / "cloud.yml"
    file.parent.mkdir()
    file.write_text("mine: {}\n", encoding="utf-8")

    first = export(environment, tmp_path, f"cams_export_file={file}")
    second = export(environment, tmp_path, f"cams_export_file={file}")

    assert "changed=1" in first.output
    assert "changed=0" in second.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    [kept] = [path for path in file.parent.iterdir() if path != file]
    assert kept.read_text(encoding="utf-8") == "mine: {}\n"
    # Ansible passes over such a name in a folder of inventories.
    assert kept.name.endswith("~")
    # A comment quotes its whole sentence.
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    unquoted = [line for line in lines if re.search(r'[^"]\+[0-9]', line)]
    assert unquoted == []


def test_a_space_that_cannot_be_read_leaves_no_half_inventory(environment: dict[str, str], tmp_path: Path) -> None:
    done = export(environment, tmp_path, "cams_export_spaces=space-a,not-ours")

    assert done.status == 2
    assert "Unknown.ResourceOwnerId" in done.output
    assert not (tmp_path / "exported.yml").exists()


@pytest.mark.parametrize(
    ("option", "message"),
    [("cams_export_spaces=", "Set cams_export_spaces"), ("cams_export_shape=host", "hosts or customers")],
)
def test_wrong_options_are_refused(environment: dict[str, str], tmp_path: Path, option: str, message: str) -> None:
    done = export(environment, tmp_path, option)

    assert done.status == 2
    assert message in done.output
    assert not (tmp_path / "exported.yml").exists()


def test_every_kind_is_among_the_numbers() -> None:
    assert min(Counter(number["status"] for number in MIXED).values()) >= len(MIXED) // len(KINDS)
