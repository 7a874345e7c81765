#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a virtual module that is entirely implemented as an action plugin and runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_role_hosts
short_description: List the hosts that run a role
description:
  - Lists the hosts for which C(ansible.builtin.include_tasks) has just included the file that this task is in. Hosts
    that a condition, a loop, C(meta) or C(run_once) leaves out are not listed, however the role was included.
  - The roles of this collection act once for all their hosts. They use this module, because no variable of Ansible
    lists these hosts. C(ansible_play_batch) also has the hosts that are left out.
  - Fails when the strategy of the play does not allow to act once for all hosts.
  - It connects to nothing and calls nothing.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  registered_as:
    description:
      - The name of the variable that the task with C(include_tasks) registers. Register the result of this module by
        the same name, with C(run_once). It then replaces what the hosts registered, so that nothing old is ever read.
      - Where no such task includes this one, all hosts of the batch are listed.
    type: str
    required: true
  numbers:
    description:
      - Numbers that are looked for among the other hosts of the play, those left out and those of other waves.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would have changed without changing it.
    support: full
    details:
      - It only reads.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: N/A
    details:
      - It only reads.
  idempotent:
    description: When run twice in a row with the same options, the second run does not change anything.
    support: full
  action:
    description: Runs on the controller, as an action plugin.
    support: full
notes:
  - Add C(ignore_errors) and let a later task fail each host. When a task with C(run_once) fails, Ansible fails every
    host of the play, also those that are left out.
  - It takes none of the options that the other modules share and is no member of their action group.
seealso:
  - module: chatapp.cams.cams_host_result
  - plugin: chatapp.cams.cams_declarations
    plugin_type: filter
"""

EXAMPLES = r"""
# roles/mine/tasks/main.yml
- name: Include the tasks for the hosts that run this role
  ansible.builtin.include_tasks: run.yml
  register: mine

# roles/mine/tasks/run.yml
- name: List the hosts that run this role
  chatapp.cams.cams_role_hosts:
    registered_as: mine
  register: mine
  ignore_errors: true
  run_once: true

- name: Read what they declare
  ansible.builtin.set_fact:
    declared: "{{ (mine.hosts | chatapp.cams.cams_declarations(hostvars)).numbers }}"
  when: mine is not failed
  run_once: true
"""

RETURN = r"""
hosts:
  description: The hosts that run the role, in the order of the play.
  returned: success
  type: list
  elements: str
  sample: [acme, support-cn]
declared_elsewhere:
  description: Those of O(numbers) that other hosts of the play declare, whether they run the role or not.
  returned: success
  type: list
  elements: str
  sample: ["+8613900001234"]
"""
