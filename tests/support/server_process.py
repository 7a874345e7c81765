# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a server program as an ordinary user, on a free loopback port, so that it never outlives its test."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from server_programs import Programs

# Long enough that only a hang reaches it.
LONGEST_WAIT_SECONDS = 120.0
# Below the ports that the kernel gives to outgoing connections: a stopped server finds its port free again.
_PORTS = range(20000, 32000)
# PostgreSQL refuses to run as root. A test that runs as root starts it under one of these accounts.
_ACCOUNTS = ("postgres", "nobody")


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    while True:
        port = random.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port


def is_open(port: int) -> bool:
    """Return whether something accepts connections on the loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except ConnectionRefusedError:
        return False
    return True


def wait_for(condition: Callable[[], bool], what: str) -> None:
    """Look again and again until the condition is true. Raise TimeoutError, with `what`, on a hang."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {LONGEST_WAIT_SECONDS:.0f} seconds for this: {what}.")
        time.sleep(0.01)


class ServerFolder:
    """A temporary folder that belongs to the account of the server, and the way to run programs as that account."""

    def __init__(self, programs: Programs) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="server-"))
        # What a developer has set for other databases must not reach this server.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        self._environment = {**kept, **programs.variables, "LC_ALL": "C.UTF-8"}
        self._account = _account()
        self._above = {*self.path.parents, *programs.postgresql.parents, *programs.pgbouncer.parents}
        self.give(self.path)

    def give(self, *paths: Path) -> None:
        """Make the server's account the owner of the paths, and the only one that may read them."""
        for path in paths:
            path.chmod(0o700 if path.is_dir() else 0o600)
            if self._account is not None:
                os.chown(path, self._account.pw_uid, self._account.pw_gid)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        self.give(path)
        return path

    def run(self, *command: str | Path, variables: Mapping[str, str] | None = None) -> None:
        """Run a program until it ends. Raise RuntimeError, with its output, if it fails."""
        done = subprocess.run(
            [*self._prefix(), *map(str, command)],
            cwd=self.path,
            env={**self._environment, **(variables or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]} failed with exit status {done.returncode}: {done.stdout}{done.stderr}")

    def spawn(self, *command: str | Path, log: Path, variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start a server. The kernel stops it when the thread that started it ends, even if pytest is killed."""
        # libfaketime makes files of its own, so it must not be loaded before the account has changed.
        late = ["env", *(f"{name}={value}" for name, value in variables.items())]
        with log.open("ab") as output:
            return subprocess.Popen(
                [*self._prefix(), "--pdeathsig=QUIT", *late, *map(str, command)],
                cwd=self.path,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def _prefix(self) -> list[str]:
        if self._account is None:
            return ["setpriv"]
        identity = [f"--reuid={self._account.pw_uid}", f"--regid={self._account.pw_gid}", "--clear-groups"]
        if all(folder.stat().st_mode & 0o001 for folder in self._above):
            return ["setpriv", *identity]
        # The account cannot pass through the folders above, for example /root. The bit lets it also ask whether it may
        # execute a program there: for that question Linux ignores the capabilities of an account that is not root.
        capabilities = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return ["setpriv", *identity, *capabilities, "--securebits=+no_setuid_fixup"]


def stop_process(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Send the signal and wait for the end. Kill a process that does not end."""
    process.send_signal(number)
    try:
        process.wait(LONGEST_WAIT_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _account() -> pwd.struct_passwd | None:
    """Return the account for servers if this process is root, None if it is an ordinary user."""
    if os.geteuid() != 0:
        return None
    for name in _ACCOUNTS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(f"PostgreSQL does not run as root, and none of these accounts exists: {', '.join(_ACCOUNTS)}.")
