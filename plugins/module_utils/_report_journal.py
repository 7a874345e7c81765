# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal as a report reads it: what was done to each number, when, and by whom.

A report is made for looking, so a line that is not understood is passed over and spoken of; it stops nothing.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._journal import INTENDED, VERSION
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Effect, Step

# What an entry of a run that died is left at.
OPEN = "open"
_NAMED = 5


@dataclass
class Event:
    """One write: what was intended, and what became of it."""

    at: datetime
    step: str
    run: str = ""
    user: str = ""
    host: str = ""
    outcome: str = OPEN
    request_id: str = ""
    error: str = ""


@dataclass
class History:
    """The events of each number in the order of their times, and what there is to say of the file."""

    events: dict[str, list[Event]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    known: bool = False
    # Something is wrong with the file, other than that it is missing.
    damaged: bool = False

    def of(self, number: str) -> list[Event]:
        return self.events.get(number, [])


def read_history(path: Path | None, numbers: Container[str]) -> History:
    """What the journal tells of these numbers."""
    if path is None:
        return History(notes=["No journal was given: ages and timelines are not known."])
    try:
        # A file that another encoding has made is passed over line by line.
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return History(notes=[f"There is no journal at {path}: ages and timelines are not known."])
    except OSError as error:
        told = f"The journal {path} cannot be read ({error.strerror}): ages and timelines are not known."
        return History(notes=[told], damaged=True)
    return parse_history(text.split("\n"), numbers, str(path))


def parse_history(lines: Iterable[str], numbers: Container[str], name: str) -> History:
    history = History(known=True)
    entries: dict[str, tuple[str, Event]] = {}
    foreign = []
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            _take_in(json.loads(line), entries)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
            foreign.append(place)
    for number, event in entries.values():
        if number in numbers:
            history.events.setdefault(number, []).append(event)
    for events in history.events.values():
        events.sort(key=lambda event: event.at)
    if foreign:
        history.notes.append(_passed_over(foreign, name))
        history.damaged = True
    return history


def _take_in(document: dict[str, Any], entries: dict[str, tuple[str, Event]]) -> None:
    """Raises when the line is none of ours."""
    if document["v"] != VERSION:
        raise ValueError
    identity, outcome = document["entry"], document["outcome"]
    request_id, error = document.get("request_id", ""), document.get("error", "")
    who = [document[name] for name in ("run", "user", "host")]
    number, step = document["number"], Step(document["step"]).value
    if not all(isinstance(text, str) for text in (identity, number, request_id, error, *who)):
        raise TypeError
    at = datetime.fromisoformat(document["at"]).astimezone(timezone.utc)
    if outcome == INTENDED:
        entries.setdefault(identity, (number, Event(at, step, *who)))
        return
    event = entries[identity][1]
    event.outcome, event.request_id, event.error = Effect(outcome).value, request_id, error


def _passed_over(places: Sequence[int], name: str) -> str:
    listed = ", ".join(map(str, places[:_NAMED])) + (
        f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    )
    return (
        f"Lines of the journal {name} that chatapp.cams did not write, or a newer one did, were passed over: {listed}."
    )
