# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows the table at the end of a run. Documented in the module of the same name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.findings import finding_table
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen.table import Ending, result_table
from ansible_collections.chatapp.cams.plugins.plugin_utils._failures import why_task_failed

ARGUMENTS: dict[str, dict[str, Any]] = {
    "results_from": {"type": "str", "required": True},
    "failures_from": {"type": "list", "elements": "str", "default": []},
    "fail_on": {"type": "list", "elements": "str", "default": []},
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
        names = [options["results_from"], *options["failures_from"]]
        problems = [why_task_failed(variables.get(name)) for name in names]
        for line in table_of_run(variables.get(names[0]), problems):
            self._display.display(line)
        fail_on = set(options["fail_on"])
        return {"changed": False, "hosts_fail": hosts_fail(variables.get(names[0]), fail_on, problems)}


def hosts_fail(run: Any, fail_on: Collection[str], problems: Iterable[str]) -> bool:
    """Return whether a run has results and some of its hosts fail."""
    if not isinstance(run, Mapping) or not run.get("results"):
        return False
    return (
        any(problems)
        or bool(run.get("code_source_error"))
        or any(result["outcome"] in fail_on for result in run["results"])
    )


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
    return result_table(ending) if findings is None else finding_table(ending, findings)
