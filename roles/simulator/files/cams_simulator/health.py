# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What GetWhatsappHealthStatus says of a space: can it send, and if not, which part of it is the reason."""

from __future__ import annotations

from typing import Any

from . import model as m
from .errors import missing
from .world import World

AVAILABLE, LIMITED, BLOCKED = "AVAILABLE", "LIMITED", "BLOCKED"
_NEEDED = {"phone": ("PhoneNumber",), "waba": ("WabaId",), "template": ("TemplateCode", "Language")}


def health(world: World, space: m.Space, parameters: dict[str, str]) -> dict[str, Any]:
    node = parameters["NodeType"]
    for name in _NEEDED[node]:
        if not parameters.get(name):
            raise missing(name)
    entities = [_waba(space), _business(space)]
    if node == "phone":
        entities.insert(0, _phone(world.number(space, parameters["PhoneNumber"])))
    if node == "template":
        entities.insert(0, _template(parameters))
    worst = max((entity["CanSendMessage"] for entity in entities), key=(AVAILABLE, LIMITED, BLOCKED).index)
    return {"CanSendMessage": worst, "Entities": entities}


def _phone(number: m.Number) -> dict[str, Any]:
    entity = {"EntityType": "PHONE_NUMBER", "PhoneNumber": number.phone_number}
    if number.status == m.CONNECTED:
        return {**entity, "CanSendMessage": AVAILABLE}
    if number.status in m.SERVING:
        return {**entity, **_trouble(LIMITED, "141007", f"The number is {number.status}.", "Improve its quality.")}
    return {**entity, **_trouble(BLOCKED, "141000", "The number is not registered.", "Register the number.")}


def _waba(space: m.Space) -> dict[str, Any]:
    entity: dict[str, Any] = {"EntityType": "WABA"}
    if space.waba is not None:
        entity["WabaId"] = space.waba.id
        if space.waba.account_review_status == "APPROVED":
            return {**entity, "CanSendMessage": AVAILABLE}
    return {**entity, **_trouble(BLOCKED, "141014", "The WABA is not approved.", "Have the WABA reviewed.")}


def _business(space: m.Space) -> dict[str, Any]:
    entity: dict[str, Any] = {"EntityType": "BUSINESS"}
    if space.business is not None:
        entity["BusinessId"] = space.business.id
        if space.business.verification_status == "verified":
            return {**entity, "CanSendMessage": AVAILABLE}
    return {**entity, **_trouble(LIMITED, "141010", "The business is not verified.", "Verify the business.")}


def _template(parameters: dict[str, str]) -> dict[str, Any]:
    return {
        "EntityType": "MESSAGE_TEMPLATE",
        "TemplateCode": parameters["TemplateCode"],
        "Language": parameters["Language"],
        "CanSendMessage": AVAILABLE,
    }


def _trouble(can_send: str, code: str, description: str, solution: str) -> dict[str, Any]:
    error = {"ErrorCode": code, "ErrorDescription": description, "PossibleSolution": solution}
    return {"CanSendMessage": can_send, "Errors": [error]}
