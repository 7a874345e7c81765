# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that users see."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ApiError:
    """An error that the API returned."""

    code: str
    message: str
    request_id: str
    http_status: int
    action: str
    hint: str
    # Who was denied which action by which policy, in the words of the API. None if the API does not say so.
    access_denied: dict[str, str] | None = None
    # Whether the service refused the call because there were too many calls.
    throttled: bool = False

    def as_dict(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["throttled"]
        if self.access_denied is None:
            del shown["access_denied"]
        return shown


class CamsError(Exception):
    """An error with a message for a person: what failed, why, and what to do next. ``error`` is the API's own."""

    def __init__(self, message: str, error: ApiError | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error = error


class ConfigurationError(CamsError):
    """An option, a variable or a file of the user cannot be used. No call was made."""


class CheckModeError(CamsError):
    """A client in check mode was asked to write. This is a bug in chatapp.cams."""


UNEXPECTED = "UnexpectedError"
AFTER_UNEXPECTED = "Run again: the number is read first. Please report this error to the maintainers of chatapp.cams."


def describe_unexpected(error: Exception) -> str:
    """Describe an error that should not happen. Its text may contain secrets, so only its type is shown."""
    return f"an unexpected {type(error).__name__}. This is a bug in chatapp.cams."
