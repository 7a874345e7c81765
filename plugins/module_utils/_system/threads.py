# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one function for many items in threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from queue import SimpleQueue
from typing import TypeVar

Item = TypeVar("Item")


def run_in_threads(
    function: Callable[[Item], None], items: Iterable[Item], concurrency: int, *, stop: Callable[[], None]
) -> None:
    """Call a function for every item, ``concurrency`` at a time. If a call raises, call ``stop`` to end the others."""
    items = list(items)
    threads = min(concurrency, len(items))
    if threads <= 1:
        for item in items:
            function(item)
        return
    with ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(function, item) for item in items]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            stop()
            raise


def run_with_followers(
    function: Callable[[Item], Iterable[Item]], items: Iterable[Item], concurrency: int, *, stop: Callable[[], None]
) -> None:
    """Call a function for every item, and then for every item that these calls return. The oldest item comes first.

    If a call raises, call ``stop`` to end the others.
    """
    if concurrency <= 1:
        waiting = deque(items)
        while waiting:
            waiting.extend(function(waiting.popleft()))
        return
    ended: SimpleQueue[Future[Iterable[Item]]] = SimpleQueue()
    with ThreadPoolExecutor(concurrency) as pool:

        def start(more: Iterable[Item]) -> int:
            futures = [pool.submit(function, item) for item in more]
            for future in futures:
                future.add_done_callback(ended.put)
            return len(futures)

        try:
            left = start(items)
            while left:
                left += start(ended.get().result()) - 1
        except BaseException:
            stop()
            raise
