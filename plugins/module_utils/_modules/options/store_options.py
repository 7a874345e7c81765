# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that name a store, and the store that they name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_store import FileStore
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.postgres_store import PostgresStore
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import Store

STORE_ARGUMENTS: dict[str, dict[str, Any]] = {
    "journal": {"type": "path"},
    "store": {"type": "str", "fallback": (env_fallback, ["CAMS_STORE"])},
    "store_required": {"type": "bool", "default": False, "fallback": (env_fallback, ["CAMS_STORE_REQUIRED"])},
}


def store_of(options: Mapping[str, Any]) -> Store:
    """Return the store that the options name: a database, or the files of this machine."""
    journal = Path(options["journal"]) if options["journal"] else None
    if options["store"]:
        return PostgresStore(options["store"], journal)
    if options["store_required"]:
        raise ConfigurationError(
            "store_required is true, but no store is named, so the run would keep its memory in files of this machine."
            " Name the database in cams_store, CAMS_STORE, or the option store, for example postgresql://cams@db.example.com/cams."
        )
    return FileStore(journal)
