# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of a run: their arguments, and their checked values for one entry point of the roles."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._codes.arguments import SOURCE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import digits_of_number
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import Mistakes, shown_value
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.readiness import numbers_named_ready
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_values import check_values, read_values
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.scopes import Read
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import PREFIX
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome

_LIST: dict[str, Any] = {"type": "list", "elements": "str"}
_OUTCOMES = [outcome.value for outcome in Outcome]
# When the next batch of serial may start.
ALWAYS, AS_DECLARED = "always", "as_declared"
# A variable without a default here has the default of the module's option.
RUN_ARGUMENTS: dict[str, dict[str, Any]] = {
    "cams_codes": {"type": "dict", "no_log": True},
    "cams_code_source": {
        "type": "dict",
        "no_log": True,
        "options": {name: argument for name, argument in SOURCE_ARGUMENTS.items() if name != "since"},
    },
    "cams_code_wait_seconds": {"type": "int"},
    "cams_code_tasks": {"type": "path"},
    "cams_notify_tasks": {"type": "path"},
    "cams_fail_on": {**_LIST, "choices": _OUTCOMES, "default": ["failed", "unknown", "not_attempted"]},
    "cams_continue_when": {"type": "str", "choices": [ALWAYS, AS_DECLARED], "default": ALWAYS},
    "cams_fail_on_drift": {"type": "bool", "default": False},
    "cams_resend": {**_LIST, "default": []},
    "cams_reclaim": {**_LIST, "default": []},
    "cams_max_changes": {"type": "int"},
    "cams_stop_after_equal_errors": {"type": "int"},
    "cams_concurrency": {"type": "int"},
    "cams_wait_timeout": {"type": "int"},
    "cams_lock_timeout": {"type": "int"},
    "cams_health": {"type": "bool"},
    "cams_journal": {"type": "raw"},
    "cams_store": {"type": "str"},
    "cams_store_required": {"type": "bool"},
    "cams_plan_file": {"type": "path"},
    "cams_preflight_override": {**_LIST, "default": []},
    "cams_report_directory": {"type": "path", "default": "cams-report"},
    "cams_report_source": {"type": "str", "choices": ["run", "plan", "read"]},
    "cams_report_plan": {"type": "path"},
    "cams_report_show_numbers": {"type": "bool", "default": False},
    "cams_report_mode": {"type": "str", "default": "0600"},
}
_STORE = ("cams_store", "cams_store_required")
# Variables that are passed to the fleet module unchanged.
FLEET_VARIABLES = (
    "cams_max_changes",
    "cams_stop_after_equal_errors",
    "cams_concurrency",
    "cams_wait_timeout",
    "cams_lock_timeout",
    "cams_health",
    *_STORE,
)
_EVERYWHERE = ("cams_codes", "cams_resend", "cams_reclaim", *FLEET_VARIABLES, "cams_journal", "cams_plan_file")
ENTRY_POINTS: dict[str, tuple[str, ...]] = {
    "reconcile": (
        *_EVERYWHERE,
        "cams_code_source",
        "cams_code_wait_seconds",
        "cams_code_tasks",
        "cams_notify_tasks",
        "cams_fail_on",
        "cams_continue_when",
    ),
    "plan": (*_EVERYWHERE, "cams_fail_on_drift"),
    "preflight": ("cams_concurrency", "cams_preflight_override"),
    "read": (*FLEET_VARIABLES, "cams_journal"),
    "report": (
        "cams_journal",
        *_STORE,
        "cams_report_directory",
        "cams_report_source",
        "cams_report_plan",
        "cams_report_show_numbers",
        "cams_report_mode",
    ),
}
# The outcomes of a number that is not as declared.
DRIFT = ("planned", "awaiting_code", "awaiting_connection", "awaiting_owner", "needs_operator")


@dataclass(frozen=True)
class ReportOptions:
    """The values of the variables of a report."""

    directory: str
    source: str
    plan: str
    show_numbers: bool
    mode: str


@dataclass(frozen=True)
class RunOptions:
    """The checked values of the variables of a run. None means not set."""

    codes: Mapping[Any, Any] = field(default_factory=dict, repr=False)
    resend: tuple[str, ...] = ()
    reclaim: tuple[str, ...] = ()
    # The numbers that cams_ready names. Empty if it is true, false or not set.
    ready: tuple[str, ...] = ()
    code_source: Mapping[str, Any] | None = field(default=None, repr=False)
    code_wait_seconds: int | None = None
    code_tasks: str = ""
    notify_tasks: str = ""
    fail_on: tuple[str, ...] = ()
    continue_when: str = ALWAYS
    journal: str = ""
    plan_file: str = ""
    fail_on_drift: bool = False
    preflight_override: tuple[str, ...] = ()
    # The options of the fleet module that are set, by their names.
    fleet: Mapping[str, Any] = field(default_factory=dict)
    report: ReportOptions | None = None

    def with_codes_only(self, codes: Mapping[Any, Any]) -> RunOptions:
        """Return the options of a run that submits these codes and reads no code source."""
        return replace(self, codes=codes, code_source=None, resend=())


def codes_set_since(known: Mapping[Any, Any], now: Mapping[Any, Any], numbers: Collection[str]) -> dict[str, Any]:
    """Return the codes of these numbers in ``now`` that are new or changed since ``known``, by number."""
    before = {digits_of_number(number): code for number, code in known.items()}
    found = {digits_of_number(number): code for number, code in now.items()}
    return {
        number: found[number[1:]]
        for number in numbers
        if found.get(number[1:]) not in (None, "") and found[number[1:]] != before.get(number[1:])
    }


