# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the preflight module reads, and how it tells what was found. It makes no write."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils import _lifecycle as life
from ansible_collections.chatapp.cams.plugins.module_utils import _phone
from ansible_collections.chatapp.cams.plugins.module_utils import _preflight as checks
from ansible_collections.chatapp.cams.plugins.module_utils._api import operations
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.errors import CamsError, ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._declared_values import closest
from ansible_collections.chatapp.cams.plugins.module_utils._fleet import check_concurrency, declarations_of
from ansible_collections.chatapp.cams.plugins.module_utils._learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._migration import NUMBER_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._numbers import (
    Row,
    observed,
    read_rows,
)
from ansible_collections.chatapp.cams.plugins.module_utils._preflight import CODES, Finding, Severity, Subject
from ansible_collections.chatapp.cams.plugins.module_utils._private import state_directory
from ansible_collections.chatapp.cams.plugins.module_utils._result import (
    AFTER_UNEXPECTED,
    Action,
    NumberResult,
    Problem,
    unexpected,
)
from ansible_collections.chatapp.cams.plugins.module_utils._threads import each
from ansible_collections.chatapp.cams.plugins.module_utils._unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._verification import read_verification
from ansible_collections.chatapp.cams.plugins.module_utils._waba import read_business, read_waba

PREFLIGHT_ARGUMENTS: dict[str, dict[str, Any]] = {
    "numbers": {"type": "list", "elements": "dict", "required": True, "options": NUMBER_ARGUMENTS},
    "override": {"type": "list", "elements": "str", "default": []},
    "concurrency": {"type": "int", "default": 32},
}


def preflight_info(module: AnsibleModule, connect: Callable[[], Client]) -> dict[str, Any]:
    """Read what a run would find, and tell what would stop it."""
    options = module.params
    declarations = declarations_of(module, options)
    override = _names(options["override"])
    check_concurrency(options["concurrency"])
    client = connect()
    learnt = LearntRefusals(state_directory(os.environ), client.account)
    declared = {declaration.phone_number for declaration in declarations}
    reader = _Reader(client, UnknownNumbers(client, learnt, declared), options["concurrency"])
    subjects = reader.read([Subject(declaration) for declaration in declarations])
    for subject in subjects:
        checks.look_at(subject)
    checks.look_at_spellings(subjects, {space.name: space.rows or {} for space in reader.spaces.values()})
    for subject in subjects:
        subject.findings = checks.overridden(subject.findings, override)
    of_spaces = checks.overridden([found for space in reader.spaces.values() for found in space.findings], override)
    checked = all(_phone.type_of(subject.number) is not None for subject in subjects[:1])
    of_run = checks.of_run(client.counts.calls, types_checked=checked)
    findings = [*of_run, *of_spaces, *(finding for subject in subjects for finding in subject.findings)]
    results = [_result(subject, checks.concerning(subject, of_spaces), override) for subject in subjects]
    return {
        "changed": False,
        "findings": [finding.as_dict() for finding in sorted(findings, key=_weight)],
        "results": results,
        "summary": _summary(findings, results, client),
    }


def _names(given: Sequence[str]) -> frozenset[str]:
    """Numbers, and codes of findings that there are."""
    names = set()
    for name in given:
        if name in CODES:
            names.add(name)
            continue
        try:
            names.add(_phone.parse(name))
        except _phone.PhoneNumberError:
            alike = closest(name, tuple(CODES))
            mend = f"Did you mean {alike}?" if alike else "Name a number in E.164, or the code of a finding."
            raise ConfigurationError(f"override: there is no finding {name!r}. {mend}") from None
    return frozenset(names)


@dataclass
class _Space:
    """What was read of one space. Without rows its numbers cannot be placed."""

    name: str
    rows: dict[str, Row] | None = None
    findings: list[Finding] = field(default_factory=list)


