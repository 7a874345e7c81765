# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wait for codes: when it reads the sources, for which numbers, and when it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.chatapp.cams.plugins.module_utils._codes import source as finding
from ansible_collections.chatapp.cams.plugins.module_utils._codes import waiting as waiting_module
from ansible_collections.chatapp.cams.plugins.module_utils._codes.arguments import SOURCE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import Deadline
from ansible_collections.chatapp.cams.plugins.module_utils._codes.waiting import CodeWaiting
from inbox import Answer, Inbox

NUMBER = "+8613900001234"
OTHER = "+390212345678"
CODE = "012345"
SECOND = "987650"
# Only a hang takes longer.
LONGEST_SECONDS = 60
# Longer than any test.
FOR_EVER = 3600


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    with Inbox() as opened:
        yield opened


class Clock(threading.Event):
    """A stop event whose pauses let the time pass at once. Only pauses let time pass."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.during_pause: Callable[[], object] = lambda: None

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0
        self.during_pause()
        return self.is_set()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(waiting_module, "time", SimpleNamespace(monotonic=lambda: clock.now, time=time.time))
    # The end of a read is compared with the same clock.
    monkeypatch.setattr(finding, "time", SimpleNamespace(monotonic=lambda: clock.now, time=time.time))
    return clock


class Submitted:
    """Notes the codes that were submitted. The numbers in ``refused`` need another code."""

    def __init__(self, *refused: str) -> None:
        self.codes: dict[str, str] = {}
        self.batches: list[set[str]] = []
        self.refused = set(refused)

    def __call__(self, codes: Mapping[str, str]) -> set[str]:
        self.batches.append(set(codes))
        self.codes.update(codes)
        return codes.keys() & self.refused


class Trickle:
    """A source that has one more code at each reading."""

    def __init__(self, clock: Clock, *numbers: str) -> None:
        self.read_for: list[list[str]] = []
        self.read_at: list[float] = []
        self._clock = clock
        self._arriving = list(numbers)

    def find_codes(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[finding.Candidate]:
        self.read_for.append(numbers)
        self.read_at.append(self._clock.now)
        for number in self._arriving[: len(self.read_for) - 1]:
            if number in numbers:
                yield finding.Candidate(number, CODE, "the trickle")

    @property
    def intervals(self) -> list[float]:
        return [later - earlier for earlier, later in zip(self.read_at, self.read_at[1:], strict=False)]


def waiting_for(
    *numbers: str, stop: threading.Event, submit: Submitted, seconds: float = 600, **options: Any
) -> CodeWaiting:
    checked = ArgumentSpecValidator(SOURCE_ARGUMENTS).validate(options)
    assert checked.error_messages == []
    waiting = CodeWaiting(checked.validated_parameters, seconds, submit, stop)
    for number in numbers:
        waiting.add(number, requested_now=False)
    return waiting


@pytest.fixture
def trickling(monkeypatch: pytest.MonkeyPatch) -> Callable[..., CodeWaiting]:
    """Makes a wait that reads this source."""

    def make(source: Trickle, *numbers: str, **more: Any) -> CodeWaiting:
        monkeypatch.setattr(waiting_module, "make_sources", lambda options: [source])
        return waiting_for(*numbers, **more)

    return make


# --- when it reads, and for which numbers


def test_it_reads_at_growing_intervals_and_only_for_missing_codes(
    clock: Clock, trickling: Callable[..., CodeWaiting]
) -> None:
    submitted, source = Submitted(), Trickle(clock, NUMBER, *[NUMBER] * 9, OTHER)
    trickling(source, NUMBER, OTHER, stop=clock, submit=submitted).finish()

    assert submitted.codes == {NUMBER: CODE, OTHER: CODE}
    assert submitted.batches == [{NUMBER}, {OTHER}]
    assert source.read_for[:2] == [[NUMBER, OTHER]] * 2
    assert source.read_for[2:] == [[OTHER]] * 10
    # A code that arrives is often followed by others, so the second interval starts anew.
    assert source.intervals[:4] == pytest.approx([1.5, 1.0, 1.5, 2.25])
    assert source.intervals[1:] == sorted(source.intervals[1:])
    assert source.intervals[-1] == pytest.approx(15)


def test_it_ends_when_its_time_is_over(clock: Clock, trickling: Callable[..., CodeWaiting]) -> None:
    submitted, source = Submitted(), Trickle(clock, NUMBER)
    waiting = trickling(source, NUMBER, OTHER, stop=clock, submit=submitted, seconds=2)
    waiting.finish()

    assert submitted.codes == {NUMBER: CODE}
    assert waiting.numbers == [OTHER]
    # The last reading is at the end of the time.
    assert source.read_at == pytest.approx([1000, 1001.5, 1002])
    assert waiting.problem == ""


def test_without_time_it_reads_once_and_not_for_codes_that_were_just_requested(
    clock: Clock, trickling: Callable[..., CodeWaiting]
) -> None:
    source = Trickle(clock)
    waiting = trickling(source, NUMBER, stop=clock, submit=Submitted(), seconds=0)
    waiting.add(OTHER, requested_now=True)
    waiting.start()
    waiting.finish()

    assert source.read_for == [[NUMBER]]
    assert waiting.numbers == [NUMBER]


@pytest.mark.parametrize("seconds", [0, 600])
def test_it_reads_no_source_when_no_number_waits(inbox: Inbox, seconds: float) -> None:
    waiting = waiting_for(stop=threading.Event(), submit=Submitted(), seconds=seconds, url=inbox.options)
    waiting.start()
    waiting.finish()

    assert inbox.requests == []


def test_a_code_of_an_earlier_time_is_not_for_a_number_whose_code_was_just_requested(
    clock: Clock, inbox: Inbox
) -> None:
    submitted = Submitted()
    waiting = waiting_for(NUMBER, stop=clock, submit=submitted, url=inbox.options)
    waiting.add(OTHER, requested_now=True)
    for number in (NUMBER, OTHER):
        inbox.receive(number, SECOND, ago=60)
    clock.during_pause = lambda: inbox.receive(OTHER, CODE)
    waiting.finish()

    assert submitted.codes == {NUMBER: SECOND, OTHER: CODE}


def test_a_number_that_is_added_while_others_are_processed_gets_its_code_before_the_end(inbox: Inbox) -> None:
    submitted, arrived = Submitted(), threading.Event()
    inbox.receive(NUMBER, CODE)

    def submit(codes: Mapping[str, str]) -> set[str]:
        still_waiting = submitted(codes)
        arrived.set()
        return still_waiting

    checked = ArgumentSpecValidator(SOURCE_ARGUMENTS).validate({"url": inbox.options})
    waiting = CodeWaiting(checked.validated_parameters, 600, submit, threading.Event())
    waiting.start()
    waiting.add(NUMBER, requested_now=True)
    # Nobody has called finish, so the other numbers are still being processed.
    assert arrived.wait(LONGEST_SECONDS)
    assert submitted.codes == {NUMBER: CODE}
    arrived.clear()
    inbox.receive(OTHER, SECOND)
    waiting.add(OTHER, requested_now=True)
    assert arrived.wait(LONGEST_SECONDS)
    waiting.finish()

    assert submitted.batches == [{NUMBER}, {OTHER}]
    assert waiting.numbers == []


def test_a_number_that_needs_another_code_waits_on(clock: Clock, trickling: Callable[..., CodeWaiting]) -> None:
    submitted, source = Submitted(NUMBER), Trickle(clock, NUMBER)
    waiting = trickling(source, NUMBER, stop=clock, submit=submitted, seconds=5)
    waiting.finish()

    assert waiting.numbers == [NUMBER]
    assert len(submitted.batches) == len(source.read_for) - 1
    # A code that cannot be used does not make the intervals short again.
    assert source.intervals == pytest.approx([1.5, 2.25, 1.25])


# --- when it ends early


def test_it_does_not_wait_for_codes_that_disagree(clock: Clock) -> None:
    submitted = Submitted()
    waiting = waiting_for(NUMBER, stop=clock, submit=submitted, vars={NUMBER: CODE, NUMBER[1:]: SECOND}, max_age=0)
    waiting.finish()

    assert (submitted.codes, waiting.numbers, clock.now) == ({}, [NUMBER], 1000.0)
    assert "different codes" in waiting.remarks[0]
    assert not any(code in waiting.remarks[0] for code in (CODE, SECOND))


def test_it_waits_for_other_numbers_although_the_codes_of_one_disagree(clock: Clock, inbox: Inbox) -> None:
    submitted = Submitted()
    for code in (CODE, SECOND):
        inbox.receive(NUMBER, code)
    clock.during_pause = lambda: inbox.receive(OTHER, CODE)
    waiting = waiting_for(NUMBER, OTHER, stop=clock, submit=submitted, url=inbox.options)
    waiting.finish()

    assert (submitted.codes, waiting.numbers) == ({OTHER: CODE}, [NUMBER])


def test_it_waits_no_longer_when_it_gives_up(clock: Clock, inbox: Inbox) -> None:
    submitted = Submitted()
    waiting = waiting_for(NUMBER, stop=clock, submit=submitted, url=inbox.options)
    clock.during_pause = waiting.give_up
    waiting.finish()
    waiting.add(OTHER, requested_now=False)

    assert (len(inbox.requests), waiting.numbers) == (1, [])


@pytest.mark.parametrize("source", ["url", "exec"])
def test_a_stop_ends_it_even_while_a_source_hangs(inbox: Inbox, source: str) -> None:
    inbox.instead = Answer(after_seconds=FOR_EVER)
    hangs: dict[str, Any] = {
        "url": {"url": {**inbox.options, "timeout": FOR_EVER}},
        "exec": {"exec": ["sleep", str(FOR_EVER)], "exec_timeout": FOR_EVER},
    }
    stop = threading.Event()
    waiting = waiting_for(NUMBER, stop=stop, submit=Submitted(), seconds=FOR_EVER, **hangs[source])
    waiting.start()
    finishing = threading.Thread(target=waiting.finish, daemon=True)
    finishing.start()
    # The stop comes while the source is being read, or just before.
    finishing.join(0.3)
    assert finishing.is_alive()
    stop.set()
    finishing.join(LONGEST_SECONDS)

    assert not finishing.is_alive()
    assert waiting.numbers == [NUMBER]


# --- sources in trouble


def test_it_outlives_an_inbox_that_fails_for_a_while(clock: Clock, inbox: Inbox) -> None:
    inbox.receive(NUMBER, CODE)
    inbox.instead = Answer(503)
    clock.during_pause = lambda: setattr(inbox, "instead", None)
    submitted = Submitted()
    waiting = waiting_for(NUMBER, stop=clock, submit=submitted, url=inbox.options)
    waiting.finish()

    assert (submitted.codes, waiting.remarks, waiting.problem, len(inbox.requests)) == ({NUMBER: CODE}, [], "", 2)


def test_an_inbox_that_never_answers_is_the_problem_in_the_end(clock: Clock, inbox: Inbox) -> None:
    inbox.instead = Answer(503)
    waiting = waiting_for(NUMBER, stop=clock, submit=Submitted(), seconds=5, url=inbox.options)
    waiting.finish()

    assert "503" in waiting.problem
    assert (waiting.numbers, waiting.remarks) == ([NUMBER], [])


def test_an_inbox_that_fails_is_a_remark_when_another_source_had_a_code(clock: Clock, inbox: Inbox) -> None:
    inbox.instead = Answer(503)
    given: dict[str, Any] = {"vars": {NUMBER: CODE}, "url": inbox.options}
    everything = waiting_for(NUMBER, stop=clock, submit=Submitted(), seconds=5, **given)
    everything.finish()
    missing = waiting_for(NUMBER, OTHER, stop=clock, submit=Submitted(), seconds=5, **given)
    missing.finish()

    assert (everything.problem, everything.remarks) == ("", [])
    assert missing.problem == ""
    assert ["503" in remark for remark in missing.remarks] == [True]


def test_it_ends_when_an_inbox_begins_to_refuse(clock: Clock, inbox: Inbox) -> None:
    clock.during_pause = lambda: setattr(inbox, "instead", Answer(401))
    waiting = waiting_for(NUMBER, stop=clock, submit=Submitted(), url=inbox.options)
    waiting.finish()

    assert "check the token" in waiting.problem
    assert Inbox.token not in waiting.problem
    assert (len(inbox.requests), waiting.numbers) == (2, [NUMBER])


def test_an_error_while_codes_are_submitted_is_a_problem_of_the_wait_and_not_a_crash(clock: Clock) -> None:
    def submit(codes: Mapping[str, str]) -> set[str]:
        raise OSError("no space left")

    checked = ArgumentSpecValidator(SOURCE_ARGUMENTS).validate({"vars": {NUMBER: CODE}})
    waiting = CodeWaiting(checked.validated_parameters, 600, submit, clock)
    waiting.add(NUMBER, requested_now=False)
    waiting.start()
    waiting.finish()

    assert "an unexpected OSError" in waiting.problem
    assert waiting.numbers == [NUMBER]
    assert CODE not in waiting.problem


def test_it_does_not_remark_on_a_file_that_came_in_time(clock: Clock, tmp_path: Path) -> None:
    path, submitted = tmp_path / "codes.yml", Submitted()

    def arrive() -> None:
        path.write_text(f'"{NUMBER}": "{CODE}"', encoding="utf-8")
        path.chmod(0o600)

    clock.during_pause = arrive
    waiting = waiting_for(NUMBER, stop=clock, submit=submitted, file=str(path))
    waiting.finish()

    assert (submitted.codes, waiting.remarks) == ({NUMBER: CODE}, [])
