# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run modules in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fork_server import StartedProcess, find_server
from simulator_process import Simulator
from worlds import SPACE

Result = dict[str, Any]

# Long enough that only a hang reaches it.
LONGEST_RUN_SECONDS = 300


def start_module(module: str, arguments: dict[str, Any], variables: dict[str, str]) -> StartedProcess:
    """Start a module with these options. Its environment contains only these variables."""
    program = f"ansible_collections.chatapp.cams.plugins.modules.{module}"
    usual = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "HOME": os.environ["HOME"]}
    environment = {**usual, **variables}
    text = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
    forks = find_server({**environment, "HOME": usual["HOME"]}, usual)
    if forks:
        return forks.start(program, environment=environment, text=text)
    process = subprocess.Popen(
        [sys.executable, "-m", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in environment.items() if name != "HOME" or "HOME" in variables},
    )
    assert process.stdin is not None
    process.stdin.write(text)
    process.stdin.close()
    process.stdin = None
    return process


@dataclass
class Modules:
    """Runs a module like Ansible: options as JSON on stdin, the result as JSON on stdout."""

    simulator: Simulator
    home: Path

    def run(self, module: str, *, variables: dict[str, str] | None = None, **options: Any) -> Result:
        started = self.start(module, variables=variables, **options)
        output, errors = started.communicate(timeout=LONGEST_RUN_SECONDS)
        assert errors == ""
        result: Result = json.loads(output)
        assert (started.returncode != 0) == bool(result.get("failed"))
        return result

    def start(self, module: str, *, variables: dict[str, str] | None = None, **options: Any) -> StartedProcess:
        defaults = {
            "endpoint": self.simulator.endpoint,
            "access_key_id": self.simulator.access_key_id,
            "access_key_secret": self.simulator.access_key_secret,
            "retries": 0,
        }
        arguments = {name: value for name, value in {**defaults, **options}.items() if value is not None}
        return start_module(module, arguments, {"HOME": str(self.home), **(variables or {})})

    def info(self, **options: Any) -> Result:
        return self.run("cams_number_info", **{"cust_space_id": SPACE, **options})

    def sync(self, **options: Any) -> Result:
        return self.run("cams_number_sync", **{"cust_space_id": SPACE, **options})
