# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: what it writes, what it remembers, and what it does with damage, a full disk and other versions."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._journal import (
    CODE_COOLDOWN_SECONDS,
    CODES_A_DAY,
    DAY_SECONDS,
    MAX_REGISTERS,
    REGISTER_SECONDS,
    Journal,
    JournalError,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._run import Run

SPACE = "space-1"
NUMBER = "+8613900001234"
RUN = Run("run-1", "alice", "controller")


class Clock:
    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.jsonl"


def opened(path: Path | None, clock: Clock) -> Journal:
    journal = Journal(path, RUN, clock=clock)
    journal.load()
    return journal


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def note(journal: Journal, step: Step, effect: Effect = Effect.DONE, code: str = "") -> None:
    journal.conclude(journal.intend(SPACE, NUMBER, step, code), effect, "R-1")


def test_a_write_has_a_line_before_it_is_made_and_one_after(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    entry = journal.intend(SPACE, NUMBER, Step.REGISTER)
    (before,) = lines(path)
    journal.conclude(entry, Effect.REFUSED, "R-1", "Some.Code")
    after = lines(path)[1]

    assert before["outcome"] == "intended"
    assert {name: after[name] for name in ("run", "user", "host", "space", "number", "step", "outcome")} == {
        "run": "run-1",
        "user": "alice",
        "host": "controller",
        "space": SPACE,
        "number": NUMBER,
        "step": "register",
        "outcome": "refused",
    }
    assert (after["entry"], after["request_id"], after["error"]) == (before["entry"], "R-1", "Some.Code")


def test_the_file_is_private_and_one_that_is_not_is_refused(path: Path, clock: Clock) -> None:
    opened(path, clock).close()
    assert path.stat().st_mode & 0o777 == 0o600

    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        opened(path, clock)


def test_a_path_that_cannot_be_written_is_refused_before_anything(tmp_path: Path, clock: Clock) -> None:
    with pytest.raises(ConfigurationError, match="journal cannot be written"):
        opened(tmp_path / "missing" / "journal.jsonl", clock)


def test_a_text_that_utf_8_does_not_have_stops_no_line(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    entry = journal.intend("space-\ud800", NUMBER, Step.REGISTER)
    journal.conclude(entry, Effect.REFUSED, "R", "Wrong\udc80")

    assert [line["space"] for line in lines(path)] == ["space-\ud800"] * 2
    assert lines(path)[1]["error"] == "Wrong\udc80"


def test_a_code_is_remembered_by_a_salted_hash_and_never_written(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    note(journal, Step.VERIFY, Effect.REFUSED, "012345")
    note(journal, Step.VERIFY, Effect.REFUSED, "012345")
    later = opened(path, clock)

    assert "012345" not in path.read_text(encoding="utf-8")
    assert lines(path)[0]["tried"] != lines(path)[2]["tried"], "each hash has a salt of its own"
    assert later.limits(NUMBER, "012345").code_was_tried
    assert not later.limits(NUMBER, "543210").code_was_tried
    assert not later.limits("+8613900009999", "012345").code_was_tried


@pytest.mark.parametrize("effect", [None, Effect.UNKNOWN, Effect.REFUSED, Effect.DONE])
def test_a_code_that_may_have_reached_the_service_counts_as_tried(
    path: Path, clock: Clock, effect: Effect | None
) -> None:
    journal = opened(path, clock)
    entry = journal.intend(SPACE, NUMBER, Step.VERIFY, "012345")
    if effect:
        journal.conclude(entry, effect)

    assert opened(path, clock).was_tried(NUMBER, "012345")


def test_a_code_that_never_left_may_be_handed_in(path: Path, clock: Clock) -> None:
    note(opened(path, clock), Step.VERIFY, Effect.NOT_MADE, "012345")

    assert not opened(path, clock).was_tried(NUMBER, "012345")


def test_a_write_of_a_killed_run_is_open_until_it_is_settled(path: Path, clock: Clock) -> None:
    opened(path, clock).intend(SPACE, NUMBER, Step.REQUEST_CODE)
    later = opened(path, clock)
    (entry,) = later.open_entries(NUMBER)

    assert "is not known" in later.limits(NUMBER, None).unsure_code
    later.conclude(entry, Effect.UNKNOWN)
    assert opened(path, clock).open_entries(NUMBER) == []


def test_another_code_waits_for_the_cooldown(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    note(journal, Step.REQUEST_CODE)
    clock.now += CODE_COOLDOWN_SECONDS - 1
    assert "no other is requested before" in journal.limits(NUMBER, None).code_request

    clock.now += 1
    assert journal.limits(NUMBER, None).code_request == ""


def test_codes_are_capped_by_the_day(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    for _request in range(CODES_A_DAY):
        note(journal, Step.REQUEST_CODE)
        clock.now += CODE_COOLDOWN_SECONDS
    assert "within a day" in journal.limits(NUMBER, None).code_request

    clock.now += DAY_SECONDS - CODES_A_DAY * CODE_COOLDOWN_SECONDS
    assert journal.limits(NUMBER, None).code_request == ""


def test_registers_are_capped_in_three_days(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    for _register in range(MAX_REGISTERS):
        assert journal.limits(NUMBER, None).register == ""
        note(journal, Step.REGISTER)
    assert "Ask support" in journal.limits(NUMBER, None).register

    clock.now += REGISTER_SECONDS
    assert journal.limits(NUMBER, None).register == ""


@pytest.mark.parametrize("effect", [Effect.REFUSED, Effect.NOT_MADE, Effect.EARLIER])
def test_what_was_not_made_uses_no_budget(path: Path, clock: Clock, effect: Effect) -> None:
    journal = opened(path, clock)
    for _attempt in range(10):
        note(journal, Step.REQUEST_CODE, effect)
        note(journal, Step.REGISTER, effect)
    limits = journal.limits(NUMBER, None)

    assert (limits.code_request, limits.register) == ("", "")


def test_a_clock_that_was_set_back_does_not_lock_a_number_for_long(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    note(journal, Step.REQUEST_CODE)
    clock.now -= 10 * DAY_SECONDS
    assert journal.limits(NUMBER, None).code_request


def test_a_last_line_that_was_cut_off_is_passed_over_reported_and_not_built_upon(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    note(journal, Step.REGISTER)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"v":1,"at":"2027-0')
    later = opened(path, clock)
    note(later, Step.REGISTER)

    assert later.problems == [f"Line 3 of the journal {path} is damaged and was passed over."]
    assert len(opened(path, clock)._times(NUMBER, Step.REGISTER, 0)) == 2


@pytest.mark.parametrize(
    "line", ["[]", "7", '"text"', "null", '{"v":1}', "\x00\x00", '{"v":1,"entry":"x","outcome":"intended"}']
)
def test_a_foreign_line_is_passed_over_and_reported(path: Path, clock: Clock, line: str) -> None:
    path.touch(mode=0o600)
    path.write_text(f"{line}\n", encoding="utf-8")

    assert len(opened(path, clock).problems) == 1


def test_a_journal_of_a_newer_version_is_refused(path: Path, clock: Clock) -> None:
    path.touch(mode=0o600)
    path.write_text('{"v":2,"what":"ever"}\n', encoding="utf-8")

    with pytest.raises(ConfigurationError, match="newer version"):
        opened(path, clock)


def test_check_mode_makes_no_journal(path: Path, clock: Clock) -> None:
    Journal(path, RUN, read_only=True, clock=clock).load()

    assert not path.exists()


def test_without_a_path_a_run_remembers_itself(clock: Clock) -> None:
    journal = opened(None, clock)
    note(journal, Step.REQUEST_CODE)

    assert journal.limits(NUMBER, None).code_request


def test_lines_of_several_processes_stay_whole(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from ansible_collections.chatapp.cams.plugins.module_utils._journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._run import Run
journal = Journal(Path(sys.argv[1]), Run())
for _ in range(200):
    journal.conclude(journal.intend("space", "+8613900001234", Step.REGISTER), Effect.DONE, "R" * 40)
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    writers = [subprocess.Popen([sys.executable, "-c", program, str(path)], env=environment) for _writer in range(4)]

    assert [writer.wait(60) for writer in writers] == [0] * 4
    assert len(lines(path)) == 4 * 2 * 200


def test_a_full_disk_stops_a_write_before_it_is_made(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    entry = journal.intend(SPACE, NUMBER, Step.INITIATE)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        # A line that does not fit whole is an error too.
        with pytest.raises(JournalError, match="cannot be written"):
            journal.intend(SPACE, NUMBER, Step.REGISTER)
        # What was made already is reported, not undone.
        journal.conclude(entry, Effect.DONE)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)

    assert "The line that initiate of +8613900001234 was done is missing." in journal.problems[0]
    assert [entry.step for entry in opened(path, clock).open_entries(NUMBER)] == [Step.INITIATE]
