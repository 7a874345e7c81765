# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module cams_store: prepare the tables, import journals, and return the runs that work now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import (
    check_connection_options,
    hash_of_own_account,
)
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import parse_time
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import Connect
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.store_options import STORE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._store.importing import import_journal, import_markers
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres import administration
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.administration import WorkingRun
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.schema import Prepared
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import state_directory
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import check_file

STORE_PREPARATION_ARGUMENTS: dict[str, dict[str, Any]] = {
    "store": STORE_ARGUMENTS["store"],
    "import_journals": {"type": "list", "elements": "path", "default": []},
    "no_codes_before": {"type": "str"},
}
# Maximum number of numbers of one run in a sentence.
_MOST_LISTED = 10


def prepare_store(module: AnsibleModule, _connect: Connect) -> dict[str, Any]:
    """Prepare the store. Makes no API call."""
    options, check_mode = module.params, module.check_mode
    url, journals, moment = _required_store(options), _journal_paths(options), _no_codes_before(options)
    check_connection_options(options)
    account = hash_of_own_account(options)
    prepared = administration.prepare(url, check_mode=check_mode)
    changed = prepared.changed
    tables = _sentence_about_tables(prepared, check_mode=check_mode)
    if prepared.changed and check_mode:
        # There are no tables to read or to import into.
        return {**_nothing_else(prepared), "msg": [tables]}
    if options["no_codes_before"] is not None:
        # This comes before the imports, so that no run requests a code between them if an import fails.
        changed |= administration.set_no_codes_before(url, moment, check_mode=check_mode)
    imported = [
        {"journal": str(path), "entries": import_journal(url, account, path, check_mode=check_mode)}
        for path in journals
    ]
    # After the journals, which say more about the same codes.
    markers = import_markers(url, account, state_directory(os.environ), check_mode=check_mode)
    runs = administration.running(url, account)
    return {
        "changed": changed or bool(markers) or any(journal["entries"] for journal in imported),
        "msg": [
            tables,
            *_sentence_about_markers(markers, check_mode=check_mode),
            *(_sentence_about_import(journal, check_mode=check_mode) for journal in imported),
            *(list(map(_sentence_about_run, runs)) or ["No run works on numbers of this account now."]),
        ],
        "schema_version": prepared.schema_version,
        "imported": imported,
        "imported_markers": markers,
        "runs": [asdict(run) for run in runs],
    }


def _nothing_else(prepared: Prepared) -> dict[str, Any]:
    nothing = {"imported": [], "imported_markers": 0, "runs": []}
    return {"changed": True, "schema_version": prepared.schema_version, **nothing}


def _sentence_about_tables(prepared: Prepared, *, check_mode: bool) -> str:
    if not prepared.changed:
        return f"The tables of the store have version {prepared.schema_version}."
    verb = "would be" if check_mode else "were"
    return f"The tables of the store {verb} created or migrated to version {prepared.schema_version}."


def _sentence_about_markers(count: int, *, check_mode: bool) -> list[str]:
    verb = "Would import" if check_mode else "Imported"
    return [f"{verb} {count} notes of this machine about numbers that are being migrated."] if count else []


def _sentence_about_import(imported: Mapping[str, Any], *, check_mode: bool) -> str:
    verb = "Would import" if check_mode else "Imported"
    return f"{verb} {imported['entries']} new entries from {imported['journal']}."


def _sentence_about_run(run: WorkingRun) -> str:
    more = len(run.numbers) - _MOST_LISTED
    numbers = ", ".join(run.numbers[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
    return (
        f"{run.user} on {run.host} works on {numbers or 'no number yet'}."
        f" Run {run.run} started at {run.started_at} and was last seen at {run.last_seen}."
    )


def _required_store(options: Mapping[str, Any]) -> str:
    if not options["store"]:
        raise ConfigurationError(
            "No store is named. Name the database in cams_store, in CAMS_STORE, or in the option store of the module,"
            " for example postgresql://cams@db.example.com/cams."
        )
    return str(options["store"])


def _journal_paths(options: Mapping[str, Any]) -> list[Path]:
    for path in options["import_journals"]:
        if not path:
            raise ConfigurationError("import_journals contains an empty path. Remove it.")
        check_file("import_journals", path)
    return [Path(path) for path in dict.fromkeys(options["import_journals"])]


def _no_codes_before(options: Mapping[str, Any]) -> datetime | None:
    """Return the time. None if it is empty or not given."""
    text = (options["no_codes_before"] or "").strip()
    if not text:
        return None
    seconds = parse_time(text)
    if seconds is None:
        raise ConfigurationError(
            f"no_codes_before must be a time in ISO 8601 such as 2026-12-01T00:00:00Z, not {text[:60]!r}."
        )
    return datetime.fromtimestamp(seconds, timezone.utc)
