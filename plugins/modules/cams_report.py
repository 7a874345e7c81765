#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# This is a virtual module that is entirely implemented as an action plugin and runs on the controller.

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_report
short_description: Write a report about WhatsApp numbers for people and for machines
description:
  - Writes the results of a run or a plan as files, together with the timeline of each number from the journal or the
    store.
  - C(report.html) is one page that needs no network. C(summary.md) is for a pipeline or a merge request. C(numbers.csv)
    is for a spreadsheet. C(junit.xml) has a case for each number. C(cams.prom) is for the textfile collector of
    Prometheus' node exporter. C(report.json) holds everything in a versioned form.
  - This module makes no API call. It connects only to the database in O(store). The role
    P(chatapp.cams.report#role) can also read the numbers anew.
  - If the folder holds an earlier C(report.json), the report shows what changed since then. If that file cannot be
    compared, for example because it is damaged or about other numbers, the report says so.
  - Each file replaces the old one in one step, so a reader never sees a part of a file.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  results_from:
    description:
      - Name of the variable that holds the return value of M(chatapp.cams.cams_number_fleet), or the list of its
        results.
      - An earlier task must have registered the variable or set it as a fact. Templates inside its value are not
        evaluated.
      - Set exactly one of O(results_from) and O(plan).
    type: str
  plan:
    description:
      - File of a plan, as the playbook C(chatapp.cams.plan) writes it. A plan does not hold the quality, the tier and
        the name of a number.
    type: path
  journal:
    description:
      - Journal of the runs. The report takes the timeline of each number from it, and the time when the number entered
        its phase.
      - Lines in another format are skipped and named in a warning. If the journal is not set or missing, the report
        says so.
      - Not read with O(store).
    type: path
  store:
    description:
      - Address of the PostgreSQL database from which the report takes the timelines in place of O(journal). See
        M(chatapp.cams.cams_number_fleet).
      - If not set, E(CAMS_STORE) is used.
      - A store keeps the history of each account. O(endpoint) and the id of the access key name the account, so the
        report needs the same connection options as the runs. O(access_key_id) needs no secret here, because the
        module makes no API call.
    type: str
  store_required:
    description:
      - If true, the module refuses to write a report without O(store).
      - If not set, E(CAMS_STORE_REQUIRED) is used.
    type: bool
    default: false
  hosts:
    description:
      - Host of each number, as the key C(hosts) of the filter P(chatapp.cams.cams_declarations#filter) returns them.
      - If given with O(results_from), the report has only these numbers.
    type: dict
  directory:
    description:
      - Folder to write to. It is created if it is missing. Users who can read the files can also enter it.
    type: path
    required: true
  show_numbers:
    description:
      - Whether the report shows whole phone numbers. If V(false), it shows only the country code and the last digits of
        each number, also in sentences and in the names of hosts.
      - If V(true), C(cams.prom) has series of each number.
    type: bool
    default: false
  mode:
    description:
      - Mode of the files, with its leading zero and in quotes. A report names customers and the state of their numbers,
        so by default only its owner can read it. A node exporter needs V("0644").
    type: str
    default: "0600"
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._store
  - chatapp.cams._attributes
attributes:
  check_mode:
    support: full
    details:
      - In check mode no file is written. The role P(chatapp.cams.report#role) writes its report in check mode too.
  diff_mode:
    support: none
  idempotent:
    support: none
    details:
      - Each report contains the time at which it was made.
  action:
    description: Runs on the controller, as an action plugin.
    support: full
notes:
  - When the environment variable E(GITHUB_STEP_SUMMARY) names a file, the summary is appended to it.
  - C(numbers.csv) is UTF-8 with a byte order mark, which Excel needs. Text that a spreadsheet would read as a formula,
    a number or a date has an apostrophe in front. C(report.json) has the text unchanged.
  - Characters that reorder or hide text, such as right-to-left marks in a display name, are shown as their code points.
  - In C(junit.xml) a waiting number is skipped, with the reason. V(failed) is a failure, V(unknown) is an error.
  - Without O(store), the connection options have no effect.
seealso:
  - module: chatapp.cams.cams_number_fleet
  - plugin: chatapp.cams.cams_declarations
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Reconcile the numbers of all hosts
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

- name: Write the report with the timelines of a store
  chatapp.cams.cams_report:
    results_from: fleet
    store: postgresql://cams@db.example.com/cams # the password is in ~/.pgpass or in PGPASSWORD
    directory: ./cams-report
  run_once: true

- name: Write the report on a plan, with whole phone numbers
  chatapp.cams.cams_report:
    plan: plan.json
    directory: ./cams-report
    show_numbers: true
"""

RETURN = r"""
msg:
  description: Count of the numbers that are not as declared, and the path of the page.
  returned: always
  type: str
  sample: "WhatsApp numbers: 2 of 12 are not as declared. The report is /srv/cams-report/report.html."
files:
  description: Paths of the written files.
  returned: success
  type: list
  elements: str
table:
  description: The lines of the table that M(chatapp.cams.cams_show_results) shows. Numbers are masked as in the report.
  returned: success
  type: list
  elements: str
summary:
  description: Figures of the report, as in C(report.json).
  returned: success
  type: dict
  contains:
    declared:
      description: Count of declared numbers.
      returned: always
      type: int
    drifted:
      description: Count of the numbers that are not as declared.
      returned: always
      type: int
    outcomes:
      description: Count of numbers for each outcome.
      returned: always
      type: dict
    phases:
      description: Count of numbers for each phase.
      returned: always
      type: dict
"""
