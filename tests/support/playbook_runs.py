# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the real ansible-playbook."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deprecations import deprecations
from environment import ROOT, environment_of_tests
from fork_server import ForkServer, StartedProcess, find_server
from simulator_process import Simulator

ANSIBLE_PLAYBOOK = str(ROOT / ".venv/bin/ansible-playbook")
# Long enough that only a hang reaches it.
LONGEST_RUN_SECONDS = 600.0
FORKED_PROGRAMS = ("doc", "inventory", "playbook")


@dataclass(frozen=True)
class Run:
    status: int
    output: str


def credentials_environment(simulator: Simulator) -> dict[str, str]:
    """Return the environment variables with which modules use the simulator."""
    return {
        "CAMS_ENDPOINT": simulator.endpoint,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": simulator.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": simulator.access_key_secret,
    }


def write_playbook(folder: Path, tasks: list[dict[str, Any]], **keywords: Any) -> Path:
    play = {"hosts": "localhost", "gather_facts": False, "tasks": tasks, **keywords}
    path = folder / "playbook.yml"
    # JSON is valid YAML and needs no decisions about quotes.
    path.write_text(json.dumps([play], indent=2), encoding="utf-8")
    return path


def run_playbook(
    playbook: Path | str, environment: Mapping[str, str], folder: Path, *arguments: str, new_session: bool = False
) -> Run:
    """Fails when Ansible warns that the playbook or the collection uses something deprecated."""
    words = [str(playbook), *arguments]
    process = start_ansible("playbook", words, environment, folder, new_session=new_session)
    try:
        output = "".join(process.communicate(timeout=LONGEST_RUN_SECONDS))
    except BaseException:
        process.kill()
        raise
    assert deprecations(output) == [], output
    assert process.returncode is not None
    return Run(process.returncode, output)


def output_of_ansible(
    program: str, words: Sequence[str], environment: Mapping[str, str], folder: Path | None = None
) -> str:
    """Run ``ansible-<program>`` to its end, which must be a success, and return its output."""
    process = start_ansible(program, words, environment, folder or Path.cwd())
    output, errors = process.communicate(timeout=LONGEST_RUN_SECONDS)
    assert process.returncode == 0, output + errors
    return output


def start_ansible(
    program: str,
    words: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    *,
    new_session: bool = False,
    usual: Mapping[str, str] | None = None,
) -> StartedProcess:
    """Start ``ansible-<program>`` without input: as a fork, or as a program if its settings are not the usual ones."""
    forks = _find_server(environment, usual)
    if forks:
        return forks.start(
            f"ansible.cli.{program}", words, environment=environment, folder=folder, new_session=new_session
        )
    return subprocess.Popen(
        [str(ROOT / f".venv/bin/ansible-{program}"), *words],
        env=dict(environment),
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=new_session,
    )


def run_commands(
    commands: str, environment: Mapping[str, str], folder: Path, *, usual: Mapping[str, str] | None = None
) -> Run:
    """Let bash run the commands, without input. It stops at the first that fails. The programs of Ansible are forks."""
    variables = dict(environment)
    forks = _find_server(environment, usual)
    if forks:
        programs = forks.programs({f"ansible-{name}": f"ansible.cli.{name}" for name in FORKED_PROGRAMS})
        variables["PATH"] = os.pathsep.join([programs, environment["PATH"]])
    done = subprocess.run(
        ["bash", "-ec", commands],
        env=variables,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LONGEST_RUN_SECONDS,
        check=False,
    )
    return Run(done.returncode, done.stdout)


def _find_server(environment: Mapping[str, str], usual: Mapping[str, str] | None) -> ForkServer | None:
    return find_server(environment, {**environment_of_tests(), **(usual or {})}, "warm_ansible")
