# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Threads that run a function for items, and for the items that follow."""

from __future__ import annotations

import threading

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._system.threads import run_with_followers

# Only a hang takes longer.
LONGEST_SECONDS = 60.0


def followers(item: int) -> list[int]:
    """Each of the first items has two followers."""
    return [item * 10, item * 10 + 1] if item < 10 else []


@pytest.mark.parametrize("concurrency", [1, 2, 50])
def test_every_item_and_every_follower_is_worked_on_once(concurrency: int) -> None:
    seen: list[int] = []

    def work(item: int) -> list[int]:
        seen.append(item)
        return followers(item)

    run_with_followers(work, [1, 2, 3], concurrency, stop=pytest.fail)

    assert sorted(seen) == [1, 2, 3, 10, 11, 20, 21, 30, 31]


def test_one_thread_works_on_the_oldest_item_first() -> None:
    seen: list[int] = []

    def work(item: int) -> list[int]:
        seen.append(item)
        return followers(item)

    run_with_followers(work, [1, 2], 1, stop=pytest.fail)

    assert seen == [1, 2, 10, 11, 20, 21]


def test_a_follower_does_not_wait_for_an_item_that_hangs() -> None:
    follower_began = threading.Event()

    def work(item: str) -> list[str]:
        if item == "hangs":
            assert follower_began.wait(LONGEST_SECONDS)
        if item == "follows":
            follower_began.set()
        return ["follows"] if item == "quick" else []

    run_with_followers(work, ["hangs", "quick"], 2, stop=pytest.fail)

    assert follower_began.is_set()


@pytest.mark.parametrize("concurrency", [2, 8])
def test_an_error_stops_the_others_and_is_raised(concurrency: int) -> None:
    stopped = threading.Event()

    def work(item: int) -> list[int]:
        if item == 1:
            raise ValueError("No.")
        assert stopped.wait(LONGEST_SECONDS)
        return []

    with pytest.raises(ValueError, match="No"):
        run_with_followers(work, [1, 2], concurrency, stop=stopped.set)


def test_without_items_nothing_happens() -> None:
    run_with_followers(followers, [], 4, stop=pytest.fail)
