# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other ways to the checks, nox and the workflows, lead to what contributors run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from environment import ROOT
from matrix import ROWS

WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINNED = re.compile(r"\s+(?:- )?uses: (?:\./\S+|[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)\s*")
# A job for each line of the matrix.
MATRIX_JOBS = ("sanity", "units")


def workflow(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text(encoding="utf-8"))
    return content


def steps(name: str) -> Iterator[dict[str, Any]]:
    for job in workflow(name)["jobs"].values():
        yield from job.get("steps", [])


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_checks_run_the_commands_that_contributors_run() -> None:
    commands = [step["run"] for step in steps("checks") if "run" in step]
    assert "make test" in commands
    assert {command.removeprefix("make ") for command in commands} <= targets()


@pytest.mark.parametrize("job", MATRIX_JOBS)
def test_each_ansible_core_of_the_matrix_has_a_job_of_its_own(job: str) -> None:
    assert workflow("checks")["jobs"][job]["strategy"]["matrix"]["core"] == [row.core for row in ROWS]


@pytest.mark.parametrize("job", MATRIX_JOBS)
def test_the_jobs_of_the_matrix_have_each_python(job: str) -> None:
    [python] = [step for step in workflow("checks")["jobs"][job]["steps"] if "setup-python" in step.get("uses", "")]
    assert {row.python for row in ROWS} <= set(python["with"]["python-version"].split())


def test_every_pull_request_and_every_night_run_all_jobs() -> None:
    triggers = re.findall(r"^  (\w+):", (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert {"pull_request", "push", "schedule"} <= set(triggers)
    assert workflow("ci")["jobs"]["checks"]["uses"] == "./.github/workflows/checks.yml"


def test_a_release_publishes_only_what_passed_every_check() -> None:
    jobs = workflow("release")["jobs"]
    assert jobs["checks"]["uses"] == "./.github/workflows/checks.yml"
    assert jobs["publish"]["needs"] == "checks"
    fetched = [step for step in jobs["publish"]["steps"] if "download-artifact" in step.get("uses", "")]
    assert [step["with"]["name"] for step in fetched] == ["artifact"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_may_only_read_unless_it_publishes(path: Any) -> None:
    content = workflow(path.stem)
    assert content["permissions"] == {"contents": "read"}
    allowed = {name for name, job in content["jobs"].items() if "permissions" in job}
    assert allowed <= {"publish", "publish-site"}


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_each_action_is_pinned_by_commit_and_names_its_version(path: Any) -> None:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if " uses: " in line]
    assert lines
    assert [line for line in lines if not PINNED.fullmatch(line)] == []


def test_nox_uses_the_tools_of_the_tests() -> None:
    """A package that a session of nox names comes with the file that pins it."""
    lines = (ROOT / "antsibull-nox.toml").read_text(encoding="utf-8").splitlines()
    packages = [line for line in lines if re.match(r"\w+_package = ", line)]
    assert packages
    pinned = '{ type = "constraints", file = "tests/requirements/dev.txt" }'
    assert [line for line in packages if pinned not in line] == []
