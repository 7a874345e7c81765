#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_waba_info
short_description: Read the WhatsApp business account of a space
description:
  - Reads the WhatsApp business account (WABA) that a space is bound to, its review, and the business behind it with its
    verification.
  - A number can be brought to a space only when its WABA is approved and its business is verified.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  cust_space_id:
    description:
      - The space, that is the customer of the ISV, as the console's Channel Management page shows it.
      - Either this or O(isv_code) is needed.
    type: str
  isv_code:
    description:
      - The ISV check code, where the account has one.
      - Without O(cust_space_id) the business is not read, since the API shows it within a space only.
    type: str
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._attributes
  - chatapp.cams._attributes.info
notes:
  - It makes two calls, one for the WABA and one for its business.
seealso:
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
- name: Read the business account of a space
  chatapp.cams.cams_waba_info:
    cust_space_id: "293483938849493"
  register: account

- name: Go on only when numbers can be brought to it
  ansible.builtin.assert:
    that:
      - account.waba.account_review_status == 'APPROVED'
      - account.business.verification_status == 'verified'
"""

RETURN = r"""
waba:
  description:
    - The account. Names of the API in snake_case, text without stray blanks. Null when the space is bound to none.
    - Everything but its id is there when the cloud shows it.
  returned: success
  type: dict
  sample:
    id: "100200300400500"
    name: Example Ltd
    account_review_status: APPROVED
    currency: USD
    business_id: "500400300200100"
    business_name: Example Ltd
  contains:
    id:
      description: The id of the account.
      type: str
      returned: always
    name:
      description: Its name. Text that others chose; it is never evaluated as a template.
      type: str
      returned: when the cloud shows it
    account_review_status:
      description: The review of the account. V(PENDING), V(APPROVED), V(REJECTED) or V(DISABLED).
      type: str
      returned: when the cloud shows it
    business_id:
      description: The id of the business.
      type: str
      returned: when the cloud shows it
    business_name:
      description: The name of the business.
      type: str
      returned: when the cloud shows it
    currency:
      description: The currency of its bills.
      type: str
      returned: when the cloud shows it
    message_template_namespace:
      description: The namespace of its templates.
      type: str
      returned: when the cloud shows it
    primary_business_location:
      description: Where the business is, as the cloud names it.
      type: str
      returned: when the cloud shows it
    auth_international_rate_eligibility:
      description: Whether international rates for authentication apply, as the cloud tells it.
      type: dict
      returned: when the cloud shows it
    marketing_message_lite_status:
      description: Its status for marketing messages, as the cloud names it.
      type: str
      returned: when the cloud shows it
    is_on_biz_app:
      description: Whether it is used with the WhatsApp Business app, as the cloud names it.
      type: str
      returned: when the cloud shows it
business:
  description:
    - The business. Null without O(cust_space_id), without a WABA, or when the cloud shows none.
  returned: success
  type: dict
  sample:
    business_id: "500400300200100"
    business_name: Example Ltd
    verification_status: verified
  contains:
    business_id:
      description: The id of the business.
      type: str
      returned: when the cloud shows it
    business_name:
      description: Its name.
      type: str
      returned: when the cloud shows it
    verification_status:
      description: Its verification as the cloud names it. The documents list no values; their example is V(verified).
      type: str
      returned: when the cloud shows it
    vertical:
      description: Its line of business.
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
      sample: QueryChatappBindWaba
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
from ansible_collections.chatapp.cams.plugins.module_utils._modules.waba_info import WABA_ARGUMENTS, waba_info


def main() -> None:
    run_module(WABA_ARGUMENTS, waba_info)


if __name__ == "__main__":
    main()
