#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_code_wait
short_description: Wait for the verification codes of many numbers
description:
  - Looks into one or more sources of codes until each number has its code or the time is over, and returns what came
    and what is missing. One wait serves all numbers, where a wait for each would hold up the others.
  - It looks at once, and then at intervals that grow from 1 to 15 seconds. Each look reads an inbox once for all
    numbers that are still missing.
  - It never takes a code away and calls CAMS for nothing. That a code is missing when the time is over is no failure.
  - A source that cannot be used, such as a file that other accounts can read, or an inbox that refuses the token or
    answers with a web page, is told at once. One that does not answer is asked again until the time is over; it is a
    failure when no code came at all, and a warning otherwise.
  - When a source holds two codes for a number that differ, or two sources disagree, the number counts as missing, and a
    warning says where they were found. It is not waited for when nothing else is missing.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  numbers:
    description:
      - The numbers that wait for a code, each in E.164 with its plus and in quotes.
    type: list
    elements: str
    required: true
  timeout:
    description:
      - How many seconds to wait at most. V(0) looks once.
      - From V(0) to V(86400).
    type: int
    default: 300
extends_documentation_fragment:
  - chatapp.cams._code_sources
attributes:
  action:
    description: Has an action plugin that runs on the controller.
    support: full
  check_mode:
    description: Can run in C(check_mode) and return what it would have changed without changing it.
    support: full
    details:
      - It looks once and does not wait.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: N/A
    details:
      - It only reads.
  idempotent:
    description: When run twice in a row with the same options, the second run does not change anything.
    support: full
notes:
  - The result holds codes, so Ansible is told to show nothing of it, whether or not the task has C(no_log). Errors and
    warnings hold none and are shown; with C(no_log=true) they are not.
  - Do not show the codes in another task or keep them as facts with C(cacheable).
  - Ansible hands the options to the module in a temporary file of its own, which is private and removed at the end. A
    run that is killed leaves that file; with pipelining there is none.
  - It takes none of the options that the other modules share and is no member of their action group.
  - When it is told to stop, by C(SIGTERM), C(SIGINT) or C(SIGHUP), it ends at once.
seealso:
  - plugin: chatapp.cams.cams_code
    plugin_type: lookup
  - module: chatapp.cams.cams_number_fleet
"""

EXAMPLES = r"""
- name: Start the migrations and have codes sent
  chatapp.cams.cams_number_fleet:
    numbers: "{{ my_numbers }}"
  register: fleet

- name: Wait for the codes, five minutes at most
  chatapp.cams.cams_code_wait:
    numbers: "{{ fleet.results | selectattr('outcome', 'eq', 'awaiting_code') | map(attribute='phone_number') }}"
    url:
      address: https://sms.example.com/api/inbox?limit=500
      headers:
        Authorization: "Bearer {{ gateway_token }}"
      messages: data
      number_field: recipient
      time_field: received_at
      text_field: message
    timeout: 300
  register: wait
  run_once: true

- name: Hand in the codes that came
  chatapp.cams.cams_number_fleet:
    numbers: "{{ wait.codes | dict2items(key_name='phone_number', value_name='verify_code') | map('combine', space) }}"
  vars:
    space:
      cust_space_id: "293483938849493"
  when: wait.codes != {}

# Or in an inventory, where each host finds its own:
#   cams_verify_code: "{{ (wait | default({})).codes[cams_phone_number] | default('') }}"

- name: Say whose code is missing
  ansible.builtin.debug:
    msg: "No code came for {{ wait.missing | join(', ') }}. Run again when it has."
  when: wait.missing != []

- name: Look once into a folder of files
  chatapp.cams.cams_code_wait:
    numbers: ["+8613900001234", "+8613900005678"]
    file: /run/codes
    timeout: 0
  register: arrived
"""

RETURN = r"""
codes:
  description: The codes that came, by number. Empty when the module failed; they are still where they were found.
  returned: always
  type: dict
  sample: {"+8613900001234": "012345"}
missing:
  description: The numbers whose code did not come, in the order of O(numbers).
  returned: always
  type: list
  elements: str
  sample: ["+8613900005678"]
waited_seconds:
  description: How long the module took.
  returned: always
  type: float
  sample: 42.5
"""

from ansible_collections.chatapp.cams.plugins.module_utils._ansible_floor import make_module
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import SourceError
from ansible_collections.chatapp.cams.plugins.module_utils._codes.waiting import WAIT_ARGUMENTS, code_wait


def main() -> None:
    module = make_module(argument_spec=WAIT_ARGUMENTS, supports_check_mode=True)
    try:
        result = code_wait(module)
    except SourceError as error:
        module.fail_json(msg=str(error), codes={}, missing=module.params["numbers"], waited_seconds=0.0)
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
