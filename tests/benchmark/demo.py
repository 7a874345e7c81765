# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the demo. The README promises that it takes less than a minute."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmark.section import Line, Report, at_most
from benchmark.stage import WrongResultError
from environment import contained_environment
from playbook_runs import Run, run_playbook, write_playbook

LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Demo:
    name = "demo"
    title = "The demo"

    def run(self) -> Report:
        with tempfile.TemporaryDirectory() as folder:
            empty = _seconds(write_playbook(Path(folder), []), Path(folder))
            demo = _seconds("chatapp.cams.demo", Path(folder))
        return Report(
            "`ansible-playbook chatapp.cams.demo` in an empty folder, once.\n",
            [
                Line("an empty playbook", f"{empty:.1f} s"),
                at_most("the demo", demo, LONGEST_SECONDS, "{:.1f} s"),
            ],
        )


def _seconds(playbook: Path | str, folder: Path) -> float:
    started = time.monotonic()
    run: Run = run_playbook(playbook, {**contained_environment(), "PWD": str(folder)}, folder)
    if run.status:
        raise WrongResultError(run.output)
    return time.monotonic() - started
