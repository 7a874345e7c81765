# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read what an inventory declares, to write it again. A value that cannot be read is noted and left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    DeclarationError,
    Mistakes,
    Unreadable,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.scopes import (
    Read,
    Scope,
    Source,
    scopes_of_host,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import Missing
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import KEYS, NUMBERS, PREFIX

# A code is never written, and so it is never read.
KEPT_KEYS = tuple(key for key in KEYS if key not in ("phone_number", "cust_space_id", "verify_code"))
# The inventory plugin makes these groups from what the cloud shows.
_GROUPS_FROM_THE_CLOUD = ("cams_space_", "cams_phase_", "cams_status_", "cams_quality_")
_GROUPS_OF_ANSIBLE = ("all", "ungrouped")


@dataclass(frozen=True)
class KnownNumber:
    """A number that the inventory declares."""

    number: str
    space: str
    host: str
    # Whether the number is an item of the list of its host.
    is_item: bool
    groups: tuple[str, ...]
    # Only the values that are set.
    values: Mapping[str, Any]
    # Whether the state is set to a value that cannot be used.
    state_is_wrong: bool = False


@dataclass
class KnownNumbers:
    """The numbers that the inventory declares, and a sentence for each value that is left out."""

    numbers: list[KnownNumber] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_known_numbers(
    hosts: Iterable[str],
    variables_of: Callable[[str], Mapping[str, Any]],
    raw_variables_of: Callable[[str], Mapping[str, Any]],
    read: Read,
) -> KnownNumbers:
    """Return what these hosts declare. If two declare the same number, the first declaration counts."""
    found: dict[str, KnownNumber] = {}
    mistakes, notes = Mistakes(), []
    source = Source(read, mistakes, lambda host, path: "")
    for host in hosts:
        variables = variables_of(host)
        scopes = scopes_of_host(host, variables, source)
        groups = _groups_of_host(variables, read) if scopes else ()
        known = [number for scope in scopes if (number := _known_number(host, groups, scope))]
        if any("webhook" in number.values for number in known) and not _has_plain_webhooks(raw_variables_of(host)):
            known = [_without_webhook(number) for number in known]
            notes.append(
                f"host {host}: The webhook uses a template or a vault, so it may contain a secret. It is not written."
                f" Set {PREFIX}webhook in group_vars or host_vars."
            )
        for number in known:
            found.setdefault(number.number, number)
    return KnownNumbers(list(found.values()), [*_sentences(mistakes), *notes])


def _known_number(host: str, groups: tuple[str, ...], scope: Scope) -> KnownNumber | None:
    number, space = scope.value("phone_number"), scope.value("cust_space_id")
    if space is Missing.OMITTED:
        scope.note(f"{PREFIX}cust_space_id", "It is missing. Set it for the host or for its group.")
    if not isinstance(number, str) or not isinstance(space, str):
        return None
    values = {key: scope.value(key) for key in KEPT_KEYS}
    return KnownNumber(
        number,
        space,
        host,
        is_item=scope.parent is not None,
        groups=groups,
        # A tuple has the numbers that cams_ready names for this run.
        values={key: value for key, value in values.items() if not isinstance(value, (Missing, tuple))},
        state_is_wrong=values["state"] is Missing.WRONG,
    )


def _without_webhook(known: KnownNumber) -> KnownNumber:
    return replace(known, values={key: value for key, value in known.values.items() if key != "webhook"})


def _groups_of_host(variables: Mapping[str, Any], read: Read) -> tuple[str, ...]:
    try:
        groups = read(variables, "group_names") if "group_names" in variables else []
    except Unreadable:
        return ()
    return tuple(
        str(group)
        for group in groups
        if group not in _GROUPS_OF_ANSIBLE and not str(group).startswith(_GROUPS_FROM_THE_CLOUD)
    )


def _has_plain_webhooks(raw: Mapping[str, Any]) -> bool:
    """Return whether the webhooks of a host and of its items are plain text, before Ansible evaluates templates."""
    items = raw.get(NUMBERS) or []
    if not isinstance(items, (list, tuple)):
        return False
    keys = ("webhook", f"{PREFIX}webhook")
    webhooks = [item.get(key) for item in items if isinstance(item, Mapping) for key in keys]
    # An item in the form of a template can contain a webhook.
    others = [item for item in items if not isinstance(item, Mapping)]
    return _is_written_in_plain([raw.get(keys[1]), webhooks, others])


def _is_written_in_plain(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_written_in_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_is_written_in_plain, value))
    if isinstance(value, str):
        return "{{" not in value and "{%" not in value
    # The text of a vault has a type of its own.
    return isinstance(value, (bool, int, float, type(None)))


def _sentences(mistakes: Mistakes) -> list[str]:
    try:
        mistakes.raise_if_any()
    except DeclarationError as error:
        return str(error).splitlines()
    return []
