# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the declarations of hosts in one list, and report every mistake with its place.

A host is a number (``cams_phone_number``), or a customer with a list of numbers (``cams_numbers``). The values of hosts
and items are read one by one and only where they are needed, because each read may evaluate a template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import (
    SourceError,
    digits_of_number,
    written_code,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    NOT_SHOWN,
    DeclarationError,
    Mistakes,
    shown_value,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.scopes import (
    Read,
    Scope,
    Source,
    TemplateAt,
    scopes_of_host,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import (
    OMITTED,
    Missing,
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

# The fewest digits of a phone number. A code has six digits.
FEWEST_DIGITS = 7
NO_NUMBER = (
    "No selected host declares a number."
    f" Set {NUMBER} or the list {NUMBERS} for a host in the inventory, and check --limit."
)


@dataclass
class Declarations:
    """The numbers in the form of the fleet module's option, and the host that declares each number."""

    numbers: list[dict[str, Any]] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)
    # Numbers with a code for this run that no host declares, in the spelling of the user.
    undeclared_numbers: list[str] = field(default_factory=list)


def gather_declarations(
    hosts: Iterable[str],
    variables_of: Callable[[str], Mapping[str, Any]],
    read: Read,
    only: Sequence[Any] | None = None,
    hosts_of: Mapping[str, str] | None = None,
    codes: Mapping[Any, Any] | None = None,
    *,
    may_be_empty: bool = False,
) -> Declarations:
    """Return the declarations of the hosts in their order, or only the declarations of the numbers in ``only``.

    ``hosts_of`` maps numbers to hosts, from an earlier call. With it, only the hosts of the numbers ``only`` are read.
    ``codes`` maps numbers to the codes of this run, which replace the declared codes.
    Raises DeclarationError with all mistakes. Raises it too if no number is declared, unless ``may_be_empty``.
    """
    names = list(hosts)
    wanted = None if only is None else _parse_numbers(only)
    if wanted is not None and hosts_of is not None:
        concerned = {hosts_of[number] for number in wanted if number in hosts_of}
        names = [host for host in names if host in concerned]
    mistakes = Mistakes()
    found = find_declarations(names, variables_of, read, mistakes, wanted=wanted, codes=codes)
    for number in sorted((wanted or set()) - found.hosts.keys()):
        mistakes.note("only", f"None of these hosts declares {number}. Declare it, or remove it from the list.")
    mistakes.raise_if_any()
    if wanted is None and not found.numbers and not may_be_empty:
        raise DeclarationError(NO_NUMBER)
    return found


def find_declarations(
    hosts: Iterable[str],
    variables_of: Callable[[str], Mapping[str, Any]],
    read: Read,
    mistakes: Mistakes,
    *,
    wanted: set[str] | None = None,
    codes: Mapping[Any, Any] | None = None,
    template_at: TemplateAt = lambda host, path: "",
) -> Declarations:
    """Return the declarations of the hosts in their order. Mistakes are noted and not raised."""
    gatherer = _Gatherer(Source(read, mistakes, template_at), wanted)
    gatherer.add_codes(codes or {})
    for host in hosts:
        gatherer.add_host(host, variables_of(host))
    gatherer.gathered.undeclared_numbers = gatherer.undeclared_numbers
    return gatherer.gathered


def numbers_of_host(host: str, variables: Mapping[str, Any], read: Read) -> list[str]:
    """Return the numbers that one host declares. Only the numbers are read. Raises DeclarationError."""
    mistakes = Mistakes()
    scopes = scopes_of_host(host, variables, Source(read, mistakes, lambda host, path: ""))
    numbers = [scope.value("phone_number") for scope in scopes]
    mistakes.raise_if_any()
    return [number for number in numbers if isinstance(number, str)]


class _Gatherer:
    """Collects the declarations of one host after the other."""

    def __init__(self, source: Source, wanted: set[str] | None) -> None:
        self._source = source
        self._wanted = wanted
        self.gathered = Declarations()
        # The place and the space of the declaration, by number.
        self.declared: dict[str, tuple[str, Value]] = {}
        # The spelling of the user and the unchecked code, by the digits of the number.
        self._codes: dict[str, tuple[str, Any]] = {}

    def add_codes(self, codes: Mapping[Any, Any]) -> None:
        for number, code in codes.items():
            spelling = digits_of_number(number)
            if len(spelling) < FEWEST_DIGITS:
                self._source.mistakes.note(
                    CODES,
                    'A key is not a number. Write numbers with their codes: "+8613900001234": "012345"',
                    value=NOT_SHOWN,
                )
            elif spelling in self._codes:
                self._source.mistakes.note(
                    CODES, f"+{spelling} is named twice. Remove one of the two.", value=NOT_SHOWN
                )
            self._codes[spelling] = (str(number), code)

    @property
    def undeclared_numbers(self) -> list[str]:
        known = {number[1:] for number in self.declared}
        return [number for spelling, (number, _code) in self._codes.items() if spelling not in known]

    def add_host(self, host: str, variables: Mapping[str, Any]) -> None:
        for scope in scopes_of_host(host, variables, self._source, check_variable_names=True):
            number = scope.value("phone_number")
            if self._wanted is None or number in self._wanted:
                self._add_number(host, scope, number)

    def _add_number(self, host: str, scope: Scope, number: Value) -> None:
        values = {key: scope.value(key) for key in KEYS}
        space = values["cust_space_id"]
        if space is OMITTED:
            self._source.mistakes.note(
                f"{PREFIX}cust_space_id", "It is missing. Set it for the host or for its group.", host=host
            )
        if not isinstance(number, str):
            return
        if number in self.declared:
            fix = _message_for_duplicate(space, *self.declared[number])
            scope.note(scope.names["phone_number"], fix, shown_value(number))
            return
        self.declared[number] = (scope.place, space)
        values["verify_code"] = self._code_of_number(number) or values["verify_code"]
        values.update(_readiness_in_this_run(scope, number))
        self.gathered.hosts[number] = host
        self.gathered.numbers.append({key: value for key, value in values.items() if _is_set(value)})

    def _code_of_number(self, number: str) -> str:
        """Return the code of this run. Empty if there is none."""
        try:
            return written_code(self._codes.get(number[1:], ("", ""))[1], number, CODES)
        except SourceError as error:
            self._source.mistakes.note(CODES, str(error), value=NOT_SHOWN)
            return ""


def _is_set(value: Value) -> bool:
    return value is False or (bool(value) and not isinstance(value, Missing))


def _readiness_in_this_run(scope: Scope, number: str) -> dict[str, Value]:
    """Return what replaces the readiness of a number if ``cams_ready`` names the numbers of this run.

    An extra variable replaces the variables of all hosts, but not those of the items of their lists.
    """
    of_host = scope.parent.value("ready") if scope.parent else OMITTED
    named = of_host if isinstance(of_host, tuple) else scope.value("ready")
    if not isinstance(named, tuple):
        return {}
    return {"ready": number in named, "code_not_before": OMITTED}


def _message_for_duplicate(space: Value, other_place: str, other_space: Value) -> str:
    if isinstance(space, str) and isinstance(other_space, str) and space != other_space:
        return (
            f"It is declared for space {space}, but {other_place} declares it for space {other_space}."
            " A number belongs to one space. Remove one of the two declarations."
        )
    return f"It is already declared by {other_place}. Remove one of the two declarations."


def _parse_numbers(only: Sequence[Any]) -> set[str]:
    try:
        return {phone.parse(number) for number in only}
    except phone.PhoneNumberError as error:
        raise DeclarationError(f"only: {error}") from None
