# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Store documents in SQLite. Committed documents survive a kill -9."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from enum import Enum
from typing import Any


class Kind(str, Enum):
    ACCOUNT = "account"
    SPACE = "space"
    NUMBER = "number"
    LINE = "line"
    MESSAGE = "message"
    SETTINGS = "settings"
    CLOCK = "clock"


class StateError(Exception):
    """The state file cannot be used."""


class Store:
    """Collect changes and write them in one commit, so that the effect of a call is complete or absent."""

    def __init__(self, path: str) -> None:
        # Documents to write at the next commit; None deletes a document.
        self._pending: dict[tuple[str, str], str | None] = {}
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0.5)
            run = self._connection.execute
            run("PRAGMA locking_mode=EXCLUSIVE")
            run("PRAGMA journal_mode=WAL")
            # No fsync for each commit: safe if the process dies, but not if the power fails.
            run("PRAGMA synchronous=NORMAL")
            run(
                "CREATE TABLE IF NOT EXISTS document"
                " (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
            )
            run("BEGIN EXCLUSIVE")
            run("COMMIT")
        except sqlite3.Error as error:
            reason = "it is in use by another simulator" if "locked" in str(error) else str(error)
            raise StateError(f"The state file {path} cannot be used: {reason}.") from error

    def put(self, kind: Kind, key: str, document: dict[str, Any]) -> None:
        self._pending[kind.value, key] = json.dumps(document, separators=(",", ":"))

    def remove(self, kind: Kind, key: str) -> None:
        self._pending[kind.value, key] = None

    def commit(self) -> None:
        if not self._pending:
            return
        run = self._connection.execute
        run("BEGIN")
        self._connection.executemany(
            "INSERT INTO document VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            [(kind, key, body) for (kind, key), body in self._pending.items() if body is not None],
        )
        self._connection.executemany(
            "DELETE FROM document WHERE kind = ? AND key = ?",
            [place for place, body in self._pending.items() if body is None],
        )
        run("COMMIT")
        self._pending.clear()

    def documents(self, kind: Kind) -> Iterator[dict[str, Any]]:
        for (body,) in self._connection.execute("SELECT body FROM document WHERE kind = ? ORDER BY key", (kind.value,)):
            yield json.loads(body)

    def clear(self) -> None:
        self._pending.clear()
        self._connection.execute("DELETE FROM document")

    def close(self) -> None:
        self.commit()
        self._connection.close()
