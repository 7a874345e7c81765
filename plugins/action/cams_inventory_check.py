# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks what the hosts that run a role declare. Documented in the module of the same name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import DeclarationError, Mistakes
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.readiness import READY, numbers_not_ready
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_options import (
    ENTRY_POINTS,
    ReportOptions,
    RunOptions,
    read_run_options,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import NOT_READY
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import Reader, for_reader
from ansible_collections.chatapp.cams.plugins.plugin_utils._declared import declarations_of_hosts
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
        entry_point = arguments["entry_point"]
        options = read_run_options(entry_point, variables, reader_of_raw_variables(self._templar.template), mistakes)
        try:
            hosts = hosts_of_role(self._task, arguments["registered_as"], self._templar.template, variables)
            mistakes.raise_if_any()
            checked = check_inventory(entry_point, hosts, options, variables)
        except (RoleHostsError, DeclarationError) as error:
            # A mistake fails the hosts whatever cams_fail_on says; the mistake may be in cams_fail_on.
            return {"failed": True, "msg": f"{error} {NOTHING_CALLED}", "fail_on": ["failed"]}
        return {
            "hosts": hosts,
            "fail_on": list(options.fail_on),
            "code_tasks": options.code_tasks,
            "notify_tasks": options.notify_tasks,
            "continue_when": options.continue_when,
            **checked,
        }


def check_inventory(
    entry_point: str, hosts: list[str], options: RunOptions, variables: Mapping[str, Any]
) -> dict[str, Any]:
    """Check what these hosts declare, and in the first wave what later waves declare.

    Returns warnings. Raises DeclarationError with all mistakes.
    """
    if options.report is not None:
        return report_inputs(hosts, options, options.report, variables)
    may_be_empty = entry_point == "read"
    declared = declarations_of_hosts(hosts, variables, codes=options.codes, may_be_empty=may_be_empty)
    known = set(declared.hosts)
    waiting = numbers_not_ready(declared.numbers)
    if entry_point == "reconcile" and _is_first_batch(variables):
        left_out = set(variables["ansible_play_batch"]) - set(hosts)
        later = [host for host in variables["ansible_play_hosts_all"] if host not in left_out]
        everyone = declarations_of_hosts(later, variables)
        known |= set(everyone.hosts)
        waiting |= numbers_not_ready(everyone.numbers)
    _refuse_undeclared_numbers(options, hosts, known, variables)
    _refuse_codes_before_the_owner_is_ready(options, waiting)
    return {
        "numbers": len(declared.numbers),
        **_warnings_of_unused_codes(declared.undeclared_numbers, hosts, variables),
    }


def report_inputs(
    hosts: list[str], options: RunOptions, report: ReportOptions, variables: Mapping[str, Any]
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
        "declared": declarations_of_hosts(hosts_of_source, variables, may_be_empty=True).hosts,
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


def _refuse_undeclared_numbers(
    options: RunOptions, hosts: list[str], known: set[str], variables: Mapping[str, Any]
) -> None:
    named = dict.fromkeys([*options.resend, *options.reclaim, *options.ready])
    unknown = [number for number in named if number not in known]
    elsewhere = numbers_declared_elsewhere(hosts, unknown, variables)
    undeclared = [number for number in unknown if number not in elsewhere]
    if undeclared:
        raise DeclarationError(
            f"{_variables_that_name(undeclared, options)} names {', '.join(undeclared)}, which no host of this play"
            " declares. Write the number as the inventory does, in quotes and with its plus."
        )


def _variables_that_name(numbers: Collection[str], options: RunOptions) -> str:
    """Return the variables that name one of these numbers."""
    named = {"cams_resend": options.resend, "cams_reclaim": options.reclaim, READY: options.ready}
    return " or ".join(name for name, given in named.items() if set(given) & set(numbers))


def _refuse_codes_before_the_owner_is_ready(options: RunOptions, waiting: Mapping[str, str]) -> None:
    """Refuse a resend for a number that is not ready, unless the run names it as ready."""
    for number in options.resend:
        reason = waiting.get(number)
        if reason:
            advice = "" if reason == NOT_READY else f" If its owner is ready now, <<ready {number}>>."
            sentence = f"cams_resend names {number}, which is not ready for a code. {reason}{advice}"
            raise DeclarationError(for_reader(sentence, Reader.PLAYBOOK, number))


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
