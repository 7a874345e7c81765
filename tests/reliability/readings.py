# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One number brought to its connection in every kind of service, by an operator who does what the next action says."""

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
    """How the service answers reads of a verification status."""

    PLAIN = "plain"
    FUSSY = "fussy"
    BLIND = "blind"
    UNLISTED_ONCE = "unlisted once"
    UNLISTED_FOR_EVER = "unlisted for ever"
    LATE = "late by 5 s"
    VERY_LATE = "late by a minute"
    OTHER_FOR_CONTROL = "another for the control"


class Kept(Enum):
    """What a run finds of earlier runs."""

    JOURNAL = "journal"
    STATE = "no journal"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Service:
    """One reading of what the documents leave open, and what runs keep."""

    rows: str
    status_reads: StatusReads
    second_initiate: str
    kept: Kept

    def __str__(self) -> str:
        return f"{self.rows}-{self.status_reads.value}-{self.second_initiate}-{self.kept.value}"


@dataclass
class Passage:
    """What it took to connect the number."""

    connected: bool = False
    runs: int = 0
    named: list[str] = field(default_factory=list)
    codes: int = 0
    initiates: int = 0

    @property
    def codes_without_resend(self) -> int:
        return self.codes - self.named.count("resend")


def services() -> Iterator[Service]:
    for rows, reads, second, kept in product(ROWS, StatusReads, SECOND_INITIATE, Kept):
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


def connect(service: Service) -> Passage:
    """Run until the number is connected, and name what the next action asks for."""
    passage = Passage()
    world = world_of(service)
    try:
        tried: set[str] = set()
        declaration = Declaration(SPACE, NUMBER)
        while passage.runs < MOST_RUNS and not passage.connected:
            passage.runs += 1
            if service.kept is Kept.NOTHING:
                world.forget()
            result = world.run(declaration, journal=service.kept is Kept.JOURNAL)
            assert result is not None
            if result.outcome is Outcome.CONVERGED:
                passage.connected = True
            else:
                declaration = next_run(result, world.control.code(DIGITS), tried, passage)
                # So that no cooldown of the journal stands in the way.
                world.control.advance(3600 if declaration.resend else 1)
        effects = world.effects()
        passage.codes, passage.initiates = effects.codes_sent, effects.initiates
    finally:
        world.close()
    return passage


def next_run(result: NumberResult, code: str | None, tried: set[str], passage: Passage) -> Declaration:
    """What an operator types who reads the next action and the phone."""
    reclaim = "reclaim" in passage.named
    if code and code not in tried:
        tried.add(code)
        return Declaration(SPACE, NUMBER, code=code, reclaim=reclaim)
    if result.outcome is Outcome.NEEDS_OPERATOR and "in reclaim" in result.next_action:
        passage.named.append("reclaim")
        return Declaration(SPACE, NUMBER, reclaim=True)
    if "resend" in result.next_action:
        passage.named.append("resend")
        return Declaration(SPACE, NUMBER, resend=True, reclaim=reclaim)
    return Declaration(SPACE, NUMBER)


def table(passages: Mapping[Service, Passage]) -> str:
    """A line for each kind of status read and of what runs keep; the figures are ranges over the other readings."""
    lines = [f"{'status reads':<24} {'kept':<11} {'runs':>5}  {'codes':>5}  {'without resend':>14}  named"]
    for reads, kept in product(StatusReads, Kept):
        chosen = [p for service, p in passages.items() if (service.status_reads, service.kept) == (reads, kept)]
        runs = span(p.runs for p in chosen)
        codes = span(p.codes for p in chosen)
        free = span(p.codes_without_resend for p in chosen)
        named = " | ".join(dict.fromkeys(", ".join(p.named) or "nothing" for p in chosen))
        lines.append(f"{reads.value:<24} {kept.value:<11} {runs:>5}  {codes:>5}  {free:>14}  {named}")
    return "\n".join(lines)


def span(values: Iterable[int]) -> str:
    found = sorted(set(values))
    return str(found[0]) if len(found) == 1 else f"{found[0]}-{found[-1]}"
