# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Declarations as an inventory writes them: both shapes in one list, and every mistake told with its place.

A host is a number (``cams_phone_number``), or a customer with a list of them (``cams_numbers``). The values of hosts
and items are read one by one and only where they are needed, because each reading may evaluate what a user wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import SourceError, digits, written_code
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    DeclarationError,
    Mistakes,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.scopes import Read, Scope, scopes_of_host
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import (
    OMITTED,
    Nothing,
    Value,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import (
    CODES,
    KEYS,
    NUMBER,
    NUMBERS,
    PREFIX,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

# The shortest number that phone accepts; a code has six.
FEWEST_DIGITS = 7


@dataclass
class Declarations:
    """What was gathered: the numbers as the fleet module takes them, and the host that declares each."""

    numbers: list[dict[str, Any]] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)
    # Numbers that came with a code for this run and are declared by none of the hosts, as they were written.
    undeclared_numbers: list[str] = field(default_factory=list)


def gather(
    hosts: Iterable[str],
    variables_of: Callable[[str], Mapping[str, Any]],
    read: Read,
    only: Sequence[Any] | None = None,
    hosts_of: Mapping[str, str] | None = None,
    codes: Mapping[Any, Any] | None = None,
    *,
    may_be_empty: bool = False,
) -> Declarations:
    """The declarations of the hosts in their order; of ``only`` these numbers, when they are named.

    ``hosts_of`` is the mapping of an earlier gathering: of all hosts, only those of the named numbers are looked at.
    ``codes`` are those of this run by number; they take the place of what the hosts declare.
    Raises DeclarationError with all mistakes, or when nothing is declared at all unless that is expected.
    """
    names = list(hosts)
    wanted = None if only is None else _parsed(only)
    if wanted is not None and hosts_of is not None:
        concerned = {hosts_of[number] for number in wanted if number in hosts_of}
        names = [host for host in names if host in concerned]
    gatherer = _Gatherer(read, wanted)
    gatherer.take_codes(codes or {})
    for host in names:
        gatherer.take_host(host, variables_of(host))
    for number in sorted((wanted or set()) - gatherer.declared.keys()):
        gatherer.mistakes.note("only", f"{number} is declared by none of these hosts.")
    gatherer.gathered.undeclared_numbers = gatherer.undeclared_numbers
    gatherer.mistakes.raise_if_any()
    if wanted is None and not gatherer.gathered.numbers and not may_be_empty:
        raise DeclarationError(
            f"No number is declared by any of the {len(names)} hosts of this selection."
            f" Give a host {NUMBER}, or a list {NUMBERS}, in the inventory, and check --limit."
        )
    return gatherer.gathered


def numbers_of(host: str, variables: Mapping[str, Any], read: Read) -> list[str]:
    """The numbers that one host declares. Nothing else is read."""
    mistakes = Mistakes()
    scopes = scopes_of_host(host, variables, read, mistakes)
    numbers = [scope.value("phone_number") for scope in scopes]
    mistakes.raise_if_any()
    return [number for number in numbers if isinstance(number, str)]


class _Gatherer:
    """Takes one host after the other."""

    def __init__(self, read: Read, wanted: set[str] | None) -> None:
        self._read = read
        self._wanted = wanted
        self.mistakes = Mistakes()
        self.gathered = Declarations()
        # By number, where it is declared and in which space.
        self.declared: dict[str, tuple[str, Value]] = {}
        # By the digits of a number, how it is written and its code, which is not checked yet.
        self._codes: dict[str, tuple[str, Any]] = {}

    def take_codes(self, codes: Mapping[Any, Any]) -> None:
        for number, code in codes.items():
            spelling = digits(number)
            if len(spelling) < FEWEST_DIGITS:
                self.mistakes.note(CODES, 'It maps numbers to codes: "+8613900001234": "012345". A key is no number.')
            elif spelling in self._codes:
                self.mistakes.note(CODES, f"+{spelling} stands twice. Take one of the two out.")
            self._codes[spelling] = (str(number), code)

    @property
    def undeclared_numbers(self) -> list[str]:
        known = {number[1:] for number in self.declared}
        return [number for spelling, (number, _code) in self._codes.items() if spelling not in known]

    def take_host(self, host: str, variables: Mapping[str, Any]) -> None:
        for scope in scopes_of_host(host, variables, self._read, self.mistakes, look_for_typing_errors=True):
            number = scope.value("phone_number")
            if self._wanted is None or number in self._wanted:
                self._take_number(host, scope, number)

    def _take_number(self, host: str, scope: Scope, number: Value) -> None:
        values = {key: scope.value(key) for key in KEYS}
        space = values["cust_space_id"]
        if space is OMITTED:
            scope.wrong(f"It has no space. Give {PREFIX}cust_space_id to the host or to its group.")
        if not isinstance(number, str):
            return
        if number in self.declared:
            scope.wrong(_declared_twice(number, space, *self.declared[number]))
            return
        self.declared[number] = (scope.place, space)
        values["verify_code"] = self._code_of(number) or values["verify_code"]
        self.gathered.hosts[number] = host
        self.gathered.numbers.append(
            {key: value for key, value in values.items() if value and not isinstance(value, Nothing)}
        )

    def _code_of(self, number: str) -> str:
        """The code of this run; empty when there is none."""
        try:
            return written_code(self._codes.get(number[1:], ("", ""))[1], number, CODES)
        except SourceError as error:
            self.mistakes.note(CODES, str(error))
            return ""


def _declared_twice(number: str, space: Value, other_place: str, other_space: Value) -> str:
    if isinstance(space, str) and isinstance(other_space, str) and space != other_space:
        return (
            f"{number} is declared for space {space}, and by {other_place} for space {other_space}."
            " A number belongs to one space: take one of the two out."
        )
    return f"{number} is declared already by {other_place}. Take one of the two out."


def _parsed(only: Sequence[Any]) -> set[str]:
    try:
        return {phone.parse(number) for number in only}
    except phone.PhoneNumberError as error:
        raise DeclarationError(f"only: {error}") from None
