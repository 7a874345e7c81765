# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module cams_preflight_info: read numbers and spaces, and return findings. It makes no write."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import closest_name
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action, NumberResult, Problem
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_fleet import declarations_from_options
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import NUMBER_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._preflight import checks
from ansible_collections.chatapp.cams.plugins.module_utils._preflight.checks import (
    CODES,
    CheckedNumber,
    Finding,
    Severity,
)
from ansible_collections.chatapp.cams.plugins.module_utils._preflight.reader import PreflightReader
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.refusal_file import FileRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import state_directory
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

PREFLIGHT_ARGUMENTS: dict[str, dict[str, Any]] = {
    "numbers": {"type": "list", "elements": "dict", "required": True, "options": NUMBER_ARGUMENTS},
    "override": {"type": "list", "elements": "str", "default": []},
    "concurrency": {"type": "int", "default": 32},
}


def preflight_info(module: AnsibleModule, connect: Callable[[], Client]) -> dict[str, Any]:
    """Read what a run would read, and return what would stop it."""
    options = module.params
    # What would stop a number is worth knowing before its owner is ready for the code.
    declarations = [replace(item, why_not_ready="") for item in declarations_from_options(module, options)]
    override = _check_override_names(options["override"])
    client = connect()
    learnt = FileRefusals(state_directory(os.environ), client.account)
    declared = {declaration.phone_number for declaration in declarations}
    reader = PreflightReader(client, UnknownNumbers(client, learnt, declared), options["concurrency"])
    subjects = reader.read([CheckedNumber(declaration) for declaration in declarations])
    for subject in subjects:
        checks.check_number(subject)
    checks.check_spellings(subjects, {space.name: space.rows or {} for space in reader.spaces.values()})
    for subject in subjects:
        subject.findings = checks.mark_overridden(subject.findings, override)
    of_spaces = checks.mark_overridden(
        [found for space in reader.spaces.values() for found in space.findings], override
    )
    checked = all(phone.line_type_of(subject.number) is not None for subject in subjects[:1])
    run_findings = checks.findings_of_run(client.counts.calls, types_checked=checked)
    findings = [*run_findings, *of_spaces, *(finding for subject in subjects for finding in subject.findings)]
    results = [
        _result_of_number(subject, checks.findings_of_number(subject, of_spaces), override) for subject in subjects
    ]
    return {
        "changed": False,
        "findings": [finding.as_dict() for finding in sorted(findings, key=_severity_rank)],
        "results": results,
        "summary": _summarize_findings(findings, results, client),
    }


def _check_override_names(given: Sequence[str]) -> frozenset[str]:
    """Return the numbers and the codes of findings. Refuse other names."""
    names = set()
    for name in given:
        if name in CODES:
            names.add(name)
            continue
        try:
            names.add(phone.parse(name))
        except phone.PhoneNumberError:
            alike = closest_name(name, tuple(CODES))
            fix = f"Did you mean {alike}?" if alike else "Write a number in E.164, or the code of a finding."
            raise ConfigurationError(f"override: {name!r} is not a finding or a number. {fix}") from None
    return frozenset(names)


def _result_of_number(subject: CheckedNumber, findings: Sequence[Finding], override: Collection[str]) -> dict[str, Any]:
    """Return a result like that of a plan, for cams_host_result. A blocked number has failed."""
    plan = subject.plan
    blockers = [finding for finding in findings if finding.is_blocker and subject.number not in override]
    outcome = plan.outcome if plan else Outcome.UNKNOWN
    if plan and plan.steps:
        outcome = Outcome.PLANNED
    phase = plan.phase if plan else None
    result = NumberResult(
        subject.declared,
        Outcome.FAILED if blockers else outcome,
        previous_phase=phase,
        phase=phase,
        actions=[Action(step.value, "planned") for step in plan.steps] if plan else [],
        next_action=" ".join(f"{found.message} ({found.code}) {found.next_action}" for found in blockers[1:])
        or (plan.next_action if plan and not blockers else ""),
        number=subject.row,
        problem=_problem_of_finding(blockers[0]) if blockers else None,
    )
    return {**result.as_dict(), "findings": [finding.as_dict() for finding in findings]}


def _problem_of_finding(found: Finding) -> Problem:
    error = {"code": found.code, "message": found.message, "request_id": "", "hint": found.next_action}
    return Problem(found.message, error)


def _severity_rank(finding: Finding) -> int:
    """Return the sort key of a finding. The most severe findings come first."""
    return list(Severity).index(CODES[finding.code])


def _summarize_findings(
    findings: Sequence[Finding], results: Sequence[dict[str, Any]], client: Client
) -> dict[str, Any]:
    severities = [CODES[finding.code] for finding in findings]
    return {
        "declared": len(results),
        "blocked": sum(result["outcome"] == Outcome.FAILED.value for result in results),
        "blockers": severities.count(Severity.BLOCKER),
        "warnings": severities.count(Severity.WARNING),
        "notes": severities.count(Severity.NOTE),
        "calls": dict(sorted(client.counts.calls.items())),
    }
