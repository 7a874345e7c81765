# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ends the playbook plan with exit status 4. Only that playbook uses it.

Every ansible-core ends with 4 if a host is unreachable, also if other hosts failed.
"""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase


class ActionModule(ActionBase):  # type: ignore[misc]  # Ansible does not export its types
    """The action plugin end_incomplete_plan."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        super().run(tmp, task_vars)
        msg = (
            'Not every number could be planned: see "Show results". Every host can be reached. Ansible shows this one'
            " as unreachable only so that the playbook ends with exit status 4."
        )
        return {"changed": False, "unreachable": True, "msg": msg}
