# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The learnt refusals of an account in a file of the state directory."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    private_directory,
    read_private,
    unusable_path,
    write_private,
)

VERSION = 1


class FileRefusals(LearntRefusals):
    """The learnt refusals of one account, saved in a file."""

    def __init__(self, directory: Path, account: str) -> None:
        super().__init__()
        self._path = directory / "refusals" / f"{account}.json"
        self._refusals = self._read()

    def _save(self, refusal: Refusal) -> None:
        document = {"v": VERSION, "refusals": [asdict(known) for known in self._refusals]}
        try:
            private_directory(private_directory(self._path.parent.parent) / self._path.parent.name)
            write_private(self._path, json.dumps(document, indent=1) + "\n")
        except (UnsafePathError, OSError) as error:
            self.problems.append(f"Could not save how the service refuses an unknown number: {error}")

    def _read(self) -> list[Refusal]:
        """Return the saved refusals. If the file cannot be read, report a problem and learn the refusals again."""
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
