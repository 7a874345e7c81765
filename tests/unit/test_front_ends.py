# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other ways to the checks, nox and the forge's workflow, lead to the stages that there are."""

from __future__ import annotations

import ast
import re
import runpy
from typing import Any

import yaml
from environment import ROOT


def stages() -> set[str]:
    return {stage.name for stage in runpy.run_path(str(ROOT / "tests/run.py"))["STAGES"]}


def sessions() -> dict[str, tuple[str, ...]]:
    """Read without running: nox is not among the pinned tools."""
    source = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
    [value] = [
        node.value
        for node in source.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SESSIONS"
    ]
    found: dict[str, tuple[str, ...]] = ast.literal_eval(value)
    return found


def test_sessions_of_nox_are_stages_and_each_stage_has_one() -> None:
    assert {stage for chosen in sessions().values() for stage in chosen} == stages()


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def workflow() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    return content


def test_workflow_runs_the_command_that_contributors_run() -> None:
    steps = [step for job in workflow()["jobs"].values() for step in job["steps"]]
    commands = [step["run"] for step in steps if "run" in step]
    assert "make test" in commands
    assert {command.removeprefix("make ") for command in commands} <= targets()


def test_workflow_may_only_read_unless_it_publishes() -> None:
    assert workflow()["permissions"] == {"contents": "read"}
    assert [name for name, job in workflow()["jobs"].items() if "permissions" in job] == ["publish-site"]
