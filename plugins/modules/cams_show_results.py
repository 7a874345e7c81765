# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_show_results
short_description: Show the table at the end of a run
description:
  - Shows one table as text. Its totals come first, then each number that needs a person or that WhatsApp limits, the
    worst first, then the numbers that wait. Numbers that are as declared are counted and not listed.
  - Shows a cause that many numbers share once, such as a wrong secret, with their count and the first of them.
  - Shows the findings of a preflight, and what it checked.
  - Shows the mistakes that M(chatapp.cams.cams_inventory_info) found as a table with host, variable, value, and what
    to write instead. The table has at most 50 lines, and says how many more mistakes there are.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  results_from:
    description:
      - Name of the variable with the result of M(chatapp.cams.cams_number_fleet),
        M(chatapp.cams.cams_preflight_info), M(chatapp.cams.cams_inventory_run) or M(chatapp.cams.cams_report). Its
        templates are not evaluated.
    type: str
    required: true
  failures_from:
    description:
      - Names of registered variables. The messages of these tasks are shown first, if the tasks failed or returned
        C(problem).
    type: list
    elements: str
    default: []
  fail_on:
    description:
      - Outcomes that make a host fail. The module only uses them for RV(ends_play).
    type: list
    elements: str
    default: []
  continue_when:
    description:
      - When the next batch of C(serial) may start. V(as_declared) waits until every number of this batch is as
        declared. The module then shows what was not started, and returns RV(ends_play=true).
      - Not used in check mode, which changes nothing that a later batch could wait for.
    type: str
    choices: [always, as_declared]
    default: always
  is_last:
    description:
      - Whether the play has no task after the role. If no host fails, the module then returns RV(ends_play=true), so
        that Ansible need not go through all hosts again at the end of the role.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would have changed without changing it.
    support: full
    details:
      - The module only prints.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: N/A
    details:
      - The module only prints
  idempotent:
    description: When run twice in a row with the same options, the second run does not change anything.
    support: full
  action:
    description: Runs on the controller, as an action plugin.
    support: full
notes:
  - The module has none of the options that the other modules share, so it is not a member of their action group.
seealso:
  - module: chatapp.cams.cams_host_result
"""

EXAMPLES = r"""
- name: Reconcile two numbers
  chatapp.cams.cams_number_fleet:
    numbers:
      - cust_space_id: "293483938849493"
        phone_number: "+8613900001234"
      - cust_space_id: "293483938849494"
        phone_number: "+4915112345678"
  register: fleet

- name: Show results
  chatapp.cams.cams_show_results:
    results_from: fleet
"""

RETURN = r"""
ends_play:
  description:
    - Whether to end the play, because its next batch must not start (see O(continue_when)), or because nothing is left
      to do (see O(is_last)).
  returned: success
  type: bool
"""
