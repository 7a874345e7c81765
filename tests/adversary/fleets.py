# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Twenty numbers in two passes of the real engine, with one changed answer in one of the passes.

The change stays for the whole pass: every answer to one operation about one number, or one space, is changed alike, so
that no repetition hides it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import CONTROL_NUMBERS
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun, Waits
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._errors import UNEXPECTED
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._store.code_markers import CodeMarkers
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.locks import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import Webhook
from worlds import space

from adversary.answers import Change
from adversary.promises import flaws
from adversary.service import ACCESS_KEY_SECRET, Seen, Service, Wire, client_of, subject_of

PASSES = (0, 1)
SPACES = ("space-1", "space-2")
WEBHOOK = Webhook({"up_callback_url": "https://hooks.example.com/up"}, {"http": True})
# Sent by somebody else, to a number that the fleet has no code for.
OLD_CODE = "123456"
# Where the numbers stand that are not new.
STANDING: tuple[dict[str, Any], ...] = (
    {"status": "CONNECTED", "verified_name": "Example Ltd", "up_callback_url": "https://hooks.example.com/up"},
    {
        "status": "CONNECTED",
        "status_callback_url": "https://hooks.example.com/status",
        "messaging_limit_tier": "TIER_1K",
    },
    {"status": "FLAGGED", "quality_rating": "RED"},
    {"status": "UNVERIFIED", "code": {"value": OLD_CODE, "expires_at": 4e9}},
    {"status": "PENDING", "code_verification_status": "VERIFIED"},
    {"status": "BANNED"},
    {"status": "MIGRATED"},
)
COUNT = 20


def number_of(index: int) -> str:
    return f"+86139000{index:05}"


def space_of(index: int) -> str:
    return SPACES[index % len(SPACES)]


def world() -> dict[str, Any]:
    """Two spaces and the numbers that stand in them already, the last ones."""
    numbers = [
        {"cust_space_id": space_of(index), "phone_number": number_of(index)[1:], **facts}
        for index, facts in enumerate(STANDING, start=COUNT - len(STANDING))
    ]
    return {"spaces": [space(name) for name in SPACES], "numbers": numbers}


def declarations() -> list[Declaration]:
    """Every fifth number declares a webhook."""
    return [
        Declaration(space_of(index), number_of(index), webhook=WEBHOOK if index % 5 == 4 else None)
        for index in range(COUNT)
    ]


@dataclass
class Passed:
    """What one pass of a fleet brought."""

    results: list[NumberResult] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def ends(self) -> dict[str, object]:
        """How each number ended, without what differs from one run to the next."""
        return {
            result.declaration.phone_number: (
                result.outcome,
                result.phase,
                result.changed,
                [(action.action, action.outcome) for action in result.actions],
                result.next_action,
            )
            for result in self.results
        }


@dataclass(frozen=True)
class Aim:
    """Which answers are changed: those to one operation about one subject, in one pass."""

    change: Change
    subject: str
    at: int


