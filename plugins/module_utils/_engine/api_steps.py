# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API call of each step, and the effect that each outcome of a call has on its step."""

from __future__ import annotations

from ansible_collections.chatapp.cams.plugins.module_utils._api import operations, responses
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Effect,
    Step,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

EFFECT_OF = {
    responses.CallOutcome.ANSWERED: Effect.DONE,
    responses.CallOutcome.REFUSED: Effect.REFUSED,
    responses.CallOutcome.THROTTLED: Effect.NOT_MADE,
    responses.CallOutcome.NOT_SENT: Effect.NOT_MADE,
    responses.CallOutcome.UNKNOWN: Effect.UNKNOWN,
}


def call_for_step(step: Step, number_run: NumberRun) -> tuple[operations.Operation, dict[str, str]]:
    """Return the operation and the parameters of a step."""
    declaration = number_run.declaration
    space = {"CustSpaceId": declaration.cust_space_id}
    if step is Step.INITIATE:
        country, national = phone.split_country_code(declaration.phone_number)
        return operations.INITIATE, {**space, "CountryCode": country, "MobileNumber": national}
    number = {**space, "PhoneNumber": phone.without_plus(declaration.phone_number)}
    if step is Step.REQUEST_CODE:
        delivery = {"Locale": declaration.code_locale, "Method": declaration.code_method}
        return operations.REQUEST_CODE, {**number, **delivery}
    if step is Step.VERIFY:
        return operations.VERIFY, {**number, "VerifyCode": declaration.code or ""}
    if step is Step.REGISTER:
        return operations.REGISTER, number
    row = number_run.space.rows.get(declaration.phone_number) or {}
    webhook = declaration.webhook.parameters_to_send(row) if declaration.webhook else {}
    return operations.UPDATE_WEBHOOK, {**number, **webhook}


def own_error_code(result: responses.CallResult) -> str:
    """Return our own error code for a call without an answer of the API."""
    return (
        "NotSent" if result.outcome in (responses.CallOutcome.NOT_SENT, responses.CallOutcome.THROTTLED) else "NoAnswer"
    )
