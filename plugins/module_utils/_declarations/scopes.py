# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The places where users set the values of a number: a host, or an item of the list of a host."""

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
    Missing,
    Value,
    closest_name,
    join_words,
    kind_of_value,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import (
    KEYS,
    KNOWN_VARIABLES,
    NUMBER,
    NUMBERS,
    PREFIX,
)

# Returns container[key]. Returns OMITTED if the value is the variable omit. Raises Unreadable.
Read = Callable[[Any, Any], Any]


@dataclass
class Scope:
    """The values of one place. The parent of an item is its host, whose values apply where the item sets none."""

    place: str
    container: Mapping[Any, Any]
    # The name of the variable, by key.
    names: Mapping[str, Any]
    read: Read
    mistakes: Mistakes
    parent: Scope | None = None
    # How many numbers use the values of this place.
    numbers: int = 1
    _values: dict[str, Value] = field(default_factory=dict)

    def value(self, key: str) -> Value:
        """Return the checked value, or why there is none. A mistake is noted once, at the place with the value."""
        if key not in self._values:
            self._values[key] = self._check_value(key)
        value = self._values[key]
        if value is not OMITTED or self.parent is None:
            return value
        return self.parent.value(key)

    def _check_value(self, key: str) -> Value:
        if key not in self.names:
            return OMITTED
        name = self.names[key]
        try:
            raw = self.read(self.container, name)
            if isinstance(raw, Mapping):
                raw = {inner: self.read(raw, inner) for inner in raw}
            value = OMITTED if raw is OMITTED else CHECKS[key](name, raw)
        except Unreadable as error:
            return self.note_mistake(f"{name} cannot be read: {error}")
        except ValueError as error:
            return self.note_mistake(str(error))
        if key == "verify_code" and value is not OMITTED and self.numbers > 1:
            return self.note_mistake(
                f"{name} would be submitted for each of the {self.numbers} numbers, but a code belongs to one number."
                " Write it as verify_code in the item of that number."
            )
        return value

    def note_mistake(self, sentence: str) -> Missing:
        self.mistakes.note(self.place, sentence)
        return Missing.WRONG


def scopes_of_host(
    host: str, variables: Mapping[str, Any], read: Read, mistakes: Mistakes, *, check_variable_names: bool = False
) -> list[Scope]:
    """Return a scope for each number that the host declares."""
    place = f"host {host}"
    ours = [name for name in variables if isinstance(name, str) and name.startswith(PREFIX)]
    if check_variable_names:
        _note_unknown_variables(ours, place, mistakes)
    names = {name.removeprefix(PREFIX): name for name in ours}
    scope = Scope(place, variables, {key: names[key] for key in KEYS if key in names}, read, mistakes)
    if NUMBERS not in ours:
        return [scope] if NUMBER in ours else []
    if NUMBER in ours:
        scope.note_mistake(
            f"{NUMBER} and {NUMBERS} are both set. Move the number into the list {NUMBERS}, and remove {NUMBER}."
        )
        return []
    return _scopes_of_list(scope)


def _scopes_of_list(host: Scope) -> list[Scope]:
    try:
        items = host.read(host.container, NUMBERS)
    except Unreadable as error:
        host.note_mistake(f"{NUMBERS} cannot be read: {error}")
        return []
    if items is OMITTED:
        return []
    if not isinstance(items, (list, tuple)):
        host.note_mistake(
            f"{NUMBERS} must be a list, but it is {kind_of_value(items)}."
            ' Write each number as an item: - "+8613900001234"'
        )
        return []
    host.numbers = len(items)
    scopes = [_scope_of_item(host, items, index) for index in range(len(items))]
    return [scope for scope in scopes if scope is not None]


def _scope_of_item(host: Scope, items: Sequence[Any], index: int) -> Scope | None:
    place = f"{host.place}, {NUMBERS}[{index}]"
    scope = Scope(place, {}, {}, host.read, host.mistakes, parent=host)
    try:
        item = host.read(items, index)
    except Unreadable as error:
        scope.note_mistake(f"The item cannot be read: {error}")
        return None
    if item is OMITTED:
        return None
    if isinstance(item, Mapping):
        scope.container, scope.names = item, _names_by_key(item, scope)
        if "phone_number" not in scope.names:
            scope.note_mistake("phone_number is missing. Add it to the item.")
            return None
        return scope
    if isinstance(item, (list, tuple)) or item is None:
        scope.note_mistake(
            f"The item is {kind_of_value(item)}. Write a number in quotes, or a mapping with phone_number."
        )
        return None
    scope.container, scope.names = {"phone_number": item}, {"phone_number": "phone_number"}
    return scope


def _names_by_key(item: Mapping[Any, Any], scope: Scope) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for name in item:
        key = str(name).removeprefix(PREFIX)
        if key not in KEYS:
            alike = closest_name(key, KEYS)
            fix = f"Did you mean {alike}?" if alike else f"The keys are {join_words(KEYS, 'and')}."
            scope.note_mistake(f"{str(name)!r} is not a key of a number. {fix}")
        elif key in names:
            scope.note_mistake(f"{key} is set twice, as {names[key]} and as {name}. Remove one of the two.")
        else:
            names[key] = name
    return names


def _note_unknown_variables(names: Iterable[str], place: str, mistakes: Mistakes) -> None:
    for name in names:
        if name in KNOWN_VARIABLES:
            continue
        alike = closest_name(name.removeprefix(PREFIX), tuple(known.removeprefix(PREFIX) for known in KNOWN_VARIABLES))
        if alike:
            mistakes.note(place, f"{name} is not a variable of this collection. Did you mean {PREFIX}{alike}?")
