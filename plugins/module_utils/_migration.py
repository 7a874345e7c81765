# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the migration module does with its options, and what it shares with the fleet."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils import _code, _phone
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._cancel import cancellable_until_exit
from ansible_collections.chatapp.cams.plugins.module_utils._code_markers import CodeMarkers
from ansible_collections.chatapp.cams.plugins.module_utils._journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Declaration, State
from ansible_collections.chatapp.cams.plugins.module_utils._locks import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._numbers import space_id
from ansible_collections.chatapp.cams.plugins.module_utils._option_values import check_locale, check_plain
from ansible_collections.chatapp.cams.plugins.module_utils._private import state_directory
from ansible_collections.chatapp.cams.plugins.module_utils._progress import watched
from ansible_collections.chatapp.cams.plugins.module_utils._reconcile import Guards, Reconciler
from ansible_collections.chatapp.cams.plugins.module_utils._result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._run import Run
from ansible_collections.chatapp.cams.plugins.module_utils._webhook import WEBHOOK_ARGUMENTS, WebhookError
from ansible_collections.chatapp.cams.plugins.module_utils._webhook import parse as parse_webhook

MASK = "********"

# What is declared of one number; the fleet takes a list of the same.
NUMBER_ARGUMENTS: dict[str, dict[str, Any]] = {
    "cust_space_id": {"type": "str", "required": True},
    "phone_number": {"type": "str", "required": True},
    "state": {"type": "str", "choices": [state.value for state in State], "default": State.REGISTERED.value},
    # no_log keeps the code out of the system's log; take_code() then masks it without Ansible's replacing of its digits
    # wherever they occur.
    "verify_code": {"type": "str", "no_log": True},
    "code_method": {"type": "str", "choices": ["sms", "voice"], "default": "sms"},
    "code_locale": {"type": "str", "default": "en_US"},
    "webhook": {"type": "dict", "options": WEBHOOK_ARGUMENTS},
}
RUN_ARGUMENTS: dict[str, dict[str, Any]] = {
    "wait_timeout": {"type": "int", "default": 120},
    "lock_timeout": {"type": "int", "default": 30},
    "journal": {"type": "path"},
    "health": {"type": "bool", "default": False},
}


def number_migration(module: AnsibleModule, connect: Callable[[], Client]) -> dict[str, Any]:
    """Bring one number to its declared state."""
    options = module.params
    code = take_code(module, options)
    declaration = replace(declare(options, code), resend=options["resend"], reclaim=options["reclaim"])
    (result,), stopped = reconcile(module, connect(), [declaration])
    told = {"failed": True, "msg": result.sentence} if result.failed or stopped else {}
    return {**result.as_dict(), "diff": result.diff(), **told}


def take_code(module: AnsibleModule, options: dict[str, Any]) -> str | None:
    """The code, taken out of the options that Ansible shows as the invocation and out of what it masks by replacing.

    Ansible would replace the code's digits in every text of the result, phone numbers and RequestIds included.
    """
    given = options["verify_code"]
    if given is None:
        return None
    options["verify_code"] = MASK
    module.no_log_values.discard(given)
    try:
        return _code.parse(given)
    except _code.CodeError as error:
        raise ConfigurationError(str(error)) from None


def declare(options: dict[str, Any], code: str | None) -> Declaration:
    try:
        number = _phone.parse(options["phone_number"])
    except _phone.PhoneNumberError as error:
        raise ConfigurationError(f"phone_number: {error}") from None
    try:
        webhook = parse_webhook(options["webhook"]) if options["webhook"] else None
    except WebhookError as error:
        raise ConfigurationError(f"webhook: {error}") from None
    check_plain("cust_space_id", options["cust_space_id"])
    return Declaration(
        cust_space_id=space_id(options["cust_space_id"]),
        phone_number=number,
        state=State(options["state"]),
        code=code,
        code_method=options["code_method"],
        code_locale=check_locale("code_locale", options["code_locale"]),
        webhook=webhook,
    )


def reconcile(
    module: AnsibleModule,
    client: Client,
    declarations: list[Declaration],
    *,
    guards: Guards | None = None,
    concurrency: int = 1,
) -> tuple[list[NumberResult], str]:
    """Run the declarations under their locks and with the journal; what is worth a warning becomes one.

    Returns the results, and why some numbers were not started.
    """
    options = module.params
    for declaration in declarations:
        warn_of_number(module, declaration.phone_number)
    watching = watched(os.environ, client.counts, options["rate_limit"])
    learnt = LearntRefusals(state_directory(os.environ), client.account)
    with at_work(module, client) as (journal, locks), watching as progress:
        reconciler = Reconciler(
            client,
            journal,
            locks,
            learnt,
            check_mode=module.check_mode,
            guards=guards,
            progress=progress,
            concurrency=concurrency,
            wait_timeout=options["wait_timeout"],
            lock_timeout=options["lock_timeout"],
            health=options["health"],
        )
        results = reconciler.run(declarations)
    for problem in learnt.problems:
        module.warn(problem)
    for result in results:
        for remark in result.remarks:
            module.warn(f"{result.declaration.phone_number}: {remark}")
    return results, reconciler.stopped


@contextlib.contextmanager
def at_work(module: AnsibleModule, client: Client) -> Iterator[tuple[Journal, NumberLocks | None]]:
    """The journal and the locks of a run, which a signal brings to an end in good order. Looking needs no lock.

    A signal that comes later, up to the end of the process, does not end the process: the results are still to be told.
    """
    options = module.params
    run = Run()
    path = Path(options["journal"]) if options["journal"] else None
    state = state_directory(os.environ)
    journal = Journal(path, run, markers=CodeMarkers(state, client.account), read_only=module.check_mode)
    try:
        locks = None if module.check_mode else NumberLocks(run, state)
        cancellable_until_exit(client.stop)
        with locks or contextlib.nullcontext():
            yield journal, locks
    finally:
        journal.close()
    for problem in journal.problems:
        module.warn(problem)


def warn_of_number(module: AnsibleModule, number: str) -> None:
    try:
        unlikely = _phone.check(number)
    except _phone.PhoneNumberError as error:
        raise ConfigurationError(f"phone_number: {error}") from None
    if unlikely:
        module.warn(unlikely)
