# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The limits that the journal's entries of one number put on a run. Pure: no file and no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Limits, Memory, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import Entry
from ansible_collections.chatapp.cams.plugins.module_utils._store.tried_codes import HASHED, is_hash_of

CODE_COOLDOWN_SECONDS = 15 * 60
CODES_A_DAY = 3
DAY_SECONDS = 24 * 60 * 60
MAX_REGISTERS = 5
REGISTER_SECONDS = 72 * 60 * 60
VERIFICATION_SECONDS = 14 * 24 * 60 * 60

Entries = Sequence[Entry]


def limits_from_entries(entries: Entries, now: float, code: str | None, known: Memory) -> Limits:
    """Return what a run must not do with a number now. ``known`` is what else is remembered of the number."""
    requested_at, next_code_at = _times_of_code_requests(entries, now)
    return Limits(
        code_request=_why_no_code_request(entries, now),
        register=_why_no_register(entries, now),
        code_was_tried=bool(code) and was_tried(entries, code or ""),
        unsure_code_request=_unsure_code_request(entries),
        code_requested_at=requested_at,
        next_code_at=next_code_at,
        memory=_memory(entries, now, known),
    )


def was_tried(entries: Entries, code: str) -> bool:
    return has_unreadable_code(entries) or any(is_hash_of(code, entry.tried) for entry in entries if entry.was_tried)


def has_unreadable_code(entries: Entries) -> bool:
    """Return whether the hash of a tried code is damaged, and no other code has been requested since."""
    for entry in reversed(entries):
        if entry.step is Step.REQUEST_CODE and entry.may_have_happened:
            return False
        if entry.was_tried and not HASHED.fullmatch(entry.tried):
            return True
    return False


def ends_migration(step: Step, effect: Effect | None) -> bool:
    """Return whether this write registered the number, so that a later migration of the number starts anew."""
    return step is Step.REGISTER and effect in (Effect.DONE, Effect.EARLIER)


def is_needed_after(entry: Entry, end: Entry) -> bool:
    """Return whether a limit still needs this entry after ``end`` registered its number."""
    if entry.effect is None or entry.tried or entry is end:
        return True
    kept_seconds = {Step.REQUEST_CODE: DAY_SECONDS, Step.REGISTER: REGISTER_SECONDS}.get(entry.step, 0)
    return entry.at > end.at - kept_seconds


def clock_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")


def _memory(entries: Entries, now: float, known: Memory) -> Memory:
    """Add to the memory of a number what the entries say since it was last registered."""
    current: list[Entry] = []
    for entry in entries:
        current = [] if ends_migration(entry.step, entry.effect) else [*current, entry]
    is_unsettled = any(map(_is_unsettled, current))
    initiates = [place for place, e in enumerate(current) if e.step is Step.INITIATE and e.effect is Effect.DONE]
    return replace(
        known,
        initiated=bool(initiates),
        seen_under_way=known.seen_under_way
        or any(e.step is Step.INITIATE and e.effect is Effect.EARLIER for e in current),
        code_requested=known.code_requested
        or any(e.step is Step.REQUEST_CODE and e.may_have_happened for e in current),
        verified=any(
            entry.step is Step.VERIFY and entry.effect is Effect.DONE and entry.at > now - VERIFICATION_SECONDS
            for entry in current[max(initiates, default=0) :]
        ),
        is_unsettled=is_unsettled,
        waits_for_code=not is_unsettled
        and any(e.step is Step.REQUEST_CODE and e.may_have_happened for e in current)
        and not any(e.step is Step.VERIFY and e.may_have_happened for e in current),
    )


def _is_unsettled(entry: Entry) -> bool:
    """Return whether a killed run left this write open, or a code was submitted with an unknown effect."""
    return entry.effect is None or (entry.step is Step.VERIFY and entry.effect is Effect.UNKNOWN)


def _why_no_code_request(entries: Entries, now: float) -> str:
    times = _times(entries, Step.REQUEST_CODE, now - DAY_SECONDS, now)
    possible = _next_code_request(times)
    if not times or possible <= now:
        return ""
    if len(times) >= CODES_A_DAY:
        requested = f"{len(times)} codes were requested within a day, the last one at {clock_time(times[-1])}."
    else:
        requested = f"A code was requested at {clock_time(times[-1])}."
    return f"{requested} Submit it when it arrives. No other code is requested before {clock_time(possible)}."


def _next_code_request(times: Sequence[float]) -> float:
    """Return from when a code can be requested after requests at these times of the last day."""
    if len(times) >= CODES_A_DAY:
        return max(times[-1] + CODE_COOLDOWN_SECONDS, times[-CODES_A_DAY] + DAY_SECONDS)
    return times[-1] + CODE_COOLDOWN_SECONDS if times else 0.0


def _times_of_code_requests(entries: Entries, now: float) -> tuple[str, str]:
    """Return when the last code was requested, and from when another one can be, in words. Empty if not known."""
    times = _times(entries, Step.REQUEST_CODE, now - DAY_SECONDS, now)
    if not times:
        return "", ""
    possible = _next_code_request(times)
    return clock_time(times[-1]), clock_time(possible) if possible > now else ""


def _unsure_code_request(entries: Entries) -> str:
    requests = [entry for entry in entries if entry.step is Step.REQUEST_CODE]
    if requests and requests[-1].effect in (None, Effect.UNKNOWN):
        return f"It is not known whether the code that was requested at {clock_time(requests[-1].at)} was sent."
    return ""


def _why_no_register(entries: Entries, now: float) -> str:
    times = _times(entries, Step.REGISTER, now - REGISTER_SECONDS, now)
    if len(times) < MAX_REGISTERS:
        return ""
    until = clock_time(times[-MAX_REGISTERS] + REGISTER_SECONDS)
    registered = f"The number was registered {len(times)} times within 72 hours and did not connect."
    return f"{registered} Ask support. A run does not register the number again before {until}."


def _times(entries: Entries, step: Step, since: float, now: float) -> list[float]:
    """Return when writes of this kind were made after ``since``, the earliest first."""
    # A time in the future was written by a clock that has been set back since.
    return sorted(min(e.at, now) for e in entries if e.step is step and e.may_have_happened and e.at > since)
