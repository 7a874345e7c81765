# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write an inventory that declares numbers as they are. Numbers that cannot be declared are written as comments."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, observation_of_row, row_rank
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
# To migrate a number completely, remove its state. The default state is registered.
"""


@dataclass(frozen=True)
class _DeclaredNumber:
    number: str
    state: State

    def yaml_lines(self, indent: str, first: str, prefix: str) -> Iterator[str]:
        yield f"{indent}{first}{prefix}phone_number: {_quote_for_yaml(self.number)}"
        if self.state is not State.REGISTERED:
            yield f"{indent}{' ' * len(first)}{prefix}state: {self.state.value}"


@dataclass
class Export:
    """The declarations by space, and a sentence for each number that cannot be declared."""

    declared: dict[str, list[_DeclaredNumber]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    @property
    def number_count(self) -> int:
        return sum(map(len, self.declared.values()))

    def as_yaml(self, shape: str) -> str:
        """Return the inventory in YAML."""
        comments = [f"# Left out: {_quote_for_yaml(sentence)}" for sentence in self.left_out]
        body = SHAPES[shape](self.declared) if self.declared else ["all:", "  hosts: {}"]
        return "\n".join([_HEAD + "\n".join(body), *comments]) + "\n"


def export_declarations(spaces: Mapping[str, Sequence[Row]]) -> Export:
    """Return the declarations for the rows of these spaces. Each number is declared once, where it is furthest."""
    found = Export()
    space_of: dict[str, str] = {}
    for space, row in sorted(_rows_with_space(spaces), key=lambda place: row_rank(place[1])):
        space_of.setdefault(row["phone_number"], space)
    for space, row in _rows_with_space(spaces):
        number = row["phone_number"]
        reason = _why_left_out(row) if space_of[number] == space else f"The number is in space {space_of[number]}."
        if reason:
            found.left_out.append(f"{number} in space {space}, {row['status']}: {reason}")
        else:
            found.declared.setdefault(space, []).append(_DeclaredNumber(number, _STATE_OF[Phase(row["phase"])]))
    return found


def _rows_with_space(spaces: Mapping[str, Sequence[Row]]) -> Iterator[tuple[str, Row]]:
    return ((space, row) for space, rows in spaces.items() for row in rows)


def _why_left_out(row: Row) -> str:
    """Return why a number cannot be declared. Empty if it can be declared."""
    if Phase(row["phase"]) not in _STATE_OF:
        return for_reader(next_action_for(observation_of_row(row)), Reader.PLAYBOOK, row["phone_number"])
    try:
        phone.warning_about_number(phone.parse(row["phone_number"]))
    except phone.PhoneNumberError as error:
        return str(error)
    return ""


def _lines_by_number(declared: Mapping[str, Sequence[_DeclaredNumber]]) -> Iterator[str]:
    """Write a group for each space, with a host for each number."""
    for name, (space, numbers) in zip(_group_names(declared), declared.items(), strict=True):
        yield from (f"{name}:", "  vars:", f"    cams_cust_space_id: {_quote_for_yaml(space)}", "  hosts:")
        for number in numbers:
            yield f"    {_quote_for_yaml(number.number)}:"
            yield from number.yaml_lines(" " * 6, "", "cams_")


def _lines_by_customer(declared: Mapping[str, Sequence[_DeclaredNumber]]) -> Iterator[str]:
    """Write a host for each space, with a list of its numbers."""
    yield from ("customers:", "  hosts:")
    for name, (space, numbers) in zip(_group_names(declared), declared.items(), strict=True):
        yield from (f"    {name}:", f"      cams_cust_space_id: {_quote_for_yaml(space)}", "      cams_numbers:")
        for number in numbers:
            if number.state is State.REGISTERED:
                yield f"        - {_quote_for_yaml(number.number)}"
            else:
                yield from number.yaml_lines(" " * 8, "- ", "")


SHAPES: dict[str, Callable[[Mapping[str, Sequence[_DeclaredNumber]]], Iterator[str]]] = {
    "hosts": _lines_by_number,
    "customers": _lines_by_customer,
}


def _group_names(spaces: Mapping[str, object]) -> list[str]:
    """Return a different name for each space. Ansible accepts the names for groups."""
    names: list[str] = []
    for space in spaces:
        plain = name = "space_" + re.sub(r"[^A-Za-z0-9_]", "_", space)
        while name in names:
            name = f"{plain}_{len(names) + 1}"
        names.append(name)
    return names


def _quote_for_yaml(text: str) -> str:
    """Quote a text for YAML. Escape characters that could end a comment or change the direction of a line."""
    return json.dumps(text)
