# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of the collection in its metadata agrees with what is in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]


def _load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_action_group_lists_exactly_the_modules() -> None:
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    listed = _load("meta/runtime.yml")["action_groups"]["cams"]
    assert modules
    assert sorted(listed) == sorted(modules)


def test_every_module_documents_its_action_group() -> None:
    for path in (ROOT / "plugins/modules").glob("*.py"):
        assert "action_group" in path.read_text(encoding="utf-8"), path.name


def test_no_dependency_needs_galaxy() -> None:
    assert _load("galaxy.yml")["dependencies"] == {}


def test_execution_environment_files_exist() -> None:
    for path in _load("meta/execution-environment.yml")["dependencies"].values():
        assert (ROOT / path).is_file(), path


def test_client_names_the_version_of_the_collection() -> None:
    assert f'"{_load("galaxy.yml")["version"]}"' in (ROOT / "plugins/module_utils/_version.py").read_text(encoding="utf-8")


def test_every_pinned_tool_has_one_exact_version() -> None:
    lines = (ROOT / "tests/requirements/dev.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    assert [pin for pin in pins if "==" not in pin] == []
