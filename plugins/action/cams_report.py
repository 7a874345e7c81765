# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the report on numbers. The module of the same name documents it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import hash_of_own_account
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.store_options import STORE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._report.changes import read_earlier_report
from ansible_collections.chatapp.cams.plugins.module_utils._report.document import (
    Document,
    Source,
    build_report,
    source_of_plan,
    source_of_results,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.files import append_to_file, write_files
from ansible_collections.chatapp.cams.plugins.module_utils._report.html import as_html
from ansible_collections.chatapp.cams.plugins.module_utils._report.machines import as_json, as_junit, as_metrics
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.table import Ending, result_table
from ansible_collections.chatapp.cams.plugins.module_utils._report.tables import as_csv, as_markdown, drift_in_words
from ansible_collections.chatapp.cams.plugins.module_utils._store.history import History, read_history
from ansible_collections.chatapp.cams.plugins.module_utils._store.postgres.history import read_history_from_store
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import (
    AUTH_ARGUMENTS,
    AUTH_MUTUALLY_EXCLUSIVE,
)

ARGUMENTS: dict[str, dict[str, Any]] = {
    **AUTH_ARGUMENTS,
    **STORE_ARGUMENTS,
    "results_from": {"type": "str"},
    "plan": {"type": "path"},
    "hosts": {"type": "dict"},
    "directory": {"type": "path", "required": True},
    "show_numbers": {"type": "bool", "default": False},
    "mode": {"type": "str", "default": "0600"},
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible does not export its types
    """The action plugin cams_report."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, options = self.validate_argument_spec(
            argument_spec=ARGUMENTS,
            mutually_exclusive=[("results_from", "plan"), *AUTH_MUTUALLY_EXCLUSIVE],
            required_one_of=[("results_from", "plan")],
        )
        now = datetime.now(timezone.utc)
        try:
            source = _read_source(options, task_vars or {}, now)
            return write_report(source, options, now, os.environ, write=not self._task.check_mode)
        except ConfigurationError as mistake:
            raise AnsibleActionFail(mistake.message) from None


def _read_source(options: Mapping[str, Any], variables: Mapping[str, Any], now: datetime) -> Source:
    if options["plan"]:
        return source_of_plan(_read_plan(Path(options["plan"])))
    name = options["results_from"]
    if name not in variables:
        raise ConfigurationError(
            f"results_from: the variable {name} does not exist. Name a variable that an earlier task registered."
        )
    try:
        return source_of_results(variables[name], now, only=options["hosts"])
    except ConfigurationError as mistake:
        raise ConfigurationError(f"results_from: {name}. {mistake.message}") from None


def _read_plan(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"plan: could not read {path}: {error.strerror}.") from None
    except ValueError:
        raise ConfigurationError(f"plan: {path} is not complete JSON. Make a new plan.") from None


def write_report(
    source: Source, options: Mapping[str, Any], now: datetime, environ: Mapping[str, str], *, write: bool
) -> dict[str, Any]:
    """Write the files and return the result of the task."""
    mode = _parse_file_mode(options["mode"])
    directory = Path(options["directory"]).absolute()
    history = _read_history(options, {result["phone_number"] for result in source.results})
    document = build_report(
        source,
        history,
        hosts=options["hosts"] or {},
        show_numbers=options["show_numbers"],
        now=now,
        earlier=read_earlier_report(directory / "report.json"),
    )
    files = _contents_of_files(document)
    if write:
        write_files(directory, files, mode)
        if environ.get("GITHUB_STEP_SUMMARY"):
            append_to_file(Path(environ["GITHUB_STEP_SUMMARY"]), files["summary.md"].decode())
    result: dict[str, Any] = {
        "changed": True,
        "msg": f"WhatsApp numbers: {drift_in_words(document)}. The report is {directory / 'report.html'}.",
        "files": [str(directory / name) for name in files],
        "summary": document["summary"],
        "table": _table_on_screen(source, document),
    }
    return {**result, "warnings": document["notes"]} if history.damaged else result


def _read_history(options: Mapping[str, Any], numbers: Collection[str]) -> History:
    """Return the history of these numbers from the store, or from the journal if no store is named."""
    if options["store"]:
        return read_history_from_store(options["store"], hash_of_own_account(options), numbers)
    if options["store_required"]:
        raise ConfigurationError(
            "store_required is true, but no store is named, so the report would show the history of this machine only."
            " Name the database in cams_store, in CAMS_STORE, or in the option store of the module, for example"
            " postgresql://cams@db.example.com/cams."
        )
    return read_history(Path(options["journal"]) if options["journal"] else None, numbers)


def _table_on_screen(source: Source, document: Document) -> list[str]:
    """Return the lines of the table that every run shows, with numbers as the report shows them."""
    entries = [
        {**entry, "number": None, "actions": [{"action": step["step"], **step} for step in entry["steps"]]}
        for entry in document["numbers"]
    ]
    hosts = {entry["phone_number"]: entry["host"] for entry in entries}
    return result_table(Ending(entries, source.summary, hosts, [document["stopped"]]))


def _contents_of_files(document: Document) -> dict[str, bytes]:
    return {
        "report.json": as_json(document).encode(),
        "numbers.csv": as_csv(document),
        "summary.md": as_markdown(document).encode(),
        "junit.xml": as_junit(document),
        "cams.prom": as_metrics(document).encode(),
        "report.html": as_html(document).encode(),
    }


def _parse_file_mode(text: str) -> int:
    if not re.fullmatch(r"0[67][0-7]{2}", text):
        raise ConfigurationError(
            f"mode: {text!r} does not let the owner read and write. Write a mode in quotes, such as '0640'."
        )
    return int(text, 8) & 0o666
