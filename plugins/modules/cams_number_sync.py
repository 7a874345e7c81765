#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_sync
short_description: Bring the WhatsApp numbers of a space up to date
description:
  - Makes the service fetch the state of all numbers of a space from WhatsApp, and returns them as they are after that.
  - It reads the numbers before, so that RV(ignore:changed) and the diff tell what the sync moved.
  - A sync changes no number and sends no code. RAM lists it as an update, so the policy V(full) of the lookup
    P(chatapp.cams.cams_ram_policy#lookup) allows a sync and the policy V(plan) does not.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  cust_space_id:
    description:
      - The space, that is the customer of the ISV, as the console's Channel Management page shows it.
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
- name: Bring the numbers of a space up to date
  chatapp.cams.cams_number_sync:
    cust_space_id: "293483938849493"
  register: synced

- name: Name the numbers that are not connected
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
  description: The rows that the sync moved, by number, before and after it.
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
  description: The API's error, when it answered with one. It is the same as that of M(chatapp.cams.cams_number_info).
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
