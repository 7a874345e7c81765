# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Histories of one number: the engine of the module against the simulator, with whatever happens in between.

Faults, crashes, jumps of the clock, a provider and an operator who act, two engines at once: rules of a state machine.
What must hold after every run is checked after every run.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, Kind
from ansible_collections.chatapp.cams.plugins.module_utils._api.pace import Pace, pace_directory
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import Exchange, Transport
from ansible_collections.chatapp.cams.plugins.module_utils._code_markers import CodeMarkers
from ansible_collections.chatapp.cams.plugins.module_utils._journal import DAY_SECONDS, MAX_REGISTERS, Journal
from ansible_collections.chatapp.cams.plugins.module_utils._learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import Declaration, Outcome, State
from ansible_collections.chatapp.cams.plugins.module_utils._locks import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._reconcile import Reconciler
from ansible_collections.chatapp.cams.plugins.module_utils._result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._run import Run
from ansible_collections.chatapp.cams.plugins.module_utils._webhook import Webhook
from cams_simulator import model
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from simulator_process import Simulator
from worlds import SPACE, space

DIGITS = "8613900001234"
NUMBER = f"+{DIGITS}"
WRONG_CODES = ("000000", "111111", "222222")
WEBHOOKS = (
    Webhook({"up_callback_url": "https://hooks.example.com/up"}, {"http": True}),
    Webhook({"status_callback_url": "https://hooks.example.com/status"}, {}),
)
ENDS = (Outcome.CONVERGED, Outcome.NEEDS_OPERATOR)
WRITES = frozenset(action for action, operation in OPERATIONS.items() if operation.kind is not Kind.READ)
MIGRATION_CALLS = [
    *sorted(WRITES),
    "GetPhoneNumberVerificationStatus",
    "QueryChatappPhoneNumbers",
]
# Answers that spoil a call whether or not it took effect; the others say themselves which it was.
SPOILT = ("error_500", "error_503", "truncated", "not_json")
FAULTS = (
    *SPOILT,
    "drop_before",
    "drop_after",
    "throttle_user",
    "limit_control",
    "business_error",
)
READINGS = {
    "before_register": ["pending", "unverified", "migrating", "hidden"],
    "needs_sync": ["no", "yes"],
    "second_initiate": ["accepted", "refused"],
    "second_register": ["accepted", "refused"],
    "business_errors": ["http_400", "http_200"],
    "unknown_number_status": ["http_400", "http_200"],
    "refusal_codes": ["invalid_parameter", "named", "phone_number_error"],
    "verification_words": ["not_verified", "review"],
}


class CrashError(BaseException):
    """The process of the engine dies here: nothing catches it, nothing is cleaned up but what the kernel cleans up."""


class CrashingTransport(Transport):
    """Dies at the n-th request, before it leaves or before its answer is read."""

    crash_at = 0
    answered_first = False

    def post(self, query: str, headers: Mapping[str, str], read_timeout: float) -> Exchange:
        self.crash_at -= 1
        if self.crash_at == 0 and not self.answered_first:
            raise CrashError
        exchange = super().post(query, headers, read_timeout)
        if self.crash_at == 0:
            raise CrashError
        return exchange


class Effects(model.Effects):
    """What the simulator says really happened to the number."""

    @property
    def hand_ins(self) -> int:
        return self.hand_ins_right + self.hand_ins_wrong

    def since(self, earlier: Effects) -> Effects:
        return Effects(**{name: getattr(self, name) - getattr(earlier, name) for name in self.__dataclass_fields__})

    @property
    def changed_the_number(self) -> bool:
        """A wrong code spends a try and changes nothing."""
        return bool(self.initiates or self.codes_sent or self.hand_ins_right or self.registers or self.webhook_updates)


