# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: its lines, its limits, and damaged files, full disks and other versions."""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import JournalError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files import file_journal as _journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.limits import (
    CODE_COOLDOWN_SECONDS,
    CODES_A_DAY,
    DAY_SECONDS,
    MAX_REGISTERS,
    REGISTER_SECONDS,
    clock_time,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity

SPACE = "space-1"
NUMBER = "+8613900001234"
RUN = RunIdentity("run-1", "alice", "controller")


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


def opened(path: Path | None, clock: Clock) -> FileJournal:
    journal = FileJournal(path, RUN, clock=clock)
    journal.load()
    return journal


def lines(path: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def note(journal: FileJournal, step: Step, effect: Effect = Effect.DONE, code: str = "") -> None:
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


def test_a_text_that_is_not_utf_8_is_written_as_an_escape(path: Path, clock: Clock) -> None:
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


def test_a_code_that_was_not_sent_may_be_submitted(path: Path, clock: Clock) -> None:
    note(opened(path, clock), Step.VERIFY, Effect.NOT_MADE, "012345")

    assert not opened(path, clock).was_tried(NUMBER, "012345")


def test_a_write_of_a_killed_run_is_open_until_it_is_settled(path: Path, clock: Clock) -> None:
    opened(path, clock).intend(SPACE, NUMBER, Step.REQUEST_CODE)
    later = opened(path, clock)
    (entry,) = later.open_entries(NUMBER)

    assert "is not known" in later.limits(NUMBER, None).unsure_code_request
    later.conclude(entry, Effect.UNKNOWN)
    assert opened(path, clock).open_entries(NUMBER) == []


def test_another_code_waits_for_the_cooldown(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    note(journal, Step.REQUEST_CODE)
    clock.now += CODE_COOLDOWN_SECONDS - 1
    requested = clock.now - CODE_COOLDOWN_SECONDS + 1
    limits = journal.limits(NUMBER, None)
    assert f"No other code is requested before {clock_time(clock.now + 1)}" in limits.code_request
    assert (limits.code_requested_at, limits.next_code_at) == (clock_time(requested), clock_time(clock.now + 1))

    clock.now += 1
    limits = journal.limits(NUMBER, None)
    assert limits.code_request == ""
    assert (limits.code_requested_at, limits.next_code_at) == (clock_time(requested), "")


def test_codes_are_limited_per_day(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    for _request in range(CODES_A_DAY):
        note(journal, Step.REQUEST_CODE)
        clock.now += CODE_COOLDOWN_SECONDS
    limits = journal.limits(NUMBER, None)
    assert "within a day" in limits.code_request
    assert limits.next_code_at == clock_time(clock.now - CODES_A_DAY * CODE_COOLDOWN_SECONDS + DAY_SECONDS)
    assert limits.next_code_at in limits.code_request

    clock.now += DAY_SECONDS - CODES_A_DAY * CODE_COOLDOWN_SECONDS
    assert journal.limits(NUMBER, None).code_request == ""


def test_registers_are_limited_in_three_days(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    for _register in range(MAX_REGISTERS):
        assert journal.limits(NUMBER, None).register == ""
        note(journal, Step.REGISTER)
    assert "Ask support" in journal.limits(NUMBER, None).register

    clock.now += REGISTER_SECONDS
    assert journal.limits(NUMBER, None).register == ""


@pytest.mark.parametrize("effect", [Effect.REFUSED, Effect.NOT_MADE, Effect.EARLIER])
def test_a_write_that_was_not_made_does_not_count(path: Path, clock: Clock, effect: Effect) -> None:
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


# --- a clock that ran ahead


def test_a_request_with_a_time_in_the_future_counts_as_made_now(path: Path, clock: Clock) -> None:
    clock.now += 30 * DAY_SECONDS
    note(opened(path, clock), Step.REQUEST_CODE)
    clock.now -= 30 * DAY_SECONDS
    first = opened(path, clock)
    assert "No other code is requested before 2027-01-15 08:15 UTC" in first.limits(NUMBER, None).code_request
    assert first.problems == [
        f"The journal {path} has an entry with a time in the future, from a clock that ran ahead."
        " This run counts them as made at 2027-01-15 08:00 UTC."
    ]

    clock.now += CODE_COOLDOWN_SECONDS - 1
    second = opened(path, clock)
    assert second.limits(NUMBER, None).code_request
    assert second.problems == []
    clock.now += 1
    assert opened(path, clock).limits(NUMBER, None).code_request == ""


def test_registers_with_a_time_in_the_future_count_for_three_days(path: Path, clock: Clock) -> None:
    clock.now += 300 * DAY_SECONDS
    journal = opened(path, clock)
    for _register in range(MAX_REGISTERS):
        note(journal, Step.REGISTER, Effect.UNKNOWN)
    clock.now -= 300 * DAY_SECONDS
    assert "Ask support" in opened(path, clock).limits(NUMBER, None).register

    clock.now += REGISTER_SECONDS
    assert opened(path, clock).limits(NUMBER, None).register == ""


def test_the_next_line_with_a_right_time_corrects_earlier_times_in_the_future(path: Path, clock: Clock) -> None:
    clock.now += 30 * DAY_SECONDS
    note(opened(path, clock), Step.REQUEST_CODE)
    clock.now -= 30 * DAY_SECONDS
    FileJournal(path, RUN, clock=clock).intend(SPACE, NUMBER, Step.VERIFY, "012345")
    clock.now += CODE_COOLDOWN_SECONDS
    later = opened(path, clock)

    assert later.limits(NUMBER, None).code_request == ""
    assert later.problems == []


def test_check_mode_reads_a_time_in_the_future_as_now_and_writes_nothing(path: Path, clock: Clock) -> None:
    clock.now += 30 * DAY_SECONDS
    note(opened(path, clock), Step.REQUEST_CODE)
    clock.now -= 30 * DAY_SECONDS
    before = path.read_bytes()
    journal = FileJournal(path, RUN, read_only=True, clock=clock)
    journal.load()

    assert "2027-01-15 08:15 UTC" in journal.limits(NUMBER, None).code_request
    assert path.read_bytes() == before


# --- damage


def test_an_incomplete_last_line_is_skipped_and_reported_and_not_continued(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    note(journal, Step.REGISTER, Effect.UNKNOWN)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"v":1,"at":"2027-0')
    later = opened(path, clock)
    note(later, Step.REGISTER, Effect.UNKNOWN)

    assert later.problems == [f"The journal {path} has a damaged line (3). Damaged lines are skipped."]
    read = opened(path, clock)._by_number[NUMBER]
    assert [(entry.step, entry.effect) for entry in read] == [(Step.REGISTER, Effect.UNKNOWN)] * 2


GOOD = {
    "v": 1,
    "at": "2027-01-15T07:00:00.000+00:00",
    "run": "run-1",
    "user": "alice",
    "host": "controller",
    "space": SPACE,
    "number": NUMBER,
    "step": "verify",
    "entry": "0123456789abcdef",
    "outcome": "intended",
}
DAMAGED = {
    "list": "[]",
    "integer": "7",
    "text": '"text"',
    "null": "null",
    "nothing but a version": '{"v":1}',
    "zeros": "\x00\x00",
    "most of it missing": '{"v":1,"entry":"x","outcome":"intended"}',
    "deep list": "[" * 100_000,
    "deep object": '{"v":' * 100_000,
    "deep within": json.dumps(GOOD).replace('"verify"', "[" * 9_000),
    "huge integer": "9" * 15_000,
    "huge version": json.dumps({**GOOD, "v": 10**30}),
    "infinite version": '{"v":1e999}',
    "version that is true": json.dumps({**GOOD, "v": True}),
    "number that is a number": json.dumps({**GOOD, "number": 8613900001234}),
    "entry that is a list": json.dumps({**GOOD, "entry": []}),
    "step that is an object": json.dumps({**GOOD, "step": {}}),
    "outcome that is a list": json.dumps({**GOOD, "outcome": []}),
    "hash that is a number": json.dumps({**GOOD, "tried": 7}),
    "unknown step": json.dumps({**GOOD, "step": "deregister"}),
    "time that is a number": json.dumps({**GOOD, "at": 7}),
    "time that is none": json.dumps({**GOOD, "at": "yesterday"}),
    "time without a zone": json.dumps({**GOOD, "at": "2027-01-15T07:00:00"}),
    "time before all times": json.dumps({**GOOD, "at": "0001-01-01T00:00:00+23:59"}),
    "time after all times": json.dumps({**GOOD, "at": "9999-12-31T23:59:59-23:59"}),
    "very long": "x" * 1_000_000,
}


@pytest.mark.parametrize("line", DAMAGED.values(), ids=list(DAMAGED))
def test_a_damaged_line_is_skipped_and_reported(path: Path, clock: Clock, line: str) -> None:
    path.touch(mode=0o600)
    path.write_text(f"{line}\n", encoding="utf-8")
    journal = opened(path, clock)
    note(journal, Step.INITIATE)

    assert journal.problems[0] == f"The journal {path} has a damaged line (1). Damaged lines are skipped."
    assert opened(path, clock).limits(NUMBER, None).memory.initiated


def test_many_damaged_lines_are_reported_in_one_sentence(path: Path, clock: Clock) -> None:
    path.touch(mode=0o600)
    path.write_text("damage\n" * 1000, encoding="utf-8")

    assert opened(path, clock).problems == [
        f"The journal {path} has 1000 damaged lines (1, 2, 3, 4, 5 and 995 more). Damaged lines are skipped."
    ]


@pytest.mark.parametrize("damage", ["é", "\x00", "\ud800", "A", ""])
@pytest.mark.parametrize("where", [0, 15, 16, 17, 80])
def test_a_code_whose_hash_is_damaged_counts_as_used_until_another_is_requested(
    path: Path, clock: Clock, damage: str, where: int
) -> None:
    note(opened(path, clock), Step.VERIFY, Effect.REFUSED, "012345")
    first, second = lines(path)
    tried = first["tried"]
    first["tried"] = tried[:where] + damage + tried[where + 1 :]
    path.write_text(json.dumps(first) + "\n" + json.dumps(second) + "\n", encoding="utf-8")
    journal = opened(path, clock)

    assert journal.limits(NUMBER, "012345").code_was_tried
    assert journal.problems == [
        f"The journal {path} does not show any more which code was tried for {NUMBER}."
        " Any code counts as used until another code is requested."
    ]
    note(journal, Step.REQUEST_CODE)
    later = opened(path, clock)
    assert not later.limits(NUMBER, "543210").code_was_tried
    assert later.problems == []


@pytest.mark.parametrize("byte", [b"\xff", b"\x00", b"["])
def test_a_code_counts_as_used_if_its_line_is_damaged(path: Path, clock: Clock, byte: bytes) -> None:
    journal = opened(path, clock)
    note(journal, Step.INITIATE)
    note(journal, Step.VERIFY, Effect.REFUSED, "012345")
    content = path.read_bytes().splitlines(keepends=True)
    content[2] = content[2].replace(b'"outcome":"intended"', b'"outcome":' + byte * 9000)
    path.write_bytes(b"".join(content))
    later = opened(path, clock)

    assert later.limits(NUMBER, "012345").code_was_tried
    assert not later.limits("+8613900009999", "012345").code_was_tried
    assert len(later.problems) == 2


def test_damage_to_another_step_does_not_use_a_code(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    note(journal, Step.INITIATE)
    path.write_bytes(path.read_bytes().replace(b'"v":1', b'"v":]'))

    assert not opened(path, clock).limits(NUMBER, "012345").code_was_tried


def test_an_open_entry_with_half_a_character_can_be_concluded(path: Path, clock: Clock) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps({**GOOD, "space": "\ud800"}) + "\n", encoding="utf-8")
    journal = opened(path, clock)
    (entry,) = journal.open_entries(NUMBER)
    journal.conclude(entry, Effect.UNKNOWN, "R-\udfff")

    assert opened(path, clock).open_entries(NUMBER) == []


# --- what is read


def test_entries_of_other_numbers_are_not_kept(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    note(journal, Step.REQUEST_CODE)
    later = FileJournal(path, RUN, clock=clock)
    later.load({"+8613900009999"})

    assert later._entries == {}
    assert later.limits("+8613900009999", None).memory.exists


def test_entries_that_no_limit_needs_are_forgotten_after_the_register(path: Path, clock: Clock) -> None:
    journal = opened(path, clock)
    for _migration in range(10):
        note(journal, Step.INITIATE)
        note(journal, Step.REQUEST_CODE)
        note(journal, Step.VERIFY, code="012345")
        note(journal, Step.REGISTER)
        clock.now += 10 * DAY_SECONDS
    later = opened(path, clock)

    assert [entry.step for entry in later._by_number[NUMBER]].count(Step.INITIATE) == 0
    assert [entry.step for entry in later._by_number[NUMBER]].count(Step.REGISTER) == 1
    assert later.limits(NUMBER, "012345").code_was_tried
    assert not later.limits(NUMBER, None).memory.initiated


@pytest.mark.parametrize("in_its_place", ["directory", "pipe"])
def test_a_path_that_is_not_a_regular_file_is_refused_in_check_mode_too(
    path: Path, clock: Clock, in_its_place: str
) -> None:
    path.mkdir() if in_its_place == "directory" else os.mkfifo(path)

    with pytest.raises(ConfigurationError, match=r"journal.*(not a regular file|directory)"):
        FileJournal(path, RUN, read_only=True, clock=clock).load()


def test_a_locked_journal_is_an_error_that_names_the_process(
    path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_journal, "LOCK_SECONDS", 0.2)
    journal = opened(path, clock)
    entry = journal.intend(SPACE, NUMBER, Step.INITIATE)
    with path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(JournalError, match=r"Process \d+ \(.*\) keeps the file .* locked\. End that process"):
            journal.intend(SPACE, NUMBER, Step.REGISTER)
        journal.conclude(entry, Effect.DONE)
    assert "The line that initiate of +8613900001234 was done is missing." in journal.problems[0]

    journal.intend(SPACE, NUMBER, Step.REGISTER)
    assert [line["step"] for line in lines(path)] == ["initiate", "register"]


def test_a_journal_of_a_newer_version_is_refused(path: Path, clock: Clock) -> None:
    path.touch(mode=0o600)
    path.write_text('{"v":2,"what":"ever"}\n', encoding="utf-8")

    with pytest.raises(ConfigurationError, match="newer version"):
        opened(path, clock)


def test_check_mode_makes_no_journal(path: Path, clock: Clock) -> None:
    FileJournal(path, RUN, read_only=True, clock=clock).load()

    assert not path.exists()


def test_without_a_path_a_run_remembers_only_itself(clock: Clock) -> None:
    journal = opened(None, clock)
    note(journal, Step.REQUEST_CODE)

    assert journal.limits(NUMBER, None).code_request


def test_lines_of_several_processes_stay_whole(path: Path) -> None:
    program = """
import sys
from pathlib import Path
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
journal = FileJournal(Path(sys.argv[1]), RunIdentity())
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


@pytest.mark.parametrize(
    ("later", "waits", "is_unsettled"),
    [
        ([], True, False),
        ([(Step.VERIFY, Effect.REFUSED)], True, False),
        ([(Step.VERIFY, Effect.DONE)], False, False),
        ([(Step.VERIFY, Effect.UNKNOWN)], False, True),
        ([(Step.VERIFY, None)], False, True),
        ([(Step.REQUEST_CODE, None)], False, True),
        ([(Step.VERIFY, Effect.UNKNOWN), (Step.REGISTER, Effect.DONE)], False, False),
    ],
)
def test_a_number_waits_for_its_code_until_one_was_perhaps_accepted(
    path: Path, clock: Clock, later: list[tuple[Step, Effect | None]], waits: bool, is_unsettled: bool
) -> None:
    journal = opened(path, clock)
    assert not journal.limits(NUMBER, None).memory.waits_for_code
    for step, effect in [(Step.INITIATE, Effect.DONE), (Step.REQUEST_CODE, Effect.DONE), *later]:
        entry = journal.intend(SPACE, NUMBER, step)
        if effect is not None:
            journal.conclude(entry, effect)
    journal.close()

    memory = opened(path, clock).limits(NUMBER, None).memory

    assert (memory.waits_for_code, memory.is_unsettled) == (waits, is_unsettled)
