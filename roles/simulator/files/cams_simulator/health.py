# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The answer of GetWhatsappHealthStatus: whether a space can send messages, and the reason if it cannot."""

from __future__ import annotations

from typing import Any

from . import model
from .errors import missing_parameter_error
from .world import World

AVAILABLE, LIMITED, BLOCKED = "AVAILABLE", "LIMITED", "BLOCKED"
_NEEDED = {"phone": ("PhoneNumber",), "waba": ("WabaId",), "template": ("TemplateCode", "Language")}


def health_document(world: World, space: model.Space, parameters: dict[str, str]) -> dict[str, Any]:
    node = parameters["NodeType"]
    for name in _NEEDED[node]:
        if not parameters.get(name):
            raise missing_parameter_error(name)
    entities = [_waba_entity(space), _business_entity(space)]
    if node == "phone":
        entities.insert(0, _phone_entity(world.number(space, parameters["PhoneNumber"])))
    if node == "template":
        entities.insert(0, _template_entity(parameters))
    worst = max((entity["CanSendMessage"] for entity in entities), key=(AVAILABLE, LIMITED, BLOCKED).index)
    return {"CanSendMessage": worst, "Entities": entities}


def _phone_entity(number: model.Number) -> dict[str, Any]:
    entity = {"EntityType": "PHONE_NUMBER", "PhoneNumber": number.phone_number}
    if number.status == model.CONNECTED:
        return {**entity, "CanSendMessage": AVAILABLE}
    if number.status in model.SERVING:
        return {
            **entity,
            **_problem_fields(LIMITED, "141007", f"The number is {number.status}.", "Improve its quality."),
        }
    return {**entity, **_problem_fields(BLOCKED, "141000", "The number is not registered.", "Register the number.")}


def _waba_entity(space: model.Space) -> dict[str, Any]:
    entity: dict[str, Any] = {"EntityType": "WABA"}
    if space.waba is not None:
        entity["WabaId"] = space.waba.id
        if space.waba.account_review_status == "APPROVED":
            return {**entity, "CanSendMessage": AVAILABLE}
    return {**entity, **_problem_fields(BLOCKED, "141014", "The WABA is not approved.", "Submit the WABA for review.")}


def _business_entity(space: model.Space) -> dict[str, Any]:
    entity: dict[str, Any] = {"EntityType": "BUSINESS"}
    if space.business is not None:
        entity["BusinessId"] = space.business.id
        if space.business.verification_status == "verified":
            return {**entity, "CanSendMessage": AVAILABLE}
    return {**entity, **_problem_fields(LIMITED, "141010", "The business is not verified.", "Verify the business.")}


def _template_entity(parameters: dict[str, str]) -> dict[str, Any]:
    return {
        "EntityType": "MESSAGE_TEMPLATE",
        "TemplateCode": parameters["TemplateCode"],
        "Language": parameters["Language"],
        "CanSendMessage": AVAILABLE,
    }


def _problem_fields(can_send: str, code: str, description: str, solution: str) -> dict[str, Any]:
    error = {"ErrorCode": code, "ErrorDescription": description, "PossibleSolution": solution}
    return {"CanSendMessage": can_send, "Errors": [error]}
