# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of the histories: which effects runs may have on a number, and which they had.

The simulator counts the effects. The checks read the files of earlier runs with their own code, so that they also
notice an engine that forgets something.
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
# After any other fault, the answer does not show whether the initiate was accepted.
_NOT_A_FAULT = (None, "slow")


class Effects(model.Effects):
    """The real effects on the number, as counted by the simulator."""

    @property
    def submissions(self) -> int:
        return self.hand_ins_right + self.hand_ins_wrong

    def since(self, earlier: Effects) -> Effects:
        return Effects(**{name: getattr(self, name) - getattr(earlier, name) for name in self.__dataclass_fields__})

    def plus(self, other: Effects) -> Effects:
        return Effects(**{name: getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__})

    @property
    def changed_the_number(self) -> bool:
        """Return whether an effect changed the number. A wrong code does not change it."""
        return bool(self.initiates or self.codes_sent or self.hand_ins_right or self.registers or self.webhook_updates)

    @property
    def has_any(self) -> bool:
        return any(getattr(self, name) for name in self.__dataclass_fields__)


@dataclass(frozen=True)
class Remembered:
    """Facts from the files of earlier runs about a number, since its last registration."""

    initiated: bool = False
    code_requested: bool = False
    # Whether the journal exists and has at least one line.
    journal: bool = False

    @property
    def prevents_initiate(self) -> bool:
        return self.initiated or self.code_requested


def read_memory(journal: Path | None, state: Path, number: str) -> Remembered:
    """Read the journal and the code marker of a number."""
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
class Snapshot:
    """The state of the simulator: the number, the effects on it, and effects on other numbers."""

    now: float
    facts: dict[str, Any] | None
    effects: Effects
    # Effects on numbers that no run declared.
    others: bool
    memory: Remembered

    @property
    def is_under_way(self) -> bool:
        facts = self.facts
        return facts is not None and facts["status"] in model.UNDER_WAY and facts["connects_at"] is None

    @property
    def is_serving(self) -> bool:
        facts = self.facts
        return facts is not None and (facts["status"] in model.SERVING or facts["connects_at"] is not None)

    def looks_new(self, status_delay: float) -> bool:
        """Return whether an initiated number looks new: the service hides it, and no file remembers it.

        Without any memory, no read can distinguish such a number from a new one.
        """
        if self.memory.prevents_initiate or self.facts is None or self.facts["initiated_at"] is None:
            return False
        return self.now < float(self.facts["initiated_at"]) + status_delay


@dataclass
class Ledger:
    """The effects in one history. It calls ``promise`` with each rule and whether the run obeyed it."""

    promise: Callable[[bool, str], None]
    # Whether runs keep a journal.
    journal: bool
    status_delay: float
    # Codes without a resend, since the last connection or since all files were lost.
    codes_without_resend: int = 0
    resends: int = 0
    submissions: Counter[str] = field(default_factory=Counter)
    registers: list[float] = field(default_factory=list)

    def forget_journal(self) -> None:
        """Forget the codes and registers of earlier runs, because the journal was lost."""
        self.submissions = Counter(dict.fromkeys(self.submissions, 0))
        self.registers = []

    def forget(self) -> None:
        """Forget everything, because the journal and the state directory were lost."""
        self.forget_journal()
        self.codes_without_resend = 0

    def note_connected(self) -> None:
        """Reset the count of codes, because the number is connected. A later migration starts again."""
        self.codes_without_resend = 0

    def check(
        self, declared: Declaration, before: Snapshot, after: Snapshot, runs: int, calls: list[dict[str, Any]]
    ) -> None:
        effects = after.effects.since(before.effects)
        self.promise(not after.others, "nothing is done to a number that no run declared")
        self._check_codes(declared, before, effects, after, runs)
        self._check_initiates(declared, before, effects, runs, calls)
        self._check_submissions(declared, effects, runs)
        self._check_registers(declared, effects, after.now, runs)
        self.promise(effects.webhook_updates <= (2 * runs if declared.webhook else 0), "a webhook is set at most twice")
        if after.is_serving or effects.registers:
            self.note_connected()

    def _check_codes(
        self, declared: Declaration, before: Snapshot, effects: Effects, after: Snapshot, runs: int
    ) -> None:
        if declared.why_not_ready:
            self.promise(not effects.codes_sent, "no code before the owner of the number is ready")
        if declared.resend:
            self.resends += runs
            self.promise(effects.codes_sent <= runs, "a run that resend names sends one code")
            return
        sent = effects.codes_sent
        self.codes_without_resend += sent
        self.promise(
            after.effects.codes_sent <= after.effects.initiates + self.resends,
            "a code for each initiate or named resend",
        )
        self.promise(self.codes_without_resend <= 1, "one code that no resend names, as long as anything is remembered")
        if declared.reclaim:
            knows = before.memory.journal or runs > 1
            self.promise(knows or not sent, "a reclaim without a journal sends no code by itself")
        elif before.is_under_way and not before.looks_new(self.status_delay):
            self.promise(not sent, "no code by itself for a number that is under way")

    def _check_initiates(
        self, declared: Declaration, before: Snapshot, effects: Effects, runs: int, calls: list[dict[str, Any]]
    ) -> None:
        if before.memory.prevents_initiate and not declared.reclaim:
            self.promise(not effects.initiates, "never initiated again by itself while memory holds")
        if declared.why_not_ready and declared.state is not State.INITIATED:
            self.promise(not effects.initiates, "no migration that needs a code before the owner is ready")
        accepted = [call for call in calls if call["effect"] == "initiated"]
        # After a lost answer the run reads the number, and tries the initiate once more if it has no effect.
        lost = sum(call["fault"] not in _NOT_A_FAULT for call in accepted[len(accepted) - effects.initiates :])
        self.promise(effects.initiates <= runs + min(lost, runs), "a run initiates once")

    def _check_submissions(self, declared: Declaration, effects: Effects, runs: int) -> None:
        code = declared.code
        if not code or declared.state is State.INITIATED:
            self.promise(not effects.submissions, "no code is submitted that was not given")
            return
        self.submissions[code] += effects.submissions
        tries = self.submissions[code] if self.journal else effects.submissions
        self.promise(tries <= (1 if self.journal else runs), "a code is submitted once")

    def _check_registers(self, declared: Declaration, effects: Effects, now: float, runs: int) -> None:
        allowed = runs if declared.state is State.REGISTERED else 0
        self.promise(effects.registers <= allowed, "a run registers once, and only what is declared registered")
        recent = [moment for moment in self.registers if moment > now - REGISTERS_SECONDS]
        self.registers = recent + [now] * effects.registers
        self.promise(not self.journal or len(self.registers) <= MAX_REGISTERS, "five registers in 72 hours")
