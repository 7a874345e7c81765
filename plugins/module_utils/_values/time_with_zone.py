# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times in ISO 8601 with a time zone, so that they mean the same moment on every machine."""

from __future__ import annotations

import re
from datetime import datetime

from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import shorten, show_hidden_characters

_FORM = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)(?:\.[0-9]+)? ?(\S*)")
_ZONE = re.compile(r"([+-][0-9]{2}):?([0-9]{2})?")
_EXAMPLE = 'Write a time with its offset from UTC, in quotes: "2026-12-01T09:00+08:00". Z means UTC.'
_MOST_SHOWN = 60


class TimeError(ValueError):
    """The value is not a time with a zone. ``fix`` says why and what to write, without the value."""

    def __init__(self, shown: str, why: str) -> None:
        super().__init__(f"{shown} {why} {_EXAMPLE}")
        self.fix = f"It {why} {_EXAMPLE}"


def parse(value: object) -> datetime:
    """Return the time. YAML may have read it as a time already."""
    # Python's own reader accepts more spellings in each later version.
    text = value.isoformat() if isinstance(value, datetime) else str(value).strip()
    shown = repr(shorten(show_hidden_characters(text), _MOST_SHOWN))
    form = _FORM.fullmatch(text)
    if form is None:
        raise TimeError(shown, "is not a time.")
    if not form[3]:
        raise TimeError(shown, "has no time zone, so it is another moment on another machine.")
    zone = _ZONE.fullmatch("+00:00" if form[3] in ("Z", "z") else form[3])
    try:
        if zone is not None:
            return datetime.fromisoformat(f"{form[1]}T{form[2]}{zone[1]}:{zone[2] or '00'}")
    except ValueError:
        # For example, the month is 13.
        pass
    raise TimeError(shown, "is not a time.")


def describe(moment: datetime) -> str:
    """Return the time for a person, in the zone in which it was written."""
    offset = moment.strftime("%z")
    zone = "UTC" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}"
    return f"{moment.strftime('%Y-%m-%d %H:%M')} {zone}"
