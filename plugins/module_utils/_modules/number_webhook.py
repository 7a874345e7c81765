# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module cams_number_webhook. It uses the same step as a migration."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, checked_space_id
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun, observation_of
from ansible_collections.chatapp.cams.plugins.module_utils._engine.observer import Observer
from ansible_collections.chatapp.cams.plugins.module_utils._engine.step_runner import StepRunner
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Effect, Step
from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import Connect
from ansible_collections.chatapp.cams.plugins.module_utils._modules.engine_run import opened
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import read_phone_number
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.store_options import (
    STORE_ARGUMENTS,
    store_of,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import (
    WEBHOOK_ARGUMENTS,
    Webhook,
    WebhookError,
    parse,
)

NUMBER_WEBHOOK_ARGUMENTS: dict[str, dict[str, Any]] = {
    "cust_space_id": {"type": "str", "required": True},
    "phone_number": {"type": "str", "required": True},
    **WEBHOOK_ARGUMENTS,
    "flags": {"type": "str", "choices": ["with_change", "always"], "default": "with_change"},
    "lock_timeout": {"type": "int", "default": 30},
    **STORE_ARGUMENTS,
}


def number_webhook(module: AnsibleModule, connect: Connect) -> dict[str, Any]:
    """Set the webhook of a number if the cloud shows other addresses than the declared ones."""
    options = module.params
    webhook = _parse_webhook(options)
    number = read_phone_number(options)
    store = store_of(options)
    client = connect(store.make_pace)
    with opened(store, module, client) as memory:
        journal = memory.journal
        _lock_number(memory.locks, number, options["lock_timeout"])
        journal.load({number})
        space = Space(client, checked_space_id(options["cust_space_id"]))
        before = _row_of_number(space, number, check_mode=module.check_mode)
        shown = webhook.matches(before)
        if shown is False:
            # The flags are sent together with changed addresses.
            webhook = replace(webhook, always_send_flags=False)
        declaration = Declaration(options["cust_space_id"].strip(), number, webhook=webhook)
        number_run = NumberRun(declaration, space, before, observation_of(declaration, before))
        if shown is not True and not module.check_mode:
            unknown_numbers = UnknownNumbers(client, LearntRefusals(), (number,))
            observer = Observer(client, journal, unknown_numbers, check_mode=False, sleep=client.pause)
            StepRunner(client, journal, unknown_numbers, observer).execute(number_run, Step.SET_WEBHOOK)
            with contextlib.suppress(CamsError):
                space.query()
    return _module_result(number_run, shown is not True, check_mode=module.check_mode)


def _parse_webhook(options: dict[str, Any]) -> Webhook:
    try:
        return parse(options, always_send_flags=options["flags"] == "always")
    except WebhookError as error:
        raise ConfigurationError(str(error)) from None


def _lock_number(locks: NumberLocks | None, number: str, timeout: float) -> None:
    owners = locks.acquire([number], timeout) if locks else {}
    if owners:
        raise CamsError(
            f"Another run works on {number}: {owners[number]}. Waited {timeout:.0f} s. Run again when it has ended."
        )


def _row_of_number(space: Space, number: str, *, check_mode: bool) -> Row:
    if number not in space.rows and not check_mode:
        space.refresh()
    if number not in space.rows:
        raise CamsError(
            f"The space does not show {number}, so it has no webhook. Migrate the number to the space first."
        )
    return space.rows[number]


def _module_result(number_run: NumberRun, due: bool, *, check_mode: bool) -> dict[str, Any]:
    webhook = number_run.declaration.webhook or Webhook({}, {})
    before, row = number_run.before or {}, number_run.space.rows.get(number_run.declaration.phone_number)
    effect = number_run.effects.get(Step.SET_WEBHOOK)
    changed = due if check_mode else effect is Effect.DONE
    shown = {name: before.get(name, "") for name in webhook.urls}
    result: dict[str, Any] = {
        "changed": changed,
        "number": row,
        "actions": [vars(action) for action in number_run.actions],
        "flags_sent": changed and bool(webhook.flags),
        "flags_not_read": sorted(webhook.flags),
        "diff": {"before": shown, "after": {**webhook.urls, **webhook.flags} if changed else shown},
    }
    if effect in (None, Effect.DONE, Effect.EARLIER) or number_run.problem is None:
        return result
    next_action = number_run.replan().next_action
    return {
        **result,
        "failed": True,
        "msg": f"{number_run.problem.sentence} {next_action}",
        "error": number_run.problem.error,
    }
