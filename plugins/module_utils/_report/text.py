# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text for people: masked numbers, times and durations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timezone

from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

_LIKE_A_NUMBER = re.compile(r"\+?[0-9](?:[ ().-]{0,2}[0-9]){5,17}")
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Masker:
    """Masks the numbers of a report in any text: also in sentences, names and errors."""

    def __init__(self, numbers: Iterable[str], *, show: bool) -> None:
        self._masks = {} if show else dict(self._spellings(numbers))

    def __call__(self, text: str) -> str:
        return _LIKE_A_NUMBER.sub(self._mask, text) if self._masks else text

    @staticmethod
    def _spellings(numbers: Iterable[str]) -> Iterable[tuple[str, str]]:
        """Yield the digits of each number with its mask, with and without the country code."""
        for number in numbers:
            mask = phone.mask_number(number)
            yield phone.without_plus(number), mask
            try:
                yield phone.split_country_code(number)[1], mask
            except phone.PhoneNumberError:
                continue

    def _mask(self, found: re.Match[str]) -> str:
        digits = re.sub(r"[^0-9]", "", found[0])
        # The number may be written with a leading zero, or with 00 instead of the plus.
        return self._masks.get(digits) or self._masks.get(digits.lstrip("0")) or found[0]


def duration_in_words(seconds: float | None) -> str:
    """Return a duration such as "3 h 20 min", or nothing when it is not known."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"


def count_with_noun(count: int, noun: str) -> str:
    """Return for example "1 number" or "2 numbers"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def name_with_spaces(name: str) -> str:
    """Return the name of an outcome, phase or step with blanks between its words."""
    return name.replace("_", " ")


def iso_time(moment: datetime) -> str:
    """Return the time in UTC as ISO 8601."""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def short_utc_time(moment: str) -> str:
    """Return a time of the document such as "2026-11-21 12:00 UTC"."""
    return f"{moment[:10]} {moment[11:16]} UTC" if moment else ""