class World:
    """One simulator for all histories of a process, emptied for each, and what engines on one machine share."""

    _simulator: Simulator | None = None

    def __init__(self, readings: dict[str, str]) -> None:
        self.simulator = self._shared_simulator()
        self.control = self.simulator.control
        self.control.reset()
        self.control.remove_faults()
        self.control.change_settings(rate_limit=0, register_seconds=2, **readings)
        self.control.seed({"spaces": [space()]})
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        self.journal = self.folder / "journal.jsonl"

    @classmethod
    def _shared_simulator(cls) -> Simulator:
        if cls._simulator is None:
            cls._simulator = Simulator()
            cls._simulator.start()
        return cls._simulator

    @classmethod
    def close_shared(cls) -> None:
        if cls._simulator is not None:
            cls._simulator.stop()
            cls._simulator = None

    def close(self) -> None:
        shutil.rmtree(self.folder)

    def forget(self) -> None:
        """Lose what earlier runs kept, as a new machine has nothing of them."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def now(self) -> float:
        return float(self.control.clock()["now"])

    def effects(self) -> Effects:
        for number in self.control.effects(SPACE)["numbers"]:
            if number["phone_number"] == DIGITS:
                return Effects(**{name: number[name] for name in Effects.__dataclass_fields__})
        return Effects()

    def writes(self) -> int:
        actions = self.control.calls_summary()["actions"]
        return sum(actions[action]["count"] for action in WRITES & set(actions))

    def run(
        self,
        declaration: Declaration,
        *,
        check_mode: bool = False,
        crash_at: int = 0,
        answered_first: bool = False,
        journal: bool = True,
    ) -> NumberResult | None:
        """One run of the engine as the module does it; None when it crashed."""
        transport = CrashingTransport(self.simulator.endpoint)
        transport.crash_at, transport.answered_first = crash_at, answered_first
        client = Client(
            transport,
            lambda: Credentials(self.simulator.access_key_id, self.simulator.access_key_secret),
            Pace(pace_directory(self.folder / "state"), "account", 1e6, sleep=lambda seconds: None),
            user_agent="histories",
            retries=2,
            check_mode=check_mode,
            sleep=lambda seconds: None,
        )
        run = Run()
        state = self.folder / "state"
        notes = Journal(
            self.journal if journal else None,
            run,
            markers=CodeMarkers(state, "account"),
            read_only=check_mode,
            clock=self.now,
        )
        try:
            with NumberLocks(run, state) as locks:
                reconciler = Reconciler(
                    client,
                    notes,
                    None if check_mode else locks,
                    LearntRefusals(state, "account"),
                    check_mode=check_mode,
                    wait_timeout=10,
                    sleep=lambda seconds: void(self.control.advance(seconds)),
                    clock=self.now,
                )
                return reconciler.run([declaration])[0]
        except CrashError:
            return None
        finally:
            notes.close()
            transport.close()


def void(_value: object) -> None:
    return None


class Histories(RuleBasedStateMachine):
    """Rules are what happens; checks are what must hold whatever happens."""

    world: World

    @initialize(readings=st.fixed_dictionaries({name: st.sampled_from(values) for name, values in READINGS.items()}))
    def begin(self, readings: dict[str, str]) -> None:
        self.world = World(readings)
        self.allowed_codes = 0
        self.hand_ins: Counter[str] = Counter()
        self.registers: list[float] = []

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.reaches_an_end()
            finally:
                self.world.close()

    # --- what happens

    @rule(
        state=st.sampled_from(State),
        code=st.sampled_from(["none", "none", "newest", "newest", "wrong"]),
        resend=st.booleans(),
        reclaim=st.sampled_from([False, False, True]),
        webhook=st.sampled_from([None, *WEBHOOKS]),
    )
    def run(self, state: State, code: str, resend: bool, reclaim: bool, webhook: Webhook | None) -> None:
        self.checked_run(replace(self.declaration(state, code, resend), reclaim=reclaim, webhook=webhook))

    @rule(
        code=st.sampled_from(["none", "newest", "wrong"]),
        resend=st.booleans(),
        at=st.integers(1, 9),
        answered_first=st.booleans(),
        webhook=st.sampled_from([None, *WEBHOOKS]),
    )
    def run_and_crash(self, code: str, resend: bool, at: int, answered_first: bool, webhook: Webhook | None) -> None:
        declaration = replace(self.declaration(State.REGISTERED, code, resend), webhook=webhook)
        self.checked_run(declaration, crash_at=at, answered_first=answered_first)

    @rule(code=st.sampled_from(["none", "newest"]), resend=st.booleans())
    def check(self, code: str, resend: bool) -> None:
        writes, effects = self.world.writes(), self.world.effects()
        result = self.world.run(self.declaration(State.REGISTERED, code, resend), check_mode=True)

        assert result is not None
        assert self.world.writes() == writes, "check mode writes nothing"
        assert self.world.effects() == effects
        assert result.changed == (result.outcome is Outcome.PLANNED)

    @rule(code=st.sampled_from(["none", "newest"]), resend=st.booleans())
    def two_engines_at_once(self, code: str, resend: bool) -> None:
        declaration = self.declaration(State.REGISTERED, code, resend)
        before = self.world.effects()
        results: list[NumberResult | None] = []
        threads = [threading.Thread(target=lambda: results.append(self.world.run(declaration))) for _engine in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.check_effects(declaration, before, runs=2)
        assert len(results) == 2

    @rule(
        fault=st.sampled_from(FAULTS),
        operation=st.sampled_from(MIGRATION_CALLS),
        after_effect=st.booleans(),
        count=st.sampled_from([1, 1, 2, 4]),
    )
    def something_will_fail(self, fault: str, operation: str, after_effect: bool, count: int) -> None:
        after = after_effect and fault in SPOILT
        self.world.control.add_fault(fault, operation=operation, after_effect=after, count=count)

    @rule(seconds=st.sampled_from([30, 20 * 60, DAY_SECONDS, 4 * DAY_SECONDS, 15 * DAY_SECONDS]))
    def time_passes(self, seconds: int) -> None:
        self.world.control.advance(seconds)

    @precondition(lambda self: hasattr(self, "world") and self.known())
    @rule(
        status=st.sampled_from(
            ["CONNECTED", "FLAGGED", "BANNED", "MIGRATED", "MIGRATED", "UNVERIFIED", "SOMETHING_NEW"]
        )
    )
    def the_provider_changes_the_number(self, status: str) -> None:
        self.world.control.change_number(cust_space_id=SPACE, phone_number=DIGITS, status=status)

    @rule(on=st.booleans())
    def two_step_verification_is_switched(self, on: bool) -> None:
        self.world.control.seed({"lines": [{"phone_number": DIGITS, "two_step_verification": on}]})

    # --- what must hold

    def checked_run(
        self, declaration: Declaration, *, crash_at: int = 0, answered_first: bool = False
    ) -> NumberResult | None:
        before = self.world.effects()
        result = self.world.run(declaration, crash_at=crash_at, answered_first=answered_first)
        made = self.check_effects(declaration, before, runs=1)
        if result is not None:
            self.check_words(result, made)
        return result

    def check_effects(self, declaration: Declaration, before: Effects, runs: int) -> Effects:
        """At most one code per initiate or named resend, one hand-in per code, one register per run and the budget."""
        after = self.world.effects()
        made = after.since(before)
        self.allowed_codes += made.initiates + (runs if declaration.resend else 0)
        assert after.codes_sent <= self.allowed_codes, f"{after.codes_sent} codes, {self.allowed_codes} allowed"
        if declaration.code:
            self.hand_ins[declaration.code] += made.hand_ins
            assert self.hand_ins[declaration.code] <= 1, "a code is handed in once"
        else:
            assert made.hand_ins == 0
        assert made.registers <= runs, "a run registers once"
        now = self.world.now()
        self.registers = [moment for moment in self.registers if moment > now - 3 * DAY_SECONDS] + [
            now
        ] * made.registers
        assert len(self.registers) <= MAX_REGISTERS
        assert made.webhook_updates <= (2 * runs if declaration.webhook else 0), "once, and once more when not seen"
        return made

    def check_words(self, result: NumberResult, made: Effects) -> None:
        """What the result says is what happened."""
        unsure = any(action.outcome == "unknown" for action in result.actions)
        if result.changed:
            assert made.changed_the_number, f"said changed, and nothing was: {result}"
        elif not unsure:
            assert not made.changed_the_number, f"said unchanged, and {made}: {result}"
        assert result.outcome is Outcome.CONVERGED or result.next_action
        if result.outcome is Outcome.CONVERGED and result.declaration.state is State.REGISTERED:
            facts = self.world.control.number(SPACE, DIGITS)
            assert facts is not None
            assert facts["registered_at"] or facts["status"] in ("CONNECTED", "FLAGGED") or facts["snapshot"]
            if result.declaration.webhook:
                assert result.declaration.webhook.is_shown_by(facts), "converged, and yet its webhook is another"

    def reaches_an_end(self) -> None:
        """From here, runs without faults, by an operator who does what the next action says, reach an end."""
        self.world.control.remove_faults()
        self.two_step_verification_is_switched(False)
        tried: set[str] = set(self.hand_ins)
        for _run in range(12):
            code = self.newest_code()
            usable = code if code and code not in tried and self.known() else None
            result = self.checked_run(Declaration(SPACE, NUMBER, code=usable))
            tried |= {usable} if usable else set()
            assert result is not None
            if result.outcome in ENDS:
                return
            if result.outcome is Outcome.AWAITING_CODE and not self.fresh_code(tried):
                # Whatever cooldown or cap the journal knows, it has passed by then.
                self.world.control.advance(DAY_SECONDS + 1)
                self.checked_run(Declaration(SPACE, NUMBER, resend=True))
            self.world.control.advance(5)
        raise AssertionError(f"No end was reached: {result}")

    # --- helpers

    def declaration(self, state: State, code: str, resend: bool) -> Declaration:
        chosen = {"none": None, "newest": self.newest_code(), "wrong": WRONG_CODES[len(self.hand_ins) % 3]}[code]
        return Declaration(SPACE, NUMBER, state=state, code=chosen, resend=resend)

    def newest_code(self) -> str | None:
        return self.world.control.code(DIGITS)

    def fresh_code(self, tried: set[str]) -> bool:
        now = self.world.now()
        messages: list[dict[str, Any]] = self.world.control.inbox(DIGITS)
        return any(m["code"] not in tried and m["received_at_seconds"] > now - 500 for m in messages[-1:])

    def known(self) -> bool:
        return self.world.control.number(SPACE, DIGITS) is not None
