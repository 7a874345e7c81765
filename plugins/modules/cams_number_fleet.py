#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_fleet
short_description: Bring many WhatsApp numbers from another provider to CAMS
description:
  - Brings any number of numbers, in any number of spaces, to their declared states, and keeps them there. Run it as
    often as you like. Each run does the next right thing for every number, and says what is left and whose turn it is.
  - It does for each number what M(chatapp.cams.cams_number_migration) does, with the same care. Each space is queried
    once for all its numbers, and numbers are worked on side by side, as fast as the API's limit of ten calls a second
    for each operation allows. A fleet that is as declared costs one call for each space.
  - One bad number never stops another. The task fails in the end when a number failed or is unknown, and all results
    come back with the failure. When the same error keeps coming, no further numbers are started.
  - When it is told to stop, by C(SIGTERM), C(SIGINT) or C(SIGHUP), no new step starts. Results and journal say what was
    done.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  resend:
    description:
      - The numbers of O(numbers) for which another code is requested, if they are not verified. Numbers that are not
        initiated are initiated first.
      - Take a number out again once it was used.
    type: list
    elements: str
    default: []
  reclaim:
    description:
      - The numbers of O(numbers) for which a migration is initiated although the space shows them as C(MIGRATED),
        C(DELETED) or C(DISCONNECTED), although their migration is under way as far as earlier runs know, or although
        the service refuses to show their status. Somebody may have moved them away on purpose.
      - A code is requested only if O(journal) holds earlier runs and shows no code request for the number, or if
        O(resend) names it as well.
    type: list
    elements: str
    default: []
  max_changes:
    description:
      - How many numbers the run may change. When it would change more, it is refused before the first write, and says
        how many it would have changed. V(0) sets no limit.
    type: int
    default: 50
  stop_after_equal_errors:
    description:
      - When so many numbers in a row ended with the same error, no further ones are started. Those under way are
        brought to their end; the rest ends as C(not_attempted). V(0) never stops.
    type: int
    default: 5
  code_source:
    description:
      - Where verification codes arrive. Each code is submitted as it arrives, while other numbers go on. The source is
        read for all waiting numbers together.
      - A code is used only for a number that waits for one. For a number whose code this run requested, the code must
        be newer than the start of the run.
      - Codes that are still missing at the end are not an error. A source that cannot be read is an error; see
        RV(code_source_error).
      - In check mode the source is read once.
    type: dict
    suboptions:
      vars:
        description:
          - A mapping of numbers to codes, for example from C(-e @codes.yml) or a survey. It has no time, so
            O(code_source.max_age) does not apply.
          - Quote the codes. YAML makes another number of C(012345), which is refused with an explanation.
          - An empty code is one that has not come yet.
        type: dict
      file:
        description:
          - A folder with one file for each number, named after it, for example C(+8613900001234) or
            C(+8613900001234.txt), which holds the code and nothing else. Files of other names are ignored.
          - Or one file whose name ends in C(.yml), C(.yaml) or C(.json) and that maps numbers to codes, at its top or
            under the key C(codes); or one that ends in C(.csv) and has numbers and codes in its first two columns.
          - A file must belong to the account that reads it and be closed to all others (C(chmod 600)); into a folder no
            other account may write.
          - Its age is that of its last change. A file that is too old, or not there yet, counts as none, with a warning.
          - Write to another name in the same folder and rename, so that nobody reads half a file.
          - A relative path starts in the working directory of the module.
        type: path
      url:
        description:
          - An inbox that answers a C(GET) with messages in JSON. Messages that are old or for other numbers are passed over,
            and so are texts without a code.
          - It must not be longer than a megabyte, so have it list new messages only where it can.
        type: dict
        suboptions:
          address:
            description:
              - Its address. Plain C(http) is accepted for loopback addresses only.
              - It is not shown, for it may hold a token; errors name the host alone.
              - Proxies and certificate authorities are taken from the usual variables, such as E(HTTPS_PROXY) and
                E(REQUESTS_CA_BUNDLE).
              - A redirect is not followed, because O(code_source.url.headers) are for this address only.
            type: str
            required: true
          headers:
            description:
              - Headers to send, for example C(Authorization). They are not shown.
            type: dict
            default: {}
          messages:
            description:
              - Where in the answer the list of messages is, as names with dots between them, for example V(data.messages).
              - When it is empty, the answer itself is the list.
            type: str
            default: ""
          number_field:
            description:
              - The field of a message that holds the number it was sent to. Blanks, dashes, a plus and words around the
                digits do not matter. A path with dots is accepted, as in O(code_source.url.messages).
            type: str
            default: number
          time_field:
            description:
              - The field that holds the time at which it was sent or came, in ISO 8601 (UTC unless it says otherwise), in
                the form that mail has, or as seconds or thousandths of seconds since 1970.
            type: str
            default: time
          text_field:
            description:
              - The field that holds its text.
            type: str
            default: text
          pattern:
            description:
              - A regular expression of Python that finds the code. Its first group is the code when it has one.
              - Without it six digits are, also with a dash or a blank in the middle, that are no part of a longer number.
            type: str
          validate_certs:
            description:
              - Whether its certificate must be trusted.
            type: bool
            default: true
          ca_path:
            description:
              - A file or directory of certificate authorities to trust instead of the usual ones.
            type: path
          timeout:
            description:
              - How many seconds to wait for its whole answer. From V(1) to V(3600).
            type: int
            default: 20
      exec:
        description:
          - A command and its arguments, which prints the code of one number, or nothing while there is none. No shell is
            involved. It is run once for each number.
          - C({number}) in an argument stands for the number. It is also in the environment, as E(CAMS_PHONE_NUMBER), and
            the time from when on a code counts is there as E(CAMS_CODE_SINCE), for example V(2026-05-01T10:00:00Z).
          - What it prints is searched as a message is. Its standard error is not read, and its standard input is empty.
          - It must not take the code away; others may look too, in check mode for example.
          - Keep secrets out of its arguments. They are shown, and other accounts can list them.
        type: list
        elements: str
      exec_timeout:
        description:
          - How many seconds the command may take. Then it is killed, with all that it has started.
          - From V(1) to V(3600).
        type: int
        default: 30
      max_age:
        description:
          - A file or message that is older than so many seconds when the task begins counts as none. V(0) stands for any
            age.
          - A code lives for some ten minutes, and an old one spends a try.
        type: int
        default: 600
  code_wait_seconds:
    description:
      - Maximum number of seconds to wait for missing codes, after all numbers had their turn. With V(0) the source is
        read once, for numbers whose code was requested before this run.
      - From V(0) to V(86400).
    type: int
    default: 0
  plan:
    description:
      - RV(plan) of an earlier run in check mode. The run is refused before its first write unless each number is as
        it was then and needs the same steps.
    type: dict
  concurrency:
    description:
      - How many numbers are worked on at once, from 1 to 64. The pace is kept whatever it is.
    type: int
    default: 32
  wait_timeout:
    description:
      - How many seconds to wait, once all steps are taken, for registered numbers to be connected. V(0) does not wait.
      - From V(0) to V(86400).
    type: int
    default: 120
  lock_timeout:
    description:
      - How many seconds to wait for other runs on this machine that work on some of the numbers.
      - From V(0) to V(86400).
    type: int
    default: 30
  health:
    description:
      - Read of each number that is connected in the end whether it can send, which its row does not tell. It costs a
        call for each.
      - A number that is as declared and cannot send ends as C(needs_operator).
    type: bool
    default: false
  journal:
    description:
      - A file to which every write is noted before and after it is made, as one line of JSON each. Made when missing.
      - See M(chatapp.cams.cams_number_migration).
    type: path
