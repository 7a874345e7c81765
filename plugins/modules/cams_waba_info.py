#!/usr/bin/python
# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cams_waba_info
short_description: Read the WhatsApp business account of a space
description:
  - Reads the WhatsApp business account (WABA) of a space with its review, and its business with its verification.
  - Numbers can only be migrated to a space with an approved WABA and a verified business.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  cust_space_id:
    description:
      - Id of the CAMS customer space. The console shows it on the page Channel Management.
      - This option or O(isv_code) is required.
    type: str
  isv_code:
    description:
      - ISV check code of the account, if it has one.
      - Without O(cust_space_id) the business is not read, because the API only shows it for a space.
    type: str
extends_documentation_fragment:
  - chatapp.cams._auth
  - chatapp.cams._attributes
  - chatapp.cams._attributes.info
notes:
  - The module makes two calls, one for the WABA and one for its business.
seealso:
  - module: chatapp.cams.cams_number_info
"""

EXAMPLES = r"""
- name: Read the business account of a space
  chatapp.cams.cams_waba_info:
    cust_space_id: "293483938849493"
  register: account

- name: Check that numbers can be migrated to the space
  ansible.builtin.assert:
    that:
      - account.waba.account_review_status == 'APPROVED'
      - account.business.verification_status == 'verified'
"""

RETURN = r"""
waba:
  description:
    - The WABA. The names of the fields are those of the API in snake_case. Null if the space is not bound to a WABA.
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
      description: The name of the account. Other people chose this text, so it is never evaluated as a template.
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
      description: The currency of its invoices.
      type: str
      returned: when the cloud shows it
    message_template_namespace:
      description: The namespace of its templates.
      type: str
      returned: when the cloud shows it
    primary_business_location:
      description: The location of the business in the words of the API.
      type: str
      returned: when the cloud shows it
    auth_international_rate_eligibility:
      description: Whether international rates for authentication apply, in the words of the API.
      type: dict
      returned: when the cloud shows it
    marketing_message_lite_status:
      description: The status for marketing messages in the words of the API.
      type: str
      returned: when the cloud shows it
    is_on_biz_app:
      description: Whether the account is used with the WhatsApp Business app, in the words of the API.
      type: str
      returned: when the cloud shows it
business:
  description:
    - The business. Null without O(cust_space_id), without a WABA, or if the API does not show a business.
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
      description: The name of the business.
      type: str
      returned: when the cloud shows it
    verification_status:
      description: The verification in the words of the API. The documents list no values; their example is V(verified).
      type: str
      returned: when the cloud shows it
    vertical:
      description: The industry of the business.
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
      sample: QueryChatappBindWaba
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
from ansible_collections.chatapp.cams.plugins.module_utils._modules.waba_info import WABA_ARGUMENTS, waba_info


def main() -> None:
    run_module(WABA_ARGUMENTS, waba_info)


if __name__ == "__main__":
    main()
