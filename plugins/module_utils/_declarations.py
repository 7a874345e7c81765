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

from ansible_collections.chatapp.cams.plugins.module_utils import _phone
from ansible_collections.chatapp.cams.plugins.module_utils._codes.finding import SourceError, digits, given_code
from ansible_collections.chatapp.cams.plugins.module_utils._declared_values import (
    CHECKS,
    OMITTED,
    Nothing,
    Value,
    closest,
    either,
    kind_of,
)

PREFIX = "cams_"
NUMBER = "cams_phone_number"
NUMBERS = "cams_numbers"

# What may be declared of one number, as the modules name it. A host writes it with the prefix, an item with or without.
KEYS = ("phone_number", "cust_space_id", "state", "verify_code", "code_method", "code_locale", "webhook")
RUN_VARIABLES = (
    "cams_batch_size",
    "cams_code_source",
    "cams_code_tasks",
    "cams_code_wait_seconds",
    "cams_codes",
    "cams_concurrency",
    "cams_fail_on",
    "cams_fail_on_drift",
    "cams_health",
    "cams_journal",
    "cams_lock_timeout",
    "cams_max_changes",
    "cams_notify_tasks",
    "cams_plan_file",
    "cams_preflight_override",
    "cams_reclaim",
    "cams_report_directory",
    "cams_report_mode",
    "cams_report_plan",
    "cams_report_show_numbers",
    "cams_report_source",
    "cams_resend",
    "cams_results",
    "cams_stop_after_equal_errors",
    "cams_wait_timeout",
)
CONNECTION_VARIABLES = (
    "cams_access_key_id",
    "cams_access_key_secret",
    "cams_ca_path",
    "cams_endpoint",
    "cams_profile",
    "cams_rate_limit",
    "cams_retries",
    "cams_security_token",
    "cams_timeout",
    "cams_validate_certs",
)
KNOWN_VARIABLES = (*(PREFIX + key for key in KEYS), NUMBERS, *RUN_VARIABLES, *CONNECTION_VARIABLES)

CODES = "cams_codes"
# The shortest number that _phone takes; a code has six.
FEWEST_DIGITS = 7

MISTAKES_SHOWN = 10

# Reads container[key]; raises Unreadable, or returns OMITTED where the value says that it is not there.
Read = Callable[[Any, Any], Any]


class DeclarationError(ValueError):
    """What is declared cannot be used; the message holds a line for each mistake."""


class Unreadable(Exception):
    """A value cannot be read, for example because it names an undefined variable; the message holds no code."""


@dataclass
class Declarations:
    """What was gathered: the numbers as the fleet module takes them, and the host that declares each."""

    numbers: list[dict[str, Any]] = field(default_factory=list)
    hosts: dict[str, str] = field(default_factory=dict)
    # Numbers that came with a code for this run and are declared by none of the hosts, as they were written.
    strangers: list[str] = field(default_factory=list)


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
    gatherer.gathered.strangers = gatherer.strangers
    gatherer.mistakes.tell()
    if wanted is None and not gatherer.gathered.numbers and not may_be_empty:
        raise DeclarationError(
            f"No number is declared by any of the {len(names)} hosts of this selection."
            f" Give a host {NUMBER}, or a list {NUMBERS}, in the inventory, and check --limit."
        )
    return gatherer.gathered


def numbers_of(host: str, variables: Mapping[str, Any], read: Read) -> list[str]:
    """The numbers that one host declares. Nothing else is read."""
    mistakes = Mistakes()
    scopes = _scopes_of_host(host, variables, read, mistakes)
    numbers = [scope.value("phone_number") for scope in scopes]
    mistakes.tell()
    return [number for number in numbers if isinstance(number, str)]


