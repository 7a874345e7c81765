# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write an inventory that keeps what is declared and adds the other numbers of the spaces as they are.

Numbers that cannot be declared are written as comments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, observation_of_row, row_rank
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.inventory_text import quote_for_yaml, yaml_of
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.known_numbers import KnownNumber, KnownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import NUMBER, NUMBERS, PREFIX
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Phase, State
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import next_action_for
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._values.wording import Reader, for_reader

# The state to declare for a number in a phase. There is no state for a halted number.
_STATE_OF = {
    Phase.INITIATED: State.INITIATED,
    Phase.VERIFIED: State.VERIFIED,
    Phase.CONNECTED: State.REGISTERED,
    Phase.LIMITED: State.REGISTERED,
}
_HEAD = """\
---
# The numbers of the spaces, declared as they are. A run with this inventory changes nothing.
"""
_HEAD_WITH_KNOWN_NUMBERS = """\
---
# Your inventory declares {kept} of these numbers. They keep their hosts and values.
# A run does the same for them as before.
# The other {added} numbers are declared as they are. A run changes nothing for them.
# This file contains the values of numbers only: no codes and no other variables.
# Keep other variables in host_vars and group_vars.
"""
_END_OF_HEAD = "# To migrate a number completely, remove its state. The default state is registered.\n"
_LISTS = "customers"
_MOST_LISTED = 5


@dataclass
class _Host:
    """A host of the exported inventory: one number, or a list of numbers."""

    is_list: bool
    groups: tuple[str, ...] = ()
    numbers: list[_Number] = field(default_factory=list)

    @property
    def space(self) -> str:
        return self.numbers[0].space

    @property
    def spaces(self) -> set[str]:
        return {number.space for number in self.numbers}


@dataclass(frozen=True)
class _Number:
    number: str
    space: str
    values: Mapping[str, Any]


@dataclass
class Export:
    """The hosts of an inventory, and a sentence for each number or value that is not in it."""

    hosts: dict[str, _Host] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # How many of the numbers the current inventory declares.
    kept: int = 0

    @property
    def number_count(self) -> int:
        return sum(len(host.numbers) for host in self.hosts.values())

    def as_yaml(self) -> str:
        """Return the inventory in YAML."""
        head = _HEAD
        if self.kept:
            head = _HEAD_WITH_KNOWN_NUMBERS.format(kept=self.kept, added=self.number_count - self.kept)
        body = yaml_of(_document_of(self.hosts) if self.hosts else {"all": {"hosts": {}}})
        comments = [
            f"# {kind}: {quote_for_yaml(sentence)}\n"
            for kind, sentences in (("Left out", self.left_out), ("Note", self.notes))
            for sentence in sentences
        ]
        return "".join([head, _END_OF_HEAD, body, *comments])


def export_declarations(
    spaces: Mapping[str, Sequence[Row]], known: KnownNumbers | None = None, shape: str = "hosts"
) -> Export:
    """Return an inventory for the rows of these spaces.

    A number that the current inventory declares keeps its declaration. Each other number is declared once, where it is
    furthest. The shape is the form of these other numbers.
    """
    known = known or KnownNumbers()
    found = Export(notes=list(known.notes))
    rows = sorted(_rows_with_space(spaces), key=lambda place: row_rank(place[1]))
    furthest: dict[str, tuple[str, Row]] = {}
    for space, row in rows:
        furthest.setdefault(row["phone_number"], (space, row))
    _keep_known_numbers(found, known.numbers, spaces, furthest)
    space_in_inventory = {number.number: number.space for number in known.numbers}
    kept = {number.number for host in found.hosts.values() for number in host.numbers}
    lists = _only_lists_of_spaces(found.hosts.values())
    for space, row in _rows_with_space(spaces):
        number = row["phone_number"]
        if number in kept and space_in_inventory[number] == space:
            continue
        reason = _why_left_out(row, space, furthest[number][0], space_in_inventory.get(number))
        if reason:
            found.left_out.append(f"{number} in space {space}, {row['status']}: {reason}")
        else:
            SHAPES[shape](found.hosts, lists, _Number(number, space, _state_in_cloud(row)))
    return found


def _rows_with_space(spaces: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, Row]]:
    return ((space, row) for space, rows in spaces.items() for row in rows)


def _state_in_cloud(row: Row) -> dict[str, Any]:
    state = _STATE_OF[Phase(row["phase"])]
    return {} if state is State.REGISTERED else {"state": state.value}


def _why_left_out(row: Row, space: str, furthest_space: str, declared_space: str | None) -> str:
    """Return why a number cannot be declared. Empty if it can be declared."""
    if declared_space not in (None, space):
        return f"Your inventory declares the number in space {declared_space}."
    if furthest_space != space:
        return f"The number is in space {furthest_space}."
    if Phase(row["phase"]) not in _STATE_OF:
        return for_reader(next_action_for(observation_of_row(row)), Reader.PLAYBOOK, row["phone_number"])
    try:
        phone.warning_about_number(phone.parse(row["phone_number"]))
    except phone.PhoneNumberError as error:
        return str(error)
    return ""


# --- the numbers that the current inventory declares ---


