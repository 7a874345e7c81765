# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs may spend on a number, and what they spent: the checks of the histories.

What was spent is what the simulator counted. What a run could remember is read from the files that earlier runs left,
by code of its own, so that an engine that forgets does not convince the check.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, State
from ansible_collections.chatapp.cams.plugins.module_utils._store.limits import DAY_SECONDS, MAX_REGISTERS
from cams_simulator import model

REGISTERS_SECONDS = 3 * DAY_SECONDS
# Faults after which a run cannot know from the answer whether its initiate was accepted.
_NOT_A_FAULT = (None, "slow")


class Effects(model.Effects):
    """What the simulator says really happened to the number."""

    @property
    def hand_ins(self) -> int:
        return self.hand_ins_right + self.hand_ins_wrong

    def since(self, earlier: Effects) -> Effects:
        return Effects(**{name: getattr(self, name) - getattr(earlier, name) for name in self.__dataclass_fields__})

    def plus(self, other: Effects) -> Effects:
        return Effects(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    @property
    def changed_the_number(self) -> bool:
        """A wrong code spends a try and changes nothing."""
        return bool(self.initiates or self.codes_sent or self.hand_ins_right or self.registers or self.webhook_updates)

    @property
    def anything(self) -> bool:
        return any(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True)
class Remembered:
    """What the files of earlier runs say of a number since it was last registered."""

    initiated: bool = False
    code_requested: bool = False
    # Whether a journal with at least one line is there.
    journal: bool = False

    @property
    def holds(self) -> bool:
        return self.initiated or self.code_requested


def remembered(journal: Path | None, state: Path, number: str) -> Remembered:
    """Read the journal and the marker of a number."""
    lines = journal.read_text().splitlines() if journal is not None and journal.exists() else []
    steps: dict[str, tuple[str, str]] = {}
    for line in lines:
        document = json.loads(line)
        if document["number"] == number:
            steps[document["entry"]] = (document["step"], document["outcome"])
    since: list[tuple[str, str]] = []
    for step, outcome in steps.values():
        ends = step == "register" and outcome in ("done", "done_earlier")
        since = [] if ends else [*since, (step, outcome)]
    asked = any(step == "request_code" and outcome in ("intended", "unknown", "done") for step, outcome in since)
    marked = any(state.glob(f"codes-requested/*/{number[1:]}"))
    return Remembered(("initiate", "done") in since, asked or marked, bool(lines))


@dataclass(frozen=True)
class Look:
    """The world as it really is: the number, and what was done to it and to all others."""

    now: float
    facts: dict[str, Any] | None
    made: Effects
    # Effects on numbers that no run declared.
    others: bool
    remembered: Remembered

    @property
    def under_way(self) -> bool:
        facts = self.facts
        return facts is not None and facts["status"] in model.UNDER_WAY and facts["connects_at"] is None

    @property
    def serves(self) -> bool:
        facts = self.facts
        return facts is not None and (facts["status"] in model.SERVING or facts["connects_at"] is not None)

    def looks_new(self, status_delay: float) -> bool:
        """Whether the service does not show yet that the number is initiated, and nothing on this machine does.

        Without any memory, no reading tells such a number from a new one.
        """
        if self.remembered.holds or self.facts is None or self.facts["initiated_at"] is None:
            return False
        return self.now < float(self.facts["initiated_at"]) + status_delay


@dataclass
class Ledger:
    """What was spent in one history. ``promise`` is called with each promise and whether it was kept."""

    promise: Callable[[bool, str], None]
    # Whether runs keep a journal.
    journal: bool
    status_delay: float
    # Codes that no resend named, since the number was last connected or everything was forgotten.
    free_codes: int = 0
    named: int = 0
    hand_ins: Counter[str] = field(default_factory=Counter)
    registers: list[float] = field(default_factory=list)

    def forget_journal(self) -> None:
        """The journal is lost: codes and registers of earlier runs are not remembered."""
        self.hand_ins = Counter(dict.fromkeys(self.hand_ins, 0))
        self.registers = []

    def forget(self) -> None:
        """The journal and the state directory are lost."""
        self.forget_journal()
        self.free_codes = 0

    def note_connected(self) -> None:
        """The number is connected: a later migration starts anew."""
        self.free_codes = 0

    def check(self, declared: Declaration, before: Look, after: Look, runs: int, calls: list[dict[str, Any]]) -> None:
        made = after.made.since(before.made)
        self.promise(not after.others, "nothing is done to a number that no run declared")
        self._check_codes(declared, before, made, after, runs)
        self._check_initiates(declared, before, made, runs, calls)
        self._check_hand_ins(declared, made, runs)
        self._check_registers(declared, made, after.now, runs)
        self.promise(made.webhook_updates <= (2 * runs if declared.webhook else 0), "a webhook is set at most twice")
        if after.serves or made.registers:
            self.note_connected()

    def _check_codes(self, declared: Declaration, before: Look, made: Effects, after: Look, runs: int) -> None:
        if declared.resend:
            self.named += runs
            self.promise(made.codes_sent <= runs, "a run that resend names sends one code")
            return
        sent = made.codes_sent
        self.free_codes += sent
        self.promise(
            after.made.codes_sent <= after.made.initiates + self.named, "a code for each initiate or named resend"
        )
        self.promise(self.free_codes <= 1, "one code that no resend names, as long as anything is remembered")
        if declared.reclaim:
            knows = before.remembered.journal or runs > 1
            self.promise(knows or not sent, "a reclaim without a journal sends no code by itself")
        elif before.under_way and not before.looks_new(self.status_delay):
            self.promise(not sent, "no code by itself for a number that is under way")

    def _check_initiates(
        self, declared: Declaration, before: Look, made: Effects, runs: int, calls: list[dict[str, Any]]
    ) -> None:
        if before.remembered.holds and not declared.reclaim:
            self.promise(not made.initiates, "never initiated again by itself while memory holds")
        accepted = [call for call in calls if call["effect"] == "initiated"]
        # One whose answer was lost is read, and tried once more when it does not show.
        lost = sum(call["fault"] not in _NOT_A_FAULT for call in accepted[len(accepted) - made.initiates :])
        self.promise(made.initiates <= runs + min(lost, runs), "a run initiates once")

    def _check_hand_ins(self, declared: Declaration, made: Effects, runs: int) -> None:
        code = declared.code
        if not code or declared.state is State.INITIATED:
            self.promise(not made.hand_ins, "no code is submitted that was not given")
            return
        self.hand_ins[code] += made.hand_ins
        tries = self.hand_ins[code] if self.journal else made.hand_ins
        self.promise(tries <= (1 if self.journal else runs), "a code is submitted once")

    def _check_registers(self, declared: Declaration, made: Effects, now: float, runs: int) -> None:
        allowed = runs if declared.state is State.REGISTERED else 0
        self.promise(made.registers <= allowed, "a run registers once, and only what is declared registered")
        recent = [moment for moment in self.registers if moment > now - REGISTERS_SECONDS]
        self.registers = recent + [now] * made.registers
        self.promise(not self.journal or len(self.registers) <= MAX_REGISTERS, "five registers in 72 hours")
