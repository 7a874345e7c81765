# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RAM policy that a job needs, made from the table of operations."""

from __future__ import annotations

from enum import Enum
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, Kind


class Job(Enum):
    """What an access key is for."""

    # Read, check beforehand and plan: whatever runs in check mode, and the modules that only read.
    PLAN = "plan"
    # All that the collection does.
    FULL = "full"


def ram_policy(job: Job) -> dict[str, Any]:
    """The policy in the cloud's own form. CAMS knows no resources, so each action is allowed for all of them."""
    wanted = [operation for operation in OPERATIONS.values() if job is Job.FULL or operation.kind is Kind.READ]
    actions = sorted(operation.ram_action for operation in wanted)
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
