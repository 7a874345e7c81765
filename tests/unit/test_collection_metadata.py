# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metadata of the collection agrees with its content."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "plugins/modules").glob("*.py"))


def _load(path: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))
    return content


def _documentation(module: Path) -> dict[str, Any]:
    source = ast.parse(module.read_text(encoding="utf-8"))
    [documentation] = [
        node.value.value
        for node in source.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and ast.unparse(node.targets[0]) == "DOCUMENTATION"
    ]
    content: dict[str, Any] = yaml.safe_load(str(documentation))
    return content


def _takes_credentials(module: Path) -> bool:
    return "chatapp.cams._auth" in _documentation(module).get("extends_documentation_fragment", [])


CALLERS = [module for module in MODULES if _takes_credentials(module)]


def test_action_group_lists_exactly_the_modules_that_take_credentials() -> None:
    assert CALLERS
    assert _load("meta/runtime.yml")["action_groups"]["cams"] == [path.stem for path in CALLERS]


@pytest.mark.parametrize("module", CALLERS, ids=lambda path: path.stem)
def test_module_documents_its_attributes_and_action_group(module: Path) -> None:
    assert "chatapp.cams._attributes" in _documentation(module)["extends_documentation_fragment"]


def test_modules_without_credentials_run_on_the_controller() -> None:
    others = [path.stem for path in MODULES if path not in CALLERS]
    assert [name for name in others if not (ROOT / f"plugins/action/{name}.py").exists()] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_module_says_what_it_does_in_check_mode(module: Path) -> None:
    documented = _documentation(module)
    fragments = documented.get("extends_documentation_fragment", [])
    assert "check_mode" in documented.get("attributes", {}) or "chatapp.cams._attributes.info" in fragments


INSTALLED = ("plugins", "roles", "playbooks", "extensions/eda")
MODULE_OR_ROLE = re.compile(r"([a-z]\w*\.[a-z]\w*)\.[a-z]\w*")
NAME_IN_A_TEMPLATE = r"([a-z]\w*\.[a-z]\w*)\.[a-z]\w*\b"
IN_A_TEMPLATE = re.compile(rf"(?:\b(?:lookup|query|q)\(\s*['\"]|\|\s*|\bis\s+(?:not\s+)?){NAME_IN_A_TEMPLATE}")


def test_installed_files_use_only_the_collections_that_the_metadata_names() -> None:
    allowed = {"ansible.builtin", "chatapp.cams", *_load("galaxy.yml")["dependencies"]}
    files = [path for folder in INSTALLED for path in (ROOT / folder).rglob("*") if path.suffix in (".py", ".yml")]
    foreign = {str(path.relative_to(ROOT)): used for path in files if (used := _collections_used_by(path) - allowed)}
    # Each installation of AWX has its own collection. Only this playbook needs it.
    assert foreign == {"playbooks/awx.yml": {"awx.awx"}}


def _collections_used_by(path: Path) -> set[str]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return set(re.findall(r"\bansible_collections\.(\w+\.\w+)", text))
    return set(IN_A_TEMPLATE.findall(text)) | set(_collections_named_in(yaml.load(text, _AnyTag)))


def _collections_named_in(node: Any) -> Iterator[str]:
    """The collections of the modules and roles in tasks and plays."""
    if isinstance(node, dict):
        for key, value in node.items():
            role = value.get("name") if str(key).endswith(("import_role", "include_role")) else None
            for name in (key, role, value if key == "role" else None):
                if isinstance(name, str) and (found := MODULE_OR_ROLE.fullmatch(name)):
                    yield found[1]
            yield from _collections_named_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from _collections_named_in(item)


class _AnyTag(yaml.SafeLoader):
    """Reads a value with a tag of Ansible's, such as !unsafe, as nothing."""


_AnyTag.add_multi_constructor("!", lambda _loader, _suffix, _node: None)


def test_execution_environment_files_exist() -> None:
    for path in _load("meta/execution-environment.yml")["dependencies"].values():
        assert (ROOT / path).is_file(), path


def test_client_names_the_version_of_the_collection() -> None:
    source = (ROOT / "plugins/module_utils/_version.py").read_text(encoding="utf-8")
    assert f'VERSION = "{_load("galaxy.yml")["version"]}"' in source


def test_version_added_is_a_released_or_prepared_version() -> None:
    changelog = ROOT / "changelogs/changelog.yaml"
    # There is no changelog before the first release.
    released = set(_load("changelogs/changelog.yaml")["releases"]) if changelog.exists() else set()
    released.add(_load("galaxy.yml")["version"])
    added = {
        (path.name, version)
        for path in (ROOT / "plugins").glob("*/*.py")
        for version in re.findall(r"version_added: *['\"]?([\w.]+)", path.read_text(encoding="utf-8"))
    }
    assert [entry for entry in added if entry[1] not in released] == []


def test_metadata_has_all_links() -> None:
    galaxy = _load("galaxy.yml")
    for name in ("repository", "documentation", "homepage", "issues"):
        assert str(galaxy[name]).startswith("https://"), name
    assert re.fullmatch(r"\d+\.\d+\.\d+", galaxy["version"])
    assert galaxy["description"]
    assert all(re.fullmatch(r"[a-z][a-z0-9]*", tag) for tag in galaxy["tags"])


LISTS = sorted((ROOT / "tests/requirements").glob("*.txt"))


def _requirements(path: Path) -> list[str]:
    """The entries of a list, each with the hashes that follow it."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_every_tool_has_one_exact_version_and_the_hashes_of_its_files(path: Path) -> None:
    assert _requirements(path)
    exact = re.compile(r"[\w.-]+==[\w.]+( ; [^-]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert [entry for entry in _requirements(path) if not exact.fullmatch(entry.strip())] == []


@pytest.mark.parametrize("asked", sorted((ROOT / "tests/requirements").glob("*.in")), ids=lambda path: path.stem)
def test_every_tool_that_is_asked_for_is_pinned(asked: Path) -> None:
    lines = asked.read_text(encoding="utf-8").splitlines()
    wanted = {_normal(line) for line in lines if line and not line.startswith(("#", "-c "))}
    assert wanted
    assert wanted - {_normal(entry) for entry in _requirements(asked.with_suffix(".txt"))} == set()


def _normal(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=<>;\s]", requirement)[0]).lower()
