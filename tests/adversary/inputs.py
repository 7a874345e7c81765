# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unexpected values for every option of every module, generated from the argument specifications.

Each value goes to a separate process, like in Ansible. The module must work, or refuse the value before any call.
"""

from __future__ import annotations

import copy
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, TypeAlias
from unittest import mock

from environment import ROOT
from simulator_process import Simulator
from worlds import SPACE

Options = dict[str, Any]
Where: TypeAlias = "tuple[str | int, ...]"

PACKAGE = "ansible_collections.chatapp.cams.plugins.modules"
NUMBER, OTHER = "+8613900001234", "+8613900001235"
LONGEST_SECONDS = 20.0

_ITEM: Options = {"cust_space_id": SPACE, "phone_number": NUMBER}
# The minimal options of each module. The number is connected, so the module does not wait.
MINIMAL_OPTIONS: dict[str, Options] = {
    "cams_number_info": {"cust_space_id": SPACE},
    "cams_number_sync": {"cust_space_id": SPACE},
    "cams_number_migration": _ITEM,
    "cams_number_fleet": {"numbers": [{**_ITEM, "webhook": {"up_callback_url": "https://hooks.example.com/up"}}]},
    "cams_number_webhook": {**_ITEM, "up_callback_url": "https://hooks.example.com/up"},
    "cams_preflight_info": {"numbers": [_ITEM]},
    # Nothing listens on port 1, so the module must refuse.
    "cams_store": {"store": "postgresql://cams@127.0.0.1:1/cams"},
    "cams_waba_info": {"cust_space_id": SPACE},
}
# The options that all modules share are tested with this module only.
MODULE_FOR_SHARED_OPTIONS = "cams_number_info"

VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    10**10,
    10**40,
    1.5,
    -0.5,
    float("1e308"),
    "nan",
    "inf",
    "1e999",
    "",
    " ",
    "\0",
    "a\0b",
    "a\x1b[31mb",
    "a\ud800b",
    "\udcff",
    "\u202eabc",
    "zoë 😀",
    "a" * 70_000,
    "9" * 5_000,
    "{{ 7 * 7 }}",
    "../../../../etc/passwd",
    "/dev/full",
    "http://[::1",
    "https://user:password@example.com",
    "https://[fe80::1%25eth0]:99999/",
    "http://127.0.0.1:0",
    "8613900001234",
    OTHER,
    [],
    [None],
    ["a\ud800b"],
    [[]],
    [{}],
    {},
    {"a": {"b": []}},
    {"\ud800": "\ud800"},
)


@dataclass(frozen=True)
class Input:
    """One module and one option with an unexpected value."""

    module: str
    where: Where
    options: Mapping[str, Any]
    value: Any

    def __str__(self) -> str:
        shown = ascii(self.value)
        return f"{self.module} {'.'.join(map(str, self.where))}: {shown if len(shown) < 60 else shown[:50] + '…'}"


def modules() -> list[str]:
    """Return the names of all modules that call the API."""
    names = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("cams_*.py"))
    return [name for name in names if hasattr(importlib.import_module(f"{PACKAGE}.{name}"), "run_module")]


def inputs() -> Iterator[Input]:
    """Yield every value for every option, also for the options of list items."""
    for module in modules():
        assert module in MINIMAL_OPTIONS, f"{module} is new. Add its minimal options to adversary.inputs."
        for where in _places(specification(module), (), module == MODULE_FOR_SHARED_OPTIONS):
            for value in VALUES:
                yield Input(module, where, _with(MINIMAL_OPTIONS[module], where, value), value)


def specification(module: str) -> Options:
    """Return the argument specification of the module."""
    loaded = importlib.import_module(f"{PACKAGE}.{module}")
    with mock.patch.object(loaded, "run_module") as run_module:
        loaded.main()
    arguments: Options = run_module.call_args.args[0]
    return arguments


def shared() -> Options:
    arguments = importlib.import_module("ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments")
    found: Options = arguments.AUTH_ARGUMENTS
    return found


def _places(specified: Options, place: Where, with_shared: bool) -> Iterator[Where]:
    for name, argument in {**specified, **(shared() if with_shared else {})}.items():
        yield (*place, name)
        if "options" in argument:
            inner = (*place, name, 0) if argument["type"] == "list" else (*place, name)
            yield from _places(argument["options"], inner, False)


def _with(least: Options, where: Where, value: Any) -> Options:
    options = copy.deepcopy(least)
    place: Any = options
    for part in where[:-1]:
        if isinstance(place, dict):
            place.setdefault(part, {})
        place = place[part]
    place[where[-1]] = value
    return options


# --- processes


class Processes:
    """Forks modules from a process that has imported all of them. Use it as a context manager."""

    def __init__(self, simulator: Simulator, home: Path) -> None:
        self._simulator = simulator
        self._home = home
        self._process: subprocess.Popen[str]
        # Inputs that only the final handler refused, with a message that has no next step.
        self.caught: list[str] = []

    def __enter__(self) -> Processes:
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(self._home)}
        self._process = subprocess.Popen(
            [sys.executable, "-B", "-m", "adversary.inputs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=self._home,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(LONGEST_SECONDS)
        self._process.stdout.close()

    def broken_promises(self, given: Input) -> list[str]:
        """Return every promise that this input broke."""
        before = self._calls()
        options = {
            "endpoint": self._simulator.endpoint,
            "access_key_id": self._simulator.access_key_id,
            "access_key_secret": self._simulator.access_key_secret,
            "rate_limit": 1000,
            "retries": 0,
            "timeout": 5,
            **given.options,
        }
        ended = self._run(given.module, options)
        if ended["hangs"]:
            return [f"not finished within {LONGEST_SECONDS:.0f} s"]
        if ended["errors"]:
            return [f"standard error: {ended['errors'].strip().splitlines()[-1][:200]}"]
        try:
            result = json.loads(ended["output"])
        except ValueError:
            return [f"no JSON: {ended['output'][-200:]!r}"]
        if "an unexpected" in str(result.get("msg")):
            self.caught.append(f"{given}: {result['msg']}")
        return self._of_result(result, self._calls() - before)

    @staticmethod
    def _of_result(result: Options, calls: int) -> list[str]:
        if not result.get("failed"):
            return []
        message = str(result.get("msg") or "")
        broken = [] if message and "Traceback" not in message and not result.get("exception") else [f"said {message!r}"]
        knows_why = bool(result.get("error")) or "results" in result or "actions" in result
        if calls and not knows_why:
            broken.append(f"refused after {calls} calls: {message[:200]!r}")
        return broken

    def _calls(self) -> int:
        actions = self._simulator.control.calls_summary()["actions"]
        return sum(figures["count"] for figures in actions.values())

    def _run(self, module: str, options: Options) -> Options:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([module, {"ANSIBLE_MODULE_ARGS": options}]) + "\n")
        self._process.stdin.flush()
        ended: Options = json.loads(self._process.stdout.readline())
        return ended


def serve() -> None:
    """Read lines from standard input, and fork a module for each."""
    for module in modules():
        importlib.import_module(f"{PACKAGE}.{module}")
    for line in sys.stdin:
        module, arguments = json.loads(line)
        print(json.dumps(_run_forked(module, json.dumps(arguments).encode())), flush=True)


def _run_forked(module: str, arguments: bytes) -> Options:
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        given.write(arguments)
        given.seek(0)
        child = os.fork()
        if child == 0:
            _run_as_child(module, (given, output, errors))
        hangs = not _ended_in_time(child)
        texts = []
        for written in (output, errors):
            written.seek(0)
            texts.append(written.read().decode("utf-8", "replace"))
    return {"hangs": hangs, "output": texts[0], "errors": texts[1]}


def _run_as_child(module: str, files: tuple[IO[bytes], ...]) -> None:
    """Run the module in this child process, then exit."""
    for descriptor, file in enumerate(files):
        os.dup2(file.fileno(), descriptor)
    sys.argv = [module]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    status = 1
    try:
        importlib.import_module(f"{PACKAGE}.{module}").main()
    except SystemExit as ended:
        status = int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _ended_in_time(child: int) -> bool:
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


if __name__ == "__main__":
    serve()
