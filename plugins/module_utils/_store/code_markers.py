# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The numbers for which this machine requested a code and that are not registered since.

One small file for each number, in the state directory. It is there also for a module without a journal, so that no
number is initiated again, and sent a second code, because a journal was not given or was lost.
"""

from __future__ import annotations

import os
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    open_private,
    private_directory,
)


class CodeMarkers:
    """The markers of one account; without a directory they last for one run."""

    def __init__(self, directory: Path | None, account: str) -> None:
        self._directory = directory / "codes-requested" / account if directory else None
        self._numbers: set[str] = set()

    @property
    def _folders(self) -> tuple[Path, ...]:
        """The directories that hold the markers, the outermost first."""
        if self._directory is None:
            return ()
        return self._directory.parent.parent, self._directory.parent, self._directory

    def load(self) -> None:
        """Read which numbers are marked. To be called once the numbers are locked."""
        if self._directory is None:
            return
        try:
            for folder in self._folders:
                if not os.path.lexists(folder):
                    return
                # What is in its place hides markers, so that is no reason to go on without them.
                private_directory(folder)
            self._numbers = {f"+{path.name}" for path in self._directory.iterdir()}
        except (UnsafePathError, OSError) as error:
            raise ConfigurationError(f"Could not read which numbers were sent a code. {error}") from None

    def has(self, number: str) -> bool:
        return number in self._numbers

    def add(self, number: str) -> None:
        """Mark a number before its code is requested. Raises UnsafePathError or OSError when it cannot be marked."""
        self._numbers.add(number)
        if self._directory is not None:
            for folder in self._folders:
                private_directory(folder)
            os.close(open_private(self._directory / number.removeprefix("+"), os.O_WRONLY))

    def remove(self, number: str) -> None:
        """Unmark a number that is registered, or whose request never left."""
        self._numbers.discard(number)
        if self._directory is not None:
            (self._directory / number.removeprefix("+")).unlink(missing_ok=True)
