# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports to each host what a run did for its numbers. Documented in the module of the same name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.chatapp.cams.plugins.module_utils._api.error_codes import who_was_denied
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import numbers_of_host
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import DeclarationError
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.scopes import Read
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import (
    diff_of_result,
    planned_steps_in_words,
    returned_result,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.causes import next_step
from ansible_collections.chatapp.cams.plugins.plugin_utils._failures import short_message, why_task_failed
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import reader_of_raw_variables

Result = dict[str, Any]

_OUTCOMES = [outcome.value for outcome in Outcome]
_OUTCOME_LIST = {"type": "list", "elements": "str", "choices": _OUTCOMES}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "results_from": {"type": "str", "required": True},
    "fail_on": {**_OUTCOME_LIST, "default": ["failed", "unknown", "not_attempted"]},
    "fail_on_from": {"type": "str"},
    "failures_from": {"type": "list", "elements": "str", "default": []},
    "results_when_failed": {"type": "bool", "default": True},
    "is_last_from": {"type": "str"},
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible does not export its types
    """What Ansible loads."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True
    _supports_diff = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> Result:
        super().run(tmp, task_vars)
        variables = task_vars or {}
        _checked, options = self.validate_argument_spec(argument_spec=ARGUMENTS)
        run = RunOfHosts.from_variables(variables, options)
        host = variables["inventory_hostname"]
        own = run.result_of_host(host, variables, reader_of_raw_variables(self._templar.template))
        # Ansible prints the whole result of a host that fails. It converts each part of each result several times.
        is_printed = own.get("failed") and not options["results_when_failed"]
        if is_printed or variables.get(options["is_last_from"]) is True:
            own.pop("results")
        return own


@dataclass(frozen=True)
class RunOfHosts:
    """The results of a run, and what makes a host fail."""

    results: Sequence[Result]
    # The positions of the results of each host, if the run knows them. Each host runs in a process of its own: if it
    # looked at the results of all hosts, it would copy the memory that it shares with them.
    positions: Mapping[str, Sequence[int]] | None
    fail_on: Collection[str]
    problem: str
    code_source_error: str
    # The numbers whose codes could not be read.
    numbers_without_code: Collection[str]
    shared_messages: Mapping[str, str]

    @classmethod
    def from_variables(cls, variables: Mapping[str, Any], options: Mapping[str, Any]) -> RunOfHosts:
        """Read the registered variables. Raises AnsibleActionFail if there are neither results nor a failure."""
        problem = first_failure_message(variables.get(name) for name in options["failures_from"])
        registered = variables.get(options["results_from"])
        results = results_in_registered_value(registered)
        if results is None and not problem:
            raise AnsibleActionFail(
                f"results_from: the variable {options['results_from']} holds no list. Name one that was registered or"
                " set as a fact; it is not evaluated."
            )
        facts = registered if isinstance(registered, Mapping) else {}
        checked = variables.get(options["fail_on_from"]) or {}
        return cls(
            results or [],
            facts.get("result_positions"),
            checked.get("fail_on", options["fail_on"]),
            problem,
            str(facts.get("code_source_error") or ""),
            facts.get("code_source_numbers") or (),
            facts.get("shared_messages") or {},
        )

    def result_of_host(self, host: str, variables: Mapping[str, Any], read: Read) -> Result:
        """Return the result of the task of this host."""
        problem = self.problem
        try:
            own = self._own_results(host, variables, read)
        except DeclarationError as mistake:
            own, problem = [], problem or str(mistake)
        if any(self._code_could_not_be_read(result) for result in own):
            problem = problem or self.code_source_error
        return task_result_of_host(host, own, self.fail_on, problem, self.shared_messages)

    def _own_results(self, host: str, variables: Mapping[str, Any], read: Read) -> list[Result]:
        if self.positions is not None:
            return [self.results[position] for position in self.positions.get(host, ())]
        by_number = {result["phone_number"]: result for result in self.results}
        return results_of_numbers(numbers_of_host(host, variables, read), by_number)

    def _code_could_not_be_read(self, result: Result) -> bool:
        waits = result["outcome"] == Outcome.AWAITING_CODE.value
        return waits and result["phone_number"] in self.numbers_without_code


def results_in_registered_value(value: Any) -> list[Result] | None:
    """The results themselves, or those in what a call of the fleet registered."""
    results = value.get("results") if isinstance(value, Mapping) else value
    return results if isinstance(results, list) else None


def first_failure_message(registered: Iterable[Any]) -> str:
    """The message of the first of these results that failed; empty when none did."""
    return next(filter(None, map(why_task_failed, registered)), "")


def results_of_numbers(numbers: Sequence[str], results: Mapping[str, Result]) -> list[Result]:
    """The results of these numbers in their order."""
    return [
        results.get(number) or returned_result(number, Outcome.NOT_ATTEMPTED, next_action="Run again.")
        for number in numbers
    ]


def task_result_of_host(
    host: str,
    results: list[Result],
    fail_on: Collection[str],
    problem: str = "",
    shared: Mapping[str, str] | None = None,
) -> Result:
    """The result of the task of this host. A failure of the whole run counts as a failed number.

    ``shared`` has the message of each number whose cause other numbers share.
    """
    outcomes = {result["outcome"] for result in results} | ({Outcome.FAILED.value} if problem else set())
    lines = _message_lines(results, fail_on, problem, shared or {}) or [f"{host} declares no number."]
    reported: Result = {
        "changed": any(result["changed"] for result in results),
        "msg": lines if len(lines) > 1 else lines[0],
        "results": results,
        "diff": [diff_with_headers(result) for result in results if result["changed"]],
    }
    if outcomes & set(fail_on):
        return {**reported, "failed": True}
    return reported


def _message_lines(
    results: Iterable[Result], fail_on: Collection[str], problem: str, shared: Mapping[str, str]
) -> list[str]:
    """Return a line for each number. If the host fails, only for the numbers that make it fail.

    What concerns many hosts is the same on all of them, because Ansible shows each distinct message in full.
    """
    failing = [result for result in results if result["outcome"] in fail_on]
    if problem:
        # The run did not reach these numbers because of the problem.
        failing = [result for result in failing if result["outcome"] != Outcome.NOT_ATTEMPTED.value]
    chosen = failing if failing or problem else results
    sentences = [shared.get(result["phone_number"]) or sentence_about_result(result) for result in chosen]
    return list(dict.fromkeys(filter(None, [short_message(problem), *map(str, sentences)])))


def sentence_about_result(result: Result) -> str:
    """How the number ended and what to do next, for a person."""
    error = result.get("error")
    parts = [f"{result['phone_number']} is {result['outcome']}{_phase_change_in_words(result)}."]
    if error:
        request = f", RequestId {error['request_id']}" if error.get("request_id") else ""
        parts.append(f"{error['message'].rstrip('.')} ({error['code']}{request}).")
        if error.get("access_denied"):
            parts.append(who_was_denied(error["access_denied"]))
    parts.append(next_step(result))
    return " ".join(filter(None, parts))


def _phase_change_in_words(result: Result) -> str:
    previous, phase = result.get("previous_phase"), result.get("phase")
    if result["outcome"] == Outcome.PLANNED.value:
        return f" ({phase} → {result['planned_phase']}: {planned_steps_in_words(result)})"
    if previous and phase and previous != phase:
        return f" ({previous} → {phase})"
    return f" ({phase})" if phase else ""


def diff_with_headers(result: Result) -> Result:
    """Before and after under the number, whichever way the result has them."""
    number = result["phone_number"]
    return {"before_header": number, "after_header": number, **(result.get("diff") or diff_of_result(result))}
