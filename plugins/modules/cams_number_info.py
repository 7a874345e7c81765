#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_info
short_description: Read the WhatsApp numbers of a space
description:
  - Reads what the cloud says of the WhatsApp numbers of one space, or of all spaces of the account.
  - It makes one call for the query, however many numbers there are, and one more for each number when
    O(verification=true) or O(health=true).
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  cust_space_id:
    description:
      - The space, that is the customer of the ISV, as the console's Channel Management page shows it.
      - Without it the query covers every space that the access key may read.
    type: str
  isv_code:
    description:
      - The ISV check code, where the account has one.
    type: str
  status:
    description:
      - Return only numbers whose status is one of these, for example V(CONNECTED).
      - The rows are chosen after they are read. The filter of the API itself is not used, since its meaning is not
        documented.
    type: list
    elements: str
  phone_numbers:
    description:
      - Return only these numbers. A number that the cloud does not show is simply not in the result.
      - Write each with its plus and in quotes, for example V("+8613900001234").
    type: list
    elements: str
  verification:
    description:
      - Read the verification status of each number too. Needs O(cust_space_id).
    type: bool
    default: false
  health:
    description:
      - Read of each number that is connected whether it can send, which its row does not tell. Needs O(cust_space_id).
    type: bool
    default: false
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._attributes
  - chatapp.cams._attributes.info
seealso:
  - module: chatapp.cams.cams_number_sync
"""

EXAMPLES = r"""
- name: Read the numbers of a space
  chatapp.cams.cams_number_info:
    cust_space_id: "293483938849493"
  register: space

- name: Show where each number stands
  ansible.builtin.debug:
    msg: "{{ item.phone_number }} is {{ item.phase }}, quality {{ item.quality_rating }}"
  loop: "{{ space.numbers }}"
  loop_control:
    label: "{{ item.phone_number }}"

- name: Read one number with its verification status
  chatapp.cams.cams_number_info:
    cust_space_id: "293483938849493"
    phone_numbers:
      - "+8613900001234"
    verification: true

- name: Share the credentials and the endpoint between all modules of the collection
  module_defaults:
    group/chatapp.cams.cams:
      profile: production
  block:
    - name: Find the numbers that cannot send
      chatapp.cams.cams_number_info:
        cust_space_id: "293483938849493"
        status: [BANNED, DISCONNECTED]
"""

RETURN = r"""
numbers:
  description:
    - The numbers, in the order of their digits. Names of the API in snake_case, text without stray blanks.
    - If the verification or the health of some numbers cannot be read, the module fails and returns all numbers, these
      without it.
  returned: when the query was answered
  type: list
  elements: dict
  sample:
    - phone_number: "+8613900001234"
      phase: connected
      status: CONNECTED
      code_verification_status: VERIFIED
      quality_rating: GREEN
      messaging_limit_tier: TIER_1K
      name_status: APPROVED
      verified_name: Example Ltd
      is_official: "N"
      up_callback_url: https://hooks.example.com/up
      status_callback_url: https://hooks.example.com/status
  contains:
    phone_number:
      description: The number in E.164, with its plus.
      type: str
      returned: always
    phase:
      description:
        - Where the number stands. V(initiated), V(verified), V(connected), V(limited) (it serves, with a restriction)
          or V(halted) (an operator has to decide).
      type: str
      returned: always
    status:
      description: The status as the cloud names it.
      type: str
      returned: always
    code_verification_status:
      description: The verification as the query shows it. Only V(VERIFIED) is sure.
      type: str
      returned: when the cloud shows it
    verification_status:
      description: The verification as its own read shows it; null when the service does not know the number.
      type: str
      returned: when O(verification=true)
    health:
      description:
        - Whether a connected number can send, which its row does not tell. Null for a number that is not connected.
      returned: when O(health=true)
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
    quality_rating:
      description: V(GREEN), V(YELLOW), V(RED) or V(UNKNOWN).
      type: str
      returned: when the cloud shows it
    messaging_limit_tier:
      description: The tier of the messaging limit, as the cloud names it.
      type: str
      returned: when the cloud shows it
    name_status:
      description: The review status of the display name.
      type: str
      returned: when the cloud shows it
    new_name_status:
      description: The review status of a new display name. V(NONE) when no change of the name was requested.
      type: str
      returned: when the cloud shows it
    verified_name:
      description: The display name. Text that others chose; it is never evaluated as a template.
      type: str
      returned: when the cloud shows it
    is_official:
      description: Whether this is an official business account, V(Y) or V(N).
      type: str
      returned: when the cloud shows it
    up_callback_url:
      description: Where inbound messages are posted.
      type: str
      returned: when the cloud shows it
    status_callback_url:
      description: Where status reports are posted.
      type: str
      returned: when the cloud shows it
error:
  description: The API's error, when it answered with one.
  returned: failure
  type: dict
  contains:
    code:
      description: The API's error code.
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
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_info import number_info


def main() -> None:
    arguments = {
        "cust_space_id": {"type": "str"},
        "isv_code": {"type": "str"},
        "status": {"type": "list", "elements": "str"},
        "phone_numbers": {"type": "list", "elements": "str"},
        "verification": {"type": "bool", "default": False},
        "health": {"type": "bool", "default": False},
    }
    run_module(arguments, number_info)


if __name__ == "__main__":
    main()
