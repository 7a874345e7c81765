# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrate one number in every possible service, as an operator who follows the next actions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from itertools import product

from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome
from histories import DIGITS, NUMBER, World
from worlds import SPACE

MOST_RUNS = 10
STATUS = "GetPhoneNumberVerificationStatus"
ROWS = ("pending", "unverified", "migrating", "hidden")
SECOND_INITIATE = ("accepted", "refused")


class StatusReads(Enum):
    """Ways in which the service can answer a status read."""

    PLAIN = "plain"
    FUSSY = "fussy"
    BLIND = "blind"
    UNLISTED_ONCE = "unlisted once"
    UNLISTED_FOR_EVER = "unlisted for ever"
    LATE = "late by 5 s"
    VERY_LATE = "late by a minute"
    OTHER_FOR_CONTROL = "another for the control"


class KeptFiles(Enum):
    """Files of earlier runs that a run can read."""

    JOURNAL = "journal"
    STATE = "no journal"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Service:
    """One possible service, and the files that runs keep."""

    rows: str
    status_reads: StatusReads
    second_initiate: str
    kept: KeptFiles

    def __str__(self) -> str:
        return f"{self.rows}-{self.status_reads.value}-{self.second_initiate}-{self.kept.value}"


@dataclass
class MigrationCourse:
    """The runs, codes and options that were needed to connect the number."""

    connected: bool = False
    runs: int = 0
    named: list[str] = field(default_factory=list)
    codes: int = 0
    initiates: int = 0

    @property
    def codes_without_resend(self) -> int:
        return self.codes - self.named.count("resend")


def services() -> Iterator[Service]:
    for rows, reads, second, kept in product(ROWS, StatusReads, SECOND_INITIATE, KeptFiles):
        yield Service(rows, reads, second, kept)


def world_of(service: Service) -> World:
    reads = service.status_reads
    world = World({"before_register": service.rows, "second_initiate": service.second_initiate})
    if reads in (StatusReads.FUSSY, StatusReads.BLIND):
        world.control.change_settings(status_read=reads.value)
    if reads in (StatusReads.LATE, StatusReads.VERY_LATE):
        delay = 5 if reads is StatusReads.LATE else 60
        world.control.change_settings(row_delay_seconds=delay, status_delay_seconds=delay)
    if reads is StatusReads.OTHER_FOR_CONTROL:
        world.control.change_settings(fictional_numbers="other")
    if reads in (StatusReads.UNLISTED_ONCE, StatusReads.UNLISTED_FOR_EVER):
        count = 1 if reads is StatusReads.UNLISTED_ONCE else None
        world.control.add_fault(
            "business_error", operation=STATUS, http_status=200, code="isp.SYSTEM_ERROR", count=count
        )
    return world


def migrate_until_connected(service: Service) -> MigrationCourse:
    """Run until the number is connected, and follow each next action."""
    course = MigrationCourse()
    world = world_of(service)
    try:
        tried: set[str] = set()
        declaration = Declaration(SPACE, NUMBER)
        while course.runs < MOST_RUNS and not course.connected:
            course.runs += 1
            if service.kept is KeptFiles.NOTHING:
                world.forget()
            result = world.run(declaration, journal=service.kept is KeptFiles.JOURNAL)
            assert result is not None
            if result.outcome is Outcome.CONVERGED:
                course.connected = True
            else:
                declaration = next_run(result, world.control.code(DIGITS), tried, course)
                # Wait for the cooldown of the journal.
                world.control.advance(3600 if declaration.resend else 1)
        effects = world.effects()
        course.codes, course.initiates = effects.codes_sent, effects.initiates
    finally:
        world.close()
    return course


def next_run(result: NumberResult, code: str | None, tried: set[str], course: MigrationCourse) -> Declaration:
    """Return the next declaration of an operator who reads the next action and the phone."""
    reclaim = "reclaim" in course.named
    if code and code not in tried:
        tried.add(code)
        return Declaration(SPACE, NUMBER, code=code, reclaim=reclaim)
    if result.outcome is Outcome.NEEDS_OPERATOR and "<<reclaim" in result.next_action:
        course.named.append("reclaim")
        return Declaration(SPACE, NUMBER, reclaim=True)
    if "resend" in result.next_action:
        course.named.append("resend")
        return Declaration(SPACE, NUMBER, resend=True, reclaim=reclaim)
    return Declaration(SPACE, NUMBER)


def table(courses: Mapping[Service, MigrationCourse]) -> str:
    """Return one line for each kind of status read and of kept files. Counts are ranges over the other readings."""
    lines = [f"{'status reads':<24} {'kept':<11} {'runs':>5}  {'codes':>5}  {'without resend':>14}  named"]
    for reads, kept in product(StatusReads, KeptFiles):
        chosen = [p for service, p in courses.items() if (service.status_reads, service.kept) == (reads, kept)]
        runs = span(p.runs for p in chosen)
        codes = span(p.codes for p in chosen)
        free = span(p.codes_without_resend for p in chosen)
        named = " | ".join(dict.fromkeys(", ".join(p.named) or "nothing" for p in chosen))
        lines.append(f"{reads.value:<24} {kept.value:<11} {runs:>5}  {codes:>5}  {free:>14}  {named}")
    return "\n".join(lines)


def span(values: Iterable[int]) -> str:
    found = sorted(set(values))
    return str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"
