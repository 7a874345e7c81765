# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the mistakes in an inventory and in the variables of a run. A mistake of many hosts is one mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._values.visible import one_line, shorten

# A message shows at most this many mistakes.
MOST_MISTAKES = 50
# Shown in place of a value that may contain a code, a key or a token.
NOT_SHOWN = "not shown"
_LONGEST_VALUE = 60
_LONGEST_FIX = 400


@dataclass(frozen=True)
class Mistake:
    """A wrong or missing value, with its place and what to write instead."""

    # Empty for a variable of the run.
    hosts: tuple[str, ...]
    variable: str
    # The value as ``shown_value`` writes it. Empty if there is no value.
    value: str
    # Why the value is wrong, and what to write instead.
    fix: str

    @property
    def hosts_in_words(self) -> str:
        """Return the first host, and how many more there are. Empty without hosts."""
        first, more = "".join(self.hosts[:1]), len(self.hosts) - 1
        return first if more < 1 else f"{first} and {more} more host{'s' if more > 1 else ''}"

    def in_words(self) -> str:
        """Return the mistake in one line."""
        host = f"host {self.hosts_in_words}: " if self.hosts else ""
        value = f" is {self.value}." if self.value and self.value != NOT_SHOWN else ":"
        return one_line(f"{host}{self.variable}{value} {self.fix}")

    def as_row(self) -> dict[str, str]:
        """Return the mistake as the result of a task shows it."""
        return {"host": self.hosts_in_words, "variable": self.variable, "value": self.value, "fix": self.fix}


class DeclarationError(ValueError):
    """The declarations contain mistakes. The message has one line for each mistake."""


class WrongValueError(ValueError):
    """A value is wrong. The message says what to write instead."""


class Unreadable(Exception):
    """A value cannot be read, for example because it names an undefined variable. The message contains no code."""


class Mistakes:
    """The mistakes found so far, in the order in which they were found."""

    def __init__(self) -> None:
        # The hosts with the mistake, by variable, value and fix.
        self._hosts: dict[tuple[str, str, str], list[str]] = {}

    def note(self, variable: str, fix: str, *, host: str = "", value: str = "") -> None:
        """Add a mistake. Without a host, it is in a variable of the run."""
        hosts = self._hosts.setdefault((variable, value, shorten(one_line(fix), _LONGEST_FIX)), [])
        if host and host not in hosts[-1:]:
            hosts.append(host)

    @property
    def found(self) -> list[Mistake]:
        return [Mistake(tuple(hosts), variable, value, fix) for (variable, value, fix), hosts in self._hosts.items()]

    def raise_if_any(self) -> None:
        """Raise DeclarationError with all mistakes, if there are any."""
        lines = [mistake.in_words() for mistake in self.found]
        if not lines:
            return
        if len(lines) == 1:
            raise DeclarationError(lines[0])
        left = len(lines) - MOST_MISTAKES
        shown = lines[:MOST_MISTAKES] + ([f"and {left} more"] if left > 0 else [])
        raise DeclarationError("\n".join([f"{count_in_words(len(lines))[:-1]}:", *shown]))


def count_in_words(count: int) -> str:
    """Return a sentence that names no host."""
    return "There is 1 mistake in the inventory." if count == 1 else f"There are {count} mistakes in the inventory."


def shown_value(value: Any) -> str:
    """Return a short text for a value: text in quotes, and only the kind of a list or a mapping."""
    if isinstance(value, (Mapping, list, tuple)):
        return kind_of_value(value)
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:
        # Python does not convert an integer of more than some thousand digits.
        return "a number of thousands of digits"
    return shorten(one_line(text), _LONGEST_VALUE)


def message_without_codes(text: str) -> str:
    """Remove codes from a message, because Ansible may quote the text of a template."""
    return re.sub(r"[0-9](?:[ -]?[0-9]){3,}", "…", text)


def kind_of_value(value: Any) -> str:
    """Return what a value is, for messages: "a list"."""
    kinds = ((type(None), "empty"), (bool, "true or false"), ((int, float), "a number"), (Mapping, "a mapping"))
    for kind, name in (*kinds, ((list, tuple), "a list"), (str, "text")):
        if isinstance(value, kind):
            return name
    return "an unknown value"


def join_words(words: Sequence[str], conjunction: str = "or") -> str:
    """Return the words as a phrase: "a, b or c"."""
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"
