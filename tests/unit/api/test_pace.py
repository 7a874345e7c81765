# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pace of one machine's processes: slots, throttles and damaged files. Real processes are in tests/integration."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import (
    FURTHEST_SLOT,
    LONGEST_CLOSED,
    MARGIN,
    ClosedError,
    Pace,
)
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import file_pace, pace_directory

ACTION = "QueryChatappPhoneNumbers"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return pace_directory(tmp_path / "state")


def pace(directory: Path, clock: Clock, *, account: str = "account", rate_limit: float = 10) -> Pace:
    return file_pace(directory, account, rate_limit, sleep=clock.sleep, clock=clock)


def times(pacer: Pace, clock: Clock, calls: int, *, succeed: bool = True) -> list[float]:
    found = []
    for _call in range(calls):
        pacer.wait(ACTION)
        found.append(clock.now)
        if succeed:
            pacer.note_success(ACTION)
    return found


def most_in_a_second(moments: list[float]) -> int:
    return max(sum(1 for other in moments if start <= other < start + 1) for start in moments)


def test_no_second_has_more_calls_than_the_limit(directory: Path, clock: Clock) -> None:
    moments = times(pace(directory, clock), clock, 100)

    assert most_in_a_second(moments) == 10
    assert 99 / (moments[-1] - moments[0]) >= 9.5


def test_two_paces_share_the_slots_of_an_account(directory: Path, clock: Clock) -> None:
    first, second = pace(directory, clock), pace(directory, clock)
    moments = [moment for turn in range(20) for moment in (*times(first, clock, 1), *times(second, clock, 1))]

    assert most_in_a_second(moments) == 10


def test_operations_and_accounts_do_not_share_slots(directory: Path, clock: Clock) -> None:
    ours = pace(directory, clock)
    ours.wait(ACTION)
    ours.wait("ChatappSyncPhoneNumber")
    pace(directory, clock, account="other").wait(ACTION)

    assert clock.now == 1000.0


