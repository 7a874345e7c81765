# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that describe one number and one run, shared by the modules that write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import checked_space_id
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.readiness import why_not_ready
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, State
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.store_options import STORE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone, time_with_zone, verification_code
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import (
    check_locale,
    check_no_hidden_characters,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import WEBHOOK_ARGUMENTS, WebhookError
from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import parse as parse_webhook

MASK = "********"


# The options that declare one number. The fleet has a list of them.
NUMBER_ARGUMENTS: dict[str, dict[str, Any]] = {
    "cust_space_id": {"type": "str", "required": True},
    "phone_number": {"type": "str", "required": True},
    "state": {"type": "str", "choices": [state.value for state in State], "default": State.REGISTERED.value},
    # no_log keeps the code out of the system's log. extract_code() masks it without Ansible's way to replace its digits
    # in every text.
    "verify_code": {"type": "str", "no_log": True},
    "code_method": {"type": "str", "choices": ["sms", "voice"], "default": "sms"},
    "code_locale": {"type": "str", "default": "en_US"},
    "webhook": {"type": "dict", "options": WEBHOOK_ARGUMENTS},
    "ready": {"type": "bool", "default": True},
    "code_not_before": {"type": "str"},
}


RUN_ARGUMENTS: dict[str, dict[str, Any]] = {
    "wait_timeout": {"type": "int", "default": 120},
    "lock_timeout": {"type": "int", "default": 30},
    **STORE_ARGUMENTS,
    "health": {"type": "bool", "default": False},
}


def extract_verify_code(module: AnsibleModule, options: dict[str, Any]) -> str | None:
    """The code, taken out of the options that Ansible shows as the invocation and out of what it masks by replacing.

    Ansible would replace the code's digits in every text of the result, phone numbers and RequestIds included.
    """
    given = options["verify_code"]
    if given is None:
        return None
    options["verify_code"] = MASK
    module.no_log_values.discard(given)
    try:
        return verification_code.parse(given)
    except verification_code.CodeError as error:
        raise ConfigurationError(str(error)) from None


def read_phone_number(options: Mapping[str, Any]) -> str:
    """Return the option ``phone_number`` as a number with its plus."""
    try:
        return phone.parse(options["phone_number"])
    except phone.PhoneNumberError as error:
        raise ConfigurationError(f"phone_number: {error}") from None


def make_declaration(options: dict[str, Any], code: str | None) -> Declaration:
    number = read_phone_number(options)
    try:
        webhook = parse_webhook(options["webhook"]) if options["webhook"] else None
    except WebhookError as error:
        raise ConfigurationError(f"webhook: {error}") from None
    check_no_hidden_characters("cust_space_id", options["cust_space_id"])
    return Declaration(
        cust_space_id=checked_space_id(options["cust_space_id"]),
        phone_number=number,
        state=State(options["state"]),
        code=code,
        code_method=options["code_method"],
        code_locale=check_locale("code_locale", options["code_locale"]),
        webhook=webhook,
        why_not_ready=_why_not_ready(options),
    )


def _why_not_ready(options: Mapping[str, Any]) -> str:
    try:
        written = options["code_not_before"]
        return why_not_ready(options["ready"], time_with_zone.parse(written) if written is not None else None)
    except time_with_zone.TimeError as error:
        raise ConfigurationError(f"code_not_before: {error}") from None


def warn_of_unlikely_number(module: AnsibleModule, number: str) -> None:
    try:
        unlikely = phone.warning_about_number(number)
    except phone.PhoneNumberError as error:
        raise ConfigurationError(f"phone_number: {error}") from None
    if unlikely:
        module.warn(unlikely)
