#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_number_info
short_description: Read the WhatsApp numbers of a space
description:
  - Reads the WhatsApp numbers of one space, or of all spaces of the account.
  - The module makes one call for all numbers. With O(verification=true) or O(health=true) it makes one more call for
    each number.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  cust_space_id:
    description:
      - Id of the CAMS customer space. The console shows it on the page Channel Management.
      - If not set, the numbers of all spaces that the access key may read are returned.
    type: str
  isv_code:
    description:
      - ISV check code of the account, if it has one.
    type: str
  status:
    description:
      - Return only numbers whose status is one of these, for example V(CONNECTED).
      - All numbers are read and then filtered. The filter of the API is not used, because its meaning is not
        documented.
    type: list
    elements: str
  phone_numbers:
    description:
      - Return only these numbers. Numbers that the cloud does not show are not in the result.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
    type: list
    elements: str
  verification:
    description:
      - Whether to also read the verification status of each number. Requires O(cust_space_id).
    type: bool
    default: false
  health:
    description:
      - Whether to also check whether connected numbers can send messages. Requires O(cust_space_id).
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

- name: Show the phase of each number
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

- name: Set the profile for all modules of the collection
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
    - The numbers, sorted. The names of the fields are those of the API in snake_case.
    - If the verification or the health of some numbers cannot be read, the module fails. It still returns all numbers.
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
        - Phase of the number. V(initiated), V(verified), V(connected), V(limited) (connected with a restriction) or
          V(halted) (an operator must decide).
      type: str
      returned: always
    status:
      description: Status of the number in the words of the API.
      type: str
      returned: always
    code_verification_status:
      description: Verification status in the row of the number. Only V(VERIFIED) is sure.
      type: str
      returned: when the cloud shows it
    verification_status:
      description: Verification status from its own call. Null if the service does not know the number.
      type: str
      returned: when O(verification=true)
    health:
      description:
        - Whether a connected number can send messages. Null for a number that is not connected.
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
          description: V(AVAILABLE), V(LIMITED) or V(BLOCKED), in the words of the API.
          type: str
          returned: always
        problems:
          description: Problems that stop or limit the number, in the words of the API.
          type: list
          elements: dict
          returned: always
    quality_rating:
      description: V(GREEN), V(YELLOW), V(RED) or V(UNKNOWN).
      type: str
      returned: when the cloud shows it
    messaging_limit_tier:
      description: Tier of the messaging limit in the words of the API.
      type: str
      returned: when the cloud shows it
    name_status:
      description: The review status of the display name.
      type: str
      returned: when the cloud shows it
    new_name_status:
      description: The review status of a new display name. V(NONE) if no change of the name was requested.
      type: str
      returned: when the cloud shows it
    verified_name:
      description: The display name. Other people chose this text, so it is never evaluated as a template.
      type: str
      returned: when the cloud shows it
    is_official:
      description: Whether this is an official business account, V(Y) or V(N).
      type: str
      returned: when the cloud shows it
    up_callback_url:
      description: Address for inbound messages.
      type: str
      returned: when the cloud shows it
    status_callback_url:
      description: Address for status reports.
      type: str
      returned: when the cloud shows it
error:
  description: The error of the API, if it returned one.
  returned: failure
  type: dict
  contains:
    code:
      description: The error code of the API.
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
