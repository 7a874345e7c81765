# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator in the background: started once for a directory, and stopped by that directory's name."""

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
    """The simulator did not start; the message says where its log is."""


def start(directory: Path, options: list[str], seed: str | None = None) -> dict[str, Any]:
    """Start a simulator that keeps its files in the directory, unless one runs. ``started`` tells which it was."""
    directory.mkdir(parents=True, exist_ok=True)
    running = _running(directory)
    if running:
        return {**running, "started": False}
    _ready_file(directory).unlink(missing_ok=True)
    if seed is not None:
        options = [*options, "--seed", str(_kept_seed(directory, seed))]
    log = directory / "simulator.log"
    command = [sys.executable, "-m", __package__ or "cams_simulator", "serve", *_files(directory), *options]
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
        running = _running(directory)
        if running:
            return {**running, "started": True}
        time.sleep(0.05)
    process.kill()
    raise BackgroundError(f"The simulator did not start. {log} says: {log.read_text('utf-8').strip() or 'nothing'}")


def stop(directory: Path) -> dict[str, Any]:
    """Stop the directory's simulator, when one runs, and wait until it has ended."""
    running = _running(directory)
    if not running:
        return {"stopped": False}
    ControlClient(running["control"]).stop()
    until = time.monotonic() + READY_SECONDS
    while _running(directory) and time.monotonic() < until:
        time.sleep(0.05)
    _ready_file(directory).unlink(missing_ok=True)
    return {"stopped": True}


def _running(directory: Path) -> dict[str, Any] | None:
    try:
        ready: dict[str, Any] = json.loads(_ready_file(directory).read_text("utf-8"))
        answering = ControlClient(ready["control"], timeout=5).health()["pid"]
    except (OSError, ValueError, KeyError, ControlError):
        return None
    # Another simulator may have got the ports of one that died.
    return ready if answering == ready["pid"] else None


def _ready_file(directory: Path) -> Path:
    return directory / "ready.json"


def _kept_seed(directory: Path, seed: str) -> Path:
    """A file, because a reset reads it again; a private one, because it may hold access keys."""
    path = directory / "seed.json"
    path.touch(mode=0o600)
    path.write_text(seed, "utf-8")
    return path


def _files(directory: Path) -> list[str]:
    return ["--state", str(directory / "state.sqlite3"), "--ready-file", str(_ready_file(directory))]