def read_run_options(entry_point: str, variables: Mapping[str, Any], read: Read, mistakes: Mistakes) -> RunOptions:
    """Return the options of a run. Mistakes are noted and not raised."""
    arguments = {name: RUN_ARGUMENTS[name] for name in ENTRY_POINTS[entry_point]}
    given = read_values(arguments, variables, read, mistakes)
    if "cams_journal" in arguments and "cams_journal" in variables:
        # An empty text disables the journal.
        given.setdefault("cams_journal", "")
    checked = check_values(arguments, given, mistakes)
    code_source = _absolute_code_source(checked.get("cams_code_source"))
    options = RunOptions(
        codes=checked.get("cams_codes") or {},
        resend=_without_spaces_and_dashes(checked.get("cams_resend")),
        reclaim=_without_spaces_and_dashes(checked.get("cams_reclaim")),
        ready=numbers_named_ready(variables, read) if "cams_resend" in arguments else (),
        code_source=code_source,
        code_wait_seconds=checked.get("cams_code_wait_seconds"),
        code_tasks=_absolute_path(checked.get("cams_code_tasks")),
        notify_tasks=_absolute_path(checked.get("cams_notify_tasks")),
        fail_on=_outcomes_that_fail(entry_point, checked),
        continue_when=checked.get("cams_continue_when") or ALWAYS,
        journal=_journal_path(checked.get("cams_journal"), variables),
        plan_file=_absolute_path(checked.get("cams_plan_file") or ("plan.json" if entry_point == "plan" else "")),
        fail_on_drift=bool(checked.get("cams_fail_on_drift")),
        preflight_override=_without_spaces_and_dashes(checked.get("cams_preflight_override")),
        fleet={name.removeprefix(PREFIX): checked[name] for name in FLEET_VARIABLES if checked.get(name) is not None},
        report=_make_report_options(checked) if entry_point == "report" else None,
    )
    _note_mistakes_in_files(entry_point, options, given, mistakes)
    if options.code_wait_seconds and not given.get("cams_code_source"):
        mistakes.note(
            "cams_code_wait_seconds",
            "The variable needs cams_code_source. Set cams_code_source to the place where codes arrive.",
            value=shown_value(options.code_wait_seconds),
        )
    return options


def _absolute_code_source(value: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    if not value:
        return None
    given = {name: option for name, option in value.items() if option is not None}
    return {**given, "file": _absolute_path(given["file"])} if given.get("file") else given


def _without_spaces_and_dashes(values: Collection[str] | None) -> tuple[str, ...]:
    """Return the numbers without spaces and dashes, and without duplicates."""
    texts = ["".join(sign for sign in str(value) if sign not in " -") for value in values or ()]
    return tuple(dict.fromkeys(filter(None, texts)))


def _make_report_options(checked: Mapping[str, Any]) -> ReportOptions:
    plan = _absolute_path(checked["cams_report_plan"])
    return ReportOptions(
        directory=_absolute_path(checked["cams_report_directory"]),
        source=checked["cams_report_source"] or ("plan" if plan else ""),
        plan=plan,
        show_numbers=bool(checked["cams_report_show_numbers"]),
        mode=checked["cams_report_mode"] or "",
    )


def _outcomes_that_fail(entry_point: str, checked: Mapping[str, Any]) -> tuple[str, ...]:
    if entry_point == "preflight":
        return ("failed", "not_attempted")
    if entry_point == "plan":
        drift = DRIFT if checked.get("cams_fail_on_drift") else ()
        return (*drift, "failed", "unknown", "not_attempted")
    return tuple(value for value in checked.get("cams_fail_on") or () if value)


def _absolute_path(path: str | None) -> str:
    """Return the absolute path. A relative path starts in the folder where ansible-playbook was started."""
    return str(Path(path).expanduser().resolve()) if path else ""


def _journal_path(value: Any, variables: Mapping[str, Any]) -> str:
    """Return the path of the journal, by default beside the inventory. Empty if the journal is disabled."""
    if value is not None:
        text = str(value).strip()
        return "" if text.lower() in ("", "false", "none") else _absolute_path(text)
    inventory = variables.get("inventory_dir")
    # inventory_dir is None for hosts on the command line. The name begins with a dot, because Ansible reads every other
    # file of an inventory directory as inventory.
    folder = str(inventory) if inventory and Path(str(inventory)).is_dir() else "."
    return str(Path(_absolute_path(folder)) / ".cams-journal.jsonl")


def _note_mistakes_in_files(
    entry_point: str, options: RunOptions, given: Mapping[str, Any], mistakes: Mistakes
) -> None:
    def note(name: str, fix: str) -> None:
        mistakes.note(name, fix, value=shown_value(given[name]) if name in given else "")

    for name, path in (("cams_code_tasks", options.code_tasks), ("cams_notify_tasks", options.notify_tasks)):
        if path and not Path(path).is_file():
            note(name, f"The file {path} does not exist. Write the path of a file with tasks.")
    if entry_point == "plan" and not Path(options.plan_file).parent.is_dir():
        note("cams_plan_file", f"The folder {Path(options.plan_file).parent} does not exist. Create it first.")
    if entry_point == "reconcile" and options.plan_file:
        try:
            read_plan_file(options.plan_file)
        except ValueError as error:
            note("cams_plan_file", str(error))


def read_plan_file(path: str) -> dict[str, Any]:
    """Return the plan in a file. Raises ValueError with a sentence."""
    try:
        plan = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        plan = None
    if not isinstance(plan, dict):
        raise ValueError(
            f"{path} is missing, empty or incomplete. Make a new plan with the playbook chatapp.cams.plan."
        )
    return plan
