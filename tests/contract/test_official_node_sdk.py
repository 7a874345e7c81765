# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official Node.js SDK takes the simulator for CAMS."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from simulator_process import Simulator

SOURCE = Path(__file__).parent / "node"
LOCK = "package-lock.json"


@pytest.fixture
def with_node(contained: dict[str, str]) -> dict[str, str]:
    """The environment with the Node.js of this machine, which has its settings, or else with that of .venv."""
    _tools, _colon, machine = contained["PATH"].partition(os.pathsep)
    has_node = all(shutil.which(program, path=machine) for program in ("node", "npm"))
    return {**contained, "PATH": machine} if has_node else contained


@pytest.fixture
def installed_sdk(checkout: Path, with_node: dict[str, str]) -> Path:
    """The folder in which the locked packages are installed; a second run finds them there.

    Without the registry of npm the test is skipped, but in a pipeline (CI is set, as .ci/run does) it fails.
    """
    folder = checkout / ".work/node"
    stamp = folder / "installed.json"
    lock = (SOURCE / LOCK).read_bytes()
    if not stamp.exists() or stamp.read_bytes() != lock:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(SOURCE, folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        install = subprocess.run(command, cwd=folder, env=with_node, capture_output=True, text=True, check=False)
        if install.returncode != 0:
            end = pytest.fail if os.environ.get("CI") else pytest.skip
            end(f"npm does not install the official SDK here: {install.stderr.strip()[-300:]}")
        stamp.write_bytes(lock)
    shutil.copy(SOURCE / "five_operations.js", folder)
    return folder


def test_the_sdk_migrates_a_number_from_nothing_to_a_row_of_the_query(
    simulator: Simulator, space: dict[str, Any], installed_sdk: Path, with_node: dict[str, str]
) -> None:
    environment = with_node | {
        "CAMS_ADDRESS": urlsplit(simulator.endpoint).netloc,
        "CAMS_CONTROL": simulator.control.url,
        "CAMS_KEY": simulator.access_key_id,
        "CAMS_SECRET": simulator.access_key_secret,
        "CAMS_SPACE": space["cust_space_id"],
        "CAMS_COUNTRY": "39",
        "CAMS_NATIONAL": "0612345678",
    }

    run = subprocess.run(
        ["node", "five_operations.js"],
        cwd=installed_sdk,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert run.returncode == 0, run.stderr
    answers = json.loads(run.stdout)
    assert {name: answer["Code"] for name, answer in answers.items()} == dict.fromkeys(
        ("initiate", "requestCode", "verify", "register", "sync", "query"), "OK"
    )
    assert answers["initiate"]["Data"]["Status"] == "MIGRATING"
    assert answers["initiate"]["Data"]["PhoneNumber"] == "390612345678"
    rows = {row["PhoneNumber"]: row for row in answers["query"]["PhoneNumbers"]}
    assert rows["390612345678"]["CodeVerificationStatus"] == "VERIFIED"
    assert rows["390212345678"]["VerifiedName"] == space["numbers"][0]["verified_name"]
    effects = simulator.control.number(space["cust_space_id"], "390612345678")
    assert effects is not None
    assert effects["effects"]["registers"] == 1


def test_the_lock_file_pins_contents_and_names_no_host() -> None:
    text = (SOURCE / LOCK).read_text(encoding="utf-8")

    assert not re.search(r"https?:", text)
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert [name for name, package in packages.items() if "integrity" not in package] == []
