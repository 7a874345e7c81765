# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that name sources of codes. Action plugins read them without loading requests."""

from __future__ import annotations

from typing import Any

# no_log keeps these options out of the log of the system.
SOURCE_ARGUMENTS: dict[str, dict[str, Any]] = {
    "vars": {"type": "dict", "no_log": True},
    "file": {"type": "path"},
    "url": {
        "type": "dict",
        "options": {
            "address": {"type": "str", "required": True, "no_log": True},
            "headers": {"type": "dict", "default": {}, "no_log": True},
            "messages": {"type": "str", "default": ""},
            "number_field": {"type": "str", "default": "number"},
            "time_field": {"type": "str", "default": "time"},
            "text_field": {"type": "str", "default": "text"},
            "pattern": {"type": "str"},
            "validate_certs": {"type": "bool", "default": True},
            "ca_path": {"type": "path"},
            "timeout": {"type": "int", "default": 20},
        },
    },
    "exec": {"type": "list", "elements": "str"},
    "exec_timeout": {"type": "int", "default": 30},
    "since": {"type": "str"},
    "max_age": {"type": "int", "default": 600},
}
