# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the report.json that an earlier report left in the folder, and finds what changed since then.

The file may be damaged, or belong to other numbers. The report then compares nothing, and a note in it says why.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._report.text import Masker, short_utc_time
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

SCHEMA = "chatapp.cams/report"
SCHEMA_VERSION = 1

_MOST_BYTES = 64 * 1024 * 1024
_MOST_CHARACTERS = 500
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_MASKED = re.compile(r"\+[0-9]{0,3}…[0-9]{1,4}")
_IDENTITY = ("phone_number", "cust_space_id", "host")
_COMPARED = ("outcome", "phase", "quality")

# A number by its text, its space and its host.
Identity = tuple[str, str, str]
Numbers = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class EarlierReport:
    """What an earlier report says about its numbers. If it cannot be used, ``problem`` says why."""

    made_at: str = ""
    masked: bool = False
    numbers: Numbers = ()
    problem: str = ""


def read_earlier_report(path: Path) -> EarlierReport | None:
    """Return the earlier report, or None if there is none. Nothing in the file raises an error."""
    try:
        return _parse_report(json.loads(_read_bounded(path)))
    except FileNotFoundError:
        return None
    except OSError as error:
        problem = error.strerror or "it cannot be read"
    except (ValueError, RecursionError):
        problem = "it is damaged, or another version wrote it"
    return EarlierReport(problem=f"The report does not show what changed, because of the earlier {path}: {problem}.")


def _read_bounded(path: Path) -> bytes:
    # Without O_NONBLOCK a named pipe would block.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(0, "it is not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            content = file.read(_MOST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(content) > _MOST_BYTES:
        raise OSError(0, f"it has more than {_MOST_BYTES // 1024 // 1024} MiB")
    return content


def _parse_report(value: Any) -> EarlierReport:
    if not isinstance(value, dict) or (value.get("schema"), value.get("version")) != (SCHEMA, SCHEMA_VERSION):
        raise ValueError
    numbers, masked, made_at = value.get("numbers"), value.get("masked"), value.get("made_at")
    if not isinstance(numbers, list) or not isinstance(masked, bool) or not _TIME.fullmatch(_text(made_at)):
        raise ValueError
    return EarlierReport(_text(made_at), masked, [_parse_number(number, masked) for number in numbers])


def _parse_number(value: Any, masked: bool) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError
    number = {name: _text(value.get(name) or "") for name in (*_IDENTITY, *_COMPARED)}
    if not (_MASKED if masked else phone.E164).fullmatch(number["phone_number"]):
        raise ValueError
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _MOST_CHARACTERS:
        raise ValueError
    return value


# --- comparison ---


def changes_since(
    earlier: EarlierReport | None, numbers: Numbers, *, masked: bool
) -> tuple[dict[str, Any] | None, list[str]]:
    """Return what changed since the earlier report, or None, and the notes for people."""
    if earlier is None:
        return None, []
    if earlier.problem:
        return None, [earlier.problem]
    hide = masked or earlier.masked
    before, now = _by_identity(earlier.numbers, hide=hide), _by_identity(numbers, hide=hide)
    if before and now and not before.keys() & now.keys():
        made_at = short_utc_time(earlier.made_at)
        return None, [
            f"The earlier report of {made_at} has none of these numbers, so the report does not compare them."
        ]
    changes: dict[str, Any] = {
        "made_at": earlier.made_at,
        "changes": [
            change
            for identity, alike in now.items()
            if len(alike) == len(before.get(identity, ())) == 1
            for change in _changes_of_number(before[identity][0], alike[0])
        ],
        "added": [_identity(number) for key, alike in now.items() if key not in before for number in alike],
        "removed": [
            dict(zip(_IDENTITY, key, strict=True))
            for key, alike in before.items()
            if key not in now
            for _number in alike
        ],
        # Masked numbers that look the same.
        "not_compared": sum(
            len(alike) for key, alike in now.items() if key in before and not len(alike) == len(before[key]) == 1
        ),
    }
    return changes, []


def _by_identity(numbers: Numbers, *, hide: bool) -> dict[Identity, list[Mapping[str, Any]]]:
    """Return the numbers by identity. Two reports of which one is masked have the same identity for a number."""
    mask = Masker([n["phone_number"] for n in numbers if phone.E164.fullmatch(n["phone_number"])], show=not hide)
    found: dict[Identity, list[Mapping[str, Any]]] = {}
    for number in numbers:
        identity = (mask(number["phone_number"]), mask(number["cust_space_id"]), mask(number["host"]))
        found.setdefault(identity, []).append(number)
    return found


def _identity(number: Mapping[str, Any]) -> dict[str, str]:
    return {name: number[name] for name in _IDENTITY}


def _changes_of_number(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what changed. A value that one of the reports does not know is not a change."""
    return [
        {**_identity(now), "what": name, "before": before[name], "after": now[name]}
        for name in _COMPARED
        if before[name] and now[name] and before[name] != now[name]
    ]


def grouped_changes(since: Mapping[str, Any]) -> list[tuple[str, list[dict[str, str]]]]:
    """Return what changed in words, with its numbers. A number is in one group. The most urgent comes first."""
    changes_of: dict[Identity, list[str]] = {}
    for change in since["changes"]:
        words = f"{change['what']}: {change['before']} → {change['after']}".replace("_", " ")
        identity = change["phone_number"], change["cust_space_id"], change["host"]
        changes_of.setdefault(identity, []).append(words)
    found: dict[str, list[dict[str, str]]] = {}
    for identity, changes in changes_of.items():
        found.setdefault(", ".join(changes), []).append(dict(zip(_IDENTITY, identity, strict=True)))
    groups = [*found.items(), ("new in this report", since["added"]), ("no longer in this report", since["removed"])]
    return [(words, numbers) for words, numbers in groups if numbers]
