# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the stages below in the contained environment and end with one screen that says what was run and how it went.

``make test`` runs all of them but ``playbooks``, which repeats a part of ``integration`` for ``make test-matrix``.
``make test STAGES="unit lint"`` runs some, and ``make check`` the quick ones.
The suites run one after the other, and the other stages beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from environment import ROOT, contained_environment

LOGS = ROOT / ".work/logs"
RESULTS = ROOT / ".work/results"
SUMMARY = RESULTS / "summary.json"
TAIL_LINES = 40
# Only a hang takes longer.
LONGEST_STAGE_SECONDS = 3600


@dataclass(frozen=True)
class Stage:
    name: str
    proves: str
    command: str
    group: str = "lint"
    # A stage that repeats a part of another stage runs only when its own name is given.
    only_by_name: bool = False

    @property
    def report(self) -> Path:
        return RESULTS / f"{self.name}.xml"


@dataclass(frozen=True)
class Result:
    stage: Stage
    succeeded: bool
    passed: int
    failed: int
    skipped: int
    seconds: float


def suite(name: str, proves: str, *, processes: int = 0) -> Stage:
    command = f"python -m pytest -q -n {processes} tests/{name} --junitxml .work/results/{name}.xml"
    return Stage(name, proves, command, group="suite")


# fmt: off
STAGES = (
    Stage("ruff", "Python code has no known mistakes", "ruff check ."),
    Stage("format", "Python code has one layout", "ruff format --check ."),
    Stage("mypy", "types agree, strictly",
          "mypy .work/tree/ansible_collections/chatapp/cams/plugins extensions/eda roles/simulator/files/cams_simulator"
          " playbooks tests"),
    Stage("yamllint", "YAML is sound", "yamllint --strict ."),
    Stage("ansible-lint", "roles and playbooks meet the production profile", "ansible-lint"),
    Stage("changelog", "changelog fragments are valid", "antsibull-changelog lint"),
    Stage("docs", "documentation of plugins and roles renders, its references resolve",
          "antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self ."),
    Stage("site", "the documentation site builds without a warning, no link in it is dead",
          "python tests/checks/site.py"),
    Stage("licences", "every file names its copyright and licence", "reuse lint"),
    suite("unit", "each part does what it says", processes=2),
    suite("contract", "foreign clients and the simulator agree on the API"),
    # Three, because many of its tests wait for a process or for a pause of a run.
    suite("integration", "modules and playbooks work against the simulator", processes=3),
    Stage("playbooks", "the playbook tests of integration that each ansible-core must pass",
          "python -m pytest -q -n 2 -m every_core tests/integration --junitxml .work/results/playbooks.xml",
          group="suite", only_by_name=True),
    suite("browser", "the page of a report works in a real browser, for everybody"),
    Stage("molecule", "four migrations end as they must, and a second run changes nothing",
          "python tests/checks/scenarios.py", group="scenario"),
    Stage("sanity", "ansible-test sanity, without an ignore file", "python tests/checks/sanity.py", group="package"),
    Stage("build", "the artifact holds what it must, nothing else", "python tests/checks/artifact.py", group="package"),
    Stage("importer", "Galaxy takes the artifact without warning", "python tests/checks/importer.py", group="package"),
)
# fmt: on


# ``make check``: what takes less than ninety seconds together, for every few minutes of work.
CHECK = ("ruff", "format", "mypy", "yamllint", "changelog", "licences", "unit")


def choose(names: Iterable[str]) -> list[Stage]:
    """The stages with these names. A name can also be a group, or "check"; without names all stages run."""
    wanted = set(names)
    if "check" in wanted:
        wanted = wanted - {"check"} | set(CHECK)
    unknown = wanted - {stage.name for stage in STAGES} - {stage.group for stage in STAGES}
    if unknown:
        sys.exit(f"No such stage: {', '.join(sorted(unknown))}. See: python tests/run.py --list")
    return [
        stage
        for stage in STAGES
        if stage.name in wanted or (not stage.only_by_name and (not wanted or stage.group in wanted))
    ]


