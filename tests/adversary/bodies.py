# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the body of each module with one changed answer. A body returns a result or raises a CamsError."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.spaces import query_spaces
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_info import number_info
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_migration import number_migration
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_sync import number_sync
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_webhook import number_webhook
from ansible_collections.chatapp.cams.plugins.module_utils._modules.preflight_info import preflight_info
from ansible_collections.chatapp.cams.plugins.module_utils._modules.waba_info import waba_info

from adversary.answers import Change
from adversary.fleets import OLD_CODE, number_of, space_of, world
from adversary.promises import find_flaws
from adversary.service import ACCESS_KEY_SECRET, RecordedCall, Service, Wire, client_of

SPACE = space_of(0)
NEW, CONNECTED, INITIATED = number_of(0), number_of(14), number_of(16)
WEBHOOK = {"up_callback_url": "https://hooks.example.com/new", "status_callback_url": None, "http": True, "queue": None}


@dataclass
class Module:
    """The part of AnsibleModule that a body uses."""

    params: dict[str, Any]
    check_mode: bool = False
    warnings: list[str] = field(default_factory=list)
    no_log_values: set[str] = field(default_factory=set)

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)


Body = Callable[[Any, Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """A body, with options that cause as many calls as possible."""

    body: Body
    options: Mapping[str, Any]


def _number(number: str, **facts: Any) -> dict[str, Any]:
    declared = {"cust_space_id": SPACE, "phone_number": number, "state": "registered", "verify_code": None}
    readiness = {"ready": True, "code_not_before": None}
    return {**declared, **readiness, "code_method": "sms", "code_locale": "en_US", "webhook": None, **facts}


def _inventory(_module: Any, connect: Callable[[], Client]) -> Mapping[str, Any]:
    """Read the same as the inventory plugin and the export."""
    return vars(query_spaces(connect(), [SPACE, space_of(1)]))


_RUN = {
    "wait_timeout": 0,
    "lock_timeout": 0,
    "journal": None,
    "store": None,
    "store_required": False,
    "health": True,
    "rate_limit": 10.0,
}
_NEW = {**_RUN, "resend": False, "reclaim": False}
CASES: dict[str, Case] = {
    "number_info": Case(
        number_info,
        {
            "cust_space_id": SPACE,
            "isv_code": None,
            "status": None,
            "phone_numbers": None,
            "verification": True,
            "health": True,
        },
    ),
    "number_info of the account": Case(
        number_info,
        {
            "cust_space_id": None,
            "isv_code": None,
            "status": None,
            "phone_numbers": None,
            "verification": False,
            "health": False,
        },
    ),
    "number_sync": Case(number_sync, {"cust_space_id": SPACE}),
    "waba_info": Case(waba_info, {"cust_space_id": SPACE, "isv_code": None}),
    "inventory": Case(_inventory, {}),
    "preflight_info": Case(
        preflight_info,
        {"numbers": [_number(number_of(index)) for index in range(0, 20, 2)], "override": [], "concurrency": 1},
    ),
    "number_webhook": Case(
        number_webhook,
        {**_RUN, **WEBHOOK, "cust_space_id": SPACE, "phone_number": CONNECTED, "flags": "with_change"},
    ),
    "migration of a new number": Case(number_migration, {**_NEW, **_number(NEW)}),
    "migration of a connected number": Case(number_migration, {**_NEW, **_number(CONNECTED, webhook=WEBHOOK)}),
    "migration with a code": Case(number_migration, {**_NEW, **_number(INITIATED, verify_code=OLD_CODE)}),
}


class Bodies:
    """Runs module bodies against one simulator. Each process has its own."""

    def __init__(self) -> None:
        self.service = Service()
        self.folder = Path(tempfile.mkdtemp(prefix="adversary-"))
        self._wires = {name: self._run(case, None)[0].recorded for name, case in CASES.items()}

    def close(self) -> None:
        shutil.rmtree(self.folder)

    def answers(self) -> dict[str, HttpResponse]:
        """Return the longest successful answer of each operation."""
        fullest: dict[str, HttpResponse] = {}
        for recorded in (one for wire in self._wires.values() for one in wire):
            succeeded = b'"Code":"OK"' in recorded.answer.body
            if succeeded and len(recorded.answer.body) > len(
                fullest.get(recorded.action, HttpResponse(0, {}, b"")).body
            ):
                fullest[recorded.action] = recorded.answer
        return fullest

    def cases_that_call(self, change: Change) -> list[str]:
        """Return the names of the cases that call the operation of the change."""
        return [name for name, recorded in self._wires.items() if any(one.action == change.action for one in recorded)]

    def recorded(self) -> list[RecordedCall]:
        return [one for wire in self._wires.values() for one in wire]

    def broken_promises(self, name: str, change: Change) -> list[str]:
        """Return every promise that this body broke. Only a CamsError is an allowed exception."""
        case = CASES[name]
        _wire, module, returned = self._run(case, change)
        secrets = [ACCESS_KEY_SECRET, str(case.options.get("verify_code") or "")]
        broken = find_flaws([returned, module.warnings], secrets)
        if "results" in returned and len(returned["results"]) != len(case.options["numbers"]):
            broken.append(f"{len(returned['results'])} results")
        return broken

    def _run(self, case: Case, change: Change | None) -> tuple[Wire, Module, Mapping[str, Any]]:
        def change_answer(action: str, parameters: Mapping[str, str], answer: HttpResponse) -> HttpResponse:
            return change.apply(answer, parameters) if change and action == change.action else answer

        self.service.reset_to(world())
        shutil.rmtree(self.folder / "chatapp-cams" / "refusals", ignore_errors=True)
        wire, module = Wire(self.service, change_answer), Module(dict(case.options))
        with mock.patch.dict(os.environ, {"XDG_STATE_HOME": str(self.folder)}):
            try:
                returned = case.body(module, lambda *_pace: client_of(wire))
            except CamsError as error:
                returned = {"msg": error.message, "error": error.error.as_dict() if error.error else {}}
        return wire, module, returned
