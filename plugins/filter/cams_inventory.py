# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.export import SHAPES, export_declarations
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.known_numbers import read_known_numbers
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import join_words
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import read

DOCUMENTATION = r"""
name: cams_inventory
short_description: Write an inventory that declares the numbers of spaces
description:
  - Returns an inventory in YAML for the rows of spaces.
  - A number that your inventory declares keeps its host, its groups, its space, its state and its other values. This is
    also true if the cloud does not show the number yet, or shows it as halted. A run with the new inventory does the
    same for these numbers as a run with the old one.
  - Every other number is declared as it is, so a run changes nothing for it. A connected number is declared as
    C(registered), also if it is limited. A number that waits for its code is declared as C(initiated). A number that
    waits for its registration is declared as C(verified).
  - A halted number that your inventory does not declare is written as a comment that says what to do, because no state
    describes it. The row of a number that is, or is declared, in another space is written as a comment too.
  - A verification code is never written. A webhook of your inventory is written only if it is plain text. If it uses a
    template or a vault, it may contain a secret. Keep it in C(host_vars) or C(group_vars).
  - Other variables of your hosts are not written, because they may be secret. Keep them in C(host_vars) and
    C(group_vars).
  - If a value of your inventory cannot be read, it is left out and RV(_value.notes) says why. If the state cannot be
    read, the state in the cloud is written.
  - Webhooks that only the cloud shows are not declared, because the API does not show their flags.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
positional: shape, hostvars
options:
  _input:
    description:
      - Mapping of the id of each space to its rows, the C(numbers) that M(chatapp.cams.cams_number_info) returns.
    type: dict
    required: true
  shape:
    description:
      - Form of the numbers that your inventory does not declare. With V(hosts), each of them becomes a host, in a group
        for each space. With V(customers), they become a list, for each space. If exactly one host of your inventory
        has a list of numbers for the space, they are added to that list.
      - The hosts of your inventory keep their form.
    type: str
    choices: [hosts, customers]
    default: hosts
  hostvars:
    description:
      - The variable C(hostvars), to keep what your inventory declares.
      - Without it, all numbers are declared as they are.
    type: dict
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
    content: "{{ ({'293483938849493': found.numbers} | chatapp.cams.cams_inventory('hosts', hostvars)).text }}"
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
    kept:
      description: Number of those that your inventory declares already.
      type: int
    left_out:
      description: A sentence for each number that is not declared.
      type: list
      elements: str
    notes:
      description:
        - A sentence for each value of your inventory that is not written.
        - Also a sentence for declared numbers that the spaces do not show, and for declared numbers of other spaces.
      type: list
      elements: str
"""


def cams_inventory(
    spaces: Mapping[str, Sequence[Mapping[str, Any]]],
    shape: str = "hosts",
    hostvars: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return the inventory, as documented above."""
    if not isinstance(spaces, Mapping):
        raise AnsibleFilterError("The input must be a mapping of the ids of spaces to their rows.")
    if shape not in SHAPES:
        raise AnsibleFilterError(f"The shape is {shape!r}, but must be {join_words(tuple(SHAPES))}.")
    hostvars = {} if hostvars is None else hostvars
    raw_variables_of = getattr(hostvars, "raw_get", hostvars.__getitem__)
    known = read_known_numbers(hostvars, hostvars.__getitem__, raw_variables_of, read)
    found = export_declarations({space: [dict(row) for row in rows] for space, rows in spaces.items()}, known, shape)
    return {
        "text": found.as_yaml(),
        "declared": found.number_count,
        "kept": found.kept,
        "left_out": found.left_out,
        "notes": found.notes,
    }


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cams_inventory": cams_inventory}
