# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of option values. Each check raises ConfigurationError before the first call."""

from __future__ import annotations

import math
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import shorten, show_hidden_characters

_LOCALE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")
# A message shows at most this many characters of a value.
_MAX_SHOWN = 60


@dataclass(frozen=True)
class Range:
    """The allowed values of a number, and how a message describes them."""

    words: str
    least: float
    most: float = math.inf
    # Whether the least value itself is not allowed.
    above: bool = False

    def allows(self, value: object) -> bool:
        """Return whether a value is allowed. Python treats True as 1, so true and false are refused."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return False
        return (self.least < value if self.above else self.least <= value) and value <= self.most


_NO_LIMIT = Range("0 or more, where 0 means no limit", 0)
_A_DAY = Range("from 0 to 86400 seconds", 0, 86_400)
# The transport keeps this many connections.
MOST_CONCURRENT = 64
# The documentation of the options repeats these ranges.
RANGES: dict[str, Range] = {
    "timeout": Range("from 1 to 3600 seconds", 1, 3600),
    "rate_limit": Range("more than 0 and at most 1000 calls a second", 0, 1000, above=True),
    "retries": Range("from 0 to 100", 0, 100),
    "wait_timeout": _A_DAY,
    "lock_timeout": _A_DAY,
    "max_changes": _NO_LIMIT,
    "stop_after_equal_errors": _NO_LIMIT,
    "code_wait_seconds": _A_DAY,
    "concurrency": Range(f"from 1 to {MOST_CONCURRENT}", 1, MOST_CONCURRENT),
}


def check_range(name: str, value: object, allowed: Range) -> None:
    """Refuse a number outside its range, and NaN, true and false."""
    if not allowed.allows(value):
        shown = str(value).lower() if isinstance(value, bool) else shorten(_text_of_value(value), _MAX_SHOWN)
        raise ConfigurationError(f"{name} must be {allowed.words}, not {shown}.")


def _text_of_value(value: object) -> str:
    try:
        return str(value)
    except ValueError:
        # Python does not convert an integer of more than some thousand digits.
        return "a number of thousands of digits"


def check_ranges(options: Mapping[str, Any]) -> None:
    """Refuse the first of the options that is outside its range."""
    for name, allowed in RANGES.items():
        if options.get(name) is not None:
            check_range(name, options[name], allowed)


def check_id(name: str, value: str | None) -> None:
    """Refuse an id that is empty or contains characters that no id contains. None means that no id was given."""
    if value is None:
        return
    if not value.strip():
        raise ConfigurationError(f"{name} is empty. Give it a value, or remove it.")
    check_no_hidden_characters(name, value)


def check_no_hidden_characters(name: str, value: str) -> None:
    """Refuse characters that nobody can see, such as a control character, or that cannot be sent."""
    shown = show_hidden_characters(value)
    if shown != value:
        raise ConfigurationError(
            f"{name} contains a hidden or control character: {shorten(shown, _MAX_SHOWN)!r}."
            " Type the value again; do not paste it."
        )


def check_locale(name: str, value: str) -> str:
    """Return the locale, or refuse it if it does not have the form of a locale."""
    if not _LOCALE.fullmatch(value):
        raise ConfigurationError(
            f"{name} must be a language such as en_US, zh_CN or id,"
            f" not {shorten(show_hidden_characters(value), _MAX_SHOWN)!r}."
        )
    return value


def path_exists(path: str) -> bool:
    """Return whether a file or a directory is there. A path that no system accepts, for example too long, is not."""
    try:
        return Path(path).exists()
    except OSError:
        return False


def check_file(name: str, value: str | None) -> None:
    """Refuse a path that cannot be a file. The file does not have to exist."""
    if not value:
        return
    check_no_hidden_characters(name, value)
    try:
        is_directory = stat.S_ISDIR(Path(value).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    except OSError as error:
        # For example, the name is too long.
        raise ConfigurationError(f"{name} is not the path of a file: {error.strerror}.") from None
    if is_directory:
        raise ConfigurationError(f"{name} must be a file, but {value} is a directory.")
