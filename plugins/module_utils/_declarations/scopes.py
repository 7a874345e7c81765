# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The places where values of a number are given: a host, or an item of its list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    Mistakes,
    Unreadable,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import (
    CHECKS,
    OMITTED,
    Nothing,
    Value,
    closest,
    either,
    kind_of,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import (
    KEYS,
    KNOWN_VARIABLES,
    NUMBER,
    NUMBERS,
    PREFIX,
)

# Reads container[key]; raises Unreadable, or returns OMITTED where the value says that it is not there.
Read = Callable[[Any, Any], Any]


@dataclass
class Scope:
    """The values that stand in one place: in a host, or in an item, behind which its host stands."""

    place: str
    container: Mapping[Any, Any]
    # By key, the name under which it is given.
    names: Mapping[str, Any]
    read: Read
    mistakes: Mistakes
    behind: Scope | None = None
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


def scopes_of_host(
    host: str, variables: Mapping[str, Any], read: Read, mistakes: Mistakes, *, look_for_typing_errors: bool = False
) -> list[Scope]:
    """A scope for each number that the host declares."""
    place = f"host {host}"
    ours = [name for name in variables if isinstance(name, str) and name.startswith(PREFIX)]
    if look_for_typing_errors:
        _note_typing_errors(ours, place, mistakes)
    names = {name.removeprefix(PREFIX): name for name in ours}
    scope = Scope(place, variables, {key: names[key] for key in KEYS if key in names}, read, mistakes)
    if NUMBERS not in ours:
        return [scope] if NUMBER in ours else []
    if NUMBER in ours:
        scope.wrong(
            f"It has {NUMBER} and {NUMBERS}. A host is a number or has a list of them: move the one into the list."
        )
        return []
    return _scopes_of_list(scope)


def _scopes_of_list(host: Scope) -> list[Scope]:
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


def _scope_of_item(host: Scope, items: Sequence[Any], index: int) -> Scope | None:
    place = f"{host.place}, {NUMBERS}[{index}]"
    scope = Scope(place, {}, {}, host.read, host.mistakes, behind=host)
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


def _names_of_item(item: Mapping[Any, Any], scope: Scope) -> dict[str, Any]:
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
