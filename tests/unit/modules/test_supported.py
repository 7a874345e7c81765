# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An unsupported Python or Ansible is reported in one sentence, before anything else can fail."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.module_utils._ansible_floor import OLDEST_ANSIBLE, OLDEST_PYTHON
from module_runs import LONGEST_RUN_SECONDS, start_module

ROOT = Path(__file__).resolve().parents[3]
FLOOR = ROOT / "plugins/module_utils/_ansible_floor.py"
RUNNER = ROOT / "plugins/module_utils/_modules/ansible_module.py"
UTILS = "ansible_collections.chatapp.cams.plugins.module_utils"
MODULES = sorted((ROOT / "plugins/modules").glob("*.py"))
# The oldest that any supported ansible-core can start a module with, by its own documents.
OLDEST_TARGET = (3, 7)
OPTIONS = {"cust_space_id": "space-1", "access_key_id": "key", "access_key_secret": "secret"}


def run_info(*paths: Path, **internal: str) -> dict[str, object]:
    """Run a module with these folders before all others. It fails."""
    variables = {"PYTHONPATH": os.pathsep.join([*map(str, paths), *sys.path])}
    started = start_module("cams_number_info", {**OPTIONS, **internal}, variables)
    output, errors = started.communicate(timeout=LONGEST_RUN_SECONDS)
    assert (started.returncode, errors) == (1, "")
    result: dict[str, object] = json.loads(output)
    return result


def test_an_old_python_is_reported_in_one_sentence() -> None:
    program = f"import runpy, sys; sys.version_info = (3, 9, 18); runpy.run_path({str(FLOOR)!r})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout) == {
        "failed": True,
        "msg": f"chatapp.cams needs Python 3.10 or later, but {sys.executable} is Python 3.9.18."
        " Set ansible_python_interpreter to a newer one.",
    }


def imports_of_ours(path: Path) -> list[str]:
    """In their order; what comes from Ansible runs wherever Ansible can start a module."""
    source = ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST_TARGET)
    imports = [node for node in source.body if isinstance(node, ast.ImportFrom)]
    assert all(node.level == 0 for node in imports), "a relative import would not be seen here"
    names = [str(node.module) for node in imports]
    return [name.removeprefix(f"{UTILS}.") for name in names if name.startswith("ansible_collections.")]


def test_an_old_python_can_parse_the_check_of_its_version() -> None:
    assert imports_of_ours(FLOOR) == []
    assert imports_of_ours(RUNNER)[0] == FLOOR.stem


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_a_module_checks_the_python_version_first(module: Path) -> None:
    assert imports_of_ours(module)[:1] in ([], [FLOOR.stem], [f"_modules.{RUNNER.stem}"])


def test_an_old_ansible_is_reported_in_one_sentence() -> None:
    result = run_info(_ansible_version="2.16.14")
    assert result["msg"] == "chatapp.cams needs ansible-core 2.17 or later, but this is 2.16.14. Upgrade it."


def test_a_module_without_an_ansible_version_is_accepted() -> None:
    assert "is not an address" in str(run_info(endpoint="")["msg"])


def test_a_missing_requests_is_reported_with_its_python(tmp_path: Path) -> None:
    (tmp_path / "requests.py").write_text("raise ModuleNotFoundError('requests')", encoding="utf-8")

    message = str(run_info(tmp_path, _ansible_version="2.19.0")["msg"])

    assert message.startswith("Failed to import the required Python library (requests) on ")
    assert sys.executable in message


def test_the_versions_are_those_that_the_metadata_names() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    sanity = yaml.safe_load((ROOT / "tests/config.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == f">={'.'.join(map(str, OLDEST_ANSIBLE))}.0"
    assert sanity["modules"]["python_requires"] == f">={'.'.join(map(str, OLDEST_PYTHON))}"
