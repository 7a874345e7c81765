# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads verification codes that have arrived."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cams_code
short_description: Return the verification code of a number if it has arrived
description:
  - Reads one or more sources of codes once. Returns the code of each number, or an empty text if no code has arrived.
  - The lookup does not wait and does not remove codes. So you can use it in check mode and evaluate it often.
  - A code is always a text of six digits. Spaces and a dash in it are removed.
  - If the sources have different codes for a number, no code is returned, and a warning says where the codes are.
  - A source that cannot be used is an error that says what to do, unless another source has the code. Examples are a
    file that other users can read, and an inbox that does not answer. The option C(errors) of all lookups makes this
    error a warning.
  - With an empty code the number waits, and the run does not fail. See P(chatapp.cams.cams_declarations#filter).
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  _terms:
    description:
      - Numbers whose codes to find.
      - Write each number with its plus and in quotes, for example V("+8613900001234").
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - chatapp.cams._code_sources
notes:
  - Keep the returned code secret. As C(cams_verify_code) in an inventory, or as C(verify_code) of a module, the code is
    never shown. But Ansible shows it in other tasks, for example with C(-v) the facts of M(ansible.builtin.set_fact),
    what was typed for M(ansible.builtin.pause), and the arguments of other modules. Set C(no_log=true) for such a task,
    and do not save a code as a fact with C(cacheable).
  - Do not give a code on the command line, as in C(-e code=012345), because Ansible shows the command with C(-vvvv).
    Use a file, as in C(-e @codes.yml).
  - A lookup in an inventory is evaluated for each host, and reads an inbox each time. For hundreds of numbers, use
    O(chatapp.cams.cams_number_fleet#module:code_source), which reads the inbox once for all numbers.
  - C(until) does not evaluate a lookup in the options of its task again. To wait for codes, use
    O(chatapp.cams.cams_number_fleet#module:code_wait_seconds).
  - Do not ask for codes with C(vars_prompt) or M(ansible.builtin.pause) in a pipeline. Without a terminal they return
    C(None) or an empty text immediately, which the modules refuse before any call.
seealso:
  - module: chatapp.cams.cams_number_fleet
  - module: chatapp.cams.cams_number_migration
"""

EXAMPLES = r"""
# In a task, leave the option out while there is no code, because an empty code is refused. In an inventory, an empty
# code is allowed, so one line is enough, for example in group_vars/all.yml:
#   cams_verify_code: "{{ lookup('chatapp.cams.cams_code', cams_phone_number, file='/run/codes') }}"
- name: Submit the code if it has arrived in a folder of files
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+8613900001234', file='/run/codes') }}"

# The code is in a file codes.yml with the following line. Without -e @codes.yml there is no code.
#   codes: {"+8613900001234": "012345"}
- name: Submit the code that a person wrote to a file
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+8613900001234', vars=codes | default({})) }}"

- name: Submit the code from a survey that asks for a number and (as a password) for its code
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "{{ survey_number }}"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', survey_number, vars={survey_number: survey_code | default('')}) }}"

- name: Submit the code from an SMS gateway with a JSON interface (here Twilio)
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+14155550123"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+14155550123', url=gateway, max_age=300) }}"
    gateway:
      address: "https://api.twilio.com/2010-04-01/Accounts/{{ twilio_account }}/Messages.json?To=%2B14155550123"
      headers:
        Authorization: "Basic {{ (twilio_account ~ ':' ~ twilio_token) | b64encode }}"
      messages: messages
      number_field: to
      time_field: date_sent
      text_field: body

# For a landline whose calls are transcribed and mailed. You write the program: it searches a mailbox with IMAP,
# reads the login from its environment, and prints the code or nothing.
- name: Submit the code from a mailbox
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+390212345678"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+390212345678', exec=['./code-from-mailbox', '{number}']) }}"

# Vault, Redis and similar stores have their own lookups. The option vars checks the codes that they return.
- name: Submit the code from HashiCorp Vault
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+8613900001234', vars=stored) }}"
    stored: "{{ lookup('community.hashi_vault.vault_kv2_get', 'whatsapp-codes').secret }}"

- name: Submit the code from Redis
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+8613900001234', vars={'+8613900001234': stored}) }}"
    stored: "{{ lookup('community.general.redis', 'code:+8613900001234') }}"
"""

RETURN = r"""
_raw:
  description: The code of each number, or an empty text.
  type: list
  elements: str
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.lookup import LookupBase
from ansible_collections.chatapp.cams.plugins.module_utils._codes.arguments import SOURCE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import Deadline, SourceError
from ansible_collections.chatapp.cams.plugins.module_utils._codes.sources import (
    make_sources,
    parse_numbers,
    read_codes,
)

try:
    # Up to ansible-core 2.18, this prevents that Jinja's native types convert the code to a number.
    from ansible.utils.native_jinja import NativeJinjaText as Text
except ImportError:
    Text = str


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible does not export its types
    """The lookup plugin."""

    def run(self, terms: list[Any], variables: Mapping[str, Any] | None = None, **options: Any) -> list[str]:
        checked = ArgumentSpecValidator(SOURCE_ARGUMENTS).validate(_without_ansible_types(options))
        if checked.error_messages:
            raise AnsibleError(f"cams_code: its options are not valid: {' '.join(checked.error_messages)}")
        try:
            numbers = [parse_numbers([term], "cams_code")[0] for term in self._flatten(terms)]
            sources = make_sources(checked.validated_parameters, Path(self._loader.get_basedir()))
            found = read_codes(sources, list(dict.fromkeys(numbers)), Deadline())
        except SourceError as error:
            raise AnsibleError(f"cams_code: {error}") from None
        if found.source_errors and not set(numbers) <= found.codes.keys():
            raise AnsibleError(f"cams_code: {' '.join(found.source_errors)}")
        for remark in found.remarks:
            self._display.warning(f"cams_code: {remark}")
        return [Text(found.codes.get(number, "")) for number in numbers]


def _without_ansible_types(value: Any) -> Any:
    """Return plain dicts and lists. Some containers of Ansible evaluate their items and cannot be copied."""
    if isinstance(value, Mapping):
        return {key: _without_ansible_types(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_ansible_types(item) for item in value]
    return value
