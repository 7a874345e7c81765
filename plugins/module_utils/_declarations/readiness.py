# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the owner of a number is ready for its code: a yes of the team, and a time before which no code may come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import Unreadable, WrongValueError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import NOT_READY, not_ready_before
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone, time_with_zone

READY = "cams_ready"
_WRITE = f"Write true, false, or the numbers that are ready in this run: {READY}=+8613900001234"


def why_not_ready(ready: bool, code_not_before: datetime | None) -> str:
    """Return why no code may be requested now, in a sentence. Empty if one may be requested."""
    if not ready:
        return NOT_READY
    if code_not_before is not None and datetime.now(timezone.utc) < code_not_before:
        return not_ready_before(time_with_zone.describe(code_not_before))
    return ""


def numbers_not_ready(declared: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return why no code may be requested now, for each declared number that is not ready."""
    reasons = {
        item["phone_number"]: why_not_ready(
            item.get("ready", True),
            time_with_zone.parse(item["code_not_before"]) if "code_not_before" in item else None,
        )
        for item in declared
    }
    return {number: reason for number, reason in reasons.items() if reason}


def numbers_named_ready(variables: Mapping[str, Any], read: Callable[[Any, Any], Any]) -> tuple[str, ...]:
    """Return the numbers that ``cams_ready`` names. Each host notes the mistakes in its own value."""
    try:
        value = parse_ready(read(variables, READY)) if READY in variables else ()
    except (Unreadable, WrongValueError):
        return ()
    return value if isinstance(value, tuple) else ()


def parse_ready(value: Any) -> bool | tuple[str, ...]:
    """Return true, false, or the numbers that are ready. Raises WrongValueError."""
    if isinstance(value, (bool, int)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str):
        try:
            return bool(boolean(value.strip()))
        except TypeError:
            value = [item for item in value.split(",") if item.strip()] or None
    if not isinstance(value, (list, tuple)):
        raise WrongValueError(_WRITE)
    try:
        return tuple(dict.fromkeys(phone.parse(number) for number in value))
    except phone.PhoneNumberError as error:
        raise WrongValueError(f"{error} {_WRITE}") from None
