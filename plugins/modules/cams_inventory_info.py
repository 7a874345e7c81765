# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_inventory_info
short_description: Check the declarations of the hosts that run a role
description:
  - Checks the numbers that hosts declare and the variables of a run. All mistakes are found before the first API call
    and returned together.
  - A mistake does not fail the task, because Ansible prints the whole result of a task that fails. Let
    M(chatapp.cams.cams_show_results) show the mistakes and M(chatapp.cams.cams_host_result) fail the hosts.
  - Returns the hosts that run the role. A condition, a loop, C(meta) or C(run_once) may leave hosts of the play out,
    and no variable of Ansible lists the hosts that remain.
  - In the first wave of a play with C(serial), the declarations of later waves are checked too.
  - Refuses a strategy that runs tasks for each host separately, because the roles act once for all hosts.
  - The module makes no connection and no API call. The roles of this collection use it as their first task.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  entry_point:
    description:
      - The entry point of the role. It decides which variables of a run are checked.
    type: str
    choices: [reconcile, plan, preflight, read, contact, report]
    required: true
  registered_as:
    description:
      - Name of the variable that the task with C(include_tasks) registers. Register the result of this module under
        the same name, with C(run_once), so that no host keeps an old result.
      - If no such task includes this one, all hosts of the batch are returned.
    type: str
    required: true
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would have changed without changing it.
    support: full
    details:
      - The module only reads.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: N/A
    details:
      - The module only reads.
  idempotent:
    description: When run twice in a row with the same options, the second run does not change anything.
    support: full
  action:
    description: Runs on the controller, as an action plugin.
    support: full
notes:
  - The module has none of the options that the other modules share, so it is not a member of their action group.
seealso:
  - module: chatapp.cams.cams_inventory_run
  - module: chatapp.cams.cams_show_results
  - module: chatapp.cams.cams_host_result
"""

EXAMPLES = r"""
# roles/mine/tasks/main.yml
- name: Include the tasks for the hosts that run this role
  ansible.builtin.include_tasks: run.yml
  register: mine

# roles/mine/tasks/run.yml
- name: Validate inventory
  chatapp.cams.cams_inventory_info:
    entry_point: plan
    registered_as: mine
  register: mine
  run_once: true

- name: Show mistakes
  chatapp.cams.cams_show_results:
    results_from: mine
  run_once: true

- name: Stop after mistakes
  ansible.builtin.assert:
    that: mine.problem == ''
    fail_msg: "{{ mine.problem }}"
"""

RETURN = r"""
problem:
  description: Why the role cannot run, in one sentence that names no host. Empty if it can.
  returned: always
  type: str
  sample: There are 10 mistakes in the inventory. See "Show results".
mistakes:
  description:
    - The first 50 mistakes. A mistake that several hosts share, for example in the variables of a group, is one
      mistake.
  returned: if there is a problem
  type: list
  elements: dict
  contains:
    host:
      description: The first host with the mistake, and how many more hosts have it. Empty for a variable of the run.
      type: str
      sample: shop-1 and 3 more hosts
    variable:
      description: The variable, with the place of an item in a list.
      type: str
      sample: cams_numbers[2].state
    value:
      description: The value, or the template that has no value. Codes, keys and addresses are never shown.
      type: str
      sample: '"registred"'
    fix:
      description: Why the value is wrong, and what to write instead.
      type: str
      sample: Write initiated, verified or registered. Did you mean registered?
mistake_count:
  description: Number of mistakes.
  returned: if there is a problem
  type: int
hosts:
  description: The hosts that run the role, in the order of the play. Empty if there is a problem.
  returned: always
  type: list
  elements: str
  sample: [acme, support-cn]
numbers:
  description: Number of declared numbers.
  returned: success
  type: int
  sample: 120
fail_on:
  description: The outcomes that make a host fail, for O(chatapp.cams.cams_host_result#module:fail_on).
  returned: always
  type: list
  elements: str
  sample: [failed, unknown, not_attempted]
code_tasks:
  description: The absolute path of C(cams_code_tasks). Empty when the variable is not set.
  returned: success
  type: str
notify_tasks:
  description: The absolute path of C(cams_notify_tasks). Empty when the variable is not set.
  returned: success
  type: str
continue_when:
  description: The value of C(cams_continue_when), for O(chatapp.cams.cams_show_results#module:continue_when).
  returned: success
  type: str
  sample: always
source:
  description: What the report is made from.
  returned: with O(entry_point=report)
  type: str
results_from:
  description: The name of the variable with the results, for O(chatapp.cams.cams_report#module:results_from).
  returned: with O(entry_point=report)
  type: str
declared:
  description: The host of each number, for O(chatapp.cams.cams_report#module:hosts).
  returned: with O(entry_point=report)
  type: dict
journal:
  description: The absolute path of the journal. Empty when the journal is turned off.
  returned: with O(entry_point=report)
  type: str
store:
  description: C(cams_store) and C(cams_store_required), if they are set, under the names of the module's options.
  returned: with O(entry_point=report)
  type: dict
directory:
  description: The absolute path of C(cams_report_directory).
  returned: with O(entry_point=report)
  type: str
plan:
  description: The absolute path of C(cams_report_plan). Empty unless the report is made from a plan.
  returned: with O(entry_point=report)
  type: str
show_numbers:
  description: The value of C(cams_report_show_numbers).
  returned: with O(entry_point=report)
  type: bool
mode:
  description: The value of C(cams_report_mode).
  returned: with O(entry_point=report)
  type: str
"""
