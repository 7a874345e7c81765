# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for verification codes that have arrived."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cams_code
short_description: Look whether the verification code of a number has arrived
description:
  - Looks once into one or more sources of codes, and returns for each number its code, or an empty text while there is
    none. It never waits and takes nothing away, so it is safe in check mode and however often it is evaluated.
  - The code is always a text of six digits. Blanks and a dash in it are taken out.
  - When a source holds two codes for a number that differ, or two sources disagree, none is returned and a warning says
    where they were found.
  - A source that cannot be used, for example a file that other accounts can read, or an inbox that does not answer, is
    an error that says what to do, unless another source has the code. Nothing was spent then. The option C(errors) of
    all lookups makes it a warning.
  - An empty code leaves a number waiting and the run green. See P(chatapp.cams.cams_declarations#filter).
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
options:
  _terms:
    description:
      - The numbers, each in E.164 with its plus and in quotes.
    type: list
    elements: str
    required: true
extends_documentation_fragment:
  - chatapp.cams._code_sources
notes:
  - The code that is returned is as secret as you keep it. As C(cams_verify_code) in an inventory, or as C(verify_code)
    of a module, it is shown nowhere. But Ansible shows what it makes of a template in other tasks, for example with
    C(-v) what M(ansible.builtin.set_fact) sets, or the arguments of a module that does not know them for a secret. Give
    such a task C(no_log=true), and keep no code as a fact with C(cacheable).
  - A code given on the command line, as in C(-e code=012345), is shown with C(-vvvv), for Ansible repeats the command.
    Use a file, as in C(-e @codes.yml).
  - A lookup that is written in an inventory is evaluated for each host, which reads an inbox once for each. For
    hundreds of numbers let M(chatapp.cams.cams_code_wait) read it once for all, with a timeout of 0 if it is not
    to wait.
  - C(until) does not look again at a lookup in the options of its task. To wait, use
    M(chatapp.cams.cams_code_wait).
  - Do not ask for codes by C(vars_prompt) or M(ansible.builtin.pause) in a pipeline. Without a terminal they give
    C(None) or an empty text at once, which the modules refuse before any call.
seealso:
  - module: chatapp.cams.cams_code_wait
  - module: chatapp.cams.cams_number_fleet
  - module: chatapp.cams.cams_number_migration
"""

EXAMPLES = r"""
# A task leaves the option out while there is no code: an empty one would be refused. In an inventory an empty code is
# fine; there it is one line, for example in group_vars/all.yml:
#   cams_verify_code: "{{ lookup('chatapp.cams.cams_code', cams_phone_number, file='/run/codes') }}"
- name: Hand in the code if it has arrived in a folder of files
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+8613900001234', file='/run/codes') }}"

# From a file codes.yml with the line
#   codes: {"+8613900001234": "012345"}
# that is given as -e @codes.yml, or not given at all.
- name: Hand in the code that a person has written down
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+8613900001234', vars=codes | default({})) }}"

- name: Hand in the code from a survey, which asks for a number and, as a password, for its code
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "{{ survey_number }}"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', survey_number, vars={survey_number: survey_code | default('')}) }}"

- name: Hand in the code from an SMS gateway with a JSON interface, here as Twilio has it
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

# For a landline whose calls are written down and mailed. The program is your own: it searches a mailbox by IMAP, with a
# login from its environment, and prints what it finds, or nothing.
- name: Hand in the code from a mailbox
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+390212345678"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+390212345678', exec=['./code-from-mailbox', '{number}']) }}"

# Vault, Redis and the like have lookups of their own; what they return is checked on its way through vars.
- name: Hand in the code from HashiCorp Vault
  chatapp.cams.cams_number_migration:
    cust_space_id: "293483938849493"
    phone_number: "+8613900001234"
    verify_code: "{{ code | default(omit, true) }}"
  vars:
    code: "{{ lookup('chatapp.cams.cams_code', '+8613900001234', vars=stored) }}"
    stored: "{{ lookup('community.hashi_vault.vault_kv2_get', 'whatsapp-codes').secret }}"

- name: Hand in the code from Redis
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
  description: For each number its code, or an empty text.
  type: list
  elements: str
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.lookup import LookupBase
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import Deadline, SourceError
from ansible_collections.chatapp.cams.plugins.module_utils._codes.sources import (
    SOURCE_ARGUMENTS,
    make_sources,
    parse_numbers,
    read_codes,
)

try:
    # Keeps Jinja's native types from making a number of the code, up to ansible-core 2.18.
    from ansible.utils.native_jinja import NativeJinjaText as Text
except ImportError:
    Text = str


class LookupModule(LookupBase):  # type: ignore[misc]  # Ansible does not export its types
    """What Ansible loads."""

    def run(self, terms: list[Any], variables: Mapping[str, Any] | None = None, **options: Any) -> list[str]:
        checked = ArgumentSpecValidator(SOURCE_ARGUMENTS).validate(_plain(options))
        if checked.error_messages:
            raise AnsibleError(f"cams_code: its options cannot be used: {' '.join(checked.error_messages)}")
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


def _plain(value: Any) -> Any:
    """Containers that evaluate what is read from them, as Ansible has them, cannot be copied."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
