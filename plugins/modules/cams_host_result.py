#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a virtual module that is entirely implemented as an action plugin and runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_host_result
short_description: Set the result of each host from the results of its numbers
description:
  - Reads the results of one call for the numbers of many hosts, and returns to each host the results of its own
    numbers, in C(cams_phone_number) or C(cams_numbers). A failed number fails its host, and a changed number makes its
    host changed.
  - The module makes no connection and no API call. A host needs no address and no Python.
  - A host that declares no number is reported as ok.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  results_from:
    description:
      - Name of the variable with the result of M(chatapp.cams.cams_number_fleet), or with a list of results of
        M(chatapp.cams.cams_number_migration).
      - The variable must be registered or set as a fact. Its templates are not evaluated, so the module is fast for
        thousands of hosts.
    type: str
    required: true
  fail_on:
    description:
      - Outcomes that make a host fail. A host fails if one of its numbers has one of these outcomes.
      - A number without a result counts as V(not_attempted).
    type: list
    elements: str
    choices:
      - converged
      - planned
      - awaiting_code
      - awaiting_connection
      - awaiting_owner
      - needs_operator
      - unknown
      - failed
      - not_attempted
    default: [failed, unknown, not_attempted]
  fail_on_from:
    description:
      - Name of the variable with the result of M(chatapp.cams.cams_inventory_info). Its C(fail_on) replaces
        O(fail_on). Ansible evaluates no template for it, so the module is fast for thousands of hosts.
    type: str
  failures_from:
    description:
      - Names of registered variables. If one of these tasks failed, each host shows the message of the first failed
        task, and fails as if one of its numbers had failed.
    type: list
    elements: str
    default: []
  results_when_failed:
    description:
      - If V(false), the result of a host that fails does not contain RV(results), because Ansible prints all of such a
        result.
    type: bool
    default: true
  is_last_from:
    description:
      - Name of a variable that is V(true) if the play has no task after the role. The result of a host then does not
        contain RV(results). Ansible evaluates no template for it, so the module is fast for thousands of hosts.
    type: str
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would have changed without changing it.
    support: full
    details:
      - The module does the same. Planned numbers make their host changed.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run does not change anything.
    support: full
    details:
      - The module changes nothing. A host is changed if one of its results is changed.
  action:
    description: Runs on the controller, as an action plugin.
    support: full
notes:
  - Register the result to use RV(results) in later tasks. It is registered for each host, also for one that failed.
    The module sets no fact, because ansible-core 2.21 gives all hosts the facts of the last host after a task with
    C(run_once).
  - The module has none of the options that the other modules share, so it is not a member of their action group.
seealso:
  - module: chatapp.cams.cams_number_fleet
  - plugin: chatapp.cams.cams_declarations
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Reconcile the numbers of all hosts
  chatapp.cams.cams_number_fleet:
    numbers: "{{ (ansible_play_batch | chatapp.cams.cams_declarations(hostvars)).numbers }}"
  register: fleet
  run_once: true
  delegate_to: localhost
  failed_when: fleet.results is not defined # the next task fails the hosts of failed numbers

- name: Set the result of each host
  chatapp.cams.cams_host_result:
    results_from: fleet
  register: own

- name: Show the phase of each number of this host
  ansible.builtin.debug:
    msg: "{{ item.phone_number }} is {{ item.phase }}"
  loop: "{{ own.results }}"
  loop_control:
    label: "{{ item.phone_number }}"
"""

RETURN = r"""
msg:
  description:
    - A sentence with the outcome of the number and what to do next. A list if there are several numbers.
    - If the host fails, only the sentences about the numbers that make it fail. All hosts that fail for one reason have
      the same short message, which names no host and no number.
  returned: always
  type: raw
  sample: >-
    +8613900001234 is awaiting_code (absent → initiated). If no code arrives, run again with
    -e cams_resend=+8613900001234.
results:
  description: The results of the numbers of this host, in the order of their declaration.
  returned: always, unless O(is_last_from) or O(results_when_failed) leaves it out
  type: list
  elements: dict
diff:
  description:
    - Before and after of each number that changed, or would change.
    - In check mode, the phase after the planned steps, these steps, and the steps that follow once the code is given.
  returned: always
  type: list
  elements: dict
"""
