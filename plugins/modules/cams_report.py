#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a virtual module that is entirely implemented as an action plugin and runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_report
short_description: Write a report on WhatsApp numbers for people and for machines
description:
  - Writes what a run or a plan says of each number, and what the journal remembers of it, as files. C(report.html) is
    one page that needs no network. C(summary.md) is for a pipeline or a merge request. C(numbers.csv) is for a
    spreadsheet. C(junit.xml) has a case for each number. C(cams.prom) is for the textfile collector of Prometheus'
    node exporter. C(report.json) holds everything in a versioned form.
  - It calls nothing and connects to nothing. The role P(chatapp.cams.report#role) can also read the numbers anew.
  - Every file is replaced at once, so a reader never sees a part of one.
version_added: 0.1.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  results_from:
    description:
      - The name of the variable that holds what M(chatapp.cams.cams_number_fleet) returned, or the list of its results.
      - The variable must have been registered or set as a fact. It is read as it stands and not evaluated.
      - Exactly one of O(results_from) and O(plan) is given.
    type: str
  plan:
    description:
      - The file of a plan, as the playbook C(chatapp.cams.plan) writes it. A plan does not hold what the cloud says of
        quality, tier and name.
    type: path
  journal:
    description:
      - The journal of the runs. It tells since when a number is in its phase, and the timeline of each number.
      - Lines that it does not know are passed over and named in a warning. Without a journal, or when it is missing,
        the report says so.
    type: path
  hosts:
    description:
      - The host of each number, as C(hosts) of the filter P(chatapp.cams.cams_declarations#filter) has them.
    type: dict
    default: {}
  directory:
    description:
      - The folder to write to. It is made when it is missing, and whoever may read the files may enter it.
    type: path
    required: true
  show_numbers:
    description:
      - Whether the report shows the numbers. If not, only the country code and the last digits of each are shown,
        wherever they stand, also in sentences and in the names of hosts.
      - Also whether C(cams.prom) has series of each number.
    type: bool
    default: false
  mode:
    description:
      - The mode of the files, with its leading zero and in quotes. A report names customers and how their numbers are,
        so only its owner may read it unless you say otherwise, for example V("0644") for a node exporter.
    type: str
    default: "0600"
attributes:
  check_mode:
    description: Can run in C(check_mode) and return what it would have changed without changing it.
    support: full
    details:
      - Nothing is written in check mode. The role P(chatapp.cams.report#role) writes its report in check mode too.
  diff_mode:
    description: Returns what changed, or would change, when in diff mode.
    support: none
  idempotent:
    description: When run twice in a row with the same options, the second run does not change anything.
    support: none
    details:
      - Each report carries the time at which it was made.
  action:
    description: Runs on the controller, as an action plugin.
    support: full
notes:
  - When the environment variable E(GITHUB_STEP_SUMMARY) names a file, the summary is added to it.
  - C(numbers.csv) is UTF-8 with a byte order mark, which Excel needs. Text that a spreadsheet would take for a formula,
    a number or a date has an apostrophe in front. C(report.json) has the text as it is.
  - Signs that reorder or hide text, such as right-to-left marks in a display name, are shown as their code points.
  - In C(junit.xml) a number that waits is skipped and says what it waits for. V(failed) is a failure, V(unknown) an
    error.
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
    journal: ./cams-journal.jsonl
  register: fleet
  run_once: true
  delegate_to: localhost
  failed_when: fleet.results is not defined

- name: Write the report
  chatapp.cams.cams_report:
    results_from: fleet
    journal: ./cams-journal.jsonl
    hosts: "{{ (ansible_play_batch | chatapp.cams.cams_declarations(hostvars)).hosts }}"
    directory: ./cams-report
  run_once: true

- name: Write the report on a plan, with the numbers in it
  chatapp.cams.cams_report:
    plan: plan.json
    directory: ./cams-report
    show_numbers: true
"""

RETURN = r"""
msg:
  description: How many numbers are not as declared, and where the page is.
  returned: always
  type: str
  sample: "WhatsApp numbers: 2 of 12 are not as declared. The report is /srv/cams-report/report.html."
files:
  description: The files that were written.
  returned: success
  type: list
  elements: str
summary:
  description: The report in figures, as C(report.json) has them.
  returned: success
  type: dict
  contains:
    declared:
      description: How many numbers are declared.
      returned: always
      type: int
    drifted:
      description: How many of them are not as declared.
      returned: always
      type: int
    outcomes:
      description: How many numbers ended with each outcome.
      returned: always
      type: dict
    phases:
      description: How many numbers stand in each phase.
      returned: always
      type: dict
"""