def _keep_known_numbers(
    found: Export, known: Iterable[KnownNumber], spaces: Mapping[str, object], furthest: Mapping[str, tuple[str, Row]]
) -> None:
    hidden: list[str] = []
    elsewhere: list[str] = []
    for number in known:
        if number.space not in spaces:
            elsewhere.append(number.space)
            continue
        space, row = furthest.get(number.number, ("", None))
        row = row if space == number.space else None
        values = dict(number.values)
        if number.state_is_wrong:
            if row is None or Phase(row["phase"]) not in _STATE_OF:
                found.left_out.append(f"{number.number} (host {number.host}): Its state in your inventory is wrong.")
                continue
            values.update(_state_in_cloud(row))
        if row is None:
            hidden.append(f"{number.number} (host {number.host})")
        host = found.hosts.setdefault(number.host, _Host(number.is_item, number.groups))
        host.numbers.append(_Number(number.number, number.space, values))
        found.kept += 1
    found.notes += [*_notes_of_hidden_numbers(hidden), *_notes_of_other_spaces(elsewhere)]


def _notes_of_hidden_numbers(numbers: Sequence[str]) -> Iterator[str]:
    if numbers:
        subject, them = ("1 number", "it") if len(numbers) == 1 else (f"{len(numbers)} numbers", "them")
        yield (
            f"The spaces do not show {subject} that your inventory declares."
            f" A run migrates {them}, as with your current inventory: {_shortened(numbers)}."
        )


def _notes_of_other_spaces(spaces: Sequence[str]) -> Iterator[str]:
    if spaces:
        subject, them = ("1 number", "it") if len(spaces) == 1 else (f"{len(spaces)} numbers", "them")
        names = list(dict.fromkeys(spaces))
        where = "another space" if len(names) == 1 else "other spaces"
        verb, whose = ("is", "this space") if len(names) == 1 else ("are", "their spaces")
        yield (
            f"Your inventory declares {subject} of {where}, which {verb} not in this file."
            f" To export {them} too, add {whose} to cams_export_spaces: {_shortened(names)}."
        )


def _shortened(names: Sequence[str]) -> str:
    more = len(names) - _MOST_LISTED
    return ", ".join(names[:_MOST_LISTED]) + (f" and {more} more" if more > 0 else "")


# --- the numbers that only the cloud knows ---


def _add_as_host(hosts: dict[str, _Host], _lists: dict[str, _Host], number: _Number) -> None:
    """Add a host for the number."""
    hosts[_unused_name(number.number, hosts)] = _Host(False, numbers=[number])


def _add_to_list(hosts: dict[str, _Host], lists: dict[str, _Host], number: _Number) -> None:
    """Add the number to the list of its space. Without a list, add a host for the space."""
    if number.space not in lists:
        groups = {group for host in hosts.values() for group in host.groups}
        name = _unused_name(_group_name(number.space), {*hosts, *groups})
        hosts[name] = lists[number.space] = _Host(True)
    lists[number.space].numbers.append(number)


def _only_lists_of_spaces(hosts: Iterable[_Host]) -> dict[str, _Host]:
    """Return the host with a list for each space that has exactly one such host."""
    found: dict[str, list[_Host]] = {}
    for host in hosts:
        if host.is_list and len(host.spaces) == 1:
            found.setdefault(host.space, []).append(host)
    return {space: lists[0] for space, lists in found.items() if len(lists) == 1}


SHAPES: dict[str, Callable[[dict[str, _Host], dict[str, _Host], _Number], None]] = {
    "hosts": _add_as_host,
    "customers": _add_to_list,
}


# --- the inventory ---


def _document_of(hosts: Mapping[str, _Host]) -> dict[str, Any]:
    """Return the groups: one for each space with its hosts, one for hosts with a list, and those of the inventory."""
    document: dict[str, Any] = {}
    group_of = _groups_of_spaces(hosts)
    lists = _unused_name(_LISTS, hosts)
    for name, host in hosts.items():
        if host.is_list:
            document.setdefault(lists, {"hosts": {}})["hosts"][name] = _variables_of_list(host)
        else:
            empty = {"vars": {f"{PREFIX}cust_space_id": host.space}, "hosts": {}}
            document.setdefault(group_of[host.space], empty)["hosts"][name] = _variables_of_host(host.numbers[0])
    for name, host in hosts.items():
        for group in host.groups:
            document.setdefault(group, {"hosts": {}})["hosts"].setdefault(name, {})
    return document


def _variables_of_host(number: _Number) -> dict[str, Any]:
    return {NUMBER: number.number, **{f"{PREFIX}{key}": value for key, value in number.values.items()}}


def _variables_of_list(host: _Host) -> dict[str, Any]:
    items: list[Any] = []
    for number in host.numbers:
        space = {} if number.space == host.space else {"cust_space_id": number.space}
        values = {**space, **number.values}
        items.append({"phone_number": number.number, **values} if values else number.number)
    return {f"{PREFIX}cust_space_id": host.space, NUMBERS: items}


def _groups_of_spaces(hosts: Mapping[str, _Host]) -> dict[str, str]:
    """Return a different group for each space. It has no host of another space, and not the name of a host."""
    names: dict[str, str] = {}
    for space in dict.fromkeys(host.space for host in hosts.values() if not host.is_list):
        others = (host for host in hosts.values() if host.is_list or host.space != space)
        taken = {group for host in others for group in host.groups}
        names[space] = _unused_name(_group_name(space), {*names.values(), *taken, *hosts})
    return names


def _group_name(space: str) -> str:
    """Return a name that Ansible accepts for a group."""
    return "space_" + re.sub(r"[^A-Za-z0-9_]", "_", space)


def _unused_name(name: str, used: Collection[str]) -> str:
    number, unused = 1, name
    while unused in used:
        number += 1
        unused = f"{name}_{number}"
    return unused
