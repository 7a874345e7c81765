# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the store, in numbered versions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import (
    SCHEMA,
    first_line,
    load_psycopg,
)

if TYPE_CHECKING:
    from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.connecting import Connection

# The first number of the advisory locks of this collection: "cams" in ASCII.
LOCK_CLASS = 0x63616D73
_SCHEMA_LOCK = 0
# The second number of a lock is a run, and runs count from 1.

# Each item is one version: the statements that lead to it from the version before.
VERSIONS: Sequence[Sequence[str]] = (
    (
        f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}",
        """CREATE TABLE cams.meta (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            schema_version integer NOT NULL,
            -- The history of the server's data: it changes when a standby is promoted or a backup is restored.
            timeline text NOT NULL,
            timeline_changed_at timestamptz,
            -- Until then no code is requested without resend.
            no_codes_before timestamptz
        )""",
        """CREATE TABLE cams.run (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            account text NOT NULL,
            name text NOT NULL,
            user_name text NOT NULL,
            host text NOT NULL,
            lease_seconds double precision NOT NULL,
            started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            beat_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            ended_at timestamptz
        )""",
        """CREATE TABLE cams.lease (
            account text NOT NULL,
            number text NOT NULL,
            run bigint REFERENCES cams.run,
            fence bigint NOT NULL DEFAULT 0,
            generation integer NOT NULL DEFAULT 0,
            -- The server was replaced while the number was known here, so a code request may have been forgotten.
            doubted boolean NOT NULL DEFAULT false,
            PRIMARY KEY (account, number)
        )""",
        """CREATE TABLE cams.entry (
            id text PRIMARY KEY,
            place bigint GENERATED ALWAYS AS IDENTITY,
            account text NOT NULL,
            number text NOT NULL,
            space text NOT NULL,
            run bigint NOT NULL REFERENCES cams.run,
            fence bigint NOT NULL,
            generation integer NOT NULL,
            step text NOT NULL,
            state text NOT NULL,
            tried text NOT NULL DEFAULT '',
            attempts integer NOT NULL DEFAULT 1,
            at timestamptz NOT NULL DEFAULT clock_timestamp(),
            concluded_at timestamptz,
            request_id text NOT NULL DEFAULT '',
            error text NOT NULL DEFAULT ''
        )""",
        "CREATE UNIQUE INDEX entry_open ON cams.entry (account, number, step) WHERE state = 'open'",
        """CREATE UNIQUE INDEX entry_code ON cams.entry (account, number, generation)
            WHERE step = 'request_code' AND state <> 'not_made'""",
        "CREATE INDEX entry_number ON cams.entry (account, number, at, place)",
        "CREATE INDEX lease_run ON cams.lease (run)",
        """CREATE TABLE cams.pace (
            account text NOT NULL,
            action text NOT NULL,
            next_at double precision NOT NULL DEFAULT 0,
            rate double precision NOT NULL DEFAULT 'Infinity',
            slowed_at double precision NOT NULL DEFAULT 0,
            closed_until double precision NOT NULL DEFAULT 0,
            PRIMARY KEY (account, action)
        )""",
        """CREATE TABLE cams.refusal (
            account text NOT NULL,
            http_status integer NOT NULL,
            code text NOT NULL,
            message text NOT NULL,
            learnt_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            PRIMARY KEY (account, http_status, code, message)
        )""",
        """INSERT INTO cams.meta (schema_version, timeline)
            VALUES (1, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))""",
    ),
)
NEWEST = len(VERSIONS)


@dataclass(frozen=True)
class Prepared:
    """The version of the tables, and whether they were changed now."""

    schema_version: int
    changed: bool


def prepare_schema(connection: Connection, *, check_mode: bool = False) -> Prepared:
    """Make the tables or bring them to the newest version. Raises ConfigurationError if that is not possible."""
    psycopg = load_psycopg()
    try:
        found = _version(connection)
        if found > NEWEST:
            raise ConfigurationError(
                f"The tables of the store have version {found}, and this version of chatapp.cams knows versions up to"
                f" {NEWEST}. Update the collection on this machine."
            )
        if found == NEWEST or check_mode:
            return Prepared(NEWEST, found != NEWEST)
        with connection.transaction():
            # Two first runs at the same time must not both make the tables.
            connection.execute("SELECT pg_advisory_xact_lock(%s, %s)", (LOCK_CLASS, _SCHEMA_LOCK))
            found = _version(connection)
            for version in VERSIONS[found:]:
                for statement in version:
                    connection.execute(statement.encode())
            if found:
                connection.execute("UPDATE cams.meta SET schema_version = %s", (NEWEST,))
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigurationError(
            f"The role of the store may not make or read its tables ({first_line(error)}) Prepare the store once with a"
            " role that may create a schema: ansible-playbook chatapp.cams.store -e cams_store=postgresql://…"
            f" Then grant the role of the runs USAGE on the schema {SCHEMA}, and SELECT, INSERT, UPDATE on its tables."
        ) from None
    except psycopg.Error as error:
        raise ConfigurationError(f"Could not prepare the store: {first_line(error)} Nothing was sent.") from None
    return Prepared(NEWEST, True)


def _version(connection: Connection) -> int:
    """Return the version of the tables, and 0 if there are none."""
    # A cache of the server may answer to_regclass() with what was true before this transaction waited for its lock.
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'cams' AND tablename = 'meta')"
    ).fetchone()
    if not row or not row[0]:
        return 0
    row = connection.execute("SELECT schema_version FROM cams.meta").fetchone()
    return int(row[0]) if row else 0
