# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module cams_number_fleet: check its options, run the engine, return the results."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import digits_of_number
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import MOST_MISTAKES
from ansible_collections.chatapp.cams.plugins.module_utils._engine import plan_document
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Guards, RefusedError
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import NOT_READY_IN_PLAN
from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import Connect, warn
from ansible_collections.chatapp.cams.plugins.module_utils._modules.engine_run import EngineRun, reconcile
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.code_source_options import (
    SOURCE_ARGUMENTS,
    extract_code_source,
)
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import (
    NUMBER_ARGUMENTS,
    RUN_ARGUMENTS,
    extract_verify_code,
    make_declaration,
)
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.store_options import store_of
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone as _phone

FLEET_ARGUMENTS: dict[str, dict[str, Any]] = {
    **RUN_ARGUMENTS,
    "numbers": {"type": "list", "elements": "dict", "required": True, "options": NUMBER_ARGUMENTS},
    "resend": {"type": "list", "elements": "str", "default": []},
    "reclaim": {"type": "list", "elements": "str", "default": []},
    "max_changes": {"type": "int", "default": 50},
    "stop_after_equal_errors": {"type": "int", "default": 5},
    "concurrency": {"type": "int", "default": 32},
    "plan": {"type": "dict"},
    "code_source": {"type": "dict", "options": SOURCE_ARGUMENTS},
    "code_wait_seconds": {"type": "int", "default": 0},
}
# Maximum number of failed numbers in a message.
_MOST_LISTED = 10


def number_fleet(module: AnsibleModule, connect: Connect) -> dict[str, Any]:
    """Migrate many numbers to their declared states."""
    options = module.params
    guards = _make_guards(options)
    declarations = _not_ready_as_planned(declarations_from_options(module, options), guards.plan)
    code_source = extract_code_source(module)
    store = store_of(options)
    client = connect(store.make_pace)
    began = time.monotonic()
    refusal = ""
    try:
        run = reconcile(
            module,
            client,
            store,
            declarations,
            guards=guards,
            code_source=code_source,
            concurrency=options["concurrency"],
        )
    except RefusedError as error:
        refusal = error.message
        run = EngineRun([NumberResult(item, Outcome.NOT_ATTEMPTED) for item in declarations], refusal, "")
    changed = [result for result in run.results if result.changed]
    if module.check_mode and 0 < guards.max_changes < len(changed):
        warn(
            module,
            f"A real run would stop here: {len(changed)} numbers would change and <<max_changes>> is"
            f" {guards.max_changes}.",
        )
    returned: dict[str, Any] = {
        "changed": bool(changed),
        "results": [result.as_dict() for result in run.results],
        "summary": _summarize_run(run.results, client, time.monotonic() - began),
        "stopped": run.why_stopped,
        "code_source_error": run.code_problem,
        "code_source_numbers": run.numbers_without_code,
        "diff": [_diff_with_headers(result) for result in changed],
    }
    if module.check_mode:
        returned["plan"] = plan_document.make_plan_document(run.results)
    message = refusal or _why_run_failed(run)
    return {**returned, "failed": True, "msg": message} if message else returned


def declarations_from_options(module: AnsibleModule, options: dict[str, Any]) -> list[Declaration]:
    """Return the declarations of the option ``numbers``. Raises ConfigurationError with all mistakes."""
    if not options["numbers"]:
        raise ConfigurationError(
            "numbers is empty. Declare at least one number, because an empty run would look like success."
        )
    mistakes: list[str] = []
    resend, reclaim = (_parse_numbers_option(options, name, mistakes) for name in ("resend", "reclaim"))
    # The declarations by their places in the option.
    declarations: dict[int, Declaration] = {}
    for place, item in enumerate(options["numbers"]):
        try:
            declared = make_declaration(item, extract_verify_code(module, item))
            number = declared.phone_number
            declarations[place] = replace(declared, resend=number in resend, reclaim=number in reclaim)
        except ConfigurationError as error:
            mistakes.append(f"numbers[{place}]: {error.message}")
    mistakes += _mistakes_about_duplicates(declarations)
    declared_digits = {digits_of_number(item["phone_number"]) for item in options["numbers"]}
    for name, named in (("resend", resend), ("reclaim", reclaim)):
        undeclared = sorted(number for number in named if number[1:] not in declared_digits)
        mistakes += [f"{name} names {number}, which is not in numbers." for number in undeclared]
    mistakes += [
        f"resend names {declaration.phone_number}, which is not ready for a code. {declaration.why_not_ready}"
        for declaration in declarations.values()
        if declaration.resend and declaration.why_not_ready
    ]
    if mistakes:
        raise ConfigurationError(_join_first_sentences(mistakes, MOST_MISTAKES))
    return list(declarations.values())


