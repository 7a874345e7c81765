# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import gather_declarations
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import DeclarationError
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import read

DOCUMENTATION = r"""
name: cams_declarations
short_description: Collect the WhatsApp numbers that an inventory declares
description:
  - Collects the declarations of hosts and checks them. A host is a number (C(cams_phone_number)), or a customer with a
    list of numbers (C(cams_numbers)).
  - An item of C(cams_numbers) is a number as text, or a mapping with any of C(phone_number), C(cust_space_id),
    C(state), C(verify_code), C(code_method), C(code_locale), C(webhook), C(ready) and C(code_not_before), written with
    or without C(cams_). Values that an item does not set come from its host. A code of a host with several numbers is
    refused.
  - If C(cams_ready) of a host contains numbers, these numbers are ready and the other numbers of the host are not,
    whatever its items say.
  - C(webhook) is a mapping of C(up_callback_url), C(status_callback_url), C(http) and C(queue). The webhook of an item
    replaces the webhook of its host, so an empty mapping removes it.
  - One error shows the mistakes, at most 50, each with its place and what to write instead. It never shows a code.
  - A variable with a name that is similar to a variable of the collection is a mistake, for example
    C(cams_phone_numbr). Other variables are ignored, and their values are not read.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
positional: hostvars
options:
  _input:
    description:
      - The names of the hosts, for example C(ansible_play_batch).
    type: list
    elements: str
    required: true
  hostvars:
    description:
      - The variable C(hostvars).
    type: dict
    required: true
  only:
    description:
      - Return only these numbers. Together with O(hosts_of) only their hosts are read, which makes it cheap to read
        the declarations of a few numbers again, for example when their codes have come.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
    type: list
    elements: str
  hosts_of:
    description:
      - The mapping C(hosts) that an earlier use returned.
    type: dict
  may_be_empty:
    description:
      - Return nothing, in the place of an error, when the hosts declare no number. A run over no number would look like
        success; a report can say so.
    type: bool
    default: false
  codes:
    description:
      - Codes by number, each six digits in quotes. They take the place of what the hosts declare. An empty one counts
        as not given.
    type: dict
notes:
  - A code that is undefined or empty counts as not given.
"""

EXAMPLES = r"""
- name: Bring all numbers of this play to what is declared
  chatapp.cams.cams_number_fleet:
    # Handed over directly, and never kept in a fact: it may hold codes.
    numbers: "{{ (ansible_play_batch | chatapp.cams.cams_declarations(hostvars)).numbers }}"
  run_once: true

- name: Remember which host declares which number
  ansible.builtin.set_fact:
    hosts_of: "{{ (ansible_play_batch | chatapp.cams.cams_declarations(hostvars)).hosts }}"
  run_once: true

- name: Read two of the numbers again, and bring them further
  chatapp.cams.cams_number_fleet:
    numbers: >-
      {{ (ansible_play_batch | chatapp.cams.cams_declarations(hostvars, only=two, hosts_of=hosts_of)).numbers }}
  vars:
    two: ["+8613900001234", "+8613900001235"]
  run_once: true
"""

RETURN = r"""
_value:
  description: What is declared.
  type: dict
  contains:
    numbers:
      description:
        - The declarations in the order of the hosts and items, named as the options of
          M(chatapp.cams.cams_number_migration). A key is there when it is given.
      type: list
      elements: dict
      sample:
        - phone_number: "+8613900001234"
          cust_space_id: "293483938849493"
    hosts:
      description: The host that declares each number.
      type: dict
      sample:
        "+8613900001234": acme
    undeclared_numbers:
      description: The numbers in O(codes) that none of the hosts declares, perhaps because of a typing error.
      type: list
      elements: str
"""


def cams_declarations(
    hosts: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    only: Sequence[Any] | None = None,
    hosts_of: Mapping[str, str] | None = None,
    codes: Mapping[Any, Any] | None = None,
    may_be_empty: bool = False,
) -> dict[str, Any]:
    """The declarations of the hosts, as the documentation above has it."""
    if isinstance(hosts, str) or not isinstance(hosts, Sequence):
        raise AnsibleFilterError("The input must be a list of names of hosts, for example ansible_play_batch.")
    if only is not None and (isinstance(only, str) or not isinstance(only, Sequence)):
        raise AnsibleFilterError("only must be a list of numbers.")
    if codes is not None and not isinstance(codes, Mapping):
        # A text would be quoted, and it may hold codes.
        raise AnsibleFilterError('The codes must be a mapping of numbers to codes, as in "+8613900001234": "012345".')
    try:
        found = gather_declarations(
            hosts,
            lambda host: _variables_of_host(host, hostvars),
            read,
            only,
            hosts_of,
            codes,
            may_be_empty=may_be_empty,
        )
    except DeclarationError as error:
        raise AnsibleFilterError(str(error)) from None
    return {"numbers": found.numbers, "hosts": found.hosts, "undeclared_numbers": found.undeclared_numbers}


def _variables_of_host(host: str, hostvars: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    if host not in hostvars:
        raise DeclarationError(f"host {host} is not in the inventory.")
    return hostvars[host]


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cams_declarations": cams_declarations}