class Fleet:
    """Runs over the same world again and again. One for each process."""

    def __init__(self) -> None:
        self.service = Service()
        self.folder = Path(tempfile.mkdtemp(prefix="adversary-"))
        self.calm = [self._passed([], at) for at in PASSES]
        self.calm = self.run(None)

    def close(self) -> None:
        shutil.rmtree(self.folder)

    def run(self, aim: Aim | None) -> list[Passed]:
        """Both passes; the second hands in the codes that arrived."""
        self.service.start_over(world())
        for kept in ("journal.jsonl", "state"):
            target = self.folder / kept
            if target.is_dir():
                shutil.rmtree(target)
            else:
                target.unlink(missing_ok=True)
        declared = declarations()
        passed = [self._pass(declared, aim if aim and aim.at == 0 else None)]
        inbox = {f"+{message['phone_number']}": message["code"] for message in self.service.inbox()}
        declared = [replace(d, code=inbox.get(d.phone_number)) for d in declared]
        return [*passed, self._pass(declared, aim if aim and aim.at == 1 else None)]

    def aims(self, change: Change, random: Random) -> Aim | None:
        """Some call of the calm run that the change can be made to; None when the fleet makes none."""
        calls = [(at, seen.subject) for at in PASSES for seen in self.calm[at].seen if seen.action == change.action]
        return Aim(change, (chosen := random.choice(calls))[1], chosen[0]) if calls else None

    def answers(self) -> dict[str, HttpResponse]:
        """For each operation its fullest answer that is a success."""
        fullest: dict[str, HttpResponse] = {}
        for passed in self.calm:
            for seen in passed.seen:
                succeeded = b'"Code":"OK"' in seen.answer.body
                if succeeded and len(seen.answer.body) > len(fullest.get(seen.action, HttpResponse(0, {}, b"")).body):
                    fullest[seen.action] = seen.answer
        return fullest

    def _pass(self, declared: list[Declaration], aim: Aim | None) -> Passed:
        def spoil(action: str, parameters: Mapping[str, str], answer: HttpResponse) -> HttpResponse:
            aimed = aim and action == aim.change.action and subject_of(action, parameters) == aim.subject
            return aim.change.apply(answer, parameters) if aim and aimed else answer

        wire = Wire(self.service, spoil)
        passed = Passed(seen=wire.seen)
        run, state = RunIdentity(), self.folder / "state"
        journal = Journal(self.folder / "journal.jsonl", run, markers=CodeMarkers(state, "account"))
        learnt = LearntRefusals(state, "account")
        # The kernel's locks are held by a descriptor that is opened once in a process.
        with NumberLocks(run, self.folder / "locks") as locks:
            try:
                passed.results = self._reconciler(wire, journal, locks, learnt).run(declared)
            finally:
                journal.close()
        passed.problems = [*journal.problems, *learnt.problems]
        return passed

    def _reconciler(self, wire: Wire, journal: Journal, locks: NumberLocks, learnt: LearntRefusals) -> FleetRun:
        now = [0.0]

        def sleep(seconds: float) -> None:
            now[0] += seconds
            self.service.advance(seconds)

        return FleetRun(
            client_of(wire, sleep=sleep),
            journal,
            locks,
            learnt,
            waits=Waits(connection=10),
            health=True,
            sleep=sleep,
            clock=lambda: now[0],
        )

    @staticmethod
    def _passed(results: list[NumberResult], _at: int) -> Passed:
        return Passed(results)

    # --- what must hold

    def judge(self, aim: Aim, passed: list[Passed]) -> list[str]:
        """Every promise that this run broke."""
        broken = []
        for at, one in enumerate(passed):
            numbers = [result.declaration.phone_number for result in one.results]
            if numbers != [number_of(index) for index in range(COUNT)]:
                broken.append(f"pass {at}: {len(numbers)} results of {COUNT}")
            calm = self.calm[at].ends()
            concerned = self.concerned(aim)
            broken += [
                f"pass {at}: {number} ended as {end}, not as {calm[number]}"
                for number, end in one.ends().items()
                if number not in concerned and end != calm[number]
            ]
            broken += [f"pass {at}: {flaw}" for flaw in self._flaws(one)]
        return broken + self._codes() + self._journal()

    @staticmethod
    def concerned(aim: Aim) -> set[str]:
        """The numbers that a change is about: one, or all of a space, or all where the control number is asked."""
        if aim.subject in CONTROL_NUMBERS:
            return {number_of(index) for index in range(COUNT)}
        if aim.subject.startswith("space "):
            name = aim.subject.removeprefix("space ")
            return {number_of(index) for index in range(COUNT) if space_of(index) == name}
        return {aim.subject}

    def _secrets(self) -> list[str]:
        return [ACCESS_KEY_SECRET, *(message["code"] for message in self.service.inbox())]

    def _flaws(self, passed: Passed) -> list[str]:
        shown = [
            {"result": result.as_dict(), "diff": result.diff(), "sentence": result.sentence, "remarks": result.remarks}
            for result in passed.results
        ]
        return flaws([shown, passed.problems], self._secrets())

    def _codes(self) -> list[str]:
        """Nobody named a number in resend, so none has more than one code."""
        return [
            f"{number['phone_number']} was sent {number['codes_sent']} codes"
            for number in self.service.effects()["numbers"]
            if number["codes_sent"] > 1 or number["hand_ins_right"] + number["hand_ins_wrong"] > 1
        ]

    def _journal(self) -> list[str]:
        """Every line is whole, holds no code, and no entry is left open."""
        lines = [json.loads(line) for line in (self.folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
        ended = {line["entry"] for line in lines if line["outcome"] != "intended"}
        left = {line["number"] for line in lines if line["entry"] not in ended}
        return [f"the journal: {flaw}" for flaw in flaws(lines, self._secrets())] + [
            f"the journal leaves an entry of {number} open" for number in sorted(left)
        ]


def is_contained(passed: list[Passed]) -> bool:
    """Whether the final handler had something to catch."""
    problems = [result.problem for one in passed for result in one.results if result.problem]
    return any(UNEXPECTED in (p.error["code"],) or "an unexpected" in p.sentence for p in problems)


def outcomes(passed: list[Passed]) -> list[Outcome]:
    return [result.outcome for one in passed for result in one.results]
