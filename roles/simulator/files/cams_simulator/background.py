# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start and stop a simulator in the background. Each directory has at most one simulator."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from .client import ControlClient, ControlError

READY_SECONDS = 20.0


class BackgroundError(Exception):
    """The simulator did not start. The message contains its log."""


def start(directory: Path, options: list[str], seed: str | None = None) -> dict[str, Any]:
    """Start a simulator for the directory, unless one runs. In the result, ``started`` is false if one already ran."""
    directory.mkdir(parents=True, exist_ok=True)
    running = _find_running_simulator(directory)
    if running:
        return {**running, "started": False}
    _ready_file(directory).unlink(missing_ok=True)
    if seed is not None:
        options = [*options, "--seed", str(_store_seed(directory, seed))]
    log = directory / "simulator.log"
    command = [sys.executable, "-m", __package__ or "cams_simulator", "serve", *_file_arguments(directory), *options]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[1]), "PYTHONDONTWRITEBYTECODE": "1"},
        )
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        running = _find_running_simulator(directory)
        if running:
            return {**running, "started": True}
        time.sleep(0.05)
    process.kill()
    raise BackgroundError(f"The simulator did not start. Its log {log}: {log.read_text('utf-8').strip() or 'empty'}")


def stop(directory: Path) -> dict[str, Any]:
    """Stop the simulator of the directory, if one runs, and wait until it ended."""
    running = _find_running_simulator(directory)
    if not running:
        return {"stopped": False}
    ControlClient(running["control"]).stop()
    until = time.monotonic() + READY_SECONDS
    while _find_running_simulator(directory) and time.monotonic() < until:
        time.sleep(0.05)
    _ready_file(directory).unlink(missing_ok=True)
    return {"stopped": True}


def _find_running_simulator(directory: Path) -> dict[str, Any] | None:
    try:
        ready: dict[str, Any] = json.loads(_ready_file(directory).read_text("utf-8"))
        answering = ControlClient(ready["control"], timeout=5).health()["pid"]
    except (OSError, ValueError, KeyError, ControlError):
        return None
    # After a crash, another simulator may use the same ports.
    return ready if answering == ready["pid"] else None


def _ready_file(directory: Path) -> Path:
    return directory / "ready.json"


def _store_seed(directory: Path, seed: str) -> Path:
    """Write the seed to a file, because a reset reads it again. The file is private: it may contain access keys."""
    path = directory / "seed.json"
    path.touch(mode=0o600)
    path.write_text(seed, "utf-8")
    return path


def _file_arguments(directory: Path) -> list[str]:
    return ["--state", str(directory / "state.sqlite3"), "--ready-file", str(_ready_file(directory))]
