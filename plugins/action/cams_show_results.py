# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the table at the end of a run. Documented in the module of the same name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_options import AS_DECLARED, RUN_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.findings import finding_table
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.mistakes import mistake_table
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.table import Ending, result_table
from ansible_collections.chatapp.cams.plugins.plugin_utils._failures import why_task_failed
from ansible_collections.chatapp.cams.plugins.plugin_utils._later_batches import (
    hosts_of_later_batches,
    lines_about_later_batches,
    numbers_not_as_declared,
)

ARGUMENTS: dict[str, dict[str, Any]] = {
    "results_from": {"type": "str", "required": True},
    "failures_from": {"type": "list", "elements": "str", "default": []},
    "fail_on": {"type": "list", "elements": "str", "default": []},
    "continue_when": RUN_ARGUMENTS["cams_continue_when"],
    "is_last": {"type": "bool", "default": False},
}


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible does not export its types
    """What Ansible loads."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, options = self.validate_argument_spec(argument_spec=ARGUMENTS)
        variables = task_vars or {}
        registered = [variables.get(name) for name in (options["results_from"], *options["failures_from"])]
        problems = [why_task_failed(value) for value in registered]
        for line in lines_of_run(registered, problems):
            self._display.display(line)
        unfinished = numbers_not_as_declared(registered[0])
        waits = options["continue_when"] == AS_DECLARED and not self._task.check_mode
        later = hosts_of_later_batches(variables) if waits and (unfinished or any(problems)) else []
        for line in lines_about_later_batches(later, unfinished, variables):
            self._display.display(line)
        nothing_left = options["is_last"] and nothing_failed(registered[0], problems, options["fail_on"])
        return {"changed": False, "ends_play": bool(later) or nothing_left}


def nothing_failed(run: Any, problems: Iterable[str], fail_on: Collection[str]) -> bool:
    """Return whether the play may end. Ansible forgets failed hosts when a play ends, and would report success."""
    if not isinstance(run, Mapping) or run.get("plan_fails") or any(problems):
        return False
    failing = {*fail_on, *([Outcome.AWAITING_CODE.value] if run.get("code_source_error") else [])}
    return not any(result["outcome"] in failing for result in run.get("results") or [])


def lines_of_run(registered: Sequence[Any], problems: Sequence[str]) -> list[str]:
    """Return the lines about a run, or the mistakes that stopped it."""
    for value in registered:
        if isinstance(value, Mapping) and value.get("mistakes"):
            return mistake_table(value["mistakes"], value["mistake_count"])
    return table_of_run(registered[0], problems)


def table_of_run(run: Any, problems: Sequence[str]) -> list[str]:
    """Return the lines about a run. A problem concerns all of it."""
    returned: Mapping[str, Any] = run if isinstance(run, Mapping) else {"results": run if isinstance(run, list) else []}
    if "table" in returned:
        return [*returned["table"], "", returned["msg"]]
    ending = Ending(
        returned.get("results") or [],
        returned.get("summary") or {},
        returned.get("host_of_number") or {},
        [*problems, returned.get("code_source_error") or "", returned.get("remark") or ""],
    )
    findings = returned.get("findings")
    lines = result_table(ending) if findings is None else finding_table(ending, findings)
    return [*lines, *_lines_about_plan(returned.get("plan_file"))]


def _lines_about_plan(path: str | None) -> list[str]:
    """Return where the plan is and how to apply it. Empty if no plan was written."""
    if not path:
        return []
    return [
        "",
        f"The plan is in {path}.",
        f"  To make these changes and no others, run the playbook chatapp.cams.reconcile with -e cams_plan_file={path}",
    ]
