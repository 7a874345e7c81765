# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The errors that users see."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class ApiError:
    """An error that the API answered with."""

    code: str
    message: str
    request_id: str
    http_status: int
    action: str
    hint: str
    # Who was denied which action by which policy, in the API's own words, where the service says so.
    access_denied: dict[str, str] | None = None
    # Whether the service refused the call only to slow its caller down.
    throttled: bool = False

    def as_dict(self) -> dict[str, Any]:
        shown = asdict(self)
        del shown["throttled"]
        if self.access_denied is None:
            del shown["access_denied"]
        return shown


class CamsError(Exception):
    """One sentence for a person: what is wrong and what to do. ``error`` is there when the API answered."""

    def __init__(self, message: str, error: ApiError | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.error = error


class ConfigurationError(CamsError):
    """An option, a variable or a file of the user's stands in the way; nothing was called."""


class CheckModeError(CamsError):
    """A write was attempted by a client that was made for check mode: a mistake of ours."""


UNEXPECTED = "UnexpectedError"


AFTER_UNEXPECTED = "Run again: the number is read first. Please report this error to the maintainers of chatapp.cams."


def describe_unexpected(error: Exception) -> str:
    """What is said of an error that nobody foresaw. Its text may hold anything, so only its kind is shown."""
    return f"an unexpected {type(error).__name__}. This is a mistake in chatapp.cams."
