# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports go one way: a package imports only packages below it, and no files import each other in a circle."""

from __future__ import annotations

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from environment import ROOT

MODULE_UTILS = "ansible_collections.chatapp.cams.plugins.module_utils"
# From the bottom to the top, as ARCHITECTURE.md lists them. Single files at the root are rooms of their own.
ROOMS = (
    "_ansible_floor",
    "_version",
    "_errors",
    "_values",
    "_system",
    "_lifecycle",
    "_api",
    "_cloud",
    "_contact",
    "_store",
    "_codes",
    "_declarations",
    "_preflight",
    "_engine",
    "_report",
    "_modules",
)
MOST_FILES = 12

Graph = Mapping[str, set[str]]


def imports_of(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """For each file, by its dotted name, the files of module_utils that it imports."""
    return {name: set(_imported(name, text, sources)) for name, text in sources.items()}


def _imported(importer: str, text: str, known: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (known_name(alias.name, known) for alias in node.names if alias.name.startswith(MODULE_UTILS))
        if isinstance(node, ast.ImportFrom):
            parent = importer.split(".")[: -node.level] if node.level else []
            module = ".".join([*([MODULE_UTILS] if node.level else []), *parent, *filter(None, [node.module])])
            if module.startswith(MODULE_UTILS):
                yield from (known_name(f"{module}.{alias.name}", known) for alias in node.names)


def known_name(imported: str, known: Mapping[str, str]) -> str:
    """The file that an import names: the name itself is a file, or something in one."""
    name = imported.removeprefix(f"{MODULE_UTILS}.")
    for candidate in (name, name.rpartition(".")[0]):
        if candidate in known:
            return candidate
    raise AssertionError(f"{imported} is in no file of module_utils")


def room_of(file: str) -> str:
    return file.partition(".")[0]


def rooms_of(files: Graph) -> dict[str, set[str]]:
    """The same graph with the packages as its nodes."""
    rooms: defaultdict[str, set[str]] = defaultdict(set)
    for importer, imported in files.items():
        rooms[room_of(importer)] |= {room_of(name) for name in imported} - {room_of(importer)}
    return dict(rooms)


def upward(rooms: Graph) -> list[str]:
    """The arrows that lead from a package to one that is not below it."""
    return sorted(
        f"{importer} -> {imported}"
        for importer, names in rooms.items()
        for imported in names
        if ROOMS.index(imported) > ROOMS.index(importer)
    )


def circle(files: Graph) -> list[str]:
    """Files that import each other in a circle; empty when there are none."""
    done: set[str] = set()

    def search(name: str, path: tuple[str, ...]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return []
        found = next(filter(None, (search(other, (*path, name)) for other in sorted(files[name]))), [])
        done.add(name)
        return found

    return next(filter(None, (search(name, ()) for name in sorted(files))), [])


@pytest.fixture(scope="module")
def sources(checkout: Path) -> dict[str, str]:
    root = checkout / "plugins/module_utils"
    return {
        ".".join(path.relative_to(root).with_suffix("").parts): path.read_text(encoding="utf-8")
        for path in sorted(root.rglob("*.py"))
    }


def test_every_package_is_known_and_has_few_files(sources: Mapping[str, str]) -> None:
    folders = Counter(name.rpartition(".")[0] or name for name in sources)

    assert {room_of(folder) for folder in folders} == set(ROOMS)
    assert {folder: count for folder, count in folders.items() if count > MOST_FILES} == {}


def test_packages_import_only_packages_below_them(sources: Mapping[str, str]) -> None:
    rooms = rooms_of(imports_of(sources))
    print("\n".join(f"{room:<16} {', '.join(sorted(rooms[room], key=ROOMS.index)) or '-'}" for room in ROOMS))

    assert upward(rooms) == []


def test_no_files_import_each_other_in_a_circle(sources: Mapping[str, str]) -> None:
    assert circle(imports_of(sources)) == []


def test_a_single_import_upwards_or_in_a_circle_is_found() -> None:
    files = {"_values.phone": "", "_api.client": f"from {MODULE_UTILS}._values import phone"}
    assert upward(rooms_of(imports_of(files))) == []
    assert circle(imports_of(files)) == []

    files["_values.phone"] = f"from {MODULE_UTILS}._api.client import Client"
    assert upward(rooms_of(imports_of(files))) == ["_values -> _api"]
    assert circle(imports_of(files)) == ["_api.client", "_values.phone", "_api.client"]

    files["_values.phone"] = "from .._api.client import Client"
    assert upward(rooms_of(imports_of(files))) == ["_values -> _api"]


def test_no_file_of_the_tests_has_the_name_of_a_module_of_python() -> None:
    # Programs that tests start have these folders in PYTHONPATH. Python 3.10 then takes such a file for its own module.
    folders = ("tests", "tests/support", "tests/checks", "roles/simulator/files")
    names = {path.stem for folder in folders for path in (ROOT / folder).glob("*.py")}

    assert "environment" in names
    assert names & sys.stdlib_module_names == set()