def _not_ready_as_planned(declarations: list[Declaration], plan: dict[str, Any] | None) -> list[Declaration]:
    """Keep the numbers waiting that waited for their owner when the plan was made: the plan starts none of them."""
    waiting = plan_document.numbers_waiting_for_owner(plan) if plan is not None else frozenset()
    return [
        replace(item, why_not_ready=NOT_READY_IN_PLAN) if item.phone_number in waiting else item
        for item in declarations
    ]


def _parse_numbers_option(options: dict[str, Any], name: str, mistakes: list[str]) -> frozenset[str]:
    """Return the numbers that an option names. Mistakes are added to the list."""
    numbers = set()
    for number in options.get(name, ()):
        try:
            numbers.add(_phone.parse(number))
        except _phone.PhoneNumberError as error:
            mistakes.append(f"{name}: {error}")
    return frozenset(numbers)


def _mistakes_about_duplicates(declarations: Mapping[int, Declaration]) -> list[str]:
    first: dict[str, int] = {}
    mistakes = []
    for place, declaration in declarations.items():
        earlier = first.setdefault(declaration.phone_number, place)
        if earlier != place:
            spaces = (declarations[earlier].cust_space_id, declaration.cust_space_id)
            where = "" if spaces[0] == spaces[1] else f", in space {spaces[0]} and in space {spaces[1]}"
            mistakes.append(
                f"{declaration.phone_number} is declared twice: numbers[{earlier}] and numbers[{place}]{where}."
            )
    return mistakes


def _make_guards(options: dict[str, Any]) -> Guards:
    if options["plan"] is not None:
        plan_document.read_digests(options["plan"])
    return Guards(
        max_changes=options["max_changes"],
        stop_after_equal_errors=options["stop_after_equal_errors"],
        plan=options["plan"],
    )


def _summarize_run(results: Sequence[NumberResult], client: Client, elapsed: float) -> dict[str, Any]:
    outcomes = Counter(result.outcome for result in results)
    return {
        "declared": len(results),
        "changed": sum(result.changed for result in results),
        **{outcome.value: outcomes[outcome] for outcome in Outcome},
        "calls": dict(sorted(client.counts.calls.items())),
        "throttled": client.counts.throttled,
        "paced_seconds": round(client.paced_seconds, 3),
        "elapsed_seconds": round(elapsed, 3),
    }


def _diff_with_headers(result: NumberResult) -> dict[str, Any]:
    number = result.declaration.phone_number
    return {**result.diff(), "before_header": number, "after_header": number}


def _why_run_failed(run: EngineRun) -> str:
    """Why the run failed; empty when it did not."""
    failed = [result for result in run.results if result.has_failed]
    left = sum(result.outcome is Outcome.NOT_ATTEMPTED for result in run.results)
    causes = [f"{len(failed)} of {len(run.results)} numbers failed or are unknown."] if failed else []
    causes += (
        [f"{run.why_stopped} {left} numbers were not attempted." if left else run.why_stopped]
        if run.why_stopped
        else []
    )
    causes += [run.code_problem] if run.code_problem else []
    return _join_first_sentences([" ".join(causes), *(result.sentence for result in failed)]) if causes else ""


def _join_first_sentences(sentences: Sequence[str], most: int = _MOST_LISTED) -> str:
    more = [f"And {len(sentences) - most} more."] if len(sentences) > most else []
    return "\n".join([*sentences[:most], *more])
