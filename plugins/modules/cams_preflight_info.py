#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_preflight_info
short_description: Check WhatsApp numbers before their migration
description:
  - Finds problems that would stop a run of M(chatapp.cams.cams_number_fleet) with the same O(numbers) or waste a code.
    Each finding says what to do next. The module only reads.
  - The module makes three calls for each space (numbers, WABA and business), and one more for each number that the
    space does not show or that is in migration.
  - "A C(blocker) stops its numbers: C(credentials_refused), C(not_subscribed), C(space_unknown),
    C(read_denied) (the access key may not make a call that a run needs), C(not_read) (there was no answer),
    C(waba_missing), C(waba_not_approved), C(business_not_verified), C(halted) (an operator must decide),
    C(number_impossible) and C(cannot_take_sms) (a landline or toll-free number whose O(numbers[].code_method) is
    V(sms))."
  - "A C(warning) should be checked: C(limited), C(name_not_approved), C(new_name_not_approved) (the display name was
    changed, and the review of the new name is pending or declined), C(number_unlikely), C(sms_not_advised) (a special
    kind of line), C(spelling) (two numbers that differ only by Mexico's 1, Argentina's 9 or Brazil's ninth digit) and
    C(verification_ran_out)."
  - "A C(note) is information: C(already_here), C(verified), C(under_way), C(two_step_verification) (a reminder, because
    it cannot be read), C(calls_not_tried) (calls that preflight cannot check) and C(types_not_checked) (C(phonenumbers)
    is not installed)."
  - Findings of a space do not concern its numbers that are already connected.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  override:
    description:
      - Blockers to ignore. Each item is the code of a finding or a number.
      - A code ignores this blocker for all numbers. A number ignores all blockers for this number.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
    type: list
    elements: str
    default: []
  concurrency:
    description:
      - Maximum number of spaces or numbers to read at the same time, from 1 to 64. O(rate_limit) still applies.
    type: int
    default: 32
extends_documentation_fragment:
  - chatapp.cams._number.list
  - chatapp.cams._auth
  - chatapp.cams._attributes
  - chatapp.cams._attributes.info
notes:
  - The type and the form of each number are checked only if the Python package C(phonenumbers) is installed.
  - The module cannot check calls that change something. The finding C(calls_not_tried) lists them.
seealso:
  - module: chatapp.cams.cams_number_fleet
  - plugin: chatapp.cams.cams_ram_policy
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Check two numbers before their migration
  chatapp.cams.cams_preflight_info:
    numbers:
      - cust_space_id: "293483938849493"
        phone_number: "+8613900001234"
      - cust_space_id: "293483938849493"
        phone_number: "+390212345678"
        code_method: voice
  register: preflight

- name: Stop if there are blockers
  ansible.builtin.assert:
    that: preflight.summary.blocked == 0
    fail_msg: "{{ preflight.findings | selectattr('severity', 'eq', 'blocker') }}"
"""

RETURN = r"""
findings:
  description: The findings, blockers first.
  returned: success
  type: list
  elements: dict
  sample:
    - severity: blocker
      code: waba_not_approved
      message: The review of its WABA is PENDING.
      next_action: Get the WABA approved before you migrate numbers to it.
      cust_space_id: "293483938849493"
      phone_number: null
      overridden: false
  contains: &finding
    severity:
      description: V(blocker), V(warning) or V(note).
      type: str
      returned: always
    code:
      description: The code of the finding.
      type: str
      returned: always
    message:
      description: A sentence that describes the finding.
      type: str
      returned: always
    next_action:
      description: What to do next. Empty if nothing is to be done.
      type: str
      returned: always
    cust_space_id:
      description: The space of the finding. Null if the finding is about the whole run.
      type: str
      returned: always
    phone_number:
      description: The number of the finding. Null if the finding is about the space or the whole run.
      type: str
      returned: always
    overridden:
      description: Whether this is a blocker that O(override) ignores.
      type: bool
      returned: always
results:
  description:
    - The numbers in the order of O(numbers), as M(chatapp.cams.cams_number_fleet) returns them in check mode. A number
      that a blocker stops has the outcome V(failed), and its C(error) is the blocker.
    - A number that could not be read, and is not stopped because of O(override), has the outcome V(unknown).
  returned: success
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number.
      type: str
      returned: always
    outcome:
      description: V(failed), or the outcome that a run would plan.
      type: str
      returned: always
    findings:
      description: The findings of the number and of its space.
      type: list
      elements: dict
      returned: always
      contains: *finding
summary:
  description: Counts of numbers, findings and calls.
  returned: success
  type: dict
  contains:
    declared:
      description: Number of declared numbers.
      type: int
      returned: always
    blocked:
      description: Number of numbers that a blocker stops.
      type: int
      returned: always
    blockers:
      description: Number of blockers, including ignored ones.
      type: int
      returned: always
    warnings:
      description: Number of warnings.
      type: int
      returned: always
    notes:
      description: Number of notes.
      type: int
      returned: always
    calls:
      description: Number of calls by operation.
      type: dict
      returned: always
"""

from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import run_module
from ansible_collections.chatapp.cams.plugins.module_utils._modules.preflight_info import (
    PREFLIGHT_ARGUMENTS,
    preflight_info,
)


def main() -> None:
    run_module(PREFLIGHT_ARGUMENTS, preflight_info)


if __name__ == "__main__":
    main()
