# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads what preflight checks: each space once, and the status of numbers whose row does not show enough."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from ansible_collections.chatapp.cams.plugins.module_utils._api import operations
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row, observation_of_row, read_rows
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import read_verification
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.waba import read_business, read_waba
from ansible_collections.chatapp.cams.plugins.module_utils._errors import (
    AFTER_UNEXPECTED,
    CamsError,
    describe_unexpected,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import model, observing, planner
from ansible_collections.chatapp.cams.plugins.module_utils._preflight import checks
from ansible_collections.chatapp.cams.plugins.module_utils._preflight.checks import CheckedNumber, Finding
from ansible_collections.chatapp.cams.plugins.module_utils._system.threads import run_in_threads


@dataclass
class _Space:
    """One space as it was read. ``rows`` is None if its numbers could not be read."""

    name: str
    rows: dict[str, Row] | None = None
    findings: list[Finding] = field(default_factory=list)


class PreflightReader:
    """Reads each space once, and the status of numbers whose row does not show enough."""

    def __init__(self, client: Client, unknown_numbers: UnknownNumbers, concurrency: int) -> None:
        self._client = client
        self._unknown = unknown_numbers
        self._concurrency = concurrency
        self.spaces: dict[str, _Space] = {}

    def read(self, subjects: list[CheckedNumber]) -> list[CheckedNumber]:
        names = dict.fromkeys(subject.declared.cust_space_id for subject in subjects)
        self.spaces = {name: _Space(name) for name in names}
        run_in_threads(self._read_space_alone, self.spaces.values(), self._concurrency, stop=self._client.stop)
        run_in_threads(self._read_number_alone, subjects, self._concurrency, stop=self._client.stop)
        for space in self.spaces.values():
            # If the status reads of many numbers are refused for one reason, that is one finding.
            space.findings = list(dict.fromkeys(space.findings))
        return subjects

    def _read_space_alone(self, space: _Space) -> None:
        """Read a space. An unexpected error becomes a finding about this space."""
        try:
            self._read_space(space)
        except Exception as error:
            message = f"Failed to read space {space.name}: {describe_unexpected(error)}"
            space.findings.append(Finding("not_read", message, AFTER_UNEXPECTED, space.name))

    def _read_number_alone(self, subject: CheckedNumber) -> None:
        """Read a number. An unexpected error becomes a finding about this number."""
        try:
            self._read_number(subject)
        except Exception as error:
            subject.add_finding(
                "not_read", f"Failed to read {subject.number}: {describe_unexpected(error)}", AFTER_UNEXPECTED
            )

    def _read_space(self, space: _Space) -> None:
        asked = {"CustSpaceId": space.name}
        try:
            rows = read_rows(self._client, operations.QUERY_NUMBERS, asked)
            space.rows = {row["phone_number"]: row for row in rows}
        except CamsError as error:
            found = checks.finding_of_failed_read(operations.QUERY_NUMBERS, error, space.name)
            space.findings.append(found)
            if found.code != "read_denied":
                # The other reads would fail for the same reason.
                return
        space.findings += self._findings_of_account(space.name)

    def _findings_of_account(self, space: str) -> list[Finding]:
        try:
            waba = read_waba(self._client, space)
        except CamsError as error:
            return [checks.finding_of_failed_read(operations.QUERY_WABA, error, space)]
        if not waba or not waba.get("id"):
            return checks.findings_of_account(space, None)
        try:
            business = read_business(self._client, space, waba["id"])
        except CamsError as error:
            denied = checks.finding_of_failed_read(operations.QUERY_BUSINESS, error, space)
            return [*checks.findings_of_account(space, waba), denied]
        return [*checks.findings_of_account(space, waba), *checks.findings_of_business(space, business)]

    def _read_number(self, subject: CheckedNumber) -> None:
        """Observe a number, and plan what a run would do with it."""
        space = self.spaces[subject.declared.cust_space_id]
        if space.rows is None:
            return
        subject.row = space.rows.get(subject.number)
        observation = observation_of_row(subject.row)
        if observing.needs_verification_status(subject.row["status"] if subject.row else None):
            try:
                observation = observation_of_row(subject.row, self._read_status(subject, space.rows))
            except CamsError as error:
                found = checks.finding_of_failed_read(operations.VERIFICATION_STATUS, error, space.name, subject.number)
                (space if found.phone_number is None else subject).findings.append(found)
                return
        subject.plan = planner.make_plan(subject.declared, observation)

    def _read_status(self, subject: CheckedNumber, rows: Collection[str]) -> model.VerificationReading:
        """Read the verification status. Compare a refusal that was never learnt with a control number."""
        space = subject.declared.cust_space_id
        response = read_verification(self._client, space, subject.number)
        subject.verification = response.word
        reading = self._unknown.reading_of_response(response)
        if (
            subject.row is None
            and response.refusal is not None
            and reading is model.VerificationReading.LIKE_NO_SUCH_NUMBER
        ):
            return self._unknown.compare_once(space, response.refusal, rows)
        return reading