class _Reader:
    """Reads each space once, and of its numbers only those whose rows leave something open."""

    def __init__(self, client: Client, unknown_numbers: UnknownNumbers, concurrency: int) -> None:
        self._client = client
        self._unknown = unknown_numbers
        self._concurrency = concurrency
        self.spaces: dict[str, _Space] = {}

    def read(self, subjects: list[Subject]) -> list[Subject]:
        names = dict.fromkeys(subject.declared.cust_space_id for subject in subjects)
        self.spaces = {name: _Space(name) for name in names}
        each(self._read_space_alone, self.spaces.values(), self._concurrency, stop=self._client.stop)
        each(self._place_alone, subjects, self._concurrency, stop=self._client.stop)
        for space in self.spaces.values():
            # What the status reads of all its numbers were refused for is one finding.
            space.findings = list(dict.fromkeys(space.findings))
        return subjects

    def _read_space_alone(self, space: _Space) -> None:
        """Read a space. Whatever goes wrong is a finding about this space alone."""
        try:
            self._read_space(space)
        except Exception as error:
            message = f"Failed to read space {space.name}: {unexpected(error)}"
            space.findings.append(Finding("not_read", message, AFTER_UNEXPECTED, space.name))

    def _place_alone(self, subject: Subject) -> None:
        """Place a number. Whatever goes wrong is a finding about this number alone."""
        try:
            self._place(subject)
        except Exception as error:
            subject.find("not_read", f"Failed to read {subject.number}: {unexpected(error)}", AFTER_UNEXPECTED)

    def _read_space(self, space: _Space) -> None:
        asked = {"CustSpaceId": space.name}
        try:
            rows = read_rows(self._client, operations.QUERY_NUMBERS, asked)
            space.rows = {row["phone_number"]: row for row in rows}
        except CamsError as error:
            found = checks.of_failed_read(operations.QUERY_NUMBERS, error, space.name)
            space.findings.append(found)
            if found.code != "read_denied":
                # The other reads would say the same.
                return
        space.findings += self._account(space.name)

    def _account(self, space: str) -> list[Finding]:
        try:
            waba = read_waba(self._client, space)
        except CamsError as error:
            return [checks.of_failed_read(operations.QUERY_WABA, error, space)]
        if not waba or not waba.get("id"):
            return checks.of_account(space, None)
        try:
            business = read_business(self._client, space, waba["id"])
        except CamsError as error:
            denied = checks.of_failed_read(operations.QUERY_BUSINESS, error, space)
            return [*checks.of_account(space, waba), denied]
        return [*checks.of_account(space, waba), *checks.of_business(space, business)]

    def _place(self, subject: Subject) -> None:
        """Find out where a number stands, and what a run would do with it."""
        space = self.spaces[subject.declared.cust_space_id]
        if space.rows is None:
            return
        subject.row = space.rows.get(subject.number)
        observation = observed(subject.row)
        if life.needs_verification_status(subject.row["status"] if subject.row else None):
            try:
                observation = observed(subject.row, self._read_status(subject, space.rows))
            except CamsError as error:
                found = checks.of_failed_read(operations.VERIFICATION_STATUS, error, space.name, subject.number)
                (space if found.phone_number is None else subject).findings.append(found)
                return
        subject.plan = life.plan(subject.declared, observation)

    def _read_status(self, subject: Subject, rows: Collection[str]) -> life.Answer:
        """What the verification status says; a refusal that was never learnt is compared with a control number."""
        space = subject.declared.cust_space_id
        reading = read_verification(self._client, space, subject.number)
        subject.verification = reading.word
        answer = self._unknown.answer_of(reading)
        if subject.row is None and reading.refusal is not None and answer is life.Answer.LIKE_NO_SUCH_NUMBER:
            return self._unknown.compare(space, reading.refusal, rows)
        return answer


def _result(subject: Subject, findings: Sequence[Finding], override: Collection[str]) -> dict[str, Any]:
    """A result as that of a plan, which cams_host_result takes; a number that is blocked has failed."""
    plan = subject.plan
    blockers = [finding for finding in findings if finding.blocks and subject.number not in override]
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
        problem=_problem(blockers[0]) if blockers else None,
    )
    return {**result.as_dict(), "findings": [finding.as_dict() for finding in findings]}


def _problem(found: Finding) -> Problem:
    error = {"code": found.code, "message": found.message, "request_id": "", "hint": found.next_action}
    return Problem(found.message, error)


def _weight(finding: Finding) -> int:
    """The gravest first."""
    return list(Severity).index(CODES[finding.code])


def _summary(findings: Sequence[Finding], results: Sequence[dict[str, Any]], client: Client) -> dict[str, Any]:
    severities = [CODES[finding.code] for finding in findings]
    return {
        "declared": len(results),
        "blocked": sum(result["outcome"] == Outcome.FAILED.value for result in results),
        "blockers": severities.count(Severity.BLOCKER),
        "warnings": severities.count(Severity.WARNING),
        "notes": severities.count(Severity.NOTE),
        "calls": dict(sorted(client.counts.calls.items())),
    }
