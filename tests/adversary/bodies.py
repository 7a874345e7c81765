# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The bodies of the modules, each with one changed answer. A body returns a result, or raises one sentence."""

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
from adversary.promises import flaws
from adversary.service import ACCESS_KEY_SECRET, Seen, Service, Wire, client_of

SPACE = space_of(0)
NEW, CONNECTED, INITIATED = number_of(0), number_of(14), number_of(16)
WEBHOOK = {"up_callback_url": "https://hooks.example.com/new", "status_callback_url": None, "http": True, "queue": None}


@dataclass
class Module:
    """As much of AnsibleModule as a body uses."""

    params: dict[str, Any]
    check_mode: bool = False
    warnings: list[str] = field(default_factory=list)
    no_log_values: set[str] = field(default_factory=set)

    def warn(self, sentence: str) -> None:
        self.warnings.append(sentence)


Body = Callable[[Any, Callable[[], Client]], Mapping[str, Any]]


@dataclass(frozen=True)
class Case:
    """A body with options that make it call as much as it can."""

    body: Body
    options: Mapping[str, Any]


def _number(number: str, **facts: Any) -> dict[str, Any]:
    declared = {"cust_space_id": SPACE, "phone_number": number, "state": "registered", "verify_code": None}
    return {**declared, "code_method": "sms", "code_locale": "en_US", "webhook": None, **facts}


def _inventory(_module: Any, connect: Callable[[], Client]) -> Mapping[str, Any]:
    """What the inventory plugin and the export read."""
    return vars(query_spaces(connect(), [SPACE, space_of(1)]))


_RUN = {"wait_timeout": 0, "lock_timeout": 0, "journal": None, "health": True, "rate_limit": 10.0}
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
    """Runs bodies against one service. One for each process."""

    def __init__(self) -> None:
        self.service = Service()
        self.folder = Path(tempfile.mkdtemp(prefix="adversary-"))
        self._wires = {name: self._run(case, None)[0].seen for name, case in CASES.items()}

    def close(self) -> None:
        shutil.rmtree(self.folder)

    def answers(self) -> dict[str, HttpResponse]:
        """For each operation its fullest answer that is a success."""
        fullest: dict[str, HttpResponse] = {}
        for seen in (one for wire in self._wires.values() for one in wire):
            succeeded = b'"Code":"OK"' in seen.answer.body
            if succeeded and len(seen.answer.body) > len(fullest.get(seen.action, HttpResponse(0, {}, b"")).body):
                fullest[seen.action] = seen.answer
        return fullest

    def concerned(self, change: Change) -> list[str]:
        """The bodies that call the operation."""
        return [name for name, seen in self._wires.items() if any(one.action == change.action for one in seen)]

    def seen(self) -> list[Seen]:
        return [one for wire in self._wires.values() for one in wire]

    def judge(self, name: str, change: Change) -> list[str]:
        """Every promise that this body broke. What is raised beside a sentence goes through."""
        case = CASES[name]
        _wire, module, told = self._run(case, change)
        secrets = [ACCESS_KEY_SECRET, str(case.options.get("verify_code") or "")]
        broken = flaws([told, module.warnings], secrets)
        if "results" in told and len(told["results"]) != len(case.options["numbers"]):
            broken.append(f"{len(told['results'])} results")
        return broken

    def _run(self, case: Case, change: Change | None) -> tuple[Wire, Module, Mapping[str, Any]]:
        def spoil(action: str, parameters: Mapping[str, str], answer: HttpResponse) -> HttpResponse:
            return change.apply(answer, parameters) if change and action == change.action else answer

        self.service.start_over(world())
        shutil.rmtree(self.folder / "chatapp-cams" / "refusals", ignore_errors=True)
        wire, module = Wire(self.service, spoil), Module(dict(case.options))
        with mock.patch.dict(os.environ, {"XDG_STATE_HOME": str(self.folder)}):
            try:
                told = case.body(module, lambda: client_of(wire))
            except CamsError as error:
                told = {"msg": error.message, "error": error.error.as_dict() if error.error else {}}
        return wire, module, told
