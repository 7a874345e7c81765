# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the first minute of a reader: from ``git clone`` to the last line of ``make demo``, with nothing cached."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmark.section import Line, Report, at_most
from benchmark.stage import WrongResultError
from environment import ROOT, contained_environment, keep_registry_settings

TIMES = 3
LONGEST_SECONDS, LONGEST_PLAY, LONGEST_SILENCE, MOST_MEGABYTES = 45.0, 20.0, 10.0, 100.0
STARTS = "Starting ansible-playbook"


@dataclass(frozen=True)
class FirstMinute:
    seconds: float
    play: float
    silence: float
    megabytes: float
    load: float
    with_uv: bool


@dataclass(frozen=True)
class Demo:
    name = "demo"
    title = "The demo"

    def run(self) -> Report:
        runs = [first_minute() for _time in range(TIMES)]
        installer = "A uv that was there" if runs[0].with_uv else "pip"
        seconds = max(run.seconds for run in runs)
        play = max(run.play for run in runs)
        silence = max(run.silence for run in runs)
        megabytes = max(run.megabytes for run in runs)
        return Report(
            f"`git clone` of this checkout and `make demo`, {TIMES} times, each in a new folder with an empty home "
            f"folder and without a cache. {installer} installed the packages from the configured index. Each bound is "
            "for the slowest run, on a machine that does nothing else.\n",
            [
                at_most("from `git clone` to the last line", seconds, LONGEST_SECONDS, "{:.1f} s"),
                Line("- each run", ", ".join(f"{run.seconds:.1f} s" for run in runs)),
                Line("- load of the machine before each", ", ".join(f"{run.load:.1f}" for run in runs)),
                at_most("the play alone", play, LONGEST_PLAY, "{:.1f} s"),
                at_most("longest time without a line", silence, LONGEST_SILENCE, "{:.1f} s"),
                at_most("disk for all of it, the clone too", megabytes, MOST_MEGABYTES, "{:.0f} MB"),
            ],
        )


def first_minute() -> FirstMinute:
    """Clone and run the demo once."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        environment = environment_of_reader(folder / "home")
        clone = ("git", "clone", "--quiet", ROOT.as_uri(), str(folder / "clone"))
        started = time.monotonic()
        subprocess.run(clone, env=environment, check=True)
        stamps = stamped_lines(("make", "-C", str(folder / "clone"), "demo"), environment)
        times = [started, *(stamp for stamp, _line in stamps)]
        plays = next(stamp for stamp, line in stamps if line.startswith(STARTS))
        return FirstMinute(
            seconds=times[-1] - started,
            play=times[-1] - plays,
            silence=max(later - earlier for earlier, later in itertools.pairwise(times)),
            megabytes=megabytes_of(folder),
            load=load,
            with_uv=any(line.startswith("  uv ") for _stamp, line in stamps),
        )


def environment_of_reader(home: Path) -> dict[str, str]:
    """Return an environment without our tools, our caches and what the reader's home folder keeps."""
    home.mkdir()
    keep_registry_settings(home)
    contained = contained_environment()
    ours = str(Path(sys.prefix) / "bin")
    folders = [folder for folder in contained["PATH"].split(os.pathsep) if folder != ours]
    caches = ("PIP_CACHE_DIR", "PYTHONPYCACHEPREFIX", "UV_CACHE_DIR")
    kept = {name: value for name, value in contained.items() if name not in caches and not name.startswith("ANSIBLE_")}
    return {**kept, "HOME": str(home), "PATH": os.pathsep.join(folders)}


def stamped_lines(command: Iterable[str], environment: Mapping[str, str]) -> list[tuple[float, str]]:
    """Return each line that the command prints, with the time when it came."""
    with subprocess.Popen(
        list(command), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    ) as process:
        stamps = [(time.monotonic(), line.rstrip("\n")) for line in process.stdout or ()]
    if process.returncode:
        raise WrongResultError("\n".join(line for _stamp, line in stamps))
    return stamps


def megabytes_of(folder: Path) -> float:
    """Return what the folder takes on the disk. A file with two names counts once."""
    listed = subprocess.run(["du", "-sk", str(folder)], capture_output=True, text=True, check=True)
    return int(listed.stdout.split()[0]) / 1024
