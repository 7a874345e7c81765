# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged files of a run, the message of the next run about them, and the number of its calls."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from module_runs import Modules
from simulator_process import Simulator
from worlds import SPACE

NUMBER = "+8613900001234"
# Somebody else's migration, up to a code that was refused; the run under test gives the same code again.
CODE = "012345"
FAR_AHEAD = "2999-01-01T00:00:00.000+00:00"


@dataclass(frozen=True)
class Files:
    """The files of a run."""

    home: Path

    @property
    def journal(self) -> Path:
        return self.home / "journal.jsonl"

    @property
    def state(self) -> Path:
        return self.home / ".local/state/chatapp.cams"

    @property
    def pace_of_queries(self) -> Path:
        (found,) = self.state.glob("pace/*-QueryChatappPhoneNumbers")
        return found

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.journal.read_text(encoding="utf-8").splitlines()]

    def write(self, lines: list[dict[str, Any]]) -> None:
        self.journal.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def change_lines(**changes: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files.write(
            [{**line, **{name: text for name, text in changes.items() if name in line}} for line in files.lines()]
        )

    return change


def append(text: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        with files.journal.open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def replace(find: Callable[[Files], Path], by: str) -> Callable[[Files], None]:
    """Put a file, a directory, a link or a pipe in the place of a file or a directory."""

    def change(files: Files) -> None:
        path = find(files)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        if by == "file":
            path.write_bytes(b"\xff damage")
            path.chmod(0o600)
        elif by == "directory":
            path.mkdir(mode=0o700)
        elif by == "link":
            path.symlink_to(files.home / "elsewhere")
        else:
            os.mkfifo(path, 0o600)

    return change


def kept_locked(find: Callable[[Files], Path]) -> Callable[[Files], AbstractContextManager[None]]:
    @contextmanager
    def keep(files: Files) -> Iterator[None]:
        with find(files).open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield

    return keep


def in_future(files: Files) -> None:
    files.pace_of_queries.write_text("1e12 0.5 1e12", encoding="ascii")


def refusals(files: Files) -> Path:
    folder = files.state / "refusals"
    return next(folder.glob("*.json"), folder / "account.json")


def journal(files: Files) -> Path:
    return files.journal


def markers(files: Files) -> Path:
    return files.state / "codes-requested"


def locks(files: Files) -> Path:
    return files.state / "locks" / "numbers"


@dataclass(frozen=True)
class Case:
    done: Callable[[Files], None] | None
    message: str
    # Calls of the run; None where the number of reads does not matter, only that nothing was sent.
    calls: int | None
    keep: Callable[[Files], AbstractContextManager[None]] | None = None
    code: str = CODE


CASES = {
    "byte of a tried hash is not ASCII": Case(
        change_lines(tried="0123456789abcdef:é" + "0" * 63), "does not show any more which code was tried", None
    ),
    "tried hash without a colon": Case(change_lines(tried="0" * 81), "Any code counts as used until another", None),
    "deep JSON in a line": Case(append("[" * 100_000 + "\n"), "has a damaged line (", None),
    "a thousand damaged lines": Case(append("damage\n" * 1000), "has 1000 damaged lines (", None),
    "huge integer in a line": Case(append("9" * 15_000 + "\n"), "has a damaged line (", None),
    "a line of a megabyte": Case(append("x" * 1_000_000 + "\n"), "has a damaged line (", None),
    "times from a clock that ran ahead": Case(change_lines(at=FAR_AHEAD), "in the future, from a clock", None),
    "a directory in the journal's place": Case(replace(journal, "directory"), "journal must be a file", 0),
    "a link in the journal's place": Case(replace(journal, "link"), "The journal cannot be written.", 0),
    "a pipe in the journal's place": Case(replace(journal, "pipe"), "The journal cannot be written.", 0),
    "a file in the place of the markers": Case(
        replace(markers, "file"), "Could not read which numbers are being migrated", 0
    ),
    "a link in the place of the markers": Case(
        replace(markers, "link"), "Could not read which numbers are being migrated", 0
    ),
    "damage in the learnt refusals": Case(replace(refusals, "file"), "Could not read how the service refuses", None),
    "a directory in the place of the refusals": Case(replace(refusals, "directory"), "Could not read how", None),
    "a link in the place of the refusals": Case(replace(refusals, "link"), "Could not read how the service", None),
    "a directory in the place of the locks": Case(replace(locks, "directory"), "Could not lock numbers.", 0),
    "a link in the place of the locks": Case(replace(locks, "link"), "Could not lock numbers.", 0),
    "a pace file from the future": Case(in_future, "", None),
    "a pace file that is damaged": Case(replace(lambda files: files.pace_of_queries, "file"), "", None),
    "a link in the place of a pace file": Case(
        replace(lambda files: files.pace_of_queries, "link"), "Could not share the pace with other processes.", 0
    ),
    "a pace file that somebody keeps locked": Case(
        None, f"Process {os.getpid()} (", 0, kept_locked(lambda files: files.pace_of_queries)
    ),
    "a journal that somebody keeps locked": Case(
        None, f"Process {os.getpid()} (", None, kept_locked(journal), code="543210"
    ),
}


@pytest.fixture
def modules(simulator: Simulator, tmp_path: Path) -> Modules:
    return Modules(simulator, tmp_path)


def migrate(modules: Modules, **options: Any) -> dict[str, Any]:
    return modules.run(
        "cams_number_migration",
        cust_space_id=SPACE,
        phone_number=NUMBER,
        journal=str(modules.home / "journal.jsonl"),
        rate_limit=1000,
        **options,
    )


def calls(modules: Modules) -> int:
    actions = modules.simulator.control.calls_summary()["actions"]
    return sum(figures["count"] for figures in actions.values())


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_a_run_reports_a_damaged_file_and_requests_no_second_code(modules: Modules, case: Case) -> None:
    assert migrate(modules)["outcome"] == "awaiting_code"
    assert migrate(modules, verify_code=CODE)["failed"]
    files = Files(modules.home)
    before = calls(modules)
    effects = modules.simulator.control.effects(SPACE)

    if case.done:
        case.done(files)
    with case.keep(files) if case.keep else nullcontext():
        result = migrate(modules, verify_code=case.code)

    messages = "\n".join([result.get("msg", ""), *map(str, result.get("warnings", ()))])
    assert case.message in messages
    assert messages.count(case.message) == 1 or not case.message
    assert "Traceback" not in messages
    if case.calls is not None:
        assert calls(modules) - before == case.calls
    assert modules.simulator.control.effects(SPACE) == effects


# --- a disk that is full or read-only

ON_A_DISK = """
set -e
mount -t tmpfs -o size=64k,mode=700 none "$1"
case $2 in
  full) dd if=/dev/zero of="$1/filling" bs=1k count=64 2>/dev/null || true ;;
  read-only) mount -o remount,ro none "$1" ;;
esac
shift 2
exec "$@"
"""


@pytest.mark.parametrize(
    ("disk", "message"),
    [("full", "No space left on device. Free some space there"), ("read-only", "Let this user write there")],
)
def test_a_state_directory_on_such_a_disk_is_one_sentence_before_the_first_call(
    simulator: Simulator, tmp_path: Path, disk: str, message: str
) -> None:
    if subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("No right to mount a disk; tests/unit/system/test_state_directory.py does without.")
    place = tmp_path / "state" / "chatapp.cams"
    place.mkdir(parents=True)
    arguments = {
        "cust_space_id": SPACE,
        "phone_number": NUMBER,
        "endpoint": simulator.endpoint,
        "access_key_id": simulator.access_key_id,
        "access_key_secret": simulator.access_key_secret,
    }
    module = [sys.executable, "-m", "ansible_collections.chatapp.cams.plugins.modules.cams_number_migration"]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", ON_A_DISK, "sh", str(place), disk, *module],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path), "XDG_STATE_HOME": str(place.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    result = json.loads(done.stdout)
    assert message in result["msg"]
    assert simulator.control.calls_summary()["actions"] == {}
