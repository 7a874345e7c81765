# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check the model of the PostgreSQL store's protocol with spin: every case below, one line each.

A case that must hold is searched to the end. A case with a protection removed must lead to a violation; its steps are
kept in .work/model/<case>.txt. The exit status is not 0 if spin finds anything else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

MODEL = Path("docs/model")
STEPS = Path(".work/model")
HOW_TO_INSTALL = "spin or a C compiler is missing. Install both: apt-get install spin gcc libc6-dev"
# A search that reaches this depth or this memory is not complete, and fails.
DEPTH = 10_000
MEGABYTES = 3000


@dataclass(frozen=True)
class Case:
    name: str
    says: str
    switches: str
    runs: int = 2


HOLDS = (
    Case("property-1", "no second code request without resend, and no stale intent, whatever the clock says",
         "PROPERTY_1 PROPERTY_3 NO_DEADLINE", runs=3),
    Case("property-1-gap", "the same with the deadline, and pauses between its check and the bytes",
         "PROPERTY_1 PROPERTY_3 GAP", runs=3),
    Case("property-2", "no write leaves after a take-over, if the check and the bytes are one step",
         "PROPERTY_2", runs=3),
    Case("resend", "each code request after the first has a named resend", "PROPERTY_1 PROPERTY_3 NO_DEADLINE RESEND"),
    Case("one-transaction", "the initiate's conclusion and the code's intent may be one transaction",
         "PROPERTY_1 PROPERTY_3 NO_DEADLINE ONE_TRANSACTION", runs=3),
    Case("synchronous-1", "failover to a synchronous standby keeps property 1, even without the timeline rule",
         "PROPERTY_1 PROPERTY_3 NO_DEADLINE SYNC NO_TIMELINE_RULE"),
    Case("synchronous-2", "failover to a synchronous standby keeps property 2", "PROPERTY_2 SYNC NO_TIMELINE_RULE"),
    Case("asynchronous-rule", "the timeline rule protects each number whose lease survives, two primaries included",
         "PROPERTY_1 NO_DEADLINE ASYNC LEASE_SURVIVES SPLIT"),
    Case("asynchronous-reads", "a number whose lease is lost needs true reads and one primary",
         "PROPERTY_1 NO_DEADLINE ASYNC FAITHFUL_READS"),
    Case("asynchronous-all", "no code without resend for any number after a failover: always safe",
         "PROPERTY_1 NO_DEADLINE ASYNC RULE_FOR_ALL SPLIT"),
    Case("key", "a run that asks again by mistake is stopped by the unique key", "PROPERTY_1 NO_DEADLINE ASKS_AGAIN"),
    Case("without-conclusion", "the conclusion of the initiate may be lost, if the code's intent is committed",
         "PROPERTY_1 NO_DEADLINE NO_CONCLUSION", runs=3),
    Case("without-key", "runs without such a mistake do not need the unique key",
         "PROPERTY_1 NO_DEADLINE NO_KEY", runs=3),
    Case("without-fence-1", "a true clock, checked after the intent, hides a missing fence",
         "PROPERTY_1 GAP NO_FENCE"),
    Case("without-fence-2", "an API that refuses a second initiate hides a missing fence",
         "PROPERTY_1 NO_DEADLINE NO_FENCE REFUSES_SECOND_INITIATE"),
)  # fmt: skip

IS_FOUND = (
    Case("no-fence", "no fence check for the code's intent: two code requests, with true reads and the unique key",
         "PROPERTY_1 NO_DEADLINE NO_CODE_FENCE FAITHFUL_READS"),
    Case("no-deadline", "no deadline check: a write leaves after a take-over", "PROPERTY_2 NO_DEADLINE"),
    Case("no-fence-intent", "no fence check: a stale intent commits, even with the deadline", "PROPERTY_3 NO_FENCE"),
    Case("no-fence-resend", "the same with an API that refuses a second initiate: a code after a named resend",
         "PROPERTY_1 NO_DEADLINE NO_CODE_FENCE RESEND FAITHFUL_READS REFUSES_SECOND_INITIATE"),
    Case("no-key", "no unique key: a run that asks again by mistake is not stopped",
         "PROPERTY_1 NO_DEADLINE ASKS_AGAIN NO_KEY"),
    Case("plain-select", "the fence is read without FOR SHARE: a stale intent commits", "PROPERTY_3 PLAIN_SELECT"),
    Case("plain-select-codes", "the same, with conclusion and intent in one transaction: two code requests",
         "PROPERTY_1 NO_DEADLINE PLAIN_SELECT ONE_TRANSACTION"),
    Case("read-before-lease", "the journal is read before the lease", "PROPERTY_1 NO_DEADLINE READ_BEFORE_LEASE"),
    Case("send-before-intent", "the code's intent is not committed before the code",
         "PROPERTY_1 NO_DEADLINE NO_CODE_INTENT"),
    Case("deadline-before-intent", "the deadline is checked before the intent, not after",
         "PROPERTY_2 CHECK_BEFORE_INTENT"),
    Case("take-without-lock", "a take-over asks for an old heartbeat only", "PROPERTY_2 TAKE_WITHOUT_LOCK"),
    Case("take-by-lock-alone", "a take-over asks for the run's lock only", "PROPERTY_2 TAKE_BY_LOCK_ALONE"),
    Case("cancelled-wait", "a cancelled wait for the standby counts as success",
         "PROPERTY_1 NO_DEADLINE SYNC CANCELLED_WAIT_IS_SUCCESS EVERY_ANSWER_OK"),
    Case("no-timeline-rule", "an asynchronous standby lacks the last commits, and there is no timeline rule",
         "PROPERTY_1 NO_DEADLINE ASYNC LEASE_SURVIVES NO_TIMELINE_RULE EVERY_ANSWER_OK"),
    Case("mark-lost", "the take-over after a failover forgets that the number was under way",
         "PROPERTY_1 NO_DEADLINE ASYNC LEASE_SURVIVES MARK_LOST EVERY_ANSWER_OK", runs=3),
    Case("reconnect", "a run connects again, and the new primary uses its fence a second time",
         "PROPERTY_1 NO_DEADLINE ASYNC FAITHFUL_READS RECONNECTS EVERY_ANSWER_OK"),
    Case("limit-gap", "LIMIT: a pause between the deadline check and the bytes", "PROPERTY_2 GAP"),
    Case("limit-lease-lost", "LIMIT: an asynchronous standby lacks the lease, and a read is wrong",
         "PROPERTY_1 NO_DEADLINE ASYNC EVERY_ANSWER_OK"),
    Case("limit-two-primaries", "LIMIT: an asynchronous standby lacks the lease, and the old primary still serves",
         "PROPERTY_1 NO_DEADLINE ASYNC FAITHFUL_READS SPLIT EVERY_ANSWER_OK"),
    Case("witness", "the model is not empty: a third lease is reached, with one code request in all",
         "PROPERTY_1 GAP REACHES_END", runs=3),
)  # fmt: skip


