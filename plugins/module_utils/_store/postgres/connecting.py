# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connections to the database of a store. A database that cannot keep the promises of a store is refused."""

from __future__ import annotations

import ipaddress
import os
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import missing_required_lib
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]

SCHEMES = ("postgresql://", "postgres://")
SCHEMA = "cams"
CONNECT_SECONDS = 10
# A statement of this collection takes milliseconds. A longer one waits for a lock, a standby or a lost network.
STATEMENT_SECONDS = 15
_WEAK_COMMITS = ("off", "local", "remote_write")
_FIRST_WITH_IDLE_TIMEOUT = 140_000
PASSWORD_WAYS = (
    "Give the password in the environment variable PGPASSWORD, in a file that PGPASSFILE names, or in a service of"
    " pg_service.conf"
)


def load_psycopg() -> Any:
    """Return the module psycopg, which only a PostgreSQL store needs."""
    try:
        import psycopg
    except ImportError:
        raise ConfigurationError(
            missing_required_lib("psycopg[binary] >= 3.1", reason="for a store in PostgreSQL")
            + " In an execution environment, add it to the Python dependencies, as extensions/ee of the collection."
        ) from None
    return psycopg


def check_url(url: str) -> None:
    """Refuse a value that is not the URL of a database, and a URL with a password, which logs would show."""
    if not url.startswith(SCHEMES):
        raise ConfigurationError(
            "store must be the URL of a PostgreSQL database, such as postgresql://cams@db.example.com/cams."
        )
    psycopg = load_psycopg()
    try:
        parts = psycopg.conninfo.conninfo_to_dict(url)
    except psycopg.Error:
        # The message of the library may show the URL, and with it a password.
        raise ConfigurationError("store is not a valid URL of a PostgreSQL database. Check its spelling.") from None
    if parts.get("password") or parts.get("sslpassword"):
        raise ConfigurationError(
            f"store contains a password, which Ansible could show in its output and logs. {PASSWORD_WAYS}, and remove"
            " the password from store."
        )


def describe(url: str) -> str:
    """Return the database without anything secret, for messages."""
    parts = load_psycopg().conninfo.conninfo_to_dict(url)
    host = parts.get("host") or os.environ.get("PGHOST") or "this machine"
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"{host}{port}/{parts.get('dbname') or parts.get('user') or ''}".rstrip("/")


def connect(url: str, purpose: str, *, weak_commit: bool = False, idle_seconds: float = 0) -> Connection:
    """Connect to the database. ``idle_seconds`` lets the server end the session if nothing is sent for so long.

    ``weak_commit`` is for data whose loss in a crash of the server does no harm.
    """
    psycopg = load_psycopg()
    parts = psycopg.conninfo.conninfo_to_dict(url)
    defaults = {
        "connect_timeout": CONNECT_SECONDS,
        "application_name": f"chatapp.cams {purpose}",
        "keepalives": 1,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": STATEMENT_SECONDS * 1000,
        **_transport_security(parts),
    }
    try:
        connection: Connection = psycopg.connect(**{**defaults, **parts}, autocommit=True)
    except psycopg.Error as error:
        raise ConfigurationError(f"Could not connect to the store {describe(url)}: {first_line(error)}") from None
    try:
        _set_up(connection, weak_commit=weak_commit, idle_seconds=idle_seconds)
    except psycopg.Error as error:
        connection.close()
        raise ConfigurationError(f"Could not use the store {describe(url)}: {first_line(error)}") from None
    except ConfigurationError:
        connection.close()
        raise
    return connection


def first_line(error: BaseException) -> str:
    """Return what the database says, as one line with a full stop."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    return lines[0].removesuffix(".") + "."


def _transport_security(parts: dict[str, Any]) -> dict[str, str]:
    """Ask for TLS if the database is on another machine and the user has not decided otherwise."""
    decided = parts.get("sslmode") or os.environ.get("PGSSLMODE") or parts.get("service") or os.environ.get("PGSERVICE")
    host = str(parts.get("hostaddr") or parts.get("host") or os.environ.get("PGHOST") or "")
    return {} if decided or _is_this_machine(host) else {"sslmode": "require"}


def _is_this_machine(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _set_up(connection: Connection, *, weak_commit: bool, idle_seconds: float) -> None:
    """Set what every session needs, and refuse a standby."""
    row = connection.execute(
        "SELECT pg_is_in_recovery(), current_setting('server_version_num')::int, current_setting('synchronous_commit')"
    ).fetchone()
    standby, version, commit = row or (True, 0, "")
    if standby:
        raise ConfigurationError(
            "The store is a standby server, which cannot save anything. Name the primary server in store."
        )
    settings = {
        "search_path": SCHEMA,
        "timezone": "UTC",
        "default_transaction_isolation": "read committed",
        "statement_timeout": f"{STATEMENT_SECONDS}s",
        "lock_timeout": f"{STATEMENT_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{STATEMENT_SECONDS}s",
    }
    if weak_commit:
        settings["synchronous_commit"] = "off"
    elif commit in _WEAK_COMMITS:
        settings["synchronous_commit"] = "on"
    if idle_seconds and version >= _FIRST_WITH_IDLE_TIMEOUT:
        settings["idle_session_timeout"] = f"{int(idle_seconds * 1000)}ms"
    calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
    connection.execute(f"SELECT {calls}".encode(), [word for pair in settings.items() for word in pair])
