# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the files of a report. Each file replaces the old one in one step."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError


def write_files(directory: Path, files: Mapping[str, bytes], mode: int) -> None:
    """Write all files. A reader sees the old file or the new one, never a part of a file."""
    try:
        _create_directory(directory, mode)
        for name, content in files.items():
            _replace_file(directory / name, content, mode)
    except OSError as error:
        raise ConfigurationError(
            f"Could not write the report to {directory}: {error.strerror}."
            " Set the directory to a folder that this user can write to."
        ) from None


def _create_directory(directory: Path, mode: int) -> None:
    if directory.is_dir():
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir()
    # Users who can read the files can also enter the folder.
    directory.chmod(0o700 | mode | (mode & 0o444) >> 2)


def _replace_file(path: Path, content: bytes, mode: int) -> None:
    # The textfile collector reads every file whose name ends with .prom, so the unfinished file has another ending.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def append_to_file(path: Path, text: str) -> None:
    """Append to a file that another program created, such as the step summary of a pipeline."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError(f"Could not append the summary to {path}: {error.strerror}.") from None
