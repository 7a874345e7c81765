#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_webhook
short_description: Set where the messages and status reports of a WhatsApp number are posted
description:
  - Compares the addresses that the cloud shows for a number with those that are given, and sets them when they differ.
  - Whether messages are posted at all, and whether they are put into queues, is decided by two flags that the service
    offers no way to read. They are sent together with a change of an address, or on request; what they are otherwise is
    not known, and RV(flags_not_read) says so.
  - The number must be in the space. It is locked against other runs on the same machine before it is read.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  cust_space_id:
    description:
      - The space of the number, as the console's Channel Management page shows it.
    type: str
    required: true
  phone_number:
    description:
      - The number in E.164, with its plus and in quotes, for example V("+8613900001234").
    type: str
    required: true
  up_callback_url:
    description:
      - Where inbound messages are posted. With C(https), or with C(http) to a loopback address.
      - An address that is left out stays as it is. At least one of the two is needed, unless O(flags=always).
    type: str
  status_callback_url:
    description:
      - Where status reports are posted.
    type: str
  http:
    description:
      - Whether messages and reports are posted to these addresses. Left out, it is not sent.
    type: bool
  queue:
    description:
      - Whether messages and reports are put into queues. Left out, it is not sent.
    type: bool
  flags:
    description:
      - When O(http) and O(queue) are sent. V(with_change) sends them only together with a change of an address.
      - V(always) sends them in every run. Since they cannot be read, every run then counts as a change.
    type: str
    choices: [with_change, always]
    default: with_change
  lock_timeout:
    description:
      - How many seconds to wait for another run on this machine that works on the same number.
      - From V(0) to V(86400).
    type: int
    default: 30
  journal:
    description:
      - A file to which the write is noted before and after it is made, as one line of JSON each. Made when missing.
      - See M(chatapp.cams.cams_number_migration).
    type: path
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._attributes
attributes:
  check_mode:
    support: full
    details:
      - Only reads are made.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Not with O(flags=always).
notes:
  - When an answer is lost, the number is read again. If it shows the addresses, they were set; if it does not, they are
    sent once more. Where reading cannot tell, the task fails and says that it is not known.
seealso:
  - module: chatapp.cams.cams_number_migration
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
- name: Have messages and status reports posted
  chatapp.cams.cams_number_webhook:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    up_callback_url: https://hooks.example.com/messages
    status_callback_url: https://hooks.example.com/reports
    http: true

- name: Switch posting on again, whatever it is now
  chatapp.cams.cams_number_webhook:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    http: true
    flags: always
"""

RETURN = r"""
number:
  description: The number's row after the run, as M(chatapp.cams.cams_number_info) returns it.
  returned: when the number was read
  type: dict
  sample:
    phone_number: "+8613900001234"
    phase: connected
    status: CONNECTED
    up_callback_url: https://hooks.example.com/messages
    status_callback_url: https://hooks.example.com/reports
flags_not_read:
  description: Those of O(http) and O(queue) that were given. The service offers no way to read them.
  returned: when the number was read
  type: list
  elements: str
  sample: [http]
flags_sent:
  description: Whether they were sent in this run, or in check mode would be.
  returned: when the number was read
  type: bool
actions:
  description: The calls that were made to set the webhook. Two, when an answer was lost and reading showed no effect.
  returned: when the number was read
  type: list
  elements: dict
  sample:
    - action: set_webhook
      outcome: done
      request_id: 90E63D28-E31D-1EB2-8939-A9486641****
  contains:
    action:
      description: Always V(set_webhook).
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
diff:
  description: The addresses before and after, and after a change the flags that were sent.
  returned: when the number was read
  type: dict
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
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_webhook import (
    NUMBER_WEBHOOK_ARGUMENTS,
    number_webhook,
)


def main() -> None:
    run_module(NUMBER_WEBHOOK_ARGUMENTS, number_webhook)


if __name__ == "__main__":
    main()
