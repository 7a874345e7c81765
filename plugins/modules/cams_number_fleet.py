#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_fleet
short_description: Migrate many WhatsApp numbers from another provider to CAMS
description:
  - Migrates many numbers, in one or several spaces, to their declared states. Run the module as often as you like. Each
    run makes the next steps for every number and returns what to do next.
  - The module treats each number like M(chatapp.cams.cams_number_migration). It queries each space once for all its
    numbers, and processes numbers in parallel, within the API's limit of ten calls a second for each operation. If all
    numbers are as declared, a run makes one call for each space.
  - A problem of one number does not stop other numbers. The task fails at the end if a number failed or is unknown, and
    returns all results. If the same error repeats, the run starts no further numbers.
  - On C(SIGTERM), C(SIGINT) or C(SIGHUP), the run starts no new step. Results and journal show the steps that were
    made.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  resend:
    description:
      - Numbers of O(numbers) for which to request another code. Ignored for verified numbers. Numbers that are not
        initiated are initiated first.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
      - Remove a number from this list after the run.
    type: list
    elements: str
    default: []
  reclaim:
    description:
      - Numbers of O(numbers) whose migration to start again. This applies to numbers that the space shows as
        C(MIGRATED), C(DELETED) or C(DISCONNECTED), to migrations that somebody cancelled in the console, and to numbers
        whose status the service refuses to show.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
      - Somebody may have moved the numbers away on purpose. Find out why before you add a number.
      - A code is requested only if O(journal) or O(store) contains earlier runs and shows no code request for the
        number, or if O(resend) contains the number too.
    type: list
    elements: str
    default: []
  max_changes:
    description:
      - Maximum number of numbers to change in one run. A run that would change more stops before its first write and
        returns how many numbers it would change. V(0) means no limit.
    type: int
    default: 50
  stop_after_equal_errors:
    description:
      - Stop a space after this many of its numbers in a row failed with the same error. The numbers of other spaces go
        on.
      - Stop the run if the numbers belong to several spaces, or if the error is about the access key. A space that was
        stopped counts as one number here.
      - The run completes the numbers that it already started. The other numbers have the outcome C(not_attempted). V(0)
        never stops.
    type: int
    default: 5
  plan:
    description:
      - Plan to apply, RV(plan) of an earlier run in check mode. If a number has changed since the plan or needs other
        steps, the run stops before its first write.
      - The plan does not start a number whose owner was not ready for a code when the plan was made, also if the
        owner is ready now.
      - Numbers in RV(plan.not_planned) are not read and have the outcome C(not_attempted).
    type: dict
  concurrency:
    description:
      - Maximum number of numbers to process at the same time, from V(1) to V(64). The rate limit always applies.
    type: int
    default: 32
  wait_timeout:
    description:
      - Maximum number of seconds to wait until registered numbers are connected. V(0) does not wait.
      - From V(0) to V(86400).
    type: int
    default: 120
  lock_timeout:
    description:
      - Maximum number of seconds to wait for other runs that work on some of the same numbers. These are runs on this
        machine or, with O(store), on any machine that shares the store.
      - From V(0) to V(86400).
    type: int
    default: 30
  health:
    description:
      - Whether to also check whether connected numbers can send messages. This makes one call for each connected
        number.
      - A connected number that cannot send has the outcome C(needs_operator).
    type: bool
    default: false
extends_documentation_fragment:
  - chatapp.cams._number.list
  - chatapp.cams._code_sources.of_a_run
  - chatapp.cams._auth
  - chatapp.cams._store
  - chatapp.cams._attributes
attributes:
  action:
    description: Has an action plugin that shows the progress of the run about every ten seconds.
    support: full
  check_mode:
    support: full
    details:
      - The module only reads, and returns the steps that a run would make. RV(ignore:changed) is true if there are
        steps. Use RV(plan) as the option O(plan) of a later run.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Every run requests another code for the numbers in O(resend), if O(journal) or O(store) allows it.
notes:
  - The first run on an account learns with one number how the service refuses an unknown number. This makes three
    calls. If the service still refuses that number after it accepted its initiate, the other new numbers have the
    outcome C(not_attempted).
  - The run reads the status of each number that the space does not show or that waits for a code. A thousand such
    numbers take a hundred seconds, at ten calls a second.
  - If a run initiates more than two numbers of a space, it syncs the space and reads their status from its rows. If a
    row does not show the status, the run reads the status of that number.
