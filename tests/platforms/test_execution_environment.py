# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The execution environment, as far as it goes without a container engine: ``make test-ee``.

ansible-builder makes the context and says what the collection asks for; just that is installed into a bare virtual
environment, and ansible-runner, which is what starts playbooks in an execution environment, runs the demo there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from environment import ROOT
from platforms.bare import clean_environment, installed_collection, run, virtual_environment

DEFINITION = ROOT / "extensions/ee/execution-environment.yml"


@pytest.fixture(scope="module")
def collections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed_collection(tmp_path_factory.mktemp("installed"))


@pytest.fixture(scope="module")
def definition() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(DEFINITION.read_text(encoding="utf-8"))
    return content


def test_the_definition_makes_a_context_that_installs_the_collection(
    tmp_path: Path, definition: dict[str, Any]
) -> None:
    run(
        "ansible-builder",
        "create",
        "--file",
        str(DEFINITION),
        "--context",
        str(tmp_path),
        "--output-filename",
        "Containerfile",
    )

    assert yaml.safe_load((tmp_path / "_build/requirements.yml").read_text(encoding="utf-8")) == {
        "collections": [{"name": "chatapp.cams"}]
    }
    recipe = (tmp_path / "Containerfile").read_text(encoding="utf-8")
    assert f'EE_BASE_IMAGE="{definition["images"]["base_image"]["name"]}"' in recipe
    for tool in ("ansible_core", "ansible_runner"):
        assert definition["dependencies"][tool]["package_pip"] in recipe
    assert "introspect" in recipe
    optional = (tmp_path / "_build/requirements.txt").read_text(encoding="utf-8").splitlines()
    assert optional == definition["dependencies"]["python"]


def test_what_the_collection_asks_for_is_enough_to_run_the_demo(
    tmp_path: Path, collections: Path, definition: dict[str, Any]
) -> None:
    python, system = tmp_path / "requirements.txt", tmp_path / "bindep.txt"
    report = run(
        "ansible-builder",
        "introspect",
        str(collections),
        *("--write-pip", str(python), "--write-bindep", str(system)),
    )
    asked = [line for line in python.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    assert [line.split()[0] for line in asked] == ["requests"], report
    assert not system.exists() or system.read_text(encoding="utf-8").strip() == ""

    tools = [definition["dependencies"][tool]["package_pip"] for tool in ("ansible_core", "ansible_runner")]
    environment = virtual_environment("ee", *tools, "-r", str(python), fresh=True)
    installed = json.loads(run(str(environment / "bin/python"), "-m", "pip", "list", "--format", "json"))
    names = {package["name"].lower() for package in installed}
    assert {"ansible-core", "ansible-runner", "requests"} < names
    assert not names & {"psycopg", "alibabacloud-credentials", "alibabacloud-cams20200606", "pytest", "aiohttp"}

    private = tmp_path / "runner"
    (private / "project").mkdir(parents=True)
    variables = clean_environment(environment, collections, tmp_path / "home")
    command = [str(environment / "bin/ansible-runner"), "run", str(private), "--playbook", "chatapp.cams.demo"]
    output = run(*command, env=variables, cwd=private)
    assert "failed=0" in output
    assert (private / "project/cams-demo/cams-report/report.html").is_file()
    print(output[-1500:])


def test_the_optional_requirements_are_enough_to_load_the_client_of_postgresql(definition: dict[str, Any]) -> None:
    environment = virtual_environment("ee-store", *definition["dependencies"]["python"], fresh=True)

    used = run(str(environment / "bin/python"), "-c", "import psycopg; print(psycopg.pq.__impl__)")

    # This implementation needs no package of the system.
    assert used.strip() == "binary"
