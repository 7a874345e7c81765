# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The places where users set the values of a number: a host, or an item of the list of a host."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    NOT_SHOWN,
    Mistakes,
    Unreadable,
    WrongValueError,
    shown_value,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import (
    CHECKS,
    OMITTED,
    Missing,
    Value,
    advice_for_name,
    closest_name,
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
# Returns the text of the template at a path in the variables of a host. Empty if it is not known.
TemplateAt = Callable[[str, Sequence[Any]], str]
# A webhook's address may contain a token.
_NEVER_SHOWN = ("verify_code", "webhook")


@dataclass
class Source:
    """Where the values of all hosts come from, and the mistakes in them."""

    read: Read
    mistakes: Mistakes
    template_at: TemplateAt


@dataclass
class Scope:
    """The values of one place. The parent of an item is its host, whose values apply where the item sets none."""

    host: str
    source: Source
    container: Mapping[Any, Any]
    # The name of the variable, by key.
    names: Mapping[str, Any]
    # The path of the container in the variables of the host.
    path: tuple[Any, ...] = ()
    # The index of an item in the list of its host.
    item: int | None = None
    parent: Scope | None = None
    # How many numbers use the values of this place.
    numbers: int = 1
    _values: dict[str, Value] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return f"host {self.host}" + ("" if self.item is None else f", {NUMBERS}[{self.item}]")

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
        name, read = self.names[key], self.source.read
        raw: Any = None
        try:
            raw = read(self.container, name)
            if isinstance(raw, Mapping):
                raw = {inner: read(raw, inner) for inner in raw}
            value = OMITTED if raw is OMITTED else CHECKS[key](raw)
        except Unreadable as error:
            return self.note_unreadable(name, error, hide=key in _NEVER_SHOWN)
        except WrongValueError as error:
            return self.note(name, str(error), NOT_SHOWN if key in _NEVER_SHOWN else shown_value(raw))
        if key == "verify_code" and value is not OMITTED and self.numbers > 1:
            return self.note(
                name,
                f"The code would be submitted for each of the {self.numbers} numbers, but a code belongs to one number."
                " Write it as verify_code in the item of that number.",
                NOT_SHOWN,
            )
        return value

    def note(self, name: Any, fix: str, value: str = "") -> Missing:
        """Note a mistake in the variable with this name."""
        self.source.mistakes.note(_path_in_words((*self.path, name)), fix, host=self.host, value=value)
        return Missing.WRONG

    def note_unreadable(self, name: Any, error: Unreadable, *, hide: bool = False) -> Missing:
        template = "" if hide else self.source.template_at(self.host, (*self.path, name))
        value = NOT_SHOWN if hide else template and shown_value(template)
        return self.note(name, advice_for_unreadable(error), value)


def advice_for_unreadable(error: Unreadable) -> str:
    """Return why a template has no value, and what to write."""
    return f"{str(error).rstrip('.')}. Define the variable that the template uses, or correct the template."


def _path_in_words(path: Iterable[Any]) -> str:
    words = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return words.removeprefix(".")


def scopes_of_host(
    host: str, variables: Mapping[str, Any], source: Source, *, check_variable_names: bool = False
) -> list[Scope]:
    """Return a scope for each number that the host declares."""
    ours = [name for name in variables if isinstance(name, str) and name.startswith(PREFIX)]
    names = {name.removeprefix(PREFIX): name for name in ours}
    scope = Scope(host, source, variables, {key: names[key] for key in KEYS if key in names})
    if check_variable_names:
        _note_unknown_variables(ours, scope)
    if NUMBERS not in ours:
        return [scope] if NUMBER in ours else []
    if NUMBER in ours:
        scope.note(NUMBER, f"{NUMBERS} is set too. Move the number into the list {NUMBERS}, and remove {NUMBER}.")
        return []
    return _scopes_of_list(scope)


def _scopes_of_list(host: Scope) -> list[Scope]:
    try:
        items = host.source.read(host.container, NUMBERS)
    except Unreadable as error:
        host.note_unreadable(NUMBERS, error)
        return []
    if items is OMITTED:
        return []
    if not isinstance(items, (list, tuple)):
        host.note(
            NUMBERS,
            'It must be a list. Write each number as an item: - "+8613900001234"',
            shown_value(items),
        )
        return []
    host.numbers = len(items)
    scopes = [_scope_of_item(host, items, index) for index in range(len(items))]
    return [scope for scope in scopes if scope is not None]


def _scope_of_item(host: Scope, items: Sequence[Any], index: int) -> Scope | None:
    scope = Scope(host.host, host.source, {}, {}, (NUMBERS,), index, parent=host)
    try:
        item = host.source.read(items, index)
    except Unreadable as error:
        scope.note_unreadable(index, error)
        return None
    if item is OMITTED:
        return None
    if isinstance(item, Mapping):
        scope.container, scope.path = item, (NUMBERS, index)
        scope.names = _names_by_key(item, scope)
        if "phone_number" not in scope.names:
            scope.note("phone_number", "It is missing. Add it to the item.")
            return None
        return scope
    if isinstance(item, (list, tuple)) or item is None:
        scope.note(index, "Write a number in quotes, or a mapping with phone_number.", shown_value(item))
        return None
    scope.container, scope.names = {index: item}, {"phone_number": index}
    return scope


def _names_by_key(item: Mapping[Any, Any], scope: Scope) -> dict[str, Any]:
    names: dict[str, Any] = {}
    for name in item:
        key = str(name).removeprefix(PREFIX)
        if key not in KEYS:
            shown = _value_of_unknown(name, scope) if closest_name(key, KEYS) not in ("", *_NEVER_SHOWN) else NOT_SHOWN
            scope.note(name, f"It is not a key of a number. {advice_for_name(key, KEYS)}", shown)
        elif key in names:
            scope.note(name, f"{key} is set twice, as {names[key]} and as {name}. Remove one of the two.")
        else:
            names[key] = name
    return names


def _note_unknown_variables(names: Iterable[str], scope: Scope) -> None:
    for name in names:
        if name in KNOWN_VARIABLES:
            continue
        alike = closest_name(name.removeprefix(PREFIX), tuple(known.removeprefix(PREFIX) for known in KNOWN_VARIABLES))
        if alike:
            fix = f"It is not a variable of this collection. Did you mean {PREFIX}{alike}?"
            safe = alike in KEYS and alike not in _NEVER_SHOWN
            scope.note(name, fix, _value_of_unknown(name, scope) if safe else NOT_SHOWN)


def _value_of_unknown(name: Any, scope: Scope) -> str:
    """Return the value of a variable with a wrong name, which is probably a misspelling of a harmless one."""
    try:
        return shown_value(scope.source.read(scope.container, name))
    except Unreadable:
        return ""
