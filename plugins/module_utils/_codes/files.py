# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verification codes in a variable, in a file, or in a folder of files."""

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
    digits_of_number,
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
# A file that was changed less than this ago may be incomplete.
SETTLED_SECONDS = 2.0
_FORMS = (".yml", ".yaml", ".json", ".csv")

Pairs = Iterable[tuple[Any, Any]]


@dataclass(frozen=True)
class Variable:
    """A source that is a mapping of numbers to codes."""

    codes: Mapping[Any, Any]

    def find_codes(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[Candidate]:
        yield from _candidates_from_pairs(self.codes.items(), numbers, "vars")


def _candidates_from_pairs(pairs: Pairs, numbers: list[str], place: str) -> Iterator[Candidate]:
    wanted = numbers_by_digits(numbers)
    for key, value in pairs:
        number = wanted.get(digits_of_number(key))
        code = written_code(value, number, place) if number else ""
        if number and code:
            yield Candidate(number, code, place)


@dataclass(frozen=True)
class CodeFile:
    """The text of a file, and when the file was last changed."""

    path: Path
    text: str
    changed: float

    @property
    def may_be_incomplete(self) -> bool:
        return abs(time.time() - self.changed) < SETTLED_SECONDS


@dataclass(frozen=True)
class Files:
    """A source that is one file with many codes, or a folder with a file for each number."""

    path: Path
    since: float

    def find_codes(self, numbers: list[str], deadline: Deadline, remarks: list[str]) -> Iterator[Candidate]:
        if not self.path.exists() and self.path.parent.is_dir():
            # The file may come later, or its name may be wrong, so a remark says that it is missing.
            remarks.append(f"{self.path} does not exist (yet).")
            return
        try:
            is_folder = self.path.is_dir()
            if is_folder:
                _refuse_shared_folder(self.path)
            files = list(self._files_of_numbers(numbers)) if is_folder else [("", self.path)]
        except OSError as error:
            raise SourceError(
                f"The folder {self.path} cannot be read: {error.strerror}. Let this user read it."
            ) from None
        for number, path in files:
            read = _read_code_file(path)
            try:
                pairs = [(number, read.text.strip())] if number else _number_code_pairs(read)
                found = list(_candidates_from_pairs(pairs, numbers, str(path)))
            except SourceError:
                if read.may_be_incomplete:
                    continue
                raise
            if found and read.changed < self.since:
                remarks.append(
                    f"{path} was last changed at {format_time(read.changed)}, before {format_time(self.since)}."
                    " Its codes are too old and not used, because a code is valid for some ten minutes."
                )
                continue
            yield from found

    def _files_of_numbers(self, numbers: list[str]) -> Iterator[tuple[str, Path]]:
        wanted = numbers_by_digits(numbers)
        for path in sorted(self.path.iterdir()):
            name = path.name.removesuffix(".txt")
            number = wanted.get(digits_of_number(name)) if re.fullmatch(r"\+?[0-9][0-9 -]*", name) else None
            if number:
                yield number, path


def _refuse_shared_folder(path: Path) -> None:
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise SourceError(
            f"The folder {path} belongs to another user (uid {found.st_uid}). Use one that belongs to you."
        )
    if found.st_mode & 0o022:
        raise SourceError(f"Other users can put files into {path}. Close it with: chmod 700 {path}")


def _read_code_file(path: Path) -> CodeFile:
    try:
        # O_NONBLOCK: if a pipe has this name, do not wait for its other end. A regular file is not affected.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise SourceError(f"The file {path} cannot be read: {error.strerror}. Let this user read it.") from None
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise SourceError(f"{path} is not a regular file. Name a file, or a folder with one file for each number.")
        if found.st_uid != os.geteuid():
            raise SourceError(
                f"The file {path} belongs to another user (uid {found.st_uid}). Use one that belongs to you."
            )
        if found.st_mode & 0o077:
            raise SourceError(f"The file {path} is open to other users. Close it with: chmod 600 {path}")
        if found.st_size > MOST_BYTES:
            raise SourceError(f"The file {path} is larger than a megabyte. Check that it is the right file.")
        content = file.read(MOST_BYTES)
    try:
        return CodeFile(path, content.decode("utf-8-sig"), found.st_mtime)
    except UnicodeDecodeError:
        raise SourceError(f"The file {path} is not text in UTF-8. Save it as UTF-8.") from None


def _number_code_pairs(read: CodeFile) -> Pairs:
    """Return pairs of number and code. A mapping would hide a number that is in the file twice."""
    form = read.path.suffix.lower()
    if form not in _FORMS:
        raise SourceError(
            f"The file {read.path} must have a name that ends in one of {', '.join(_FORMS)}, or be a folder."
        )
    if read.text.startswith("$ANSIBLE_VAULT;"):
        raise SourceError(
            f"The file {read.path} is encrypted. Load it with vars_files or -e @file, and give the codes as vars."
        )
    if not read.text.strip():
        return []
    if form == ".csv":
        return _csv_pairs(read.text)
    pairs = _json_pairs(read) if form == ".json" else _yaml_pairs(read)
    if len(pairs) == 1 and pairs[0][0] == "codes" and isinstance(pairs[0][1], list):
        pairs = pairs[0][1]
    if not all(isinstance(pair, tuple) for pair in pairs):
        raise _not_a_mapping_error(read)
    return pairs


def _not_a_mapping_error(read: CodeFile) -> SourceError:
    return SourceError(
        f'The file {read.path} must be a mapping of numbers to codes, such as "+8613900001234": "012345".'
    )


def _csv_pairs(text: str) -> Pairs:
    """Return the first two columns. A heading is not a number, so it is ignored later."""
    first = text.partition("\n")[0]
    rows = csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ",")
    return [(row[0], row[1]) for row in rows if len(row) > 1]


def _json_pairs(read: CodeFile) -> list[Any]:
    try:
        pairs = json.loads(read.text, object_pairs_hook=list)
    except ValueError:
        raise SourceError(f"The file {read.path} is not valid JSON. Correct it.") from None
    if not isinstance(pairs, list):
        raise _not_a_mapping_error(read)
    return pairs


def _yaml_pairs(read: CodeFile) -> list[Any]:
    if YAML_MISSING:
        raise SourceError(
            f"Reading {read.path} needs the Python package PyYAML. Install it, or use a file in JSON or CSV."
        )

    class Loader(yaml.SafeLoader):
        """Reads a mapping as a list of pairs."""

    Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_pairs(node, deep=True))
    try:
        pairs = yaml.load(read.text, Loader)
    except (yaml.YAMLError, ValueError, TypeError):
        # The message of the error shows the line, so it is not used.
        raise SourceError(f"The file {read.path} is not valid YAML. Correct it.") from None
    if pairs is None:
        return []
    if not isinstance(pairs, list):
        raise _not_a_mapping_error(read)
    return pairs
