# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator as a real process."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

PACKAGE_ROOT = Path(__file__).resolve().parents[2] / "roles" / "simulator" / "files"
sys.path.insert(0, str(PACKAGE_ROOT))

from cams_simulator.client import ControlClient  # noqa: E402

# Long enough that only a hang reaches it.
STOP_SECONDS = 60.0


class Simulator:
    """A simulator on free ports. It starts on entry or with start(), and keeps its ports over a restart."""

    access_key_id = "LTAI5tSimulator"
    access_key_secret = "simulator-secret"

    def __init__(self, state: str | Path = ":memory:", *options: str) -> None:
        self._state = str(state)
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.endpoint = ""
        self.control: ControlClient

    def __enter__(self) -> Simulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._running_process().pid

    @property
    def is_open(self) -> bool:
        """Return whether the API port accepts connections."""
        address = urlsplit(self.endpoint)
        try:
            socket.create_connection((address.hostname or "", address.port or 0)).close()
        except ConnectionRefusedError:
            return False
        return True

    def start(self) -> None:
        command = [sys.executable, "-m", "cams_simulator", "serve", "--state", self._state, *self._options]
        if self.endpoint:
            command += ["--port", _port_of_url(self.endpoint), "--control-port", _port_of_url(self.control.url)]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGE_ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"The simulator did not start: exit status {self._process.wait(STOP_SECONDS)}.")
        ready = json.loads(line)
        self.endpoint = ready["endpoint"]
        self.control = ControlClient(ready["control"])

    def stop(self) -> None:
        """Terminate the process, and kill it if it does not stop."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._wait_for_exit()

    def kill(self) -> None:
        self._running_process().kill()
        self._wait_for_exit()

    def restart(self) -> None:
        self.stop()
        self.start()

    def _wait_for_exit(self) -> None:
        process = self._running_process()
        process.wait(STOP_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
        self._process = None

    def _running_process(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise RuntimeError("The simulator is not running.")
        return self._process


def _port_of_url(url: str) -> str:
    return url.rpartition(":")[2]