seealso:
  - module: chatapp.cams.cams_number_migration
  - module: chatapp.cams.cams_store
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
- name: Migrate two numbers
  chatapp.cams.cams_number_fleet:
    numbers:
      - cust_space_id: "293483938849493"
        phone_number: "+8613900001234"
      - cust_space_id: "293483938849494"
        phone_number: "+4915112345678"
        state: verified
    journal: ./cams-journal.jsonl
  register: fleet

- name: Show what to do next
  ansible.builtin.debug:
    msg: "{{ item.phone_number }} is {{ item.outcome }}. {{ item.next_action }}"
  loop: "{{ fleet.results }}"
  loop_control:
    label: "{{ item.phone_number }}"

- name: Start the migrations, wait up to ten minutes for the codes, and submit each as it arrives
  chatapp.cams.cams_number_fleet:
    numbers: "{{ my_numbers }}"
    code_source:
      file: /run/codes
    code_wait_seconds: 600
    journal: ./cams-journal.jsonl

- name: Submit the codes that arrived, from a file such as codes.yml with "+8613900001234" and "012345", both in quotes
  chatapp.cams.cams_number_fleet:
    numbers:
      - cust_space_id: "293483938849493"
        phone_number: "+8613900001234"
        verify_code: "{{ codes['+8613900001234'] | default(omit) }}"
    journal: ./cams-journal.jsonl

- name: Migrate numbers from several machines that share a store
  chatapp.cams.cams_number_fleet:
    numbers: "{{ my_numbers }}"
    store: postgresql://cams@db.example.com/cams # the password is in ~/.pgpass or in PGPASSWORD
    store_required: true

- name: Plan a run
  chatapp.cams.cams_number_fleet:
    numbers: "{{ my_numbers }}"
  check_mode: true
  register: planned

- name: Apply the plan
  chatapp.cams.cams_number_fleet:
    numbers: "{{ my_numbers }}"
    plan: "{{ planned.plan }}"
    max_changes: 500
    journal: ./cams-journal.jsonl
"""

RETURN = r"""
results:
  description: How each number ended this run, in the order of O(numbers).
  returned: when the options are correct
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number.
      returned: always
      type: str
      sample: "+8613900001234"
    cust_space_id:
      description: Its space.
      returned: always
      type: str
      sample: "293483938849493"
    state:
      description: The declared state.
      returned: always
      type: str
      sample: registered
    previous_phase:
      description: Phase before this run. Null if the number could not be read.
      returned: always
      type: str
      sample: absent
    phase:
      description: Phase after this run, if it is known.
      returned: always
      type: str
      sample: initiated
    planned_phase:
      description: Phase after the planned steps, in check mode. In a run, the same as the phase after the run.
      returned: always
      type: str
      sample: initiated
    outcome:
      description:
        - How the number ended this run.
        - V(converged), the number is as declared. V(planned), check mode found steps. V(awaiting_code), a person must
          submit the code. V(awaiting_connection), the number is registered and not connected yet. V(awaiting_owner),
          the migration is not started, because the owner of the number is not ready for a code. V(needs_operator), a
          person must decide.
        - V(unknown), an answer was lost and no read shows the effect. V(failed), see RV(results[].error). Both fail the
          task. V(not_attempted), the run stopped before it began with the number.
      returned: always
      type: str
      sample: awaiting_code
    changed:
      description: Whether this run changed the number, or would change it in check mode.
      returned: always
      type: bool
    actions:
      description: The steps that this run made, or would make in check mode.
      returned: always
      type: list
      elements: dict
      sample:
        - action: initiate
          outcome: done
          request_id: 90E63D28-E31D-1EB2-8939-A9486641****
      contains:
        action:
          description: V(initiate), V(request_code), V(verify), V(register) or V(set_webhook).
          type: str
          returned: always
        outcome:
          description:
            - V(done), V(done_earlier) (refused, because it was done before), V(refused), V(not_made) (the call was not
              sent), V(unknown), or V(planned).
          type: str
          returned: always
        request_id:
          description: The RequestId of the API. Empty if there was no answer.
          type: str
          returned: always
    later_steps:
      description: The steps that follow once the number has its code. Empty if the number does not wait for a code.
      returned: always
      type: list
      elements: str
      sample: [verify, register]
    next_action:
      description: A sentence that says what to do next. Empty if nothing is left to do.
      returned: always
      type: str
      sample: >-
        A code was requested by SMS at 2026-05-01 14:05 UTC. Another code can be requested from 2026-05-01 14:20 UTC.
        When the code reaches the phone, run again with the code in the option verify_code.
        If no code arrives, run again with the option resend.
    number:
      description:
        - The row of the number as in M(chatapp.cams.cams_number_info). Null if the space does not show the number.
      returned: always
      type: dict
    health:
      description:
        - Whether a connected number can send messages.
      returned: when O(health=true) and the number is connected
      type: dict
      sample:
        can_send_message: LIMITED
        problems:
          - entity: BUSINESS
            code: "141010"
            description: The business is not verified.
            solution: Verify the business.
      contains:
        can_send_message:
          description: V(AVAILABLE), V(LIMITED) or V(BLOCKED), in the words of the API.
          type: str
          returned: always
        problems:
          description: Problems that stop or limit the number, in the words of the API.
          type: list
          elements: dict
          returned: always
    error:
      description: The error of the API, or an error of the module if the API did not answer.
      returned: when something went wrong
      type: dict
      contains:
        code:
          description: The error code of the API, or V(NoAnswer), V(NotSent), V(Locked) or
            V(JournalNotWritable).
          type: str
          returned: always
          sample: Unknown.ResourceOwnerId
        message:
          description: The message of the API.
          type: str
          returned: always
          sample: The resource does not belong to the current user
        request_id:
          description: The RequestId of the API. Support asks for it.
          type: str
          returned: always
          sample: 90E63D28-E31D-1EB2-8939-A9486641****
        http_status:
          description: The status of the HTTP answer.
          type: int
          returned: when the API answered
          sample: 400
        action:
          description: The operation that was called.
          type: str
          returned: when the API answered
          sample: QueryChatappPhoneNumbers
        hint:
          description: What to do next.
          type: str
          returned: when the API answered
          sample: Compare the space id with the console's Channel Management page.
        access_denied:
          description:
            - Who was denied which action by which policy, in the words of the API.
          type: dict
          returned: when the API says so
          sample:
            AuthAction: cams:QueryChatappPhoneNumbers
            AuthPrincipalType: SubUser
            AuthPrincipalOwnerId: "1234567890123456"
            AuthPrincipalDisplayName: nightly
            PolicyType: AccountLevelIdentityBasedPolicy
            NoPermissionType: ImplicitDeny
