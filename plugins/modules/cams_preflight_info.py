#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_preflight_info
short_description: Find what would stop WhatsApp numbers before anything is spent on them
description:
  - Reads what a run of M(chatapp.cams.cams_number_fleet) with the same O(numbers) would find, and tells what would stop
    it or make it waste a code, each with what to do about it. It only reads.
  - For each space it makes three calls, for its numbers, its WABA and its business, and one more for each number that
    the space does not show, or shows as under way.
  - "A C(blocker) stops the numbers that it concerns: C(credentials_refused), C(not_subscribed), C(space_unknown),
    C(read_denied) (the access key may not make a call that a run needs), C(not_read) (there was no answer),
    C(waba_missing), C(waba_not_approved), C(business_not_verified), C(halted) (an operator has to decide),
    C(number_impossible) and C(cannot_take_sms) (a landline or toll-free number whose O(numbers[].code_method) is
    V(sms))."
  - "A C(warning) is worth a look: C(limited), C(name_not_approved), C(new_name_not_approved) (the display name was
    changed, and the review of the new name is pending or declined), C(number_unlikely), C(sms_not_advised) (a special
    kind of line), C(spelling) (two numbers that differ only by Mexico's 1, Argentina's 9 or Brazil's ninth digit) and
    C(verification_ran_out)."
  - "A C(note) tells: C(already_here), C(verified), C(under_way), C(two_step_verification) (a reminder, because it
    cannot be read), C(calls_not_tried) (what was not proved) and C(types_not_checked) (C(phonenumbers) is not
    installed)."
  - What a space lacks does not concern its numbers that are connected already.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  override:
    description:
      - Blockers to pass over, each by the code of the finding or by the number that it stops.
      - A blocker that is named by its code stops no number; a number that is named is stopped by no blocker.
    type: list
    elements: str
    default: []
  concurrency:
    description:
      - How many spaces or numbers are read at once, from 1 to 64. The pace is kept whatever it is.
    type: int
    default: 32
extends_documentation_fragment:
  - chatapp.cams._number.list
  - chatapp.cams._auth
  - chatapp.cams._attributes
  - chatapp.cams._attributes.info
notes:
  - Kinds of lines and the forms of numbers are checked where the Python package C(phonenumbers) is installed.
  - Calls that change something cannot be tried. The finding C(calls_not_tried) names them.
seealso:
  - module: chatapp.cams.cams_number_fleet
  - plugin: chatapp.cams.cams_ram_policy
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Look at two numbers before they are migrated
  chatapp.cams.cams_preflight_info:
    numbers:
      - cust_space_id: "293483938849493"
        phone_number: "+8613900001234"
      - cust_space_id: "293483938849493"
        phone_number: "+390212345678"
        code_method: voice
  register: preflight

- name: Go on only when nothing stops them
  ansible.builtin.assert:
    that: preflight.summary.blocked == 0
    fail_msg: "{{ preflight.findings | selectattr('severity', 'eq', 'blocker') }}"
"""

RETURN = r"""
findings:
  description: What was found, blockers first.
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
      description: What was found, in a word.
      type: str
      returned: always
    message:
      description: What was found, in a sentence.
      type: str
      returned: always
    next_action:
      description: What to do about it. Empty when nothing is to be done.
      type: str
      returned: always
    cust_space_id:
      description: The space that it is about. Null when it is about the whole run.
      type: str
      returned: always
    phone_number:
      description: The number that it is about. Null when it is about the space or the whole run.
      type: str
      returned: always
    overridden:
      description: Whether it is a blocker that O(override) names.
      type: bool
      returned: always
results:
  description:
    - Each number in the order of O(numbers), as M(chatapp.cams.cams_number_fleet) returns it in check mode. A number
      that a blocker stops has the outcome V(failed), and its C(error) is the blocker.
    - One whose place could not be read, and that is not stopped because of O(override), is V(unknown).
  returned: success
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number.
      type: str
      returned: always
    outcome:
      description: V(failed), or how a run would go on with it.
      type: str
      returned: always
    findings:
      description: What concerns the number, its space included.
      type: list
      elements: dict
      returned: always
      contains: *finding
summary:
  description: The findings in figures.
  returned: success
  type: dict
  contains:
    declared:
      description: How many numbers were looked at.
      type: int
      returned: always
    blocked:
      description: How many of them are stopped.
      type: int
      returned: always
    blockers:
      description: How many findings are blockers, overridden ones included.
      type: int
      returned: always
    warnings:
      description: How many are warnings.
      type: int
      returned: always
    notes:
      description: How many are notes.
      type: int
      returned: always
    calls:
      description: How many calls were made, by operation.
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
