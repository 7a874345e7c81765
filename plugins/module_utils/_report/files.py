# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of a report: made in full first, then each put in its place at once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError


def write_files(directory: Path, files: Mapping[str, bytes], mode: int) -> None:
    """Write all files. A reader sees the old or the new one, never a part of it."""
    try:
        _make(directory, mode)
        for name, content in files.items():
            _replace(directory / name, content, mode)
    except OSError as error:
        raise ConfigurationError(
            f"The report cannot be written to {directory}: {error.strerror}."
            " Name a folder that this account may write to."
        ) from None


def _make(directory: Path, mode: int) -> None:
    if directory.is_dir():
        return
    directory.parent.mkdir(parents=True, exist_ok=True)
    directory.mkdir()
    # Whoever may read the files may enter.
    directory.chmod(0o700 | mode | (mode & 0o444) >> 2)


def _replace(path: Path, content: bytes, mode: int) -> None:
    # The textfile collector reads every name that ends with .prom, so the one in the making ends otherwise.
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    made = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(content)
        made.replace(path)
    except OSError:
        made.unlink(missing_ok=True)
        raise


def append(path: Path, text: str) -> None:
    """Add to a file that somebody else has made, as the summary of a step in a pipeline."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigurationError(f"The summary cannot be added to {path}: {error.strerror}.") from None
