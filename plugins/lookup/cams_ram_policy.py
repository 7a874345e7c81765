# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: cams_ram_policy
short_description: Make the RAM policy that a job needs
description:
  - Returns the policy that allows an access key exactly what the collection calls for a job, in the form in which the
    cloud takes it. It is made from the same table that the collection calls from. Nothing is called.
  - V(plan) is enough to read numbers and accounts, to check a fleet beforehand, and to plan, that is for check mode. It
    sends nothing and changes nothing.
  - V(full) is enough for everything that the collection does.
  - The cloud's own policy C(AliyunCamsReadOnlyAccess) is not fit for planning. It allows whatever is named C(Get) or
    C(List), so it denies the query of numbers and accounts, and it allows to have codes sent, which is named
    C(GetMigrationVerifyCode).
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  _terms:
    description:
      - The jobs, V(plan) or V(full).
    type: list
    elements: str
    required: true
notes:
  - CAMS knows no resources of its own in RAM, so a policy cannot be limited to a space.
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
    """What Ansible loads."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        self.set_options(var_options=variables, direct=options)
        try:
            return [ram_policy(Job(term)) for term in terms]
        except ValueError:
            jobs = " or ".join(job.value for job in Job)
            raise AnsibleLookupError(f"There is a policy for {jobs}, not for {', '.join(map(repr, terms))}.") from None
