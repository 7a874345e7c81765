# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the stages below in the contained environment and end with one screen that says what was run and how it went.

``make test`` runs all of them but ``playbooks``, which repeats a part of ``integration`` for ``make test-matrix``.
``make test STAGES="unit lint"`` runs some, and ``make check`` the quick ones.
Two stages run at a time, those with the largest budgets first. A budget is the CPU seconds that a stage should need on
a machine that is not busy. A stage over its budget is marked, but does not fail: another machine may need more.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
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
# One stage waits or uses one core for most of its time.
STAGES_AT_A_TIME = 2


@dataclass(frozen=True)
class Stage:
    name: str
    proves: str
    command: str
    # CPU seconds.
    budget: int
    group: str = "lint"
    # The stage whose files this one needs. It runs first if it runs at all.
    after: str = ""
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
    used: Used

    @property
    def note(self) -> str:
        return "over budget" if self.used.cpu_seconds > self.stage.budget else ""


@dataclass(frozen=True)
class Used:
    seconds: float
    # Of the stage and of all processes that it started and waited for.
    cpu_seconds: float


def suite(name: str, proves: str, budget: int, *, processes: int = 0) -> Stage:
    command = f"python -m pytest -q -n {processes} tests/{name} --junitxml .work/results/{name}.xml"
    return Stage(name, proves, command, budget, group="suite")


# fmt: off
STAGES = (
    Stage("ruff", "Python code has no known mistakes", "ruff check .", 5),
    Stage("format", "Python code has one layout", "ruff format --check .", 5),
    Stage("mypy", "types agree, strictly",
          "mypy .work/tree/ansible_collections/chatapp/cams/plugins extensions/eda roles/simulator/files/cams_simulator"
          " playbooks tests", 20),
    Stage("yamllint", "YAML is sound", "yamllint --strict .", 5),
    Stage("ansible-lint", "roles and playbooks meet the production profile", "ansible-lint", 40),
    Stage("changelog", "changelog fragments are valid", "antsibull-changelog lint", 5),
    Stage("docs", "documentation of plugins and roles renders, its references resolve",
          "antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .", 12),
    Stage("site", "the documentation site builds without a warning, no link in it is dead",
          "python tests/checks/documentation_site.py", 20),
    Stage("workflows", "the workflows of the forge are sound, and their actions are pinned",
          "python tests/checks/workflows.py", 5),
    Stage("licences", "every file names its copyright and licence", "python tests/checks/licences.py", 5),
    suite("unit", "each part does what it says", 65, processes=2),
    suite("contract", "foreign clients and the simulator agree on the API", 15),
    # Four, because many of its tests wait for a process or for a pause of a run.
    suite("integration", "modules and playbooks work against the simulator", 580, processes=4),
    Stage("playbooks", "the playbook tests of integration that each ansible-core must pass",
          "python -m pytest -q -n 2 -m every_core tests/integration --junitxml .work/results/playbooks.xml", 150,
          group="suite", only_by_name=True),
    suite("browser", "the page of a report works in a real browser, for everybody", 45),
    Stage("molecule", "four migrations end as they must, and a second run changes nothing",
          "python tests/checks/scenarios.py", 85, group="scenario"),
    Stage("sanity", "ansible-test sanity, without an ignore file", "python tests/checks/sanity.py", 90,
          group="package"),
    Stage("whole-sanity", "ansible-test sanity for every file and every Python",
          "python tests/checks/sanity.py --whole", 450, group="package", only_by_name=True),
    Stage("build", "the artifact holds what it must, nothing else", "python tests/checks/artifact.py", 8,
          group="package"),
    Stage("importer", "Galaxy takes the artifact without warning", "python tests/checks/importer.py", 15,
          group="package", after="build"),
)
# fmt: on


# ``make check``: what takes less than ninety seconds together, for every few minutes of work.
CHECK = ("ruff", "format", "mypy", "yamllint", "changelog", "licences", "workflows", "unit")


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


def in_order(stages: list[Stage]) -> list[list[Stage]]:
    """The stages with the largest budgets first, so that no long one is left alone at the end.

    Each list runs from its first to its last stage.
    """
    chosen = {stage.name for stage in stages}
    firsts = [stage for stage in stages if stage.after not in chosen]
    chains = [[first, *(stage for stage in stages if stage.after == first.name)] for first in firsts]
    return sorted(chains, key=lambda chain: -sum(stage.budget for stage in chain))


