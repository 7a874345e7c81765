# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The matrix tests what the collection claims, says what it could not test, and deprecations do not pass."""

from __future__ import annotations

import ast
import sys
import warnings
from pathlib import Path
from typing import Any

import matrix
import pytest
import yaml
from deprecations import deprecations
from matrix import ROWS, NotRun, Outcome, Row, find_python, requirements
from run import choose

ROOT = Path(__file__).resolve().parents[2]
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
NO_PYTHON = Row("2.99", "3.99")


def _stage(failed: int = 0, skipped: int = 0) -> dict[str, Any]:
    return {"succeeded": failed == 0, "passed": 7, "failed": failed, "skipped": skipped}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    monkeypatch.setattr(matrix, "CLONES", tmp_path / "clones")
    monkeypatch.setattr(matrix, "PAGE", tmp_path / "matrix.md")
    monkeypatch.setattr(matrix, "commit", lambda: "0123abc")
    return matrix.PAGE


def test_the_oldest_ansible_that_is_tested_is_the_oldest_that_is_claimed() -> None:
    runtime = yaml.safe_load((ROOT / "meta/runtime.yml").read_text(encoding="utf-8"))
    oldest = min(ROWS, key=lambda row: _numbers(row.core))
    assert runtime["requires_ansible"] == f">={oldest.core}.0"


def test_readme_claims_the_oldest_ansible_and_python_that_are_tested() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    core = min((row.core for row in ROWS), key=_numbers)
    python = min((row.python for row in ROWS), key=_numbers)
    assert f"ansible-core {core} or later" in readme
    assert f"Python {python} or later and `requests`" in readme


def test_a_row_installs_its_own_ansible_and_no_tool_of_other_stages() -> None:
    names = requirements(Row("2.17", "3.10"), ROOT)
    assert [name for name in names if name.startswith("ansible-core")] == ["ansible-core~=2.17.0"]
    assert "ansible-core~=2.22.0rc1" in requirements(Row("2.22", "3.14", first="2.22.0rc1"), ROOT)
    assert {"hypothesis", "pytest", "requests"} <= set(names)
    assert not set(names) & {"ansible-lint", "galaxy-importer", "molecule", "mypy", "ruff"}


def test_a_row_runs_each_of_its_stages_and_make_test_runs_no_test_twice() -> None:
    assert {stage.name for stage in choose(matrix.STAGES)} == set(matrix.STAGES)
    assert not {"playbooks"} & {stage.name for names in ((), ("suite",), ("check",)) for stage in choose(names)}


def test_each_core_runs_playbooks_of_every_kind() -> None:
    """Without its marker a test silently leaves the matrix."""
    marked = {
        path.stem: [node for node in ast.parse(path.read_text(encoding="utf-8")).body if _is_for_every_core(node)]
        for path in (ROOT / "tests/integration").glob("test_*.py")
    }
    kinds = ("fleet_passes", "reconcile_playbooks", "role_hosts", "report", "export", "preflight", "inventory")
    assert [kind for kind in kinds if not marked[f"test_{kind}"]] == []
    assert sum(map(len, marked.values())) >= 10


def _is_for_every_core(node: ast.stmt) -> bool:
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return "pytest.mark.every_core" in map(ast.unparse, decorators)


def test_a_python_that_does_not_run_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shim = tmp_path / f"python{HERE}"
    shim.write_text("#!/bin/sh\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    sound = Path(sys.executable).parent
    monkeypatch.setattr(matrix, "contained_environment", lambda: {"PATH": f"{tmp_path}:{sound}"})
    found = find_python(HERE)
    assert found.version.startswith(f"{HERE}.")
    assert Path(found.path).parent != tmp_path


def test_a_python_that_is_missing_is_named_with_a_way_to_get_it() -> None:
    with pytest.raises(NotRun, match=r"no Python 3\.99 was found \(pyenv install 3\.99, or"):
        find_python("3.99")


def test_a_row_that_could_not_run_fails_the_command_and_leaves_the_page(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(matrix, "ROWS", (NO_PYTHON,))
    assert matrix.main([]) == 1
    output = capsys.readouterr().out
    assert f"| 2.99 | 3.99 |  |  |{' NOT RUN |' * len(matrix.STAGES)} 0 |" in output
    assert "2.99: NOT RUN, no Python 3.99 was found" in output
    assert not page.exists()


@pytest.mark.parametrize(("failed", "status"), [(0, 0), (2, 1)])
def test_a_whole_matrix_is_kept_whether_it_passed_or_not(
    page: Path, monkeypatch: pytest.MonkeyPatch, failed: int, status: int
) -> None:
    def play(row: Row, stages: list[str], tested: str) -> Outcome:
        results = {name: _stage(failed, skipped=1) for name in stages}
        return Outcome(f"{row.core}.9", row.python, 61.4, results, tested, "2026-11-30")

    monkeypatch.setattr(matrix, "play", play)
    assert matrix.main([]) == status
    kept = page.read_text(encoding="utf-8")
    assert kept.count(f"7 passed, {failed} failed, 1 skipped") == len(ROWS) * len(matrix.STAGES)
    assert "| 2.17.9 | 3.10 | 0123abc | 2026-11-30 |" in kept

    monkeypatch.setattr(matrix, "commit", lambda: "4567def")
    assert matrix.main(["--rows", "2.18"]) == status
    again = page.read_text(encoding="utf-8")
    assert again == kept.replace("| 2.18.9 | 3.11 | 0123abc |", "| 2.18.9 | 3.11 | 4567def |") != kept


@pytest.mark.parametrize("arguments", [["--rows", "2.17"], ["--stages", "unit"]])
def test_a_part_of_the_matrix_is_only_printed(
    page: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    def play(row: Row, stages: list[str], tested: str) -> Outcome:
        return Outcome(row.core, row.python, 1.0, {name: _stage() for name in stages})

    monkeypatch.setattr(matrix, "play", play)
    assert matrix.main(arguments) == 0
    assert not page.exists()


def test_deprecation_warnings_of_ansible_are_found_once_in_its_output() -> None:
    warning = "[DEPRECATION WARNING]: The bare thing is deprecated."
    log = f"10:00:01 | TASK [one]\n10:00:02 | {warning}\n10:00:03 | [WARNING]: other\n10:00:04 | {warning}\n"
    assert deprecations(log) == [warning]


@pytest.mark.parametrize("module", ["ansible_collections.chatapp.cams.plugins.modules.any", "cams_simulator.any"])
def test_deprecation_warnings_of_python_about_our_code_are_errors(module: str) -> None:
    with pytest.raises(DeprecationWarning):
        warnings.warn_explicit("gone soon", DeprecationWarning, "any.py", 1, module=module)


def test_deprecation_warnings_of_python_about_other_code_are_not_errors() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.warn_explicit("gone soon", DeprecationWarning, "any.py", 1, module="somebody.else")
    assert len(caught) == 1
