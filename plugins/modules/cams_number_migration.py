#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_migration
short_description: Migrate a WhatsApp number from another provider to CAMS
description:
  - Migrates one number from another provider to a CAMS customer space. Run the module as often as you like. Each run
    reads the state of the number, makes the next steps, and returns what to do next in RV(next_action).
  - The first run starts the migration and requests one code, which is sent to the phone. A later run with the code
    submits it, registers the number and waits until the number is connected.
  - A code is requested only in the run whose initiate the service accepted and then confirmed, or when
    O(resend=true). A code is submitted once. A number is registered once in a run. The module never
    deregisters, deletes or moves back a number.
  - The documents do not say how the service refuses an unknown number. The first run on an account learns this with a
    control number that nobody has, and saves it in the state directory. Until then, a number whose status the service
    refuses to show gets no code without O(resend=true).
  - If a code was requested for a number on this machine, or O(journal) or O(store) shows that it is initiated, a run
    does not initiate the number again unless O(reclaim=true).
  - The number is locked against other runs before it is read. These are runs on the same machine or, with O(store), on
    any machine that shares the store.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  resend:
    description:
      - If true, request another code for a number that is initiated and not verified. Ignored for a verified number.
      - A number that is not initiated is initiated first. The code is also requested if the service refuses to show the
        verification status.
      - With O(journal) or O(store), a code is requested at least 15 minutes after the last one, and at most three times
        a day.
      - Remove this option after it was used. O(verify_code) and O(resend=true) cannot be used in one run.
    type: bool
    default: false
  reclaim:
    description:
      - If true, start the migration of a number again. This applies to a number that the space shows as C(MIGRATED),
        C(DELETED) or C(DISCONNECTED), to a migration that somebody cancelled in the console, and to a number whose
        status the service refuses to show.
      - Somebody may have moved the number away on purpose. Find out why before you set this option.
      - A code is requested only if O(journal) or O(store) contains earlier runs and shows no code request for the
        number, or if O(resend=true).
    type: bool
    default: false
  wait_timeout:
    description:
      - Maximum number of seconds to wait until a registered number is connected, from V(0) to V(86400). V(0) does not
        wait.
    type: int
    default: 120
  lock_timeout:
    description:
      - Maximum number of seconds to wait for another run that works on the same number, from V(0) to V(86400).
      - This is a run on this machine or, with O(store), on any machine that shares the store.
    type: int
    default: 30
  health:
    description:
      - Whether to also check whether a connected number can send messages.
      - A connected number that cannot send has the outcome C(needs_operator).
    type: bool
    default: false
extends_documentation_fragment:
  - chatapp.cams._number
  - chatapp.cams._auth
  - chatapp.cams._store
  - chatapp.cams._attributes
attributes:
  check_mode:
    support: full
    details:
      - The module only reads, and returns the steps that a run would make. RV(ignore:changed) is true if there are
        steps.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - O(resend=true) requests another code in every run, if O(journal) or O(store) allows it.
notes:
  - Ansible passes the code to the module in a private temporary file, and removes the file at the end. A killed run
    leaves this file. With pipelining there is no such file.
seealso:
  - module: chatapp.cams.cams_number_info
  - module: chatapp.cams.cams_number_sync
"""

EXAMPLES = r"""
- name: Start the migration of a number and request a code
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    journal: ./cams-journal.jsonl
  register: migration

- name: Show what to do next
  ansible.builtin.debug:
    msg: "{{ migration.phone_number }} is {{ migration.outcome }}. {{ migration.next_action }}"

- name: Submit the code, register the number and wait until it is connected
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code }}" # for example from ansible-playbook -e @code.yml, with the code in quotes
    journal: ./cams-journal.jsonl

- name: Verify now, and register later in another run with state registered
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    state: verified
    verify_code: "{{ code }}"

- name: Request another code, by a call this time
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    code_method: voice
    resend: true
"""

RETURN = r"""
phone_number:
  description: The number.
  returned: when the number was read
  type: str
  sample: "+8613900001234"
cust_space_id:
  description: Its space.
  returned: when the number was read
  type: str
  sample: "293483938849493"
state:
  description: The declared state.
  returned: when the number was read
  type: str
  sample: registered
previous_phase:
  description: Phase before this run. Null if the number could not be read.
  returned: when the number was read
  type: str
  sample: absent
phase:
  description: Phase after this run, if it is known.
  returned: when the number was read
  type: str
  sample: initiated
planned_phase:
  description: Phase after the planned steps, in check mode. In a run, the same as the phase after the run.
  returned: when the number was read
  type: str
  sample: initiated
outcome:
  description:
    - How the number ended this run.
    - V(converged), the number is as declared. V(planned), check mode found steps. V(awaiting_code), a person must
      submit the code. V(awaiting_connection), the number is registered and not connected yet. V(awaiting_owner), the
      migration is not started, because the owner of the number is not ready for a code. V(needs_operator), a person
      must decide.
    - V(unknown), an answer was lost and no read shows the effect. V(failed), see RV(error). Both fail the task.
      V(not_attempted), the run stopped before it began with the number.
  returned: when the number was read
  type: str
  sample: awaiting_code
changed:
  description: Whether this run changed the number, or would change it in check mode.
  returned: always
  type: bool
actions:
  description: The steps that this run made, or would make in check mode.
  returned: when the number was read
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
  returned: when the number was read
  type: list
  elements: str
  sample: [verify, register]
next_action:
  description: A sentence that says what to do next. Empty if nothing is left to do.
  returned: when the number was read
  type: str
  sample: >-
    A code was requested by SMS at 2026-05-01 14:05 UTC. Another code can be requested from 2026-05-01 14:20 UTC. When
    the code reaches the phone, run again with the code in the option verify_code. If no code arrives, run again with
    the option resend.
number:
  description: The row of the number as in M(chatapp.cams.cams_number_info). Null if the space does not show the number.
  returned: when the number was read
  type: dict
diff:
  description:
    - The phase and the row before and after, and the steps between them.
    - In check mode, the phase after the planned steps, and the steps that follow once the code is given.
  returned: when the number was read
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
"""

from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import run_module
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_migration import number_migration
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import (
    NUMBER_ARGUMENTS,
    RUN_ARGUMENTS,
)


def main() -> None:
    arguments = {
        **NUMBER_ARGUMENTS,
        **RUN_ARGUMENTS,
        "resend": {"type": "bool", "default": False},
        "reclaim": {"type": "bool", "default": False},
    }
    run_module(arguments, number_migration)


if __name__ == "__main__":
    main()
