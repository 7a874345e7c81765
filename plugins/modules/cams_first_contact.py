#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_first_contact
short_description: Learn from one dedicated number how the service behaves
description:
  - Looks at an account, and migrates one dedicated number step by step. Records how the service answers, and judges
    each assumption about the service that its documents leave open.
  - Without O(confirm) the module only reads. With O(confirm) it initiates the number, requests one code, submits the
    code and stops. With O(register) it also registers the number, which moves it from its old provider.
  - Every write goes through the same checks as in M(chatapp.cams.cams_number_fleet), and is noted in O(journal) or
    O(store). After an interruption, run the module again with the same options. It never requests a second code by
    itself.
  - If the service refuses to show the number's status in an unknown way, before or after its initiate, a run of
    M(chatapp.cams.cams_number_fleet) starts it only if O(chatapp.cams.cams_number_fleet#module:resend) and
    O(chatapp.cams.cams_number_fleet#module:reclaim) name it. Here, O(confirm) names the number for its first code.
  - The module causes no error that could lock a number. It reads the status of two unknown numbers and queries a space
    that does not exist.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  confirm:
    description:
      - The declared number, spelled out, to migrate it. Another number is refused.
      - Without this option nothing is migrated.
    type: str
  register:
    description:
      - Whether to register the number after its verification, set its webhook, and read its health. The collection
        cannot undo this. Needs O(confirm).
    type: bool
    default: false
  contact:
    description:
      - Path of the contact file. A run continues an existing file of the same number, space and access key. The page
        for people has the same name with the ending C(.md).
      - Both files contain no full number, no name and no secret, and only their owner can read them.
      - If the file proves how the service refuses an unknown number, the run puts that into O(store), or into the state
        directory of this machine. Nothing else in the file changes what a run does.
      - A relative path starts in the working directory of the module.
    type: path
    default: contact.json
  resend:
    description:
      - The declared number, to request another code for it. At most one code in 15 minutes is requested.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
    type: list
    elements: str
    default: []
  reclaim:
    description:
      - The declared number, to start its migration again after it left the space, or after somebody cancelled the
        migration. Find out why first.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
    type: list
    elements: str
    default: []
  wait_timeout:
    description:
      - Maximum number of seconds to wait until the registered number is connected, from V(0) to V(86400).
    type: int
    default: 120
  lock_timeout:
    description:
      - Maximum number of seconds to wait for another run that works on the number, from V(0) to V(86400).
    type: int
    default: 30
  health:
    description:
      - Whether each step also reads the health of the number if it is connected. The module reads it at the end in any
        case.
    type: bool
    default: false
extends_documentation_fragment:
  - chatapp.cams._number.list
  - chatapp.cams._code_sources.of_a_run
  - chatapp.cams._auth
  - chatapp.cams._store
  - chatapp.cams._attributes
attributes:
  check_mode:
    support: full
    details:
      - The module only reads, and returns the steps that a run would make. It writes the contact file.
  diff_mode:
    support: none
  idempotent:
    support: full
    details:
      - A run for a connected number changes nothing in the cloud. It adds its calls to the contact file.
notes:
  - The playbook C(chatapp.cams.first_contact) runs this module and asks for the code.
seealso:
  - module: chatapp.cams.cams_number_fleet
  - module: chatapp.cams.cams_preflight_info
"""

EXAMPLES = r"""
- name: Look at the account, and change nothing
  chatapp.cams.cams_first_contact:
    numbers:
      - cust_space_id: "293483938849493"
        phone_number: "+8613900001234"

- name: Start the migration of the number, and request its code
  chatapp.cams.cams_first_contact:
    numbers:
      - cust_space_id: "293483938849493"
        phone_number: "+8613900001234"
    confirm: "+8613900001234"
    journal: ./cams-journal.jsonl
"""

RETURN = r"""
assumptions:
  description: Each assumption with its verdict.
  returned: after options were checked
  type: list
  elements: dict
  sample: [{id: before_register, assumed: pending, observed: hidden, verdict: refuted}]
  contains:
    id:
      description: The name of the assumption, as in the page about open questions.
      type: str
      returned: always
    assumed:
      description: The value that the collection and the simulator assume.
      type: str
      returned: always
    observed:
      description: The observed value. Empty if nothing was observed.
      type: str
      returned: always
    verdict:
      description: V(confirmed), V(refuted) or V(not observed).
      type: str
      returned: always
phone_number:
  description: The declared number.
  returned: after options were checked
  type: str
results:
  description: The result of the number, as in M(chatapp.cams.cams_number_fleet). Empty if nothing was migrated.
  returned: after options were checked
  type: list
  elements: dict
summary:
  description: The number of calls by operation, in C(calls).
  returned: after options were checked
  type: dict
contact:
  description: Path of the contact file.
  returned: after options were checked
  type: str
page:
  description: Path of the page for people.
  returned: after options were checked
  type: str
asks_for_code:
  description: Whether the number waits for a code that a person can type now.
  returned: after options were checked
  type: bool
table:
  description: The lines that M(chatapp.cams.cams_show_results) shows.
  returned: after options were checked
  type: list
  elements: str
"""

from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import run_module
from ansible_collections.chatapp.cams.plugins.module_utils._modules.first_contact import (
    CONTACT_ARGUMENTS,
    first_contact,
)


def main() -> None:
    run_module(CONTACT_ARGUMENTS, first_contact)


if __name__ == "__main__":
    main()