def test_waits_are_counted(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    times(pacer, clock, 11)

    assert pacer.waited_seconds == pytest.approx(clock.now - 1000.0)


def test_a_throttle_moves_the_slots_of_all_processes_and_lowers_the_rate(directory: Path, clock: Clock) -> None:
    first, second = pace(directory, clock), pace(directory, clock)
    times(first, clock, 5)
    throttled_at = clock.now
    first.note_throttle(ACTION)
    moments = times(second, clock, 20, succeed=False)

    assert moments[0] >= throttled_at + 1
    assert most_in_a_second(moments) < 10


def test_a_second_throttle_lowers_the_rate_more_than_the_first(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    pacer.note_throttle(ACTION)
    after_one = most_in_a_second(times(pacer, clock, 20, succeed=False))
    pacer.note_throttle(ACTION)
    after_two = most_in_a_second(times(pacer, clock, 20, succeed=False))

    assert after_one - after_two > 10 - after_one >= 1


def test_a_call_with_a_turn_from_before_a_throttle_takes_a_new_turn(directory: Path, clock: Clock) -> None:
    other = pace(directory, clock)

    def throttled_while_asleep(seconds: float) -> None:
        clock.sleep(seconds)
        if not throttles:
            throttles.append(clock.now)
            other.note_throttle(ACTION)

    throttles: list[float] = []
    pacer = file_pace(directory, "account", 10, sleep=throttled_while_asleep, clock=clock)
    times(other, clock, 5)
    pacer.wait(ACTION)

    assert clock.now >= throttles[0] + 1


def test_calls_that_were_throttled_together_lower_the_rate_once(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    for _refusal in range(5):
        pacer.note_throttle(ACTION)
    moments = times(pacer, clock, 10, succeed=False)

    assert most_in_a_second(moments) >= 6


def test_no_process_calls_before_the_time_that_the_service_asks_to_wait(directory: Path, clock: Clock) -> None:
    first, second = pace(directory, clock), pace(directory, clock)
    times(first, clock, 5)
    throttled_at = clock.now
    first.note_throttle(ACTION, 45)
    moments = times(second, clock, 20, succeed=False)

    assert moments[0] >= throttled_at + 45
    assert most_in_a_second(moments) < 10, "and the queue does not start with a burst"


def test_a_wait_for_one_operation_does_not_delay_others(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    pacer.note_throttle(ACTION, 45)
    before = clock.now
    pacer.wait("ChatappSyncPhoneNumber")

    assert clock.now == before


def test_the_latest_time_that_the_service_asks_for_counts(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    asked_at = clock.now
    for seconds in (5, 45, 0):
        pacer.note_throttle(ACTION, seconds)
    pacer.wait(ACTION)

    assert clock.now >= asked_at + 45


def test_a_call_takes_a_new_turn_if_the_service_then_asks_for_a_longer_wait(directory: Path, clock: Clock) -> None:
    other = pace(directory, clock)
    other.note_throttle(ACTION)

    def asked_to_wait_while_asleep(seconds: float) -> None:
        if not asked:
            asked.append(clock.now)
            clock.sleep(0.1)
            other.note_throttle(ACTION, 45)
            seconds -= 0.1
        clock.sleep(seconds)

    asked: list[float] = []
    file_pace(directory, "account", 10, sleep=asked_to_wait_while_asleep, clock=clock).wait(ACTION)

    assert clock.now >= asked[0] + 45


def test_a_call_that_would_wait_too_long_gets_an_error_with_the_time(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    pacer.note_throttle(ACTION, 600)
    clock.sleep(100)
    before = clock.now
    with pytest.raises(ClosedError) as caught:
        pacer.wait(ACTION, at_most=180)

    assert caught.value.seconds == pytest.approx(500)
    assert clock.now == before
    pacer.wait(ACTION, at_most=501)
    assert clock.now == pytest.approx(before + 500)


def test_no_answer_blocks_an_operation_for_more_than_an_hour(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    pacer.note_throttle(ACTION, 10**9)
    asked_at = clock.now
    pacer.wait(ACTION)

    assert clock.now == pytest.approx(asked_at + LONGEST_CLOSED)


def test_a_wait_that_is_cut_short_ends(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    pacer.note_throttle(ACTION, 600)
    before = clock.now
    pacer.wait(ACTION, sleep=lambda seconds: None)

    assert clock.now == before


def test_successes_raise_the_rate_up_to_its_maximum(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    pacer.note_throttle(ACTION)
    times(pacer, clock, 400)

    assert most_in_a_second(times(pacer, clock, 50)) == 10


def test_a_call_that_wakes_up_too_late_takes_a_new_turn(directory: Path, clock: Clock) -> None:
    pacer = pace(directory, clock)
    times(pacer, clock, 5)
    oversleeping = file_pace(directory, "account", 10, sleep=lambda seconds: clock.sleep(seconds + 0.05), clock=clock)
    slept_from = clock.now
    oversleeping.wait(ACTION)

    assert clock.now - slept_from > MARGIN / 10 + 0.05


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00" * 64,
        b"nan nan nan nan",
        b"1 2",
        b"1000 10 0",
        b"inf 10 0 0",
        b"1000 10 0 inf",
        b"1000 0 0 0",
        b"1000 10 0 9e9",
        b"x" * 4096,
    ],
)
def test_a_damaged_file_does_not_block_calls(directory: Path, clock: Clock, content: bytes) -> None:
    pacer = pace(directory, clock)
    pacer.wait(ACTION)
    (file,) = directory.iterdir()
    file.write_bytes(content)
    moments = times(pacer, clock, 30)

    assert moments[0] - 1000.0 < 1
    assert most_in_a_second(moments) == 10


def test_a_slot_that_is_too_far_ahead_is_ignored(directory: Path, clock: Clock) -> None:
    pace(directory, clock).wait(ACTION)
    clock.now -= FURTHEST_SLOT + 1
    before = clock.now
    pace(directory, clock).wait(ACTION)

    assert clock.now == before


def test_a_slot_from_before_the_last_boot_is_ignored(directory: Path, clock: Clock) -> None:
    times(pace(directory, clock), clock, 100)
    (file,) = directory.iterdir()
    os.utime(file, (0, 0))
    clock.now = 1000.0
    pace(directory, clock).wait(ACTION)

    assert clock.now == 1000.0


def test_a_link_in_the_place_of_a_slot_file_is_refused_with_a_clear_error(
    directory: Path, clock: Clock, tmp_path: Path
) -> None:
    pacer = pace(directory, clock)
    pacer.wait(ACTION)
    (file,) = directory.iterdir()
    file.unlink()
    file.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigurationError, match="Could not share the pace with other processes") as caught:
        pacer.wait(ACTION)
    assert str(file) in caught.value.message
    assert not (tmp_path / "elsewhere").exists()


def test_a_directory_that_others_can_enter_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    (tmp_path / "state").chmod(0o755)

    with pytest.raises(ConfigurationError, match="chmod 700"):
        pace_directory(tmp_path / "state")
