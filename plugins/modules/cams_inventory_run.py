# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_inventory_run
short_description: Reconcile, plan or check the numbers that hosts declare
description:
  - Reads the declarations of hosts and runs M(chatapp.cams.cams_number_fleet) or M(chatapp.cams.cams_preflight_info)
    once for all their numbers. Codes and secrets go directly to that module and are never kept in a variable.
  - The options come from the variables that the role P(chatapp.cams.reconcile#role) documents, such as
    C(cams_max_changes). Connection variables such as C(cams_endpoint) take precedence over the options here, which
    are meant for C(module_defaults).
  - A failed number does not fail the task, except with O(entry_point=contact). Use M(chatapp.cams.cams_host_result) to
    fail the hosts of failed numbers.
  - The roles of this collection use this module.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  entry_point:
    description:
      - What to run. V(reconcile) executes the next steps. V(plan) writes the planned steps to C(cams_plan_file).
        V(preflight) finds problems that would stop the numbers. V(read) returns the phase of each number. V(contact)
        runs M(chatapp.cams.cams_first_contact) and returns its result.
      - Only V(reconcile) and V(contact) write to CAMS.
    type: str
    choices: [reconcile, plan, preflight, read, contact]
    required: true
  hosts:
    description:
      - The hosts whose numbers to work on.
    type: list
    elements: str
    required: true
  only:
    description:
      - Work on these numbers only. C(cams_resend) and C(cams_reclaim) are not used then.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
    type: list
    elements: str
  codes_from:
    description:
      - Name of the variable with the codes. The codes of another variable than C(cams_codes) are used even if the run
        has C(cams_codes) as an extra variable.
    type: str
    default: cams_codes
  complete:
    description:
      - Name of the variable with the result of an earlier run of this module. Submits the codes that were set
        in C(cams_codes) since then, for numbers that wait for a code, and returns the earlier result completed.
    type: str
    default: ""
  known_codes_from:
    description:
      - Name of the variable with the C(cams_codes) of the earlier run. Used with O(complete).
    type: str
    default: ""
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._attributes
attributes:
  action:
    description: Runs on the controller, as an action plugin.
    support: full
  check_mode:
    support: full
    details:
      - Only reads are made.
  diff_mode:
    support: N/A
    details:
      - See M(chatapp.cams.cams_host_result), which returns the changes of each host.
  idempotent:
    support: full
    details:
      - As M(chatapp.cams.cams_number_fleet).
seealso:
  - module: chatapp.cams.cams_number_fleet
  - module: chatapp.cams.cams_preflight_info
  - module: chatapp.cams.cams_inventory_info
"""

EXAMPLES = r"""
- name: Read the phase of all declared numbers
  chatapp.cams.cams_inventory_run:
    entry_point: read
    hosts: "{{ ansible_play_batch }}"
  register: found
  run_once: true
  delegate_to: localhost
"""

RETURN = r"""
results:
  description: The results of O(chatapp.cams.cams_number_fleet#module:numbers), or the findings' results of a preflight.
  returned: when the module ran
  type: list
  elements: dict
summary:
  description: The summary of the module that ran.
  returned: when the module ran
  type: dict
waiting:
  description:
    - The numbers that wait or need a person. These are all numbers that are not as declared, and numbers that WhatsApp
      limits. The list holds no code.
  returned: with O(entry_point) V(reconcile), V(plan) or V(read)
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number.
      type: str
      returned: always
    cust_space_id:
      description: The space of the number.
      type: str
      returned: always
    host:
      description: The host that declares the number.
      type: str
      returned: always
    outcome:
      description: The outcome of the number. A number that WhatsApp limits is V(converged).
      type: str
      returned: always
    phase:
      description: The phase of the number, for example V(limited). Empty if it is not known.
      type: str
      returned: always
    code_method:
      description: How the code is sent, V(sms) or V(voice).
      type: str
      returned: always
    deadline:
      description:
        - Until when the last step lasts at least, in ISO 8601. A code lasts ten minutes, a verification 14 days. Empty
          when this run did not execute such a step.
      type: str
      returned: always
      sample: "2026-05-01T10:10:00+00:00"
    reason:
      description: Why the number failed or was not attempted, with the error code. Empty for other numbers.
      type: str
      returned: always
    next_action:
      description: What to do next, in a sentence.
      type: str
      returned: always
problem:
  description:
    - Why the whole run failed, such as O(chatapp.cams.cams_number_fleet#module:max_changes). Empty if it did not fail.
    - The task itself does not fail, because Ansible prints all results of a task that fails.
  returned: with O(entry_point) V(reconcile), V(plan) or V(read)
  type: str
host_of_number:
  description: The host that declares each number.
  returned: when the module ran
  type: dict
result_positions:
  description: The positions of the results of each host in RV(results), counted from 0.
  returned: when the module returned results
  type: dict
  sample: {acme: [0, 2], support-cn: [1]}
shared_messages:
  description: A short message for each number that failed for the same reason as other numbers.
  returned: when the module ran
  type: dict
numbers:
  description: The declared numbers.
  returned: with O(entry_point) V(contact)
  type: list
  elements: str
ask_for:
  description: The numbers that wait for a code, for the tasks in C(cams_code_tasks). Empty in check mode.
  returned: with O(entry_point) V(reconcile), V(plan) or V(read)
  type: list
  elements: dict
notify_of:
  description: All numbers in RV(waiting), for the tasks in C(cams_notify_tasks). Empty in check mode.
  returned: with O(entry_point) V(reconcile), V(plan) or V(read)
  type: list
  elements: dict
plan_file:
  description: Where the plan was written. Empty if no number could be planned.
  returned: with O(entry_point) V(plan)
  type: str
plan_fails:
  description:
    - Whether the playbook C(chatapp.cams.plan) ends with exit status 4. It does so if no number could be planned, or if
      C(cams_fail_on_drift) is set and some number could not be planned.
  returned: with O(entry_point) V(plan)
  type: bool
remark:
  description: A sentence for the table if the plan does not have all numbers. Otherwise empty.
  returned: with O(entry_point) V(plan)
  type: str
"""
