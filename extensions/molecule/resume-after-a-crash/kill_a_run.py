# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a run of ansible-playbook and kill it during one write of each number.

The simulator makes each of these writes and delays its answer, so the kill falls between write and answer.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

LONGEST_WAIT_SECONDS = 60.0
MODULE = b"cams_number_migration"
_OPENER = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class Moment:
    """The write of a number during which the run is killed, and the effect by which the simulator counts it."""

    number: str
    operation: str
    effect: str

    @classmethod
    def of(cls, text: str) -> Moment:
        return cls(*text.split(":"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--control", required=True, help="address of the simulator's control plane")
    parser.add_argument("--in", action="append", type=Moment.of, dest="moments", metavar="NUMBER:OPERATION:EFFECT")
    parser.add_argument("command", nargs="+")
    arguments = parser.parse_args()
    for moment in arguments.moments:
        _delay_answer(arguments.control, moment)
    run = subprocess.Popen(arguments.command, stdin=subprocess.DEVNULL)
    try:
        _wait(run, arguments.control, arguments.moments)
    finally:
        killed = _kill(run)
    if not any(MODULE in command for command in killed):
        sys.exit("The module had ended before it was killed.")
    return 0


def _delay_answer(control: str, moment: Moment) -> None:
    fault = {"kind": "slow", "seconds": LONGEST_WAIT_SECONDS}
    _ask(f"{control}/faults", {**fault, "operation": moment.operation, "phone_number": moment.number})


def _wait(run: subprocess.Popen[bytes], control: str, moments: Iterable[Moment]) -> None:
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while True:
        effects = {number["phone_number"]: number for number in _ask(f"{control}/effects")["numbers"]}
        missing = [m for m in moments if not effects.get(m.number, {}).get(m.effect)]
        if not missing:
            return
        if run.poll() is not None or time.monotonic() > until:
            sys.exit(f"The run did not make these writes: {missing}.")
        time.sleep(0.05)


def _ask(url: str, document: dict[str, Any] | None = None) -> Any:
    with _OPENER.open(url, json.dumps(document).encode() if document else None, timeout=10) as answer:
        return json.load(answer)


def _kill(run: subprocess.Popen[bytes]) -> list[bytes]:
    """Kill all processes of a run at once, as a power cut does. Returns their command lines."""
    family = [run.pid, *_descendants(run.pid)]
    commands = [_read(Path(f"/proc/{process}/cmdline")) for process in family]
    for process in family:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            continue
    run.wait()
    return commands


def _descendants(parent: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            # The name, in parentheses, may hold blanks; after it come the state and the parent.
            fields = _read(entry / "stat").rpartition(b")")[2].split()
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [parent]
    while waiting:
        found = children.get(waiting.pop(), [])
        yield from found
        waiting += found


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    sys.exit(main())
