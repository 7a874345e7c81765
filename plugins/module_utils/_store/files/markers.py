# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Markers: what this machine knows of a number that is being migrated, also without a journal.

One marker says that a code was requested for the number. The other says that the migration was seen under way. So a
missing or lost journal never leads to a second initiate and a second code. Both are removed when the number is
registered. Each marker is a small file in the state directory.
"""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    open_private,
    private_directory,
)


class Markers:
    """The markers of one account. Without a directory they last for one run."""

    def __init__(self, directory: Path | None, account: str) -> None:
        self.code_requested = MarkedNumbers(directory, "codes-requested", account)
        self.under_way = MarkedNumbers(directory, "under-way", account)

    def load(self) -> None:
        """Read which numbers are marked. Call this after the numbers are locked."""
        self.code_requested.load()
        self.under_way.load()


class MarkedNumbers:
    """The numbers with one kind of marker."""

    def __init__(self, directory: Path | None, kind: str, account: str) -> None:
        self._directory = directory / kind / account if directory else None
        self._numbers: set[str] = set()

    @property
    def _folders(self) -> tuple[Path, ...]:
        """The directories of the markers, the outermost first."""
        if self._directory is None:
            return ()
        return self._directory.parent.parent, self._directory.parent, self._directory

    def load(self) -> None:
        """Read which numbers are marked."""
        if self._directory is None:
            return
        try:
            for folder in self._folders:
                if not os.path.lexists(folder):
                    return
                # Anything else in the place of the directory hides markers, so the run must not continue.
                private_directory(folder)
            self._numbers = {f"+{path.name}" for path in self._directory.iterdir()}
        except (UnsafePathError, OSError) as error:
            raise ConfigurationError(f"Could not read which numbers are being migrated. {error}") from None

    @property
    def numbers(self) -> set[str]:
        """The numbers that are marked."""
        return set(self._numbers)

    def marked_at(self, number: str) -> datetime | None:
        """Return when a number was marked. None if that cannot be read."""
        if self._directory is None:
            return None
        try:
            seconds = (self._directory / number.removeprefix("+")).lstat().st_mtime
        except OSError:
            return None
        return datetime.fromtimestamp(seconds, timezone.utc)

    def has(self, number: str) -> bool:
        return number in self._numbers

    def add(self, number: str) -> None:
        """Mark a number. Raises UnsafePathError or OSError if that fails."""
        self._numbers.add(number)
        if self._directory is not None:
            for folder in self._folders:
                private_directory(folder)
            os.close(open_private(self._directory / number.removeprefix("+"), os.O_WRONLY))

    def remove(self, number: str) -> None:
        """Remove the marker of a number."""
        if number not in self._numbers:
            return
        self._numbers.discard(number)
        if self._directory is not None:
            (self._directory / number.removeprefix("+")).unlink(missing_ok=True)
