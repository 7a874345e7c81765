# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migrate twenty numbers in two passes of the real engine, with one changed answer in one pass.

The change applies to the whole pass: every answer of one operation about one number, or one space, has the same change.
So a retry does not hide it.
"""

from __future__ import annotations

import json
import re
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
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.locks import FileLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.markers import Markers
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.refusal_file import FileRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import Webhook
from worlds import make_space

from adversary.answers import Change
from adversary.promises import find_flaws
from adversary.service import ACCESS_KEY_SECRET, RecordedCall, Service, Wire, client_of, subject_of

PASSES = (0, 1)
SPACES = ("space-1", "space-2")
WEBHOOK = Webhook({"up_callback_url": "https://hooks.example.com/up"}, {"http": True})
# A code that was sent before the test, to a number that is already initiated.
OLD_CODE = "123456"
# Numbers that exist in the spaces before the test.
EXISTING_NUMBERS: tuple[dict[str, Any], ...] = (
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


# When a code was requested.
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2} UTC")


def number_of(index: int) -> str:
    return f"+86139000{index:05}"


def space_of(index: int) -> str:
    return SPACES[index % len(SPACES)]


def world() -> dict[str, Any]:
    """Return two spaces. The last numbers of the fleet already exist in them."""
    numbers = [
        {"cust_space_id": space_of(index), "phone_number": number_of(index)[1:], **facts}
        for index, facts in enumerate(EXISTING_NUMBERS, start=COUNT - len(EXISTING_NUMBERS))
    ]
    return {"spaces": [make_space(name) for name in SPACES], "numbers": numbers}


def declarations() -> list[Declaration]:
    """Return the declarations of all numbers. Every fifth number has a webhook."""
    return [
        Declaration(space_of(index), number_of(index), webhook=WEBHOOK if index % 5 == 4 else None)
        for index in range(COUNT)
    ]


@dataclass
class PassResult:
    """Results of one pass."""

    results: list[NumberResult] = field(default_factory=list)
    recorded: list[RecordedCall] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def ends(self) -> dict[str, object]:
        """Return the result of each number, without values that differ between runs."""
        return {
            result.declaration.phone_number: (
                result.outcome,
                result.phase,
                result.changed,
                [(action.action, action.outcome) for action in result.actions],
                _TIME.sub("…", result.next_action),
            )
            for result in self.results
        }


@dataclass(frozen=True)
class Target:
    """The answers to change: those of one operation about one number or space, in one pass."""

    change: Change
    subject: str
    at: int


class Fleet:
    """Runs the same fleet again and again. Each process has its own."""

    def __init__(self) -> None:
        self.service = Service()
        self.folder = Path(tempfile.mkdtemp(prefix="adversary-"))
        self.baseline = [self._passed([], at) for at in PASSES]
        self.baseline = self.run(None)

    def close(self) -> None:
        shutil.rmtree(self.folder)

    def run(self, target: Target | None) -> list[PassResult]:
        """Run both passes. The second pass submits the codes that arrived."""
        self.service.reset_to(world())
        for kept in ("journal.jsonl", "state"):
            leftover = self.folder / kept
            if leftover.is_dir():
                shutil.rmtree(leftover)
            else:
                leftover.unlink(missing_ok=True)
        declared = declarations()
        passed = [self._pass(declared, target if target and target.at == 0 else None)]
        inbox = {f"+{message['phone_number']}": message["code"] for message in self.service.inbox()}
        declared = [replace(d, code=inbox.get(d.phone_number)) for d in declared]
        return [*passed, self._pass(declared, target if target and target.at == 1 else None)]

    def choose_target(self, change: Change, random: Random) -> Target | None:
        """Choose a call of the baseline run for the change, or None if the fleet does not call the operation."""
        calls = [
            (at, recorded.subject)
            for at in PASSES
            for recorded in self.baseline[at].recorded
            if recorded.action == change.action
        ]
        return Target(change, (chosen := random.choice(calls))[1], chosen[0]) if calls else None

    def answers(self) -> dict[str, HttpResponse]:
        """Return the longest successful answer of each operation."""
        fullest: dict[str, HttpResponse] = {}
        for passed in self.baseline:
            for recorded in passed.recorded:
                succeeded = b'"Code":"OK"' in recorded.answer.body
                if succeeded and len(recorded.answer.body) > len(
                    fullest.get(recorded.action, HttpResponse(0, {}, b"")).body
                ):
                    fullest[recorded.action] = recorded.answer
        return fullest

    def _pass(self, declared: list[Declaration], target: Target | None) -> PassResult:
        def change_answer(action: str, parameters: Mapping[str, str], answer: HttpResponse) -> HttpResponse:
            is_target = target and action == target.change.action and subject_of(action, parameters) == target.subject
            return target.change.apply(answer, parameters) if target and is_target else answer

        wire = Wire(self.service, change_answer)
        passed = PassResult(recorded=wire.recorded)
        run, state = RunIdentity(), self.folder / "state"
        journal = FileJournal(self.folder / "journal.jsonl", run, markers=Markers(state, "account"))
        learnt = FileRefusals(state, "account")
        # A process opens the lock file only once, because kernel locks belong to one open file.
        with FileLocks(run, self.folder / "locks") as locks:
            try:
                passed.results = self._reconciler(wire, journal, locks, learnt).run(declared)
            finally:
                journal.close()
        passed.problems = [*journal.problems, *learnt.problems]
        return passed

    def _reconciler(self, wire: Wire, journal: FileJournal, locks: FileLocks, learnt: FileRefusals) -> FleetRun:
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
    def _passed(results: list[NumberResult], _at: int) -> PassResult:
        return PassResult(results)

    # --- checks

    def broken_promises(self, target: Target, passed: list[PassResult]) -> list[str]:
        """Return every promise that this run broke."""
        broken = []
        for at, one in enumerate(passed):
            numbers = [result.declaration.phone_number for result in one.results]
            if numbers != [number_of(index) for index in range(COUNT)]:
                broken.append(f"pass {at}: {len(numbers)} results of {COUNT}")
            baseline = self.baseline[at].ends()
            affected_numbers = self.affected_numbers(target)
            broken += [
                f"pass {at}: {number} ended as {end}, not as {baseline[number]}"
                for number, end in one.ends().items()
                if number not in affected_numbers and end != baseline[number]
            ]
            broken += [f"pass {at}: {flaw}" for flaw in self._flaws(one)]
        return broken + self._codes() + self._journal()

    @staticmethod
    def affected_numbers(target: Target) -> set[str]:
        """Return the numbers that a change may affect: one, all of a space, or all for the control number."""
        if target.subject in CONTROL_NUMBERS:
            return {number_of(index) for index in range(COUNT)}
        if target.subject.startswith("space "):
            name = target.subject.removeprefix("space ")
            return {number_of(index) for index in range(COUNT) if space_of(index) == name}
        return {target.subject}

    def _secrets(self) -> list[str]:
        return [ACCESS_KEY_SECRET, *(message["code"] for message in self.service.inbox())]

    def _flaws(self, passed: PassResult) -> list[str]:
        shown = [
            {"result": result.as_dict(), "diff": result.diff(), "sentence": result.sentence, "remarks": result.remarks}
            for result in passed.results
        ]
        return find_flaws([shown, passed.problems], self._secrets())

    def _codes(self) -> list[str]:
        """Check that no number got two codes, because no number was named in resend."""
        return [
            f"{number['phone_number']} was sent {number['codes_sent']} codes"
            for number in self.service.effects()["numbers"]
            if number["codes_sent"] > 1 or number["hand_ins_right"] + number["hand_ins_wrong"] > 1
        ]

    def _journal(self) -> list[str]:
        """Check that every journal line is valid and contains no code, and that no entry is open."""
        lines = [json.loads(line) for line in (self.folder / "journal.jsonl").read_text(encoding="utf-8").splitlines()]
        ended = {line["entry"] for line in lines if line["outcome"] != "intended"}
        left = {line["number"] for line in lines if line["entry"] not in ended}
        return [f"the journal: {flaw}" for flaw in find_flaws(lines, self._secrets())] + [
            f"the journal leaves an entry of {number} open" for number in sorted(left)
        ]


def needed_final_handler(passed: list[PassResult]) -> bool:
    """Return whether the final handler caught an unexpected error."""
    problems = [result.problem for one in passed for result in one.results if result.problem]
    return any(UNEXPECTED in (p.error["code"],) or "an unexpected" in p.sentence for p in problems)


def outcomes(passed: list[PassResult]) -> list[Outcome]:
    return [result.outcome for one in passed for result in one.results]
