# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the API in the snake_case that users of Ansible expect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


def in_snake_case(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the item with names in snake_case, and text without spaces at its ends, which URLs of the API have."""
    return {snake_case(name): _clean_value(value) for name, value in item.items()}


@lru_cache(maxsize=512)
def snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _clean_value(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        return in_snake_case(value)
    if isinstance(value, list):
        return [_clean_value(item) for item in value]
    return value
