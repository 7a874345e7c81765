# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The refusals that are known to mean an unknown number, saved for each account in the state directory."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    private_directory,
    read_private,
    unusable_path,
    write_private,
)

VERSION = 1
# Keeps the file small even if the refusals of a service differ each time.
MAX_REFUSALS = 32


class LearntRefusals:
    """The learnt refusals of one account. Without a directory they last for one run. Safe for threads."""

    def __init__(self, directory: Path | None, account: str) -> None:
        self._lock = threading.Lock()
        self._path = directory / "refusals" / f"{account}.json" if directory else None
        self.problems: list[str] = []
        self._refusals: list[Refusal] = self._read()

    def has(self, refusal: Refusal) -> bool:
        return refusal in self._refusals

    def learn(self, refusal: Refusal) -> None:
        """Save a refusal. If the file cannot be written, the next run learns the refusal again."""
        with self._lock:
            if refusal in self._refusals:
                return
            self._refusals = [*self._read(), *self._refusals, refusal][-MAX_REFUSALS:]
            self._refusals = list(dict.fromkeys(self._refusals))
            if self._path is None:
                return
            document = {"v": VERSION, "refusals": [asdict(known) for known in self._refusals]}
            try:
                private_directory(private_directory(self._path.parent.parent) / self._path.parent.name)
                write_private(self._path, json.dumps(document, indent=1) + "\n")
            except (UnsafePathError, OSError) as error:
                self.problems.append(f"Could not save how the service refuses an unknown number: {error}")

    def _read(self) -> list[Refusal]:
        """Return the saved refusals. If the file cannot be read, report a problem and learn the refusals again."""
        if self._path is None:
            return []
        try:
            document = json.loads(read_private(self._path))
            if document["v"] != VERSION:
                return []
            return [Refusal(int(r["http_status"]), str(r["code"]), str(r["message"])) for r in document["refusals"]]
        except FileNotFoundError:
            return []
        except OSError as error:
            self._report(str(unusable_path(self._path, "file", error)))
        except UnsafePathError as error:
            self._report(str(error))
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, MemoryError):
            self._report(f"The file {self._path} is damaged.")
        return []

    def _report(self, why: str) -> None:
        problem = f"Could not read how the service refuses an unknown number: {why} The run learns this again."
        if problem not in self.problems:
            self.problems.append(problem)
