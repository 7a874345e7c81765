#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a virtual module that is entirely implemented as an action plugin and runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_host_result
short_description: Report to each host what a run did for its numbers
description:
  - Takes the results of all numbers that one call brought about for many hosts, and reports to each host those of the
    numbers that it declares, in C(cams_phone_number) or C(cams_numbers). So a number that failed is a failed host in
    the recap, and one that changed a changed host.
  - It connects to nothing and calls nothing. A host needs no address and no Python.
  - A host that declares no number is reported as ok.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  results_from:
    description:
      - The name of the variable that holds the results of all numbers, each as
        M(chatapp.cams.cams_number_migration) returns it, or what M(chatapp.cams.cams_number_fleet) returned.
      - The variable must have been registered or set as a fact. It is read as it stands and not evaluated, which keeps
        this fast for thousands of hosts.
    type: str
    required: true
  fail_on:
    description:
      - A host fails when one of its numbers ended with one of these outcomes.
      - A number without a result counts as V(not_attempted).
    type: list
    elements: str
    choices:
      - converged
      - planned
      - awaiting_code
      - awaiting_connection
      - needs_operator
      - unknown
      - failed
      - not_attempted
    default: [failed, unknown, not_attempted]
  failures_from:
    description:
      - The names of registered variables. If one of these tasks failed, each host gets the message of the first of
        them, and fails as if one of its numbers had ended V(failed).
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would have changed without changing it.
    support: full
    details:
      - It does the same, and reports what was planned as changed.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same options, the second run does not change anything.
    support: full
    details:
      - It changes nothing itself. It reports as changed what the results report as changed.
  action:
    description: Runs on the controller, as an action plugin.
    support: full
notes:
  - Register the result to use RV(results) in later tasks. It is registered for each host, also for one that failed.
    There is no fact of it, since ansible-core 2.21 gives all hosts the facts of the last one after a task with
    C(run_once).
  - It takes none of the options that the other modules share and is no member of their action group.
seealso:
  - module: chatapp.cams.cams_number_fleet
  - plugin: chatapp.cams.cams_declarations
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Bring the numbers of all hosts to what is declared
  chatapp.cams.cams_number_fleet:
    numbers: "{{ (ansible_play_batch | chatapp.cams.cams_declarations(hostvars)).numbers }}"
  register: fleet
  run_once: true
  delegate_to: localhost
  failed_when: fleet.results is not defined # each host says itself what became of its numbers

- name: Report to each host
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
  description: How the number ended and what is left to do, in a sentence for a person. A list when there are several.
  returned: always
  type: raw
  sample: "+8613900001234 is awaiting_code (absent → initiated). Submit the code that reached the phone as verify_code."
results:
  description: The results of the numbers of this host, in the order in which it declares them.
  returned: always
  type: list
  elements: dict
diff:
  description: Before and after of each number that changed, or would change.
  returned: always
  type: list
  elements: dict
"""
