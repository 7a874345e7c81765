# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read why a task failed, and make the short message that all hosts share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# A longer message is cut to its first sentence on the hosts. The task "Show results" shows all of it once.
LONGEST_MESSAGE = 120
_END_OF_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n")


def why_task_failed(result: Any) -> str:
    """Return the message of a task that failed, or the problem of a run. Empty if there is none."""
    if not isinstance(result, Mapping):
        return ""
    if result.get("failed"):
        return str(result.get("msg") or "A task failed.")
    return str(result.get("problem") or "")


def short_message(message: str) -> str:
    """Return the message, or its first sentence if it is long."""
    if len(message) <= LONGEST_MESSAGE:
        return message
    first = _END_OF_SENTENCE.split(message, 1)[0]
    return f'{first} See "Show results".'
