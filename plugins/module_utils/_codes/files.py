# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Codes that a person or a program has written down: in a variable, in a file, or in a folder of files."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import (
    Candidate,
    Deadline,
    SourceError,
    digits,
    format_time,
    numbers_by_digits,
    written_code,
)

try:
    import yaml
except ImportError:
    YAML_MISSING = True
else:
    YAML_MISSING = False

MOST_BYTES = 1_000_000
# A file that is so new may be half written.
SETTLED_SECONDS = 2.0
_FORMS = (".yml", ".yaml", ".json", ".csv")

Pairs = Iterable[tuple[Any, Any]]


@dataclass(frozen=True)
class Variable:
    """A mapping of numbers to codes."""

    codes: Mapping[Any, Any]

    def find(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[Candidate]:
        yield from _candidates(self.codes.items(), numbers, "vars")


def _candidates(pairs: Pairs, numbers: list[str], place: str) -> Iterator[Candidate]:
    wanted = numbers_by_digits(numbers)
    for key, value in pairs:
        number = wanted.get(digits(key))
        code = written_code(value, number, place) if number else ""
        if number and code:
            yield Candidate(number, code, place)


@dataclass(frozen=True)
class Text:
    """What was read from a file, and when the file was last changed."""

    path: Path
    text: str
    changed: float

    @property
    def may_be_half_written(self) -> bool:
        return abs(time.time() - self.changed) < SETTLED_SECONDS


@dataclass(frozen=True)
class Files:
    """One file with many codes, or a folder with a file for each number."""

    path: Path
    since: float

    def find(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[Candidate]:
        if not self.path.exists() and self.path.parent.is_dir():
            # It may be there at the next look; or its name is misspelt, so it is not passed over in silence.
            remarks.append(f"{self.path} does not exist (yet).")
            return
        try:
            is_folder = self.path.is_dir()
            if is_folder:
                _refuse_a_folder_for_others(self.path)
            files = list(self._files_of(numbers)) if is_folder else [("", self.path)]
        except OSError as error:
            raise SourceError(f"The folder {self.path} cannot be read: {error.strerror}.") from None
        for number, path in files:
            read = _read(path)
            try:
                pairs = [(number, read.text.strip())] if number else _pairs(read)
                found = list(_candidates(pairs, numbers, str(path)))
            except SourceError:
                if read.may_be_half_written:
                    continue
                raise
            if found and read.changed < self.since:
                remarks.append(
                    f"{path} was last changed at {format_time(read.changed)}, before {format_time(self.since)}: what"
                    " it holds for the numbers asked for is too old and not used. A code lives for some ten minutes."
                )
                continue
            yield from found

    def _files_of(self, numbers: list[str]) -> Iterator[tuple[str, Path]]:
        wanted = numbers_by_digits(numbers)
        for path in sorted(self.path.iterdir()):
            name = path.name.removesuffix(".txt")
            number = wanted.get(digits(name)) if re.fullmatch(r"\+?[0-9][0-9 -]*", name) else None
            if number:
                yield number, path


def _refuse_a_folder_for_others(path: Path) -> None:
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise SourceError(f"The folder {path} belongs to another user (uid {found.st_uid}). Use one of your own.")
    if found.st_mode & 0o022:
        raise SourceError(f"Other accounts can put files into {path}. Close it with: chmod 700 {path}")


def _read(path: Path) -> Text:
    try:
        # O_NONBLOCK keeps a pipe in the file's place from blocking the open; it means nothing for a regular file.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SourceError(f"The file {path} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{path} is not a regular file. Name a file, or a folder with one file for each number.")
        if found.st_uid != os.geteuid():
            raise SourceError(f"The file {path} belongs to another user (uid {found.st_uid}). Use one of your own.")
        if found.st_mode & 0o077:
            raise SourceError(f"The file {path} is open to other users. Close it with: chmod 600 {path}")
        if found.st_size > MOST_BYTES:
            raise SourceError(f"The file {path} is larger than a megabyte. Is it the right one?")
        content = file.read(MOST_BYTES)
    try:
        return Text(path, content.decode("utf-8-sig"), found.st_mtime)
    except UnicodeDecodeError:
        raise SourceError(f"The file {path} is no text in UTF-8.") from None


def _pairs(read: Text) -> Pairs:
    """Numbers and codes. Pairs and no mapping, because a number that stands twice must not go unnoticed."""
    form = read.path.suffix.lower()
    if form not in _FORMS:
        raise SourceError(f"The name of the file {read.path} must end in one of {', '.join(_FORMS)}, or be a folder's.")
    if read.text.startswith("$ANSIBLE_VAULT;"):
        raise SourceError(f"The file {read.path} is encrypted. Load it with vars_files or -e @file, and use vars.")
    if not read.text.strip():
        return []
    if form == ".csv":
        return _csv_pairs(read.text)
    pairs = _json_pairs(read) if form == ".json" else _yaml_pairs(read)
    if len(pairs) == 1 and pairs[0][0] == "codes" and isinstance(pairs[0][1], list):
        pairs = pairs[0][1]
    if not all(isinstance(pair, tuple) for pair in pairs):
        raise _no_mapping(read)
    return pairs


def _no_mapping(read: Text) -> SourceError:
    return SourceError(f'The file {read.path} is no mapping of numbers to codes, such as "+8613900001234": "012345".')


def _csv_pairs(text: str) -> Pairs:
    """The first two columns. A heading is no number, so it needs no care."""
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ",")
    return [(row[0], row[1]) for row in rows if len(row) > 1]


def _json_pairs(read: Text) -> list[Any]:
    try:
        pairs = json.loads(read.text, object_pairs_hook=list)
    except ValueError:
        raise SourceError(f"The file {read.path} is no JSON.") from None
    if not isinstance(pairs, list):
        raise _no_mapping(read)
    return pairs


def _yaml_pairs(read: Text) -> list[Any]:
    if YAML_MISSING:
        raise SourceError(f"The Python package PyYAML is needed to read {read.path}. Install it, or use JSON or CSV.")

    class Loader(yaml.SafeLoader):
        """Makes pairs of a mapping."""

    Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_pairs(node, deep=True))
    try:
        pairs = yaml.load(read.text, Loader)
    except (yaml.YAMLError, ValueError, TypeError):
        # The error quotes the line.
        raise SourceError(f"The file {read.path} is no YAML.") from None
    if pairs is None:
        return []
    if not isinstance(pairs, list):
        raise _no_mapping(read)
    return pairs
