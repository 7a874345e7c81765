# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cams_ram_policy
short_description: Return the RAM policy that an access key needs
description:
  - Returns a RAM policy that allows exactly the calls that the collection makes for a job. The lookup makes no call.
  - V(plan) allows to read numbers and accounts, to run preflight, and to run in check mode. It does not allow to send
    or change anything.
  - V(full) allows everything that the collection does.
  - Do not use the policy C(AliyunCamsReadOnlyAccess) of the cloud for planning. It allows all operations whose names
    start with C(Get) or C(List). So it denies the query of numbers and accounts, and it allows
    C(GetMigrationVerifyCode), which requests a code.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  _terms:
    description:
      - Jobs to return a policy for, V(plan) or V(full).
    type: list
    elements: str
    required: true
notes:
  - CAMS does not have resources in RAM, so a policy cannot be limited to a space.
"""

EXAMPLES = r"""
- name: Write the policy for a pipeline that only plans
  ansible.builtin.copy:
    content: "{{ lookup('chatapp.cams.cams_ram_policy', 'plan') | to_nice_json }}"
    dest: plan-policy.json
    mode: "0644"

# On the command line:
#   ansible localhost -m ansible.builtin.debug -a "msg={{ lookup('chatapp.cams.cams_ram_policy', 'full') }}"
"""

RETURN = r"""
_list:
  description: The policies.
  type: list
  elements: dict
  sample:
    - Version: "1"
      Statement:
        - Effect: Allow
          Action: ["cams:QueryChatappPhoneNumbers"]
          Resource: "*"
"""

from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.chatapp.cams.plugins.module_utils._api.permissions import Job, ram_policy


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible does not export its types
    """The lookup plugin."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=options)
        try:
            return [ram_policy(Job(term)) for term in terms]
        except ValueError:
            jobs = " or ".join(job.value for job in Job)
            raise AnsibleLookupError(
                f"cams_ram_policy returns policies for {jobs}, not for {', '.join(map(repr, terms))}."
            ) from None