class Mistakes:
    """The mistakes that were found, each with all its places: one in a group's variables is found at many hosts."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}

    def note(self, place: str, sentence: str) -> None:
        places = self._places.setdefault(sentence, [])
        if place not in places[-1:]:
            places.append(place)

    def tell(self) -> None:
        """Raise what was noted, if anything was."""
        if not self._places:
            return
        lines = [f"{_shown_places(places)}: {sentence}" for sentence, places in self._places.items()]
        if len(lines) == 1:
            raise DeclarationError(lines[0])
        left = len(lines) - MISTAKES_SHOWN
        shown = lines[:MISTAKES_SHOWN] + ([f"and {left} more"] if left > 0 else [])
        raise DeclarationError("\n".join([f"There are {len(lines)} mistakes in what is declared:", *shown]))


def _shown_places(places: Sequence[str]) -> str:
    return places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"


@dataclass
class _Scope:
    """The values that stand in one place: in a host, or in an item, behind which its host stands."""

    place: str
    container: Mapping[Any, Any]
    # By key, the name under which it is given.
    names: Mapping[str, Any]
    read: Read
    mistakes: Mistakes
    behind: _Scope | None = None
    # How many numbers take their values from here.
    numbers: int = 1
    _values: dict[str, Value] = field(default_factory=dict)

    def value(self, key: str) -> Value:
        """The checked value, or why there is none. A mistake is noted once, at the place where it stands."""
        if key not in self._values:
            self._values[key] = self._checked(key)
        value = self._values[key]
        if value is not OMITTED or self.behind is None:
            return value
        return self.behind.value(key)

    def _checked(self, key: str) -> Value:
        if key not in self.names:
            return OMITTED
        name = self.names[key]
        try:
            raw = self.read(self.container, name)
            if isinstance(raw, Mapping):
                raw = {inner: self.read(raw, inner) for inner in raw}
            value = OMITTED if raw is OMITTED else CHECKS[key](name, raw)
        except Unreadable as error:
            return self.wrong(f"{name} cannot be read: {error}")
        except ValueError as error:
            return self.wrong(str(error))
        if key == "verify_code" and value is not OMITTED and self.numbers > 1:
            return self.wrong(
                f"{name} would be handed in for each of the {self.numbers} numbers, and a code belongs to one."
                " Write it as verify_code in the item that it belongs to."
            )
        return value

    def wrong(self, sentence: str) -> Nothing:
        self.mistakes.note(self.place, sentence)
        return Nothing.WRONG


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
    def strangers(self) -> list[str]:
        known = {number[1:] for number in self.declared}
        return [number for spelling, (number, _code) in self._codes.items() if spelling not in known]

    def take_host(self, host: str, variables: Mapping[str, Any]) -> None:
        for scope in _scopes_of_host(host, variables, self._read, self.mistakes, look_for_typing_errors=True):
            number = scope.value("phone_number")
            if self._wanted is None or number in self._wanted:
                self._take_number(host, scope, number)

    def _take_number(self, host: str, scope: _Scope, number: Value) -> None:
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
            return given_code(self._codes.get(number[1:], ("", ""))[1], number, CODES)
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


def _scopes_of_host(
    host: str, variables: Mapping[str, Any], read: Read, mistakes: Mistakes, *, look_for_typing_errors: bool = False
) -> list[_Scope]:
    """A scope for each number that the host declares."""
    place = f"host {host}"
    ours = [name for name in variables if isinstance(name, str) and name.startswith(PREFIX)]
    if look_for_typing_errors:
        _note_typing_errors(ours, place, mistakes)
    names = {name.removeprefix(PREFIX): name for name in ours}
    scope = _Scope(place, variables, {key: names[key] for key in KEYS if key in names}, read, mistakes)
    if NUMBERS not in ours:
        return [scope] if NUMBER in ours else []
    if NUMBER in ours:
        scope.wrong(
            f"It has {NUMBER} and {NUMBERS}. A host is a number or has a list of them: move the one into the list."
        )
        return []
    return _scopes_of_list(scope)


def _scopes_of_list(host: _Scope) -> list[_Scope]:
    try:
        items = host.read(host.container, NUMBERS)
    except Unreadable as error:
        host.wrong(f"{NUMBERS} cannot be read: {error}")
        return []
    if items is OMITTED:
        return []
    if not isinstance(items, (list, tuple)):
        host.wrong(f'{NUMBERS} is {kind_of(items)} and not a list. Write each number as an item: - "+8613900001234"')
        return []
    host.numbers = len(items)
    scopes = [_scope_of_item(host, items, index) for index in range(len(items))]
    return [scope for scope in scopes if scope is not None]


def _scope_of_item(host: _Scope, items: Sequence[Any], index: int) -> _Scope | None:
    place = f"{host.place}, {NUMBERS}[{index}]"
    scope = _Scope(place, {}, {}, host.read, host.mistakes, behind=host)
    try:
        item = host.read(items, index)
    except Unreadable as error:
        scope.wrong(f"It cannot be read: {error}")
        return None
    if item is OMITTED:
        return None
    if isinstance(item, Mapping):
        scope.container, scope.names = item, _names_of_item(item, scope)
        if "phone_number" not in scope.names:
            scope.wrong("It has no phone_number. Give it one.")
            return None
        return scope
    if isinstance(item, (list, tuple)) or item is None:
        scope.wrong(f"It is {kind_of(item)}. Write a number in quotes, or a mapping with phone_number.")
        return None
    scope.container, scope.names = {"phone_number": item}, {"phone_number": "phone_number"}
    return scope


def _names_of_item(item: Mapping[Any, Any], scope: _Scope) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for name in item:
        key = str(name).removeprefix(PREFIX)
        if key not in KEYS:
            mend = f"Did you mean {alike}?" if (alike := closest(key, KEYS)) else f"There are {either(KEYS, 'and')}."
            scope.wrong(f"{str(name)!r} is no key of a number. {mend}")
        elif key in names:
            scope.wrong(f"{key} is given twice, as {names[key]} and {name}. Take one of the two out.")
        else:
            names[key] = name
    return names


def _note_typing_errors(names: Iterable[str], place: str, mistakes: Mistakes) -> None:
    for name in names:
        if name in KNOWN_VARIABLES:
            continue
        alike = closest(name.removeprefix(PREFIX), tuple(known.removeprefix(PREFIX) for known in KNOWN_VARIABLES))
        if alike:
            mistakes.note(place, f"{name} is no variable of this collection. Did you mean {PREFIX}{alike}?")


def _parsed(only: Sequence[Any]) -> set[str]:
    try:
        return {_phone.parse(number) for number in only}
    except _phone.PhoneNumberError as error:
        raise DeclarationError(f"only: {error}") from None