extends_documentation_fragment:
  - chatapp.cams._number.list
  - chatapp.cams._auth
  - chatapp.cams._attributes
attributes:
  action:
    description: Has an action plugin that shows the progress of the run about every ten seconds.
    support: full
  check_mode:
    support: full
    details:
      - Only reads are made. The steps that a run would take are returned as planned; RV(ignore:changed) tells whether
        there are any. RV(plan) can be handed to a later run.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - A number in O(resend) is sent another code in every run, as far as O(journal) allows.
notes:
  - The first run on an account learns from one number how the service refuses an unknown number, which costs three
    reads. If that number stays refused after its initiate was accepted, the other new numbers are C(not_attempted).
  - Numbers that the space does not show cost one read of their status each, and so do those that wait for a code. At
    ten calls a second a thousand of them take a hundred seconds.
  - The status of a number that was just initiated is read from the space's rows, synced anew, when the run initiates
    more than two numbers of that space and its row tells it. Otherwise each number's own status is read.
seealso:
  - module: chatapp.cams.cams_number_migration
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
- name: Bring two numbers to their spaces
  chatapp.cams.cams_number_fleet:
    numbers:
      - cust_space_id: "293483938849493"
        phone_number: "+8613900001234"
      - cust_space_id: "293483938849494"
        phone_number: "+4915112345678"
        state: verified
    journal: ./cams-journal.jsonl
  register: fleet

