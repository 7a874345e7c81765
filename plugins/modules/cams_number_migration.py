#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_migration
short_description: Bring a WhatsApp number from another provider to CAMS
description:
  - Brings one number from another provider to a space of CAMS, and keeps it there. Run it as often as you like. Each
    run reads what the cloud says, does the next right thing, and says what is left and whose turn it is.
  - The first run initiates the migration and has one code sent to the phone. A later run that is given the code hands
    it in, registers the number and waits until it is connected.
  - A code is requested only in the run whose initiate the service accepted and then confirmed, or when
    O(resend=true). A code is submitted once. A number is registered once in a run. Nothing is ever deregistered,
    deleted or moved back.
  - The documents do not say how the service refuses an unknown number. The first run on an account learns that with a
    control number that nobody has, and the state directory keeps it. Until then a number whose status the service
    refuses to show gets no code without O(resend=true).
  - A number whose code was requested on this machine, or that O(journal) shows as initiated, is never initiated again
    by itself, whatever the cloud shows.
  - The number is locked against other runs on the same machine before it is read.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  resend:
    description:
      - Request another code for a number that is initiated and not verified. It is ignored for a verified number.
      - A number that is not initiated is initiated first. If the service refuses to show its status, the code is
        requested all the same.
      - With O(journal), another code is requested 15 minutes after the last at the earliest, and three times a day at
        most.
      - Take it out again once it was used. A code and a resend in one run are refused.
    type: bool
    default: false
  reclaim:
    description:
      - Initiate a migration for a number that the space shows as C(MIGRATED), C(DELETED) or C(DISCONNECTED), for one
        whose migration somebody cancelled in the console, and for one whose status the service refuses to show.
      - Somebody may have moved the number away on purpose. Find out before you set this.
      - It requests a code only if O(journal) holds earlier runs and shows no code request for the number, or if
        O(resend=true) as well.
    type: bool
    default: false
  wait_timeout:
    description:
      - How many seconds to wait for a registered number to be connected. V(0) does not wait.
      - From V(0) to V(86400).
    type: int
    default: 120
  lock_timeout:
    description:
      - How many seconds to wait for another run on this machine that works on the same number.
      - From V(0) to V(86400).
    type: int
    default: 30
  health:
    description:
      - Read of a number that is connected in the end whether it can send, which its row does not tell.
      - A number that is as declared and cannot send ends as C(needs_operator).
    type: bool
    default: false
  journal:
    description:
      - A file to which every write is noted before and after it is made, as one line of JSON each. Made when missing.
      - It remembers when codes were requested, which codes were tried, how often a number was registered, and what a
        run that was killed may have done. It can only make a run more careful.
      - It never holds a code. It must not be open to other users.
    type: path
extends_documentation_fragment:
  - chatapp.cams._number
  - chatapp.cams._auth
  - chatapp.cams._attributes
attributes:
  check_mode:
    support: full
    details:
      - Only reads are made. The steps that a run would take are returned as planned; RV(ignore:changed) tells whether
        there are any.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - O(resend=true) requests another code in every run, as far as O(journal) allows.
notes:
  - Ansible hands the code to the module in a temporary file of its own, which is private and removed at the end. A run
    that is killed leaves that file; with pipelining there is none.
seealso:
  - module: chatapp.cams.cams_number_info
  - module: chatapp.cams.cams_number_sync
"""

EXAMPLES = r"""
- name: Start the migration of a number and have a code sent to it
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    journal: ./cams-journal.jsonl
  register: migration

- name: Say what is left
  ansible.builtin.debug:
    msg: "{{ migration.phone_number }} is {{ migration.outcome }}. {{ migration.next_action }}"

- name: Hand the code in, register the number and wait until it is connected
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code }}" # for example from ansible-playbook -e @code.yml, where it stands in quotes
    journal: ./cams-journal.jsonl

- name: Verify now, and register in the change window by another run with state registered
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    state: verified
    verify_code: "{{ code }}"

- name: Have another code sent, by a call this time
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    code_method: voice
    resend: true
"""

RETURN = r"""
phone_number:
  description: The number.
  returned: when the number was looked at
  type: str
  sample: "+8613900001234"
cust_space_id:
  description: Its space.
  returned: when the number was looked at
  type: str
  sample: "293483938849493"
state:
  description: The declared state.
  returned: when the number was looked at
  type: str
  sample: registered
previous_phase:
  description: Where the number stood before this run. Null when it could not be read.
  returned: when the number was looked at
  type: str
  sample: absent
phase:
  description: Where it stands after it, as far as is known.
  returned: when the number was looked at
  type: str
  sample: initiated
outcome:
  description:
    - How the number ended this run.
    - V(converged), it is as declared. V(planned), check mode found steps to take. V(awaiting_code), a person has to
      give the code. V(awaiting_connection), it is registered and not connected yet. V(needs_operator), a person has
      to decide.
    - V(unknown), an answer was lost and reading does not tell what happened. V(failed), see RV(error). Both fail the
      task.
  returned: when the number was looked at
  type: str
  sample: awaiting_code
actions:
  description: The steps that were taken, or in check mode those that would be.
  returned: when the number was looked at
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
        - V(done), V(done_earlier) (refused, because it was so already), V(refused), V(not_made) (it never reached the
          service), V(unknown), or V(planned).
      type: str
      returned: always
    request_id:
      description: The API's RequestId. Empty when there was no answer.
      type: str
      returned: always
next_action:
  description: What to do next, in a sentence for a person. Empty when nothing is left to do.
  returned: when the number was looked at
  type: str
  sample: Submit the code that reached the phone as verify_code. If no code arrived, name the number in resend.
number:
  description: The number's row as M(chatapp.cams.cams_number_info) returns it. Null when the space does not show it.
  returned: when the number was looked at
  type: dict
diff:
  description: The phase and the row before and after.
  returned: when the number was looked at
  type: dict
health:
  description:
    - Whether a connected number can send, which its row does not tell.
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
      description: V(AVAILABLE), V(LIMITED) or V(BLOCKED), as the cloud names it.
      type: str
      returned: always
    problems:
      description: What stands in the way, as the cloud tells it.
      type: list
      elements: dict
      returned: always
error:
  description: What went wrong. The API's error, or one of ours where the API did not answer.
  returned: when something went wrong
  type: dict
  contains:
    code:
      description: The API's error code, or V(NoAnswer), V(NotSent), V(Locked) or
        V(JournalNotWritable).
      type: str
      returned: always
      sample: Unknown.ResourceOwnerId
    message:
      description: What the API says.
      type: str
      returned: always
      sample: The resource does not belong to the current user
    request_id:
      description: The API's RequestId, which support asks for.
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
      description: What to do about it.
      type: str
      returned: when the API answered
      sample: Check cust_space_id on the console's Channel Management page.
    access_denied:
      description:
        - Who was denied which action by which policy, as the API names them.
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
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_options import (
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
