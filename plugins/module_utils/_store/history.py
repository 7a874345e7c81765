# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal as a report reads it: what was done to each number, when, and by whom.

A report is made for looking, so a line that is not understood is passed over and spoken of; it stops nothing.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._store.journal_lines import (
    DamagedLineError,
    JournalLine,
    NewerLineError,
    numbered_lines,
    open_for_reading,
    read_line,
)

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
        with open_for_reading(path) as file:
            return _history_of(numbered_lines(file), numbers, str(path))
    except FileNotFoundError:
        return History(notes=[f"There is no journal at {path}: ages and timelines are not known."])
    except OSError as error:
        told = f"The journal {path} cannot be read ({error.strerror}): ages and timelines are not known."
        return History(notes=[told], damaged=True)


def parse_history(lines: Iterable[str], numbers: Container[str], name: str) -> History:
    """What the lines of a journal tell of these numbers."""
    placed = ((place, line.encode()) for place, line in enumerate(lines, start=1) if line.strip())
    return _history_of(placed, numbers, name)


def _history_of(lines: Iterable[tuple[int, bytes]], numbers: Container[str], name: str) -> History:
    history = History(known=True)
    entries: dict[str, Event] = {}
    foreign = []
    for place, line in lines:
        try:
            written = read_line(line, numbers)
        except (DamagedLineError, NewerLineError):
            foreign.append(place)
            continue
        if written is not None and not _take_in(written, entries, history):
            foreign.append(place)
    for events in history.events.values():
        events.sort(key=lambda event: event.at)
    if foreign:
        history.notes.append(_passed_over(foreign, name))
        history.damaged = True
    return history


def _take_in(line: JournalLine, entries: dict[str, Event], history: History) -> bool:
    """Whether the line belongs to an entry: the end of a write belongs to one that was intended."""
    event = entries.get(line.entry)
    if line.effect is None:
        if event is None:
            entries[line.entry] = Event(line.at, line.step.value, line.run, line.user, line.host)
            history.events.setdefault(line.number, []).append(entries[line.entry])
        return True
    if event is None:
        return False
    event.outcome = line.effect.value
    # A later line may only repeat how the write ended.
    event.request_id, event.error = line.request_id or event.request_id, line.error or event.error
    return True


def _passed_over(places: Sequence[int], name: str) -> str:
    listed = ", ".join(map(str, places[:_NAMED])) + (
        f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    )
    return (
        f"Lines of the journal {name} that chatapp.cams did not write, or a newer one did, were passed over: {listed}."
    )
