# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Measure the time and memory for reading a large journal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from benchmark.section import Line, Report, at_most

MEGABYTE = 1_000_000
NUMBERS = 20_000
# Python with the imported engine alone needs about 40 MB.
MOST_MEGABYTES = 120.0
STEPS = (
    ("initiate", "done"),
    ("request_code", "done"),
    ("verify", "refused"),
    ("verify", "done"),
    ("register", "done"),
)

READ = """
import json, resource, sys, time
from pathlib import Path
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.history import read_history
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
reader, path, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
numbers = {f"+86139{index:08}" for index in range(count)}
began = time.monotonic()
if reader == "run":
    journal = FileJournal(path, RunIdentity(), read_only=True)
    journal.load(numbers)
    assert journal.limits("+8613900000000", None).memory.exists and not journal.problems, journal.problems
else:
    history = read_history(path, numbers)
    assert len(history.events) == count and not history.notes, history.notes
print(json.dumps([time.monotonic() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000]))
"""


@dataclass(frozen=True)
class LargeJournal:
    megabytes: int = 200

    name = "journal"

    @property
    def title(self) -> str:
        return f"A journal of {self.megabytes} MB"

    def run(self) -> Report:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "journal.jsonl"
            count = write_journal(path, self.megabytes * MEGABYTE)
            lines: list[Line] = []
            for reader, numbers in (("run", 1), ("run", 2000), ("run", NUMBERS), ("report", 2000)):
                seconds, megabytes = _measure(reader, path, numbers)
                lines.append(Line(f"A {reader} of {numbers:,} numbers: seconds", f"{seconds:.1f} s"))
                most = "- most memory of the process"
                if numbers == NUMBERS:
                    lines.append(Line(most, f"{megabytes:.0f} MB"))
                else:
                    lines.append(at_most(most, megabytes, MOST_MEGABYTES, "{:.0f} MB"))
        return Report(_METHOD.format(megabytes=self.megabytes, count=count, numbers=NUMBERS), lines)


def _measure(reader: str, path: Path, numbers: int) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", READ, reader, str(path), str(numbers)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = json.loads(done.stdout)
    return seconds, megabytes


def write_journal(path: Path, size: int) -> int:
    """Write migrations of many numbers until the file has the size. Return the count of lines."""
    moment = datetime(2026, 1, 1, tzinfo=timezone.utc)
    count = written = 0
    with path.open("w", encoding="utf-8") as file:
        path.chmod(0o600)
        while written < size:
            step, outcome = STEPS[count // 2 % len(STEPS)]
            moment += timedelta(milliseconds=20)
            line = {
                "v": 1,
                "at": moment.isoformat(timespec="milliseconds"),
                "run": "0123456789ab",
                "user": "deploy",
                "host": "controller.example.com",
                "space": "space-of-customer-0001",
                "number": f"+86139{count // 2 // len(STEPS) % NUMBERS:08}",
                "step": step,
                "entry": f"{count // 2:016x}",
                "outcome": outcome if count % 2 else "intended",
            }
            if count % 2:
                line["request_id"] = "90E63D28-E31D-1EB2-8939-A9486641****"
            elif step == "verify":
                line["tried"] = f"{count:016x}:{count:064x}"
            written += file.write(json.dumps(line, separators=(",", ":")) + "\n")
            count += 1
    return count


_METHOD = """\
The journal has {count:,} lines and {megabytes} MB, with the migrations of {numbers:,} numbers. A separate process reads
it for each row: like a run on some of the numbers, or like the report.

"""
