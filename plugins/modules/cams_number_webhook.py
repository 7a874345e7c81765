#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_webhook
short_description: Set the webhook of a WhatsApp number
description:
  - Sets the addresses to which messages and status reports of a number are posted, if the cloud shows other addresses.
  - The flags O(http) and O(queue) turn posting and queues on or off. The API does not show these flags, so the module
    sends them together with a changed address, or always with O(flags=always). RV(flags_not_read) lists them.
  - The number must be in the space. The module locks the number against other runs on the same machine
    or, with O(store), on any machine that shares the store.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  cust_space_id:
    description:
      - Id of the CAMS customer space of the number. The console shows it on the page Channel Management.
    type: str
    required: true
  phone_number:
    description:
      - Phone number in E.164, with its plus and in quotes, for example V("+8613900001234").
    type: str
    required: true
  up_callback_url:
    description:
      - Address for inbound messages. It must start with C(https), or with C(http) for a loopback address.
      - An address that is left out is not changed. At least one of O(up_callback_url) and O(status_callback_url) is
        required, unless O(flags=always).
    type: str
  status_callback_url:
    description:
      - Address for status reports.
    type: str
  http:
    description:
      - Whether to post messages and reports to these addresses. If not set, this flag is not sent.
    type: bool
  queue:
    description:
      - Whether to put messages and reports into queues. If not set, this flag is not sent.
    type: bool
  flags:
    description:
      - When to send O(http) and O(queue).
      - V(with_change) sends them only together with a changed address.
      - V(always) sends them in every run. The module cannot read the flags, so every run then counts as a change.
    type: str
    choices: [with_change, always]
    default: with_change
  lock_timeout:
    description:
      - Maximum number of seconds to wait for another run that works on the same number, from V(0) to V(86400).
      - This is a run on this machine or, with O(store), on any machine that shares the store.
    type: int
    default: 30
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._store
  - chatapp.cams._attributes
attributes:
  check_mode:
    support: full
    details:
      - The module only reads.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Not with O(flags=always).
notes:
  - If an answer is lost, the module reads the number again. If the row does not show the addresses, the module sends
    them once more. If no read shows the effect, the task fails.
seealso:
  - module: chatapp.cams.cams_number_migration
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
- name: Post messages and status reports
  chatapp.cams.cams_number_webhook:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    up_callback_url: https://hooks.example.com/messages
    status_callback_url: https://hooks.example.com/reports
    http: true

- name: Turn posting on in every run
  chatapp.cams.cams_number_webhook:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    http: true
    flags: always
"""

RETURN = r"""
number:
  description: The row of the number after the run, as in M(chatapp.cams.cams_number_info).
  returned: when the number was read
  type: dict
  sample:
    phone_number: "+8613900001234"
    phase: connected
    status: CONNECTED
    up_callback_url: https://hooks.example.com/messages
    status_callback_url: https://hooks.example.com/reports
flags_not_read:
  description: The flags among O(http) and O(queue) that were given. The API does not show them.
  returned: when the number was read
  type: list
  elements: str
  sample: [http]
flags_sent:
  description: Whether this run sent the flags, or would send them in check mode.
  returned: when the number was read
  type: bool
actions:
  description: The calls that set the webhook. Two if an answer was lost and a read showed no effect.
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
        - V(done), V(done_earlier) (refused, because it was done before), V(refused), V(not_made) (the call was not
          sent), V(unknown), or V(planned).
      type: str
      returned: always
    request_id:
      description: The RequestId of the API. Empty if there was no answer.
      type: str
      returned: always
diff:
  description: The addresses before and after, and after a change the flags that were sent.
  returned: when the number was read
  type: dict
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
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_webhook import (
    NUMBER_WEBHOOK_ARGUMENTS,
    number_webhook,
)


def main() -> None:
    run_module(NUMBER_WEBHOOK_ARGUMENTS, number_webhook)


if __name__ == "__main__":
    main()