summary:
  description: Counts of the run, with one count for each outcome in RV(results[].outcome).
  returned: when the options are correct
  type: dict
  sample:
    declared: 500
    changed: 12
    converged: 480
    planned: 0
    awaiting_code: 17
    awaiting_connection: 0
    awaiting_owner: 0
    needs_operator: 2
    unknown: 0
    failed: 1
    not_attempted: 0
    calls: {QueryChatappPhoneNumbers: 5}
    throttled: 0
    paced_seconds: 3.1
    elapsed_seconds: 4.2
  contains:
    declared:
      description: Number of declared numbers.
      type: int
      returned: always
    changed:
      description: Number of numbers that were changed, or would be changed in check mode.
      type: int
      returned: always
    calls:
      description: Number of calls by operation.
      type: dict
      returned: always
    throttled:
      description: Number of calls that the service throttled.
      type: int
      returned: always
    paced_seconds:
      description: Seconds that calls waited because of the rate limit, the sum of all threads.
      type: float
      returned: always
    elapsed_seconds:
      description: Duration of the run in seconds.
      type: float
      returned: always
code_source_error:
  description: Why verification codes could not be read from O(code_source). Empty if there was no problem.
  returned: when the options are correct
  type: str
code_source_numbers:
  description: The numbers whose codes could not be read from O(code_source).
  returned: when the options are correct
  type: list
  elements: str
stopped:
  description: Why the run stopped before it processed all numbers. Empty if it did not stop.
  returned: when the options are correct
  type: str
plan:
  description: Plan for the option O(plan) of a later run. It contains no code.
  returned: in check mode
  type: dict
  contains:
    version:
      description: Version of the format of the plan.
      type: int
      returned: always
    made_at:
      description: Time when the plan was made.
      type: str
      returned: always
    digest:
      description: Hash of the plan. It changes if a number changes or needs other steps.
      type: str
      returned: always
    numbers:
      description:
        - For each number that could be planned, its phase, its steps, the phase after these steps, the steps that
          follow once the code is given, its outcome and its digest.
      type: list
      elements: dict
      returned: always
    not_planned:
      description: For each number that could not be planned, its outcome and the error.
      type: list
      elements: dict
      returned: always
diff:
  description:
    - The phase and the row before and after, and the steps between them, for each number that changed.
    - In check mode, the phase after the planned steps, and the steps that follow once the code is given.
  returned: when the options are correct
  type: list
  elements: dict
"""

from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import run_module
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_fleet import FLEET_ARGUMENTS, number_fleet


def main() -> None:
    run_module(FLEET_ARGUMENTS, number_fleet)


if __name__ == "__main__":
    main()