- name: Say what is left
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

- name: See what a run would do, whatever its size
  chatapp.cams.cams_number_fleet:
    numbers: "{{ my_numbers }}"
  check_mode: true
  register: planned

- name: Do that and nothing else
  chatapp.cams.cams_number_fleet:
    numbers: "{{ my_numbers }}"
    plan: "{{ planned.plan }}"
    max_changes: 500
    journal: ./cams-journal.jsonl
"""

RETURN = r"""
results:
  description: How each number ended this run, in the order of O(numbers).
  returned: when the options were in order
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
      description: Where the number stood before this run. Null when it could not be read.
      returned: always
      type: str
      sample: absent
    phase:
      description: Where it stands after it, as far as is known.
      returned: always
      type: str
      sample: initiated
    outcome:
      description:
        - How the number ended this run.
        - V(converged), it is as declared. V(planned), check mode found steps to take. V(awaiting_code), a person has to
          give the code. V(awaiting_connection), it is registered and not connected yet. V(needs_operator), a person has
          to decide.
        - V(unknown), an answer was lost and reading does not tell what happened. V(failed), see RV(results[].error).
          Both fail the task. V(not_attempted), the run ended before its turn.
      returned: always
      type: str
      sample: awaiting_code
    actions:
      description: The steps that were taken, or in check mode those that would be.
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
            - V(done), V(done_earlier) (refused, because it was so already), V(refused), V(not_made) (it never reached
              the service), V(unknown), or V(planned).
          type: str
          returned: always
        request_id:
          description: The API's RequestId. Empty when there was no answer.
          type: str
          returned: always
    next_action:
      description: What to do next, in a sentence for a person. Empty when nothing is left to do.
      returned: always
      type: str
      sample: Submit the code that reached the phone as verify_code. If no code arrived, name the number in resend.
    number:
      description:
        - The number's row as M(chatapp.cams.cams_number_info) returns it. Null when the space does not show it.
      returned: always
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
summary:
  description: The run in figures. One count for each outcome that RV(results[].outcome) can have.
  returned: when the options were in order
  type: dict
  sample:
    declared: 500
    changed: 12
    converged: 480
    planned: 0
    awaiting_code: 17
    awaiting_connection: 0
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
      description: How many numbers are declared.
      type: int
      returned: always
    changed:
      description: How many were changed, or in check mode would be.
      type: int
      returned: always
    calls:
      description: How many calls were made, by operation.
      type: dict
      returned: always
    throttled:
      description: How many of them the service throttled.
      type: int
      returned: always
    paced_seconds:
      description: How long calls waited for their turn, all threads added up.
      type: float
      returned: always
    elapsed_seconds:
      description: How long the run took.
      type: float
      returned: always
code_source_error:
  description: Why verification codes could not be read from O(code_source). Empty when they could.
  returned: when the options were in order
  type: str
stopped:
  description: Why the run left numbers undone that it could have worked on. Empty when it left none.
  returned: when the options were in order
  type: str
plan:
  description: What was observed and planned, for the option O(plan) of a later run. It holds no code.
  returned: in check mode
  type: dict
  contains:
    version:
      description: The version of the document's form.
      type: int
      returned: always
    made_at:
      description: When it was made.
      type: str
      returned: always
    digest:
      description: The same as long as all numbers are as they were and need the same steps.
      type: str
      returned: always
    numbers:
      description: Each number's phase, steps, outcome and digest.
      type: list
      elements: dict
      returned: always
diff:
  description: The phase and the row before and after, of each number that changed.
  returned: when the options were in order
  type: list
  elements: dict
"""

from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import run_module
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_fleet import FLEET_ARGUMENTS, number_fleet


def main() -> None:
    run_module(FLEET_ARGUMENTS, number_fleet)


if __name__ == "__main__":
    main()
