# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of each number, read from the journal for a report: what was done, when, and by whom.

A report skips a line that it cannot read, and says so in a note. Such a line does not fail the report.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._store.files.journal_lines import (
    DamagedLineError,
    JournalLine,
    MovedLineError,
    NewerLineError,
    numbered_lines,
    open_for_reading,
    read_line,
)

# The outcome of an entry whose run was killed.
OPEN = "open"
_MAX_LISTED = 5


@dataclass
class Event:
    """One write to the API, with its outcome."""

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
    """The events of each number in the order of their times, and notes about the journal."""

    events: dict[str, list[Event]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    # Whether a journal was read.
    known: bool = False
    # Whether the journal cannot be read, or has lines that cannot be read. A missing journal is not damaged.
    damaged: bool = False

    def of(self, number: str) -> list[Event]:
        return self.events.get(number, [])


def read_history(path: Path | None, numbers: Container[str]) -> History:
    """Read the history of these numbers from a journal."""
    if path is None:
        return History(notes=["No journal was given: ages and timelines are not known."])
    try:
        with open_for_reading(path) as file:
            return _history_of(numbered_lines(file), numbers, str(path))
    except FileNotFoundError:
        return History(notes=[f"There is no journal at {path}: ages and timelines are not known."])
    except OSError as error:
        note = f"The journal {path} cannot be read ({error.strerror}): ages and timelines are not known."
        return History(notes=[note], damaged=True)


def parse_history(lines: Iterable[str], numbers: Container[str], name: str) -> History:
    """Read the history of these numbers from the lines of a journal."""
    placed = ((place, line.encode()) for place, line in enumerate(lines, start=1) if line.strip())
    return _history_of(placed, numbers, name)


def _history_of(lines: Iterable[tuple[int, bytes]], numbers: Container[str], name: str) -> History:
    history = History(known=True)
    entries: dict[str, Event] = {}
    skipped = []
    for place, line in lines:
        try:
            written = read_line(line, numbers)
        except (DamagedLineError, NewerLineError):
            skipped.append(place)
            continue
        except MovedLineError as moved:
            history.notes.append(f"The journal {name} was moved to the store {moved}, which knows what was done since.")
            continue
        if written is not None and not _add_line(written, entries, history):
            skipped.append(place)
    for events in history.events.values():
        events.sort(key=lambda event: event.at)
    if skipped:
        history.notes.append(_skipped_note(skipped, name))
        history.damaged = True
    return history


def _add_line(line: JournalLine, entries: dict[str, Event], history: History) -> bool:
    """Add a line to the history. Return False if the line is about an entry that was never intended."""
    event = entries.get(line.entry)
    if line.effect is None:
        if event is None:
            entries[line.entry] = Event(line.at, line.step.value, line.run, line.user, line.host)
            history.events.setdefault(line.number, []).append(entries[line.entry])
        return True
    if event is None:
        return False
    event.outcome = line.effect.value
    # A later line may repeat the outcome without the details.
    event.request_id, event.error = line.request_id or event.request_id, line.error or event.error
    return True


def _skipped_note(places: Sequence[int], name: str) -> str:
    listed = ", ".join(map(str, places[:_MAX_LISTED])) + (
        f" and {len(places) - _MAX_LISTED} more" if len(places) > _MAX_LISTED else ""
    )
    return (
        f"Lines of the journal {name} were skipped, because chatapp.cams did not write them or a newer version did:"
        f" {listed}."
    )
