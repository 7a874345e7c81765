# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs a module for the numbers that hosts declare. Documented in the module of the same name."""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import Declarations
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    DeclarationError,
    Mistakes,
    Unreadable,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_options import (
    RunOptions,
    codes_set_since,
    read_plan_file,
    read_run_options,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_values import (
    check_connection_options,
    read_connection_options,
)
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.causes import shared_messages
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import UnsafePathError, write_private
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import AUTH_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import VARIABLE, Reader
from ansible_collections.chatapp.cams.plugins.plugin_utils._declared import declarations_of_hosts
from ansible_collections.chatapp.cams.plugins.plugin_utils._merging import merge_runs
from ansible_collections.chatapp.cams.plugins.plugin_utils._progress import showing_progress
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import reader_of_raw_variables
from ansible_collections.chatapp.cams.plugins.plugin_utils._waiting_numbers import waiting_numbers

FLEET, PREFLIGHT = "chatapp.cams.cams_number_fleet", "chatapp.cams.cams_preflight_info"
CONTACT = "chatapp.cams.cams_first_contact"
CODES = "cams_codes"
ARGUMENTS: dict[str, dict[str, Any]] = {
    **{name: {**argument, "default": None} for name, argument in AUTH_ARGUMENTS.items()},
    "entry_point": {"type": "str", "choices": ["reconcile", "plan", "preflight", "read", "contact"], "required": True},
    "hosts": {"type": "list", "elements": "str", "required": True},
    "only": {"type": "list", "elements": "str"},
    "codes_from": {"type": "str", "default": CODES},
    "complete": {"type": "str", "default": ""},
    "known_codes_from": {"type": "str", "default": ""},
}
Result = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What one task asks for."""

    entry_point: str
    hosts: list[str]
    only: list[str] | None
    connection: Mapping[str, Any]
    options: RunOptions


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible does not export its types
    """What Ansible loads."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        _checked, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        variables = task_vars or {}
        try:
            request = self._read_request(arguments, variables)
            if arguments["complete"]:
                known_codes = variables.get(arguments["known_codes_from"]) or {}
                return self._submit_new_codes(request, variables[arguments["complete"]], known_codes, variables)
            return self._run_request(request, variables)
        except (DeclarationError, Unreadable) as error:
            return {"failed": True, "msg": f"{error} No API call was made."}

    def _read_request(self, arguments: Mapping[str, Any], variables: Mapping[str, Any]) -> Request:
        read, mistakes = reader_of_raw_variables(self._templar.template), Mistakes()
        run_variables = replace_codes(variables, arguments["codes_from"])
        options = read_run_options(arguments["entry_point"], run_variables, read, mistakes)
        check_connection_options(variables, read, mistakes)
        mistakes.raise_if_any()
        # Ansible puts defaults of the user's for the action group among the arguments.
        given = {name: arguments[name] for name in AUTH_ARGUMENTS if arguments.get(name) is not None}
        connection = {**given, **read_connection_options(variables, read)}
        return Request(arguments["entry_point"], arguments["hosts"], arguments["only"], connection, options)

    def _run_request(self, request: Request, variables: dict[str, Any]) -> Result:
        declared = declarations_of_hosts(
            request.hosts,
            variables,
            only=request.only,
            codes=request.options.codes,
            may_be_empty=request.entry_point == "read",
        )
        if not declared.numbers:
            return {"results": [], "waiting": []}
        if request.entry_point == "preflight":
            found = self._execute_with_progress(PREFLIGHT, preflight_arguments(request, declared), variables)
            return {**found, **facts_for_table(found.get("results"), declared.hosts)}
        if request.entry_point == "contact":
            found = self._execute_with_progress(CONTACT, contact_arguments(request, declared), variables)
            return {**found, "numbers": [item["phone_number"] for item in declared.numbers]}
        began = datetime.now(timezone.utc).replace(microsecond=0)
        # Only a reconcile writes.
        self._task.check_mode = self._task.check_mode or request.entry_point != "reconcile"
        result = self._execute_with_progress(FLEET, fleet_arguments(request, declared), variables)
        if "results" not in result:
            return result
        # Each host gets its own result. What concerns all of them fails here.
        result["changed"] = False
        # A task that fails would print all results.
        problem = why_whole_run_failed(result)
        result["waiting"] = waiting_numbers(result["results"], declared.numbers, declared.hosts, began, problem)
        result = {name: value for name, value in result.items() if name not in ("exception", "failed", "msg")}
        result.update(problem=problem, **facts_for_table(result["results"], declared.hosts))
        if request.entry_point == "plan":
            result.update(write_plan(request.options, result))
        return {**result, **self._numbers_for_user_tasks(request, result["waiting"])}

    def _numbers_for_user_tasks(self, request: Request, waiting: list[dict[str, str]]) -> Result:
        """The lists for the tasks in cams_code_tasks and cams_notify_tasks. Nothing is asked for in check mode."""
        options = request.options
        if self._task.check_mode:
            return {"ask_for": [], "notify_of": []}
        # Steps that a plan does not hold are not executed with it.
        asks = options.code_tasks and not options.plan_file
        return {
            "ask_for": [item for item in waiting if item["outcome"] == "awaiting_code"] if asks else [],
            "notify_of": waiting if options.notify_tasks else [],
        }

    def _submit_new_codes(
        self, request: Request, earlier: Result, known_codes: Mapping[Any, Any], variables: dict[str, Any]
    ) -> Result:
        """Submit the codes that were set since an earlier run, and complete its results."""
        waiting = [item["phone_number"] for item in earlier["waiting"] if item["outcome"] == "awaiting_code"]
        codes = codes_set_since(known_codes, request.options.codes, waiting)
        missing = [number for number in waiting if number not in codes]
        warning = (
            f"{request.options.code_tasks} has set no code for {', '.join(missing)}: cams_codes has none for them."
            " They go on waiting."
        )
        result = dict(earlier)
        if codes:
            again = Request(
                request.entry_point,
                request.hosts,
                list(codes),
                request.connection,
                request.options.with_codes_only(codes),
            )
            try:
                result = merge_runs(earlier, self._run_request(again, variables))
            except DeclarationError as error:
                result = {**earlier, "problem": str(error)}
        result.update(self._numbers_for_user_tasks(request, result["waiting"]))
        result.update(facts_for_table(result["results"], earlier["host_of_number"]))
        return {**result, "warnings": [*result.get("warnings", []), warning]} if missing else result

    def _execute_with_progress(self, module: str, arguments: Mapping[str, Any], variables: dict[str, Any]) -> Result:
        with showing_progress(self._display.display), module_words_for_playbook():
            began = time.monotonic()
            result: Result = self._execute_module(module_name=module, module_args=dict(arguments), task_vars=variables)
            if "summary" in result:
                result["summary"].setdefault("elapsed_seconds", round(time.monotonic() - began, 3))
        self._remove_tmp_path(self._connection._shell.tmpdir)
        return result


def replace_codes(variables: Mapping[str, Any], codes_from: str) -> Mapping[str, Any]:
    """Return the variables of a run with the codes of another variable. Raises DeclarationError if there is none."""
    if codes_from == CODES:
        return variables
    if codes_from not in variables:
        raise DeclarationError(f"There is no variable {codes_from}. Correct its name in codes_from.")
    return {**variables, CODES: variables[codes_from]}


@contextlib.contextmanager
def module_words_for_playbook() -> Iterator[None]:
    """While the block runs a module on this machine, its sentences name variables of the roles and not options."""
    # This process runs one task, so the variable affects no other task.
    os.environ[VARIABLE] = Reader.PLAYBOOK.value
    try:
        yield
    finally:
        del os.environ[VARIABLE]


def preflight_arguments(request: Request, declared: Declarations) -> Result:
    given = {"override": list(request.options.preflight_override), **request.options.fleet}
    return {**request.connection, "numbers": declared.numbers, **given}


def arguments_of_engine(request: Request, declared: Declarations) -> Result:
    """The options that each module takes that runs the engine."""
    options = request.options
    journal = {"journal": options.journal or None}
    return {**request.connection, "numbers": declared.numbers, **options.fleet, **journal}


def code_source_arguments(options: RunOptions) -> Result:
    if options.code_source is None:
        return {}
    return {"code_source": options.code_source, "code_wait_seconds": options.code_wait_seconds or 0}


def contact_arguments(request: Request, declared: Declarations) -> Result:
    """The options of the module for a first contact."""
    options = request.options
    named = {"resend": list(options.resend), "reclaim": list(options.reclaim)}
    arguments: Result = {**arguments_of_engine(request, declared), **named, **code_source_arguments(options)}
    if options.contact is not None:
        contact = options.contact
        arguments |= {"confirm": contact.confirm, "register": contact.register, "contact": contact.path}
    return arguments


def fleet_arguments(request: Request, declared: Declarations) -> Result:
    """The options of the fleet module for this request."""
    options = request.options
    numbers = [item["phone_number"] for item in declared.numbers]
    arguments = arguments_of_engine(request, declared)
    if request.entry_point == "read":
        arguments["max_changes"] = 0
    if request.only is None:
        # A number of another wave is not a mistake, but this run must not use it.
        arguments["resend"] = [number for number in options.resend if number in numbers]
        arguments["reclaim"] = [number for number in options.reclaim if number in numbers]
    if request.entry_point != "reconcile":
        return arguments
    if options.plan_file:
        # Steps that a plan does not hold are not executed with it, so no code is looked for.
        arguments["plan"] = read_plan_file(options.plan_file)
    else:
        arguments |= code_source_arguments(options)
    return arguments


def why_whole_run_failed(result: Mapping[str, Any]) -> str:
    """What failed and is not the failure of some numbers, in a sentence; empty when nothing did."""
    outcomes = {item["outcome"] for item in result["results"]}
    if outcomes == {"not_attempted"}:
        return str(result.get("msg") or result["stopped"])
    # Numbers that were not attempted fail their hosts.
    stopped = "" if "not_attempted" in outcomes else result["stopped"]
    return str(stopped)


def facts_for_table(results: Sequence[Mapping[str, Any]] | None, hosts: Mapping[str, str]) -> Result:
    """The host of each number, the results of each host, and the message of numbers that share a cause."""
    facts: Result = {"host_of_number": dict(hosts), "shared_messages": shared_messages(results or [])}
    if results is not None:
        facts["result_positions"] = result_positions(results, hosts)
    return facts


def result_positions(results: Sequence[Mapping[str, Any]], hosts: Mapping[str, str]) -> dict[str, list[int]]:
    """Return the positions of the results of each host."""
    positions: dict[str, list[int]] = {}
    for position, result in enumerate(results):
        positions.setdefault(hosts[result["phone_number"]], []).append(position)
    return positions


def write_plan(options: RunOptions, result: Mapping[str, Any]) -> Result:
    """Write the plan, also in check mode: a plan does not change what it plans."""
    path, plan = options.plan_file, result["plan"]
    planned, others = len(plan["numbers"]), len(plan["not_planned"])
    if not planned:
        return {"plan_file": "", "plan_fails": True, "remark": ""}
    try:
        write_private(Path(path), json.dumps(plan, indent=4, ensure_ascii=False) + "\n")
    except (OSError, UnsafePathError) as error:
        problem = f"Could not write the plan to {path}: {error}"
        return {"problem": problem, "plan_file": "", "plan_fails": True, "remark": ""}
    remark = (
        f"{path} has the plan of {planned} of {planned + others} numbers. The others could not be planned: fix what is"
        " shown below and make a new plan, or apply this plan without them."
    )
    # With cams_fail_on_drift, the status 2 means drift and nothing else.
    plan_fails = bool(others) and options.fail_on_drift
    return {"plan_file": path, "plan_fails": plan_fails, "remark": remark if others else ""}
