# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows what a run left to do. Documented in the module of the same name."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.chatapp.cams.plugins.module_utils._report.screen import finding_lines, result_lines


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible does not export its types
    """What Ansible loads."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        _checked, options = self.validate_argument_spec(
            argument_spec={"results_from": {"type": "str", "required": True}}
        )
        registered = (task_vars or {}).get(options["results_from"]) or {}
        findings = registered.get("findings")
        lines = result_lines(registered.get("results") or []) if findings is None else finding_lines(findings)
        for line in lines:
            self._display.display(line)
        return {"changed": False}
