# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An inventory that declares numbers as they are, as text. What no declaration is true of stands in it as a comment."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, observation_of_row, row_rank
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Phase, State
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import next_action_for
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

# How far a number that is in a phase was brought. A halted one was brought nowhere that could be declared.
_STATE_OF = {
    Phase.INITIATED: State.INITIATED,
    Phase.VERIFIED: State.VERIFIED,
    Phase.CONNECTED: State.REGISTERED,
    Phase.LIMITED: State.REGISTERED,
}
_HEAD = """\
---
# The numbers that the spaces show, declared as they are: reconciling them changes nothing.
# To bring a number further, take its state out, which declares it as registered.
"""


@dataclass(frozen=True)
class _Declared:
    number: str
    state: State

    def lines(self, indent: str, first: str, prefix: str) -> Iterator[str]:
        yield f"{indent}{first}{prefix}phone_number: {_quoted(self.number)}"
        if self.state is not State.REGISTERED:
            yield f"{indent}{' ' * len(first)}{prefix}state: {self.state.value}"


@dataclass
class Export:
    """The declarations by space, and a sentence for each number that is left out."""

    declared: dict[str, list[_Declared]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(map(len, self.declared.values()))

    def text(self, shape: str) -> str:
        comments = [f"# Left out: {_quoted(sentence)}" for sentence in self.left_out]
        body = SHAPES[shape](self.declared) if self.declared else ["all:", "  hosts: {}"]
        return "\n".join([_HEAD + "\n".join(body), *comments]) + "\n"


def export(spaces: Mapping[str, Sequence[Row]]) -> Export:
    """What to declare of the rows of these spaces. A number is declared once, where it is furthest."""
    found = Export()
    homes: dict[str, str] = {}
    for space, row in sorted(_each(spaces), key=lambda place: row_rank(place[1])):
        homes.setdefault(row["phone_number"], space)
    for space, row in _each(spaces):
        number = row["phone_number"]
        reason = _reason(row) if homes[number] == space else f"it is in space {homes[number]}."
        if reason:
            found.left_out.append(f"{number} in space {space}, {row['status']}: {reason}")
        else:
            found.declared.setdefault(space, []).append(_Declared(number, _STATE_OF[Phase(row["phase"])]))
    return found


def _each(spaces: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, Row]]:
    return ((space, row) for space, rows in spaces.items() for row in rows)


def _reason(row: Row) -> str:
    """Why a number cannot be declared; empty when it can."""
    if Phase(row["phase"]) not in _STATE_OF:
        return next_action_for(observation_of_row(row))
    try:
        phone.check(phone.parse(row["phone_number"]))
    except phone.PhoneNumberError as error:
        return str(error)
    return ""


def _by_number(declared: Mapping[str, Sequence[_Declared]]) -> Iterator[str]:
    """A group for each space, in which a host is a number."""
    for name, (space, numbers) in zip(_names(declared), declared.items(), strict=True):
        yield from (f"{name}:", "  vars:", f"    cams_cust_space_id: {_quoted(space)}", "  hosts:")
        for number in numbers:
            yield f"    {_quoted(number.number)}:"
            yield from number.lines(" " * 6, "", "cams_")


def _by_customer(declared: Mapping[str, Sequence[_Declared]]) -> Iterator[str]:
    """A host for each space, with a list of its numbers."""
    yield from ("customers:", "  hosts:")
    for name, (space, numbers) in zip(_names(declared), declared.items(), strict=True):
        yield from (f"    {name}:", f"      cams_cust_space_id: {_quoted(space)}", "      cams_numbers:")
        for number in numbers:
            if number.state is State.REGISTERED:
                yield f"        - {_quoted(number.number)}"
            else:
                yield from number.lines(" " * 8, "- ", "")


SHAPES: dict[str, Callable[[Mapping[str, Sequence[_Declared]]], Iterator[str]]] = {
    "hosts": _by_number,
    "customers": _by_customer,
}


def _names(spaces: Mapping[str, object]) -> list[str]:
    """A name for each space that Ansible takes for a group, no two alike."""
    names: list[str] = []
    for space in spaces:
        plain = name = "space_" + re.sub(r"[^A-Za-z0-9_]", "_", space)
        while name in names:
            name = f"{plain}_{len(names) + 1}"
        names.append(name)
    return names


def _quoted(text: str) -> str:
    """Text that YAML reads as it is, without a character that could end a comment or turn a line around."""
    return json.dumps(text)
