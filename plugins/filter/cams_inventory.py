# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.export import SHAPES, export_declarations
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import join_words

DOCUMENTATION = r"""
name: cams_inventory
short_description: Write an inventory that declares numbers as they are
description:
  - Returns an inventory in YAML for the rows of spaces. A run with that inventory changes nothing.
  - A connected number is declared as C(registered), also if it is limited. A number that waits for its code is declared
    as C(initiated). A number that waits for its registration is declared as C(verified).
  - A halted number is not declared, because no state describes it. It is written as a comment that says what to do. A
    row of a number in another space, which the number has left, is written as a comment too.
  - Webhooks are not declared, because the API does not show their flags. Numbers that the spaces do not show are not
    declared either.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
positional: shape
options:
  _input:
    description:
      - Mapping of the id of each space to its rows, the C(numbers) that M(chatapp.cams.cams_number_info) returns.
    type: dict
    required: true
  shape:
    description:
      - Shape of the inventory. With V(hosts), each number is a host, in a group for each space. With V(customers), each
        space is a host with a list of numbers.
    type: str
    choices: [hosts, customers]
    default: hosts
seealso:
  - plugin: chatapp.cams.cams_numbers
    plugin_type: inventory
"""

EXAMPLES = r"""
- name: Read the numbers of a space
  chatapp.cams.cams_number_info:
    cust_space_id: "293483938849493"
  register: found

- name: Write the inventory
  ansible.builtin.copy:
    content: "{{ ({'293483938849493': found.numbers} | chatapp.cams.cams_inventory).text }}"
    dest: numbers.yml
    mode: "0600"
"""

RETURN = r"""
_value:
  description: The inventory.
  type: dict
  contains:
    text:
      description: The inventory in YAML.
      type: str
    declared:
      description: Number of declared numbers.
      type: int
    left_out:
      description: A sentence for each number that is not declared.
      type: list
      elements: str
"""


def cams_inventory(spaces: Mapping[str, Sequence[Mapping[str, Any]]], shape: str = "hosts") -> dict[str, Any]:
    """Return the inventory, as documented above."""
    if not isinstance(spaces, Mapping):
        raise AnsibleFilterError("The input must be a mapping of the ids of spaces to their rows.")
    if shape not in SHAPES:
        raise AnsibleFilterError(f"The shape is {shape!r}, but must be {join_words(tuple(SHAPES))}.")
    found = export_declarations({space: [dict(row) for row in rows] for space, rows in spaces.items()})
    return {"text": found.as_yaml(shape), "declared": found.number_count, "left_out": found.left_out}


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cams_inventory": cams_inventory}
