# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The history of numbers, read from the store for a report."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timezone

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.history import OPEN, Event, History
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.administration import administering

_READ = """
    SELECT entry.number, entry.at, step, run.name, user_name, host, state, request_id, error
    FROM entry JOIN run ON run.id = entry.run
    WHERE entry.account = %s AND number = ANY(%s) ORDER BY entry.at, entry.place
"""


def read_history_from_store(url: str, account: str, numbers: Collection[str]) -> History:
    """Return the history of these numbers. A store that cannot be read is a note in the report, not an error."""
    try:
        with administering(url) as connection:
            rows = connection.execute(_READ, (account, list(numbers))).fetchall()
    except ConfigurationError as error:
        note = f"{error.message} Ages and timelines are not known."
        return History(notes=[note], damaged=True)
    history = History(known=True)
    for number, at, step, run, user, host, state, request_id, error_code in rows:
        outcome = OPEN if state == "open" else state
        event = Event(_in_utc(at), step, run, user, host, outcome, request_id, error_code)
        history.events.setdefault(number, []).append(event)
    return history


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(timezone.utc)