class Runner:
    """Runs stages, and ends those that are under way when it is interrupted."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._under_way: set[int] = set()
        self._interrupted = False

    def run(self, stages: list[Stage]) -> list[Result]:
        with ThreadPoolExecutor(STAGES_AT_A_TIME) as pool:
            try:
                results = [result for chain in pool.map(self._run_chain, in_order(stages)) for result in chain]
            except BaseException:
                self._interrupted = True
                for process in list(self._under_way):
                    # It may have ended just now.
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process, signal.SIGKILL)
                raise
        return sorted(results, key=lambda result: stages.index(result.stage))

    def _run_chain(self, stages: list[Stage]) -> list[Result]:
        return [run(stage, self._execute) for stage in stages if not self._interrupted]

    def _execute(self, command: str, output: int) -> tuple[int, Used]:
        return execute(command, self._environment, output, self._under_way)


def run(stage: Stage, execute_it: Callable[[str, int], tuple[int, Used]]) -> Result:
    stage.report.unlink(missing_ok=True)
    log = LOGS / f"{stage.name}.log"
    with log.open("w", encoding="utf-8") as output:
        status, used = execute_it(stage.command, output.fileno())
    result = judge(stage, status, used)
    times = f"{used.seconds:.1f} s, {used.cpu_seconds:.1f} of {stage.budget} CPU s"
    lines = [f"{stage.name:<13} {stage.proves} … {'ok' if result.succeeded else 'FAILED'} ({times})"]
    log_lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    if not result.succeeded:
        lines += [f"    {line}" for line in log_lines[-TAIL_LINES:]]
    elif result.skipped:
        lines += [f"    {line}" for line in log_lines if line.startswith("WARNING: ")]
    # In one piece, since another stage may end at the same time.
    print("\n".join(lines), flush=True)
    return result


def execute(
    command: str, environment: dict[str, str], output: int, under_way: set[int], limit: float = LONGEST_STAGE_SECONDS
) -> tuple[int, Used]:
    """Run in a process group of its own, so that a stage that hangs or is interrupted leaves no process behind."""
    started = time.monotonic()
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
    hang = threading.Timer(limit, _stop, (process.pid, output, limit))
    hang.start()
    # The process keeps its id until wait4, so nothing else can be killed in its place.
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    hang.cancel()
    hang.join()
    under_way.discard(process.pid)
    _process_id, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, Used(time.monotonic() - started, usage.ru_utime + usage.ru_stime)


def _stop(group: int, output: int, limit: float) -> None:
    os.write(output, f"\nStopped after {limit:g} seconds.\n".encode())
    os.killpg(group, signal.SIGKILL)


def judge(stage: Stage, status: int, used: Used) -> Result:
    """A suite counts its tests; any other stage counts as one."""
    if stage.group != "suite":
        return Result(stage, status == 0, int(status == 0), int(status != 0), 0, used)
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
    return Result(stage, failed == 0, passed, failed, skipped, used)


def screen(results: list[Result], elapsed: float) -> str:
    """The last screen: one line for each stage, and the sums."""

    def line(name: str, verdict: str, figures: Iterable[object], counts: Iterable[object]) -> str:
        shown = [f"{figure:>8}" for figure in (*figures, *counts)]
        return f"{name:<13} {verdict:<7}{''.join(shown)}"

    lines = ["", line("stage", "result", ("seconds", "CPU s", "budget"), ("passed", "failed", "skipped"))]
    for result in results:
        figures = (f"{result.used.seconds:.1f}", f"{result.used.cpu_seconds:.1f}", result.stage.budget)
        counts = (result.passed, result.failed, result.skipped)
        row = line(result.stage.name, "ok" if result.succeeded else "FAILED", figures, counts)
        lines.append(f"{row}  {result.note}".rstrip())
    cpu_seconds = sum(result.used.cpu_seconds for result in results)
    sums = (f"{elapsed:.1f}", f"{cpu_seconds:.1f}", sum(result.stage.budget for result in results))
    total = [sum(getattr(result, name) for result in results) for name in ("passed", "failed", "skipped")]
    verdict = "ok" if all(result.succeeded for result in results) else "FAILED"
    logs = f"Logs: {LOGS.relative_to(ROOT)}/<stage>.log"
    return "\n".join([*lines, line("in all", verdict, sums, total), logs, f"{total[0]} passed, {total[1]} failed"])


def summarise(results: list[Result]) -> None:
    """Keep what the screen says for programs, the matrix for one."""
    documents = [
        {**vars(result), "stage": result.stage.name, "used": vars(result.used), "budget": result.stage.budget}
        for result in results
    ]
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
    # A pipeline that is cancelled ends the stages as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
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
    print(screen(results, elapsed))
    summarise(results)
    return 0 if all(result.succeeded for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
