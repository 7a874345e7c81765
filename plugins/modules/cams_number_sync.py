#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_sync
short_description: Sync the WhatsApp numbers of a space
description:
  - Syncs a space, that is, CAMS reads the state of all its numbers from WhatsApp. Returns the numbers after the sync.
  - The module also reads the numbers before the sync, so RV(ignore:changed) and the diff show the differences.
  - A sync changes no number and sends no code. RAM treats it as an update, so the policy V(full) of the lookup
    P(chatapp.cams.cams_ram_policy#lookup) allows a sync and the policy V(plan) does not.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  cust_space_id:
    description:
      - Id of the CAMS customer space. The console shows it on the page Channel Management.
    type: str
    required: true
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._attributes
attributes:
  check_mode:
    support: partial
    details:
      - In check mode the module does not call the sync. It returns the numbers as the query shows them.
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
- name: Sync the numbers of a space
  chatapp.cams.cams_number_sync:
    cust_space_id: "293483938849493"
  register: synced

- name: Show the numbers that are not connected
  ansible.builtin.debug:
    msg: "{{ synced.numbers | rejectattr('phase', 'equalto', 'connected') | map(attribute='phone_number') | list }}"
"""

RETURN = r"""
numbers:
  description:
    - The numbers after the sync, each as M(chatapp.cams.cams_number_info) returns it.
  returned: success
  type: list
  elements: dict
  sample:
    - phone_number: "+8613900001234"
      phase: connected
      status: CONNECTED
      quality_rating: GREEN
diff:
  description: The rows that the sync changed, by number.
  returned: success
  type: dict
  contains:
    before:
      description: The rows before the sync.
      type: dict
      returned: always
    after:
      description: The rows after the sync.
      type: dict
      returned: always
error:
  description: The error of the API, if it returned one. It has the same keys as in M(chatapp.cams.cams_number_info).
  returned: failure
  type: dict
"""

from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import run_module
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_sync import number_sync


def main() -> None:
    arguments = {
        "cust_space_id": {"type": "str", "required": True},
    }
    run_module(arguments, number_sync)


if __name__ == "__main__":
    main()
