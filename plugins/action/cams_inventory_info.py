# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what the hosts that run a role declare. Documented in the module of the same name."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import NO_NUMBER, Declarations
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    MOST_MISTAKES,
    Mistakes,
    count_in_words,
    shown_value,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.readiness import READY, numbers_not_ready
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_options import (
    ENTRY_POINTS,
    ReportOptions,
    RunOptions,
    read_run_options,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_values import (
    check_connection_options,
    note_missing_names,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import NUMBER
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import NOT_READY
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import Reader, for_reader
from ansible_collections.chatapp.cams.plugins.plugin_utils._declared import check_declarations
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import reader_of_raw_variables
from ansible_collections.chatapp.cams.plugins.plugin_utils._role_hosts import (
    RoleHostsError,
    hosts_of_role,
    numbers_declared_elsewhere,
)

ARGUMENTS: dict[str, dict[str, Any]] = {
    "entry_point": {"type": "str", "choices": list(ENTRY_POINTS), "required": True},
    "registered_as": {"type": "str", "required": True},
}
NOTHING_CALLED = "No API call was made."
# Returns the declarations of hosts, and notes their mistakes.
FindDeclarations = Callable[..., Declarations]


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible does not export its types
    """What Ansible loads."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        variables, mistakes = task_vars or {}, Mistakes()
        entry_point, read = arguments["entry_point"], reader_of_raw_variables(self._templar.template)
        options = read_run_options(entry_point, variables, read, mistakes)
        check_connection_options(variables, read, mistakes)
        try:
            hosts = hosts_of_role(self._task, arguments["registered_as"], self._templar.template, variables)
        except RoleHostsError as error:
            return refusal(f"{error} {NOTHING_CALLED}", mistakes)
        find = functools.partial(check_declarations, variables=variables, templar=self._templar, mistakes=mistakes)
        checked = check_inventory(entry_point, hosts, options, variables, mistakes, find)
        if mistakes.found:
            return refusal(f'{count_in_words(len(mistakes.found))} See "Show results".', mistakes)
        return {
            "problem": "",
            "hosts": hosts,
            "fail_on": list(options.fail_on),
            "code_tasks": options.code_tasks,
            "notify_tasks": options.notify_tasks,
            "continue_when": options.continue_when,
            **checked,
        }


def refusal(problem: str, mistakes: Mistakes) -> dict[str, Any]:
    """Return the result that stops a role. The task does not fail, because Ansible would print all of its result."""
    found = mistakes.found
    return {
        "problem": problem,
        "mistakes": [mistake.as_row() for mistake in found[:MOST_MISTAKES]],
        "mistake_count": len(found),
        "hosts": [],
        # A mistake fails the hosts whatever cams_fail_on says; the mistake may be in cams_fail_on.
        "fail_on": ["failed"],
    }


def check_inventory(
    entry_point: str,
    hosts: list[str],
    options: RunOptions,
    variables: Mapping[str, Any],
    mistakes: Mistakes,
    find: FindDeclarations,
) -> dict[str, Any]:
    """Check what these hosts declare, and in the first wave what later waves declare. Mistakes are noted.

    Returns what later tasks need.
    """
    if options.report is not None:
        return report_inputs(hosts, options, options.report, variables, find)
    own, everyone = set(hosts), hosts
    if entry_point == "reconcile" and _is_first_batch(variables):
        left_out = set(variables["ansible_play_batch"]) - own
        everyone = [host for host in variables["ansible_play_hosts_all"] if host not in left_out]
    noted_before = len(mistakes.found)
    declared = find(everyone, codes=options.codes)
    numbers = sum(host in own for host in declared.hosts.values())
    if not numbers and entry_point != "read" and len(mistakes.found) == noted_before:
        mistakes.note(NUMBER, NO_NUMBER)
    _note_undeclared_numbers(options, everyone, declared.hosts, variables, mistakes)
    _note_codes_before_the_owner_is_ready(options, numbers_not_ready(declared.numbers), mistakes)
    return {"numbers": numbers, **_warnings_of_unused_codes(declared.undeclared_numbers, everyone, variables)}


def report_inputs(
    hosts: list[str], options: RunOptions, report: ReportOptions, variables: Mapping[str, Any], find: FindDeclarations
) -> dict[str, Any]:
    """Return what the report is made from, and the host of each number in it."""
    run = variables.get("reconcile_call")
    has_run = isinstance(run, Mapping) and not run.get("skipped")
    source = report.source or ("run" if has_run else "read")
    everyone, alive = variables["ansible_play_hosts_all"], variables["ansible_play_hosts"]
    hosts_of_source = {
        "read": hosts,
        # Hosts that failed in the run do not run this role any more.
        "run": [host for host in everyone if host not in alive or host in hosts],
        # A plan is shown as it was made.
        "plan": everyone,
    }[source]
    return {
        "source": source,
        "results_from": {"run": "reconcile_call", "read": "report_read", "plan": ""}[source],
        "declared": find(hosts_of_source, codes={}).hosts,
        "journal": options.journal,
        # Only what is set: the module has its own defaults.
        "store": {name: options.fleet[name] for name in ("store", "store_required") if name in options.fleet},
        "directory": report.directory,
        "plan": report.plan if source == "plan" else "",
        "show_numbers": report.show_numbers,
        "mode": report.mode,
    }


def _is_first_batch(variables: Mapping[str, Any]) -> bool:
    batch, everyone = variables["ansible_play_batch"], variables["ansible_play_hosts_all"]
    return len(batch) < len(everyone) and everyone[0] in batch


def _note_undeclared_numbers(
    options: RunOptions,
    hosts: list[str],
    declared: Collection[str],
    variables: Mapping[str, Any],
    mistakes: Mistakes,
) -> None:
    named = {"cams_resend": options.resend, "cams_reclaim": options.reclaim, READY: options.ready}
    unknown = {name: [number for number in numbers if number not in declared] for name, numbers in named.items()}
    elsewhere = numbers_declared_elsewhere(hosts, [number for found in unknown.values() for number in found], variables)
    for name, numbers in unknown.items():
        note_missing_names(name, [number for number in numbers if number not in elsewhere], mistakes)


def _note_codes_before_the_owner_is_ready(options: RunOptions, waiting: Mapping[str, str], mistakes: Mistakes) -> None:
    """Note a resend for a number that is not ready, unless the run names it as ready."""
    for number in options.resend:
        reason = waiting.get(number)
        if reason:
            advice = "" if reason == NOT_READY else f" If its owner is ready now, <<ready {number}>>."
            fix = for_reader(f"The number is not ready for a code. {reason}{advice}", Reader.PLAYBOOK, number)
            mistakes.note("cams_resend", fix, value=shown_value(number))


def _warnings_of_unused_codes(
    codes_of: list[str], hosts: list[str], variables: Mapping[str, Any]
) -> dict[str, list[str]]:
    elsewhere = numbers_declared_elsewhere(hosts, codes_of, variables)
    undeclared = [number for number in codes_of if number not in elsewhere]
    if not undeclared:
        return {}
    return {
        "warnings": [
            f"cams_codes has codes for {', '.join(undeclared)}, which no host of this play declares. They are not used."
            " Compare the numbers with the inventory, unless --limit excludes their hosts."
        ]
    }
