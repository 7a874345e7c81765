# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run stages of the tests with every supported ansible-core, each in a clone of HEAD with an environment of its own.

``make test-matrix`` runs all of them and keeps the table in docs/matrix.md; ``make test-matrix ROWS="2.17 2.21"`` runs
some rows of it again, and ``STAGES="unit"`` some stages, which are only printed. The exit status says whether
something failed or could not be run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from environment import ROOT, contained_environment
from run import choose

CLONES = ROOT / ".work/matrix"
PAGE = ROOT / "docs/matrix.md"
STAGES = ("unit", "contract", "playbooks", "whole-sanity")

# What dev.in names for the other stages. Some of it runs on newer Pythons only, or pulls in another ansible-core.
LEFT_OUT = frozenset({
    "ansible-builder", "ansible-lint", "ansible-runner", "antsibull-changelog", "antsibull-docs",
    "axe-playwright-python", "check-jsonschema", "galaxy-importer", "molecule", "mypy", "pip", "playwright", "reuse",
    "ruff", "sphinx", "sphinx-ansible-theme", "types-docutils", "types-jsonschema", "types-PyYAML", "types-requests",
    "yamllint", "zizmor",
})  # fmt: skip

HOW_TO_GET_A_PYTHON = "pyenv install {0}, or put a python{0} with its venv module on PATH; see CONTRIBUTING.md"

# The base interpreter, because an environment made from another environment breaks with it.
ASK_PYTHON = """
import sys, venv, ensurepip
from pathlib import Path
name = "python%d.%d" % sys.version_info[:2]
print("%d.%d.%d" % sys.version_info[:3])
print(next((p for p in [Path(sys.base_prefix, "bin", name)] if p.exists()), sys.executable))
"""

HEAD = """\
<!--
Copyright (c) 2026, chatapp.cams contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
-->

# Tested versions

`make test-matrix` writes this page. Do not edit it. Each row ran in a new clone of its commit, with the newest release
of its ansible-core, on the day that the row shows. A cell shows how many tests passed and failed; sanity counts as one
test.
A deprecation warning about this collection is a failure.

"""


class NotRun(Exception):
    """Why a row has no results."""


@dataclass(frozen=True)
class Row:
    core: str
    python: str
    # Before its first release, the release candidate to begin with.
    first: str = ""

    @property
    def clone(self) -> Path:
        return CLONES / self.core


@dataclass(frozen=True)
class Python:
    version: str
    path: str


@dataclass(frozen=True)
class Outcome:
    core: str
    python: str
    seconds: float = 0.0
    stages: dict[str, dict[str, Any]] = field(default_factory=dict)
    commit: str = ""
    day: str = ""
    not_run: str = ""

    @property
    def succeeded(self) -> bool:
        return not self.not_run and all(stage["succeeded"] for stage in self.stages.values())


ROWS = (
    Row("2.17", "3.10"),
    Row("2.18", "3.11"),
    Row("2.19", "3.11"),
    Row("2.20", "3.12"),
    Row("2.21", "3.13"),
    Row("2.22", "3.14", first="2.22.0rc1"),
)


def find_python(version: str) -> Python:
    for candidate in _candidates(version):
        asked = subprocess.run([candidate, "-c", ASK_PYTHON], capture_output=True, text=True, check=False)
        if asked.returncode == 0 and asked.stdout.startswith(f"{version}."):
            return Python(*asked.stdout.split("\n")[:2])
    raise NotRun(f"no Python {version} was found ({HOW_TO_GET_A_PYTHON.format(version)})")


def _candidates(version: str) -> Iterator[Path]:
    """On PATH, with a version manager's interpreters in the place of its shims, then where pyenv keeps its own."""
    folders = [Path(folder) for folder in contained_environment()["PATH"].split(os.pathsep)]
    yield from (path for folder in folders if os.access(path := folder / f"python{version}", os.X_OK))
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True)


def requirements(row: Row, checkout: Path) -> list[str]:
    """The development requirements with another ansible-core and without what the stages of the matrix do not need."""
    lines = (checkout / "tests/requirements/dev.in").read_text(encoding="utf-8").splitlines()
    named = {re.split(r"[^\w.-]", line)[0]: line for line in lines if line and not line.startswith("#")}
    kept = [line for name, line in named.items() if name not in LEFT_OUT | {"ansible-core"}]
    return [f"ansible-core~={row.first or f'{row.core}.0'}", *kept]


