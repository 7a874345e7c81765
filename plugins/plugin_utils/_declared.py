# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the declarations of the hosts of a play, for action plugins."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import (
    Declarations,
    find_declarations,
    gather_declarations,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import Mistakes, message_without_codes
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import read


def declarations_of_hosts(
    hosts: Iterable[str],
    variables: Mapping[str, Any],
    *,
    only: Collection[str] | None = None,
    codes: Mapping[Any, Any] | None = None,
    may_be_empty: bool = False,
) -> Declarations:
    """Return the declarations of these hosts. Raises DeclarationError with all mistakes."""
    hostvars = variables["hostvars"]
    return gather_declarations(
        hosts,
        hostvars.__getitem__,
        read,
        only=None if only is None else list(only),
        codes=codes,
        may_be_empty=may_be_empty,
    )


def check_declarations(
    hosts: Iterable[str], variables: Mapping[str, Any], templar: Any, mistakes: Mistakes, codes: Mapping[Any, Any]
) -> Declarations:
    """Return the declarations of these hosts. Mistakes are noted and not raised."""
    hostvars = variables["hostvars"]

    def variables_of(host: str) -> Mapping[str, Any]:
        return HostVariables(host, hostvars, templar)

    def template_at(host: str, path: Sequence[Any]) -> str:
        return template_in(hostvars.raw_get(host), path)

    return find_declarations(hosts, variables_of, read, mistakes, codes=codes, template_at=template_at)


class HostVariables(Mapping[str, Any]):
    """The evaluated variables of a host. An item of a list that has no value does not hide the other items."""

    def __init__(self, host: str, hostvars: Any, templar: Any) -> None:
        self._host = host
        self._hostvars = hostvars
        self._templar = templar
        self._evaluated = hostvars[host]

    def __getitem__(self, name: str) -> Any:
        try:
            return self._evaluated[name]
        except Exception:
            # From 2.19 on, Ansible evaluates a whole list or nothing of it.
            raw = self._hostvars.raw_get(self._host)
            if not isinstance(raw[name], (list, dict)):
                raise
            return evaluate_each(raw[name], self._templar.copy_with_new_env(available_variables=raw).template)

    def __iter__(self) -> Iterator[str]:
        return iter(self._evaluated)

    def __len__(self) -> int:
        return len(self._evaluated)


def evaluate_each(value: Any, template: Callable[[Any], Any]) -> Any:
    """Return the value with its templates evaluated one by one. One without a value is replaced by NoValue."""
    if isinstance(value, list):
        return [evaluate_each(item, template) for item in value]
    if isinstance(value, dict):
        return {key: evaluate_each(item, template) for key, item in value.items()}
    try:
        return template(value)
    except Exception as error:
        return NoValue(error)


class NoValue:
    """A template that cannot be evaluated. Its text raises the error, as an undefined value does."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __str__(self) -> str:
        raise self._error


def template_in(variables: Any, path: Sequence[Any]) -> str:
    """Return the template at this path, or the template that contains it. Empty if there is none. Codes are removed."""
    value = variables
    for part in path:
        if isinstance(value, str):
            break
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return ""
    return message_without_codes(value) if isinstance(value, str) else ""