class Runner:
    """Runs stages, and ends those that are under way when it is interrupted."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._under_way: set[int] = set()
        self._interrupted = False

    def run(self, stages: list[Stage]) -> list[Result]:
        """Run the suites and, beside them, the other stages, most of which keep one core busy."""
        lanes = [[stage for stage in stages if (stage.group == "suite") is of_suites] for of_suites in (True, False)]
        with ThreadPoolExecutor(len(lanes)) as pool:
            try:
                results = [result for lane in pool.map(self._run_lane, lanes) for result in lane]
            except BaseException:
                self._interrupted = True
                for process in list(self._under_way):
                    os.killpg(process, signal.SIGKILL)
                raise
        return sorted(results, key=lambda result: stages.index(result.stage))

    def _run_lane(self, stages: list[Stage]) -> list[Result]:
        return [run(stage, self._execute) for stage in stages if not self._interrupted]

    def _execute(self, command: str, output: int) -> int:
        return execute(command, self._environment, output, self._under_way)


def run(stage: Stage, execute_it: Callable[[str, int], int]) -> Result:
    stage.report.unlink(missing_ok=True)
    started = time.monotonic()
    log = LOGS / f"{stage.name}.log"
    with log.open("w", encoding="utf-8") as output:
        status = execute_it(stage.command, output.fileno())
    result = judge(stage, status, time.monotonic() - started)
    lines = [f"{stage.name:<13} {stage.proves} … {'ok' if result.succeeded else 'FAILED'} ({result.seconds:.1f} s)"]
    log_lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if not result.succeeded:
        lines += [f"    {line}" for line in log_lines[-TAIL_LINES:]]
    elif result.skipped:
        lines += [f"    {line}" for line in log_lines if line.startswith("WARNING: ")]
    # In one piece, since another stage may end at the same time.
    print("\n".join(lines), flush=True)
    return result


def execute(command: str, environment: dict[str, str], output: int, under_way: set[int]) -> int:
    """Run in a process group of its own, so that a stage that hangs or is interrupted leaves no process behind."""
    process = subprocess.Popen(
        command.split(),
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    under_way.add(process.pid)
    try:
        return process.wait(LONGEST_STAGE_SECONDS)
    except subprocess.TimeoutExpired:
        os.write(output, f"\nStopped after {LONGEST_STAGE_SECONDS} seconds.\n".encode())
        return -signal.SIGKILL
    finally:
        under_way.discard(process.pid)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def judge(stage: Stage, status: int, seconds: float) -> Result:
    """A suite counts its tests; any other stage counts as one."""
    if stage.group != "suite":
        return Result(stage, status == 0, int(status == 0), int(status != 0), 0, seconds)
    passed = failed = skipped = 0
    if stage.report.exists():
        for element in ElementTree.parse(stage.report).iter("testsuite"):
            bad = int(element.get("failures", 0)) + int(element.get("errors", 0))
            left_out = int(element.get("skipped", 0))
            failed += bad
            skipped += left_out
            passed += int(element.get("tests", 0)) - bad - left_out
    # pytest can fail with no test to blame, for example when nothing was collected.
    if status != 0 and failed == 0:
        failed = 1
    return Result(stage, failed == 0, passed, failed, skipped, seconds)


def screen(results: list[Result], elapsed: float) -> None:
    print(f"\n{'stage':<13} {'result':<8} {'seconds':>8} {'passed':>7} {'failed':>7} {'skipped':>8}")
    for result in results:
        verdict = "ok" if result.succeeded else "FAILED"
        counts = f"{result.passed:>7} {result.failed:>7} {result.skipped:>8}"
        print(f"{result.stage.name:<13} {verdict:<8} {result.seconds:>8.1f} {counts}")
    print(f"{'in all':<22} {elapsed:>8.1f}   logs: {LOGS.relative_to(ROOT)}/<stage>.log")
    print(f"{sum(result.passed for result in results)} passed, {sum(result.failed for result in results)} failed")


def summarise(results: list[Result]) -> None:
    """Keep what the screen says for programs, the matrix for one."""
    documents = [{**vars(result), "stage": result.stage.name} for result in results]
    SUMMARY.write_text(json.dumps(documents, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", metavar="stage", help="a stage, a group, or check; all when none is named")
    parser.add_argument("--list", action="store_true", help="list the stages with their groups and stop")
    arguments = parser.parse_args()
    if arguments.list:
        for stage in STAGES:
            print(f"{stage.name:<13} {stage.group:<8} {stage.proves}")
        return 0
    stages = choose(arguments.stages)
    environment = contained_environment()
    for folder in (LOGS, RESULTS):
        folder.mkdir(parents=True, exist_ok=True)
    SUMMARY.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(dir=environment["TMPDIR"], prefix="") as temporary:
        own = {"TMPDIR": temporary, "XDG_STATE_HOME": f"{temporary}/state"}
        began = time.monotonic()
        results = Runner(environment | own).run(stages)
        elapsed = time.monotonic() - began
    screen(results, elapsed)
    summarise(results)
    return 0 if all(result.succeeded for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