def prepare(row: Row, python: Python, tested: str) -> None:
    environment = contained_environment()
    shutil.rmtree(row.clone, ignore_errors=True)
    for command in (
        ["git", "clone", "--quiet", str(ROOT), str(row.clone)],
        ["git", "-C", str(row.clone), "checkout", "--quiet", "--detach", tested],
        [python.path, "-m", "venv", str(row.clone / ".venv")],
    ):
        subprocess.run(command, env=environment, check=True)
    for name in ("pip", "npm"):
        shared = ROOT / ".work/cache" / name
        shared.mkdir(parents=True, exist_ok=True)
        (row.clone / ".work/cache").mkdir(parents=True, exist_ok=True)
        (row.clone / ".work/cache" / name).symlink_to(shared)
    pip = [str(row.clone / ".venv/bin/python"), "-m", "pip", "install", "-qq"]
    subprocess.run([*pip, *requirements(row, row.clone)], env=environment, check=True)


def play(row: Row, stages: list[str], tested: str) -> Outcome:
    started = time.monotonic()
    version = row.python
    try:
        python = find_python(row.python)
        version = python.version
        print(f"ansible-core {row.core} on Python {version}: {row.clone.relative_to(ROOT)}", flush=True)
        prepare(row, python, tested)
        own_python = str(row.clone / ".venv/bin/python")
        subprocess.run([own_python, "-B", "tests/run.py", *stages], cwd=row.clone, check=False)
        summary = json.loads((row.clone / ".work/results/summary.json").read_text(encoding="utf-8"))
        core = _installed_core(own_python)
    except NotRun as reason:
        return Outcome(row.core, version, not_run=str(reason))
    except subprocess.CalledProcessError as error:
        return Outcome(row.core, version, not_run=f"{Path(error.cmd[0]).name} could not set it up")
    except FileNotFoundError:
        return Outcome(row.core, version, not_run="tests/run.py ended early")
    stages_run = {stage["stage"]: stage for stage in summary}
    return Outcome(core, version, time.monotonic() - started, stages_run, tested, time.strftime("%Y-%m-%d"))


def _installed_core(python: str) -> str:
    command = [python, "-c", "from importlib.metadata import version; print(version('ansible-core'))"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def table(outcomes: list[Outcome], stages: list[str]) -> str:
    lines = [
        f"| ansible-core | Python | commit | day | {' | '.join(stages)} | seconds |",
        f"| --- | --- | --- | --- |{' ---: |' * len(stages)} ---: |",
    ]
    for outcome in outcomes:
        cells = [_cell(outcome.stages.get(stage)) for stage in stages]
        who = f"| {outcome.core} | {outcome.python} | {outcome.commit} | {outcome.day} |"
        lines.append(f"{who} {' | '.join(cells)} | {outcome.seconds:.0f} |")
    missing = [f"{outcome.core}: NOT RUN, {outcome.not_run}." for outcome in outcomes if outcome.not_run]
    return "\n".join([*lines, "", *missing] if missing else lines)


def _cell(stage: dict[str, Any] | None) -> str:
    if stage is None:
        return "NOT RUN"
    skipped = f", {stage['skipped']} skipped" if stage["skipped"] else ""
    return f"{stage['passed']} passed, {stage['failed']} failed{skipped}"


def keep(row: Row, outcome: Outcome) -> None:
    CLONES.mkdir(parents=True, exist_ok=True)
    (CLONES / f"{row.core}.json").write_text(json.dumps(asdict(outcome)), encoding="utf-8")


def write_page() -> None:
    """Of the last whole run of each row, once there is one of every row."""
    found = [CLONES / f"{row.core}.json" for row in ROWS]
    if all(path.is_file() for path in found):
        kept = [Outcome(**json.loads(path.read_text(encoding="utf-8"))) for path in found]
        PAGE.write_text(f"{HEAD}{table(kept, list(STAGES))}\n", encoding="utf-8")
        print(f"Written: {PAGE.relative_to(ROOT)}")


def commit() -> str:
    """The commit that the clones are made of; what is not committed takes no part."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, env=contained_environment(), capture_output=True,
                              text=True, check=True).stdout.strip()  # fmt: skip

    if git("status", "--porcelain"):
        print("Changes that are not committed take no part.", flush=True)
    return git("rev-parse", "--short", "HEAD")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", nargs="*", metavar="VERSION", choices=[row.core for row in ROWS])
    parser.add_argument("--stages", nargs="*", metavar="STAGE", help=f"when left out: {' '.join(STAGES)}")
    chosen = parser.parse_args(arguments)
    rows = [row for row in ROWS if not chosen.rows or row.core in chosen.rows]
    stages = [stage.name for stage in choose(chosen.stages or STAGES)]
    tested = commit()
    outcomes = [play(row, stages, tested) for row in rows]
    result = table(outcomes, stages)
    print(f"\n{result}")
    if set(stages) == set(STAGES):
        for row, outcome in zip(rows, outcomes, strict=True):
            if not outcome.not_run:
                keep(row, outcome)
        write_page()
    return 0 if all(outcome.succeeded for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
