# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator does with a store: prepare it, set its date rule, and see who works on what now."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import (
    check_url,
    connect,
    first_line,
    load_psycopg,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.schema import Prepared, prepare_schema

if TYPE_CHECKING:
    from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import Connection

# A run that ended has released its numbers.
_RUNNING = """
    SELECT run.name, run.user_name, run.host, run.started_at, run.beat_at,
        array(SELECT number FROM lease WHERE lease.account = run.account AND lease.run = run.id ORDER BY number)
    FROM run WHERE account = %s AND ended_at IS NULL
        AND EXISTS (SELECT FROM lease WHERE lease.account = run.account AND lease.run = run.id)
    ORDER BY run.id
"""


@dataclass(frozen=True)
class WorkingRun:
    """A run that has not ended, or that was killed and whose numbers no other run has taken over yet."""

    run: str
    user: str
    host: str
    started_at: str
    last_seen: str
    numbers: list[str]


@contextlib.contextmanager
def administering(url: str) -> Iterator[Connection]:
    """Connect to the store, and describe its errors in a sentence."""
    check_url(url)
    connection, psycopg = connect(url, "administration"), load_psycopg()
    try:
        yield connection
    except psycopg.Error as error:
        raise ConfigurationError(f"The store cannot be used: {first_line(error)}") from None
    finally:
        connection.close()


def prepare(url: str, *, check_mode: bool) -> Prepared:
    """Make the tables, or bring them to the newest version."""
    with administering(url) as connection:
        return prepare_schema(connection, check_mode=check_mode)


def set_no_codes_before(url: str, moment: datetime | None, *, check_mode: bool) -> bool:
    """Set until when no code is requested without resend. Return whether that changes the store."""
    with administering(url) as connection:
        row = connection.execute("SELECT no_codes_before FROM meta").fetchone()
        changes = not row or row[0] != moment
        if changes and not check_mode:
            connection.execute("UPDATE meta SET no_codes_before = %s", (moment,))
        return changes


def running(url: str, account: str) -> list[WorkingRun]:
    """Return the runs that have numbers now, and their numbers."""
    with administering(url) as connection:
        rows = connection.execute(_RUNNING, (account,)).fetchall()
    return [
        WorkingRun(name, user, host, started.isoformat(timespec="seconds"), seen.isoformat(timespec="seconds"), numbers)
        for name, user, host, started, seen, numbers in rows
    ]
