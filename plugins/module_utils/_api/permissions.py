# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RAM policies, made from the table of operations."""

from __future__ import annotations

from enum import Enum
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, Kind


class Job(Enum):
    """The jobs of an access key."""

    # Read, check and plan: everything in check mode, and the modules that only read.
    PLAN = "plan"
    # Everything that the collection does.
    FULL = "full"


def ram_policy(job: Job) -> dict[str, Any]:
    """Return the policy in the form of RAM. CAMS has no resources, so each action is allowed for all resources."""
    wanted = [operation for operation in OPERATIONS.values() if job is Job.FULL or operation.kind is Kind.READ]
    actions = sorted(operation.ram_action for operation in wanted)
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