class Failed(Exception):
    """Why a case did not end as it must."""


def execute(*command: str, folder: Path) -> str:
    printed = subprocess.PIPE
    result = subprocess.run(command, cwd=folder, stdout=printed, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode != 0:
        raise Failed(f"{command[0]} failed: {result.stdout[-2000:]}")
    return result.stdout


def search(case: Case, folder: Path, *, shortest: bool) -> str:
    """Return what the verifier prints. ``shortest`` searches in breadth, so that the first violation is a short one."""
    for source in MODEL.glob("*.pml"):
        shutil.copy(source, folder)
    switches = (f"-D{switch}" for switch in (f"RUNS={case.runs}", *case.switches.split()))
    execute("spin", *switches, "-a", "store.pml", folder=folder)
    how = ["-O0", "-DBFS"] if shortest else ["-O2"]
    execute("cc", *how, "-w", "-DSAFETY", f"-DMEMLIM={MEGABYTES}", "-o", "pan", "pan.c", folder=folder)
    return execute("./pan", "-E", f"-m{DEPTH}", folder=folder)


def states(output: str) -> int:
    found = re.search(r"^\s*(\d+) states, stored", output, re.MULTILINE)
    if found is None:
        raise Failed(f"the verifier did not end: {output[-2000:]}")
    return int(found[1])


def is_complete(output: str) -> bool:
    return not re.search(r"not completed|too small|reached -DMEMLIM|out of memory", output)


def steps(folder: Path) -> str:
    """Return what happened on the way to the violation: what the model prints when the way is replayed."""
    replayed = subprocess.run(["./pan", "-r", "-S"], cwd=folder, stdout=subprocess.PIPE, text=True, check=False).stdout
    way, violation, _rest = replayed.partition("pan:1: ")
    if not violation:
        raise Failed(f"the way to the violation cannot be replayed: {replayed[-2000:]}")
    return way


def check(case: Case, folder: Path, *, must_hold: bool) -> str:
    """Return the line of a case, or raise Failed."""
    output = search(case, folder, shortest=not must_hold)
    count = states(output)
    if must_hold:
        if "errors: 0" not in output:
            raise Failed(f"violated after {count} states:\n{steps(folder)}")
        if not is_complete(output):
            raise Failed(f"the search is not complete: {output[:2000]}")
        return f"{count:>9} states, errors: 0, all searched"
    if "errors: 1" not in output or "assertion violated" not in output:
        raise Failed(f"no violation in {count} states")
    STEPS.mkdir(parents=True, exist_ok=True)
    (STEPS / f"{case.name}.txt").write_text(f"{case.says}\n{case.switches}\n\n{steps(folder)}", encoding="utf-8")
    return f"{count:>9} states, violation found"


def install_spin() -> None:
    if shutil.which("spin") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "install", "--yes", "--quiet", "spin"], stdout=subprocess.DEVNULL, check=False)
    if shutil.which("spin") is None or shutil.which("cc") is None:
        sys.exit(HOW_TO_INSTALL)


def main() -> int:
    install_spin()
    failed = 0
    for must_hold, cases in ((True, HOLDS), (False, IS_FOUND)):
        print("Must hold:" if must_hold else f"Must be found (steps in {STEPS}/<case>.txt):", flush=True)
        for case in cases:
            started = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    result = f"ok      {check(case, Path(folder), must_hold=must_hold)}"
                except Failed as reason:
                    failed += 1
                    result = f"FAILED  {reason}"
            print(f"{case.name:<23}{result} ({time.monotonic() - started:.1f} s): {case.says}", flush=True)
    print(f"{len(HOLDS) + len(IS_FOUND) - failed} cases as they must be, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
