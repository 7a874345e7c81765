# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metadata of the collection agrees with its content."""

from __future__ import annotations

import ast
import re
import subprocess
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


def _options(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """The options in a piece of documentation or in an argument specification, those inside options too."""
    if isinstance(node, dict):
        for name, option in node.items():
            if isinstance(option, dict) and "description" in option and "type" in option:
                yield name, option
            yield from _options(option)


def _documented_options() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path in sorted((ROOT / "plugins").glob("*/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\noptions:\n" in node.value:
                for name, option in _options(yaml.safe_load(node.value)["options"]):
                    yield path.stem, name, option
    for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
        for name, option in _options(yaml.safe_load(path.read_text(encoding="utf-8"))):
            yield path.parent.parent.name, name, option


HOW_TO_WRITE_NUMBERS = 'Write each number with its plus and in quotes, for example V("+8613900001234").'
LISTS_OF_NUMBERS = {"_terms", "only", "override", "phone_numbers", "reclaim", "resend"}


def test_each_list_of_numbers_says_in_the_same_words_how_to_write_them() -> None:
    found = {
        (place, name): option["description"]
        for place, name, option in _documented_options()
        if option["type"] == "list" and name.removeprefix("cams_").removeprefix("preflight_") in LISTS_OF_NUMBERS
    }
    del found["cams_ram_policy", "_terms"]
    assert {name.removeprefix("cams_").removeprefix("preflight_") for _place, name in found} == LISTS_OF_NUMBERS
    assert [place for place, description in found.items() if HOW_TO_WRITE_NUMBERS not in description] == []


def test_a_module_that_only_reads_is_named_info_and_no_other_module_is() -> None:
    readers = set()
    for module in MODULES:
        documented = _documentation(module)
        details = documented.get("attributes", {}).get("diff_mode", {}).get("details", [])
        fragments = documented.get("extends_documentation_fragment", [])
        if "The module only reads." in details or "chatapp.cams._attributes.info" in fragments:
            readers.add(module.stem)
    assert readers
    assert readers == {module.stem for module in MODULES if module.stem.endswith(("_info", "_facts"))}


def test_no_module_reads_by_a_state() -> None:
    states = {
        choice
        for _place, name, option in _documented_options()
        if name in ("state", "cams_state")
        for choice in option.get("choices", [])
    }
    assert states == {"initiated", "verified", "registered"}


PLUGIN_FOLDERS = {"action", "doc_fragments", "filter", "inventory", "lookup", "module_utils", "modules", "plugin_utils"}


def test_plugins_are_in_folders_that_ansible_knows() -> None:
    folders = {path.name for path in (ROOT / "plugins").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders == PLUGIN_FOLDERS


@pytest.mark.parametrize("folder", ["doc_fragments", "module_utils", "plugin_utils"])
def test_what_only_the_collection_uses_begins_with_an_underscore(folder: str) -> None:
    names = [path.name for path in (ROOT / "plugins" / folder).iterdir() if path.name != "__pycache__"]
    assert names
    assert [name for name in names if not name.startswith("_")] == []


def test_each_module_and_plugin_has_documentation_and_examples() -> None:
    missing = []
    for folder in ("filter", "inventory", "lookup", "modules"):
        for path in (ROOT / "plugins" / folder).glob("*.py"):
            source = path.read_text(encoding="utf-8")
            wanted = ("DOCUMENTATION", "EXAMPLES") if folder == "inventory" else ("DOCUMENTATION", "EXAMPLES", "RETURN")
            missing += [f"{path.name}: {block}" for block in wanted if f'\n{block} = r"""\n' not in source]
    assert missing == []


def test_the_licence_at_the_root_is_the_one_that_the_files_name() -> None:
    licences = [path.name for path in (ROOT / "LICENSES").iterdir()]
    assert licences == ["GPL-3.0-or-later.txt"]
    assert (ROOT / "COPYING").read_bytes() == (ROOT / "LICENSES/GPL-3.0-or-later.txt").read_bytes()
    assert _load("galaxy.yml")["license"] == ["GPL-3.0-or-later"]


def test_sanity_tests_pass_without_an_ignore_file() -> None:
    assert list((ROOT / "tests/sanity").glob("ignore*")) == []


def test_the_repository_holds_no_large_file() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    files = [ROOT / name for name in listed.split("\0") if name]
    assert [path.name for path in files if path.is_file() and path.stat().st_size > 1024 * 1024] == []


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
    wanted = {_normal(line) for line in lines if line and not line.startswith(("#", "-c ", "-r "))}
    assert wanted
    assert wanted - {_normal(entry) for entry in _requirements(asked.with_suffix(".txt"))} == set()


def _normal(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\[=<>;\s]", requirement)[0]).lower()
