# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random histories of one number: the real engine against the simulator.

The rules of a state machine are faults, crashes, jumps of the clock, actions of a provider or operator, and two engines
at the same time. The promises are checked after every run.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS, Kind
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse, Transport
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun, Waits
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome, Phase, State
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import NOT_READY
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_journal import FileJournal
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.locks import FileLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.markers import Markers
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.refusal_file import FileRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import file_pace, pace_directory
from ansible_collections.chatapp.cams.plugins.module_utils._store.limits import DAY_SECONDS
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import Webhook
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from ledger import Effects, Ledger, Snapshot, read_memory
from simulator_process import Simulator
from worlds import SPACE, make_space

DIGITS = "8613900001234"
NUMBER = f"+{DIGITS}"
# Another number in the same space, which no run declares.
OTHER_DIGITS = "8613900005555"
WRONG_CODES = ("000000", "111111", "222222")
WEBHOOKS = (
    Webhook({"up_callback_url": "https://hooks.example.com/up"}, {"http": True}),
    Webhook({"status_callback_url": "https://hooks.example.com/status"}, {}),
)
# An operator who follows the next actions needs fewer runs than this.
MOST_RUNS = 16
CODE_SECONDS = 500
WRITES = frozenset(action for action, operation in OPERATIONS.items() if operation.kind is not Kind.READ)
MIGRATION_CALLS = [
    *sorted(WRITES),
    "GetPhoneNumberVerificationStatus",
    "QueryChatappPhoneNumbers",
]
# Faults that can happen before or after the effect of a call. For the other faults, the kind decides.
FAULTS_BEFORE_OR_AFTER = ("error_500", "error_503", "truncated", "not_json")
FAULTS = (
    *FAULTS_BEFORE_OR_AFTER,
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
# Readings that affect whether a run can distinguish a migrating number from a new one.
READINGS_OF_NEW_NUMBERS: dict[str, list[str | float]] = {
    "before_register": ["pending", "unverified", "migrating", "hidden", "hidden", "hidden"],
    "second_initiate": ["accepted", "accepted", "refused"],
    "status_read": ["plain", "fussy", "blind"],
    "unknown_number_refusal": ["listed", "unlisted"],
    "fictional_numbers": ["same", "other"],
    "reclaim_row": ["moves", "stays", "adds"],
    "old_row_place": ["last", "first"],
    "row_delay_seconds": [0, 0, 5, 600],
    "status_delay_seconds": [0, 0, 5, 600],
}
ALL_READINGS: Mapping[str, Sequence[str | float]] = {**READINGS, **READINGS_OF_NEW_NUMBERS}
STATUS = "GetPhoneNumberVerificationStatus"
INITIATE = "CreateChatappMigrationInitiate"
READS = [STATUS, "QueryChatappPhoneNumbers", "ChatappSyncPhoneNumber"]
OPERATIONS_WITH_NUMBER = [INITIATE, "GetMigrationVerifyCode", "ChatappMigrationVerified", STATUS]
# Refusals without a documented meaning.
UNLISTED = [(200, "isp.SYSTEM_ERROR"), (400, "InvalidParameter")]


class CrashError(BaseException):
    """Simulates a crash of the process. No code catches it, and only the kernel cleans up."""


class CrashingTransport(Transport):
    """Crashes at the n-th request, before sending it or before reading its answer."""

    crash_at = 0
    after_answer = False

    def post(self, query: str, headers: Mapping[str, str], answer_timeout: float) -> HttpResponse:
        self.crash_at -= 1
        if self.crash_at == 0 and not self.after_answer:
            raise CrashError
        exchange = super().post(query, headers, answer_timeout)
        if self.crash_at == 0:
            raise CrashError
        return exchange


class PaceClock:
    """The clock of the pace. A pause does not take its time, but moves this clock."""

    def __init__(self) -> None:
        self._skipped = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._skipped

    def skip(self, seconds: float) -> None:
        self._skipped += seconds


class ClientWithoutPauses(Client):
    """Does not wait for its turn: the clock of the pace moves instead."""

    clock: PaceClock

    def pause(self, seconds: float) -> None:
        self.clock.skip(seconds)


class World:
    """One simulator for all histories of a process, reset for each, and the files of one machine."""

    _simulator: Simulator | None = None

    def __init__(self, readings: Mapping[str, str | float]) -> None:
        self.simulator = self._shared_simulator()
        self.control = self.simulator.control
        self.control.reset()
        self.control.remove_faults()
        self.control.change_settings(rate_limit=0, register_seconds=2, **readings)
        self.control.seed({"spaces": [make_space()]})
        # Effects on the number before it was removed from its space.
        self._earlier = Effects()
        self._offset = 0.0
        self._pace_clock = PaceClock()
        self.folder = Path(tempfile.mkdtemp(prefix="history-"))
        self.journal = self.folder / "journal.jsonl"

    @classmethod
    def _shared_simulator(cls) -> Simulator:
        if cls._simulator is None:
            # A fixed random seed, so that a history can be repeated.
            cls._simulator = Simulator(":memory:", "--random-seed", "1")
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
        """Delete all files of earlier runs, like on a new machine."""
        shutil.rmtree(self.folder)
        self.folder.mkdir()

    def forget_journal(self) -> None:
        self.journal.unlink(missing_ok=True)

    def cancel(self) -> None:
        """Remove the number from its space, like a cancelled migration in the console."""
        self._earlier = self._earlier.plus(self.effects())
        self.control.remove_number(SPACE, DIGITS)

    def take_snapshot(self, *, journal: bool = True) -> Snapshot:
        """Return the state of the simulator and the memory of earlier runs."""
        world = self.control.world()
        numbers = [number for space in world["spaces"] for number in space["numbers"]]
        facts = next((n for n in numbers if (n["cust_space_id"], n["phone_number"]) == (SPACE, DIGITS)), None)
        others = any(Effects(**number["effects"]).has_any for number in numbers if number is not facts)
        effects = self._earlier.plus(Effects(**facts["effects"]) if facts else Effects())
        memory = read_memory(self.journal if journal else None, self.folder / "state", NUMBER)
        return Snapshot(world["now"], facts, effects, others, memory)

    def initiate_calls(self) -> list[dict[str, Any]]:
        return self.control.calls(action=INITIATE)

    def advance(self, seconds: float) -> None:
        self._offset = self.control.advance(seconds)["offset"]

    def now(self) -> float:
        """Return the time of the simulator's clock, computed from its offset without a call."""
        return time.time() + self._offset

    def effects(self) -> Effects:
        for number in self.control.effects(SPACE)["numbers"]:
            if number["phone_number"] == DIGITS:
                return Effects(**{name: number[name] for name in Effects.__dataclass_fields__})
        return Effects()

    def count_writes(self) -> int:
        actions = self.control.calls_summary()["actions"]
        return sum(actions[action]["count"] for action in WRITES & set(actions))

    def run(
        self,
        declaration: Declaration,
        *,
        check_mode: bool = False,
        crash_at: int = 0,
        after_answer: bool = False,
        journal: bool = True,
    ) -> NumberResult | None:
        """Run the engine like the module. Return None if it crashed."""
        self._offset = self.control.clock()["offset"]
        transport = CrashingTransport(self.simulator.endpoint)
        transport.crash_at, transport.after_answer = crash_at, after_answer
        client = ClientWithoutPauses(
            transport,
            lambda: Credentials(self.simulator.access_key_id, self.simulator.access_key_secret),
            file_pace(pace_directory(self.folder / "state"), "account", 1e6, clock=self._pace_clock),
            user_agent="histories",
            retries=2,
            check_mode=check_mode,
            sleep=lambda seconds: None,
        )
        client.clock = self._pace_clock
        run = RunIdentity()
        state = self.folder / "state"
        notes = FileJournal(
            self.journal if journal else None,
            run,
            markers=Markers(state, "account"),
            read_only=check_mode,
            clock=self.now,
        )
        try:
            with FileLocks(run, state) as locks:
                reconciler = FleetRun(
                    client,
                    notes,
                    None if check_mode else locks,
                    FileRefusals(state, "account"),
                    check_mode=check_mode,
                    waits=Waits(connection=10),
                    sleep=self.advance,
                    clock=self.now,
                )
                return reconciler.run([declaration])[0]
        except CrashError:
            return None
        finally:
            notes.close()
            transport.close()


class Histories(RuleBasedStateMachine):
    """A state machine: rules are events, and promises are checked after each event."""

    world: World
    ledger: Ledger

    @initialize(
        readings=st.fixed_dictionaries({name: st.sampled_from(values) for name, values in ALL_READINGS.items()}),
        journal=st.sampled_from([True, True, False]),
        start=st.sampled_from(["", "", "", "MIGRATED", "PENDING"]),
    )
    def begin(self, readings: dict[str, str | float], journal: bool, start: str) -> None:
        self.world = World(readings)
        self.journal = journal
        self.always_reclaim = False
        self.ledger = Ledger(self.promise, journal, float(readings["status_delay_seconds"]))
        numbers = [{"cust_space_id": SPACE, "phone_number": OTHER_DIGITS, "status": "PENDING"}]
        if start:
            numbers.append({"cust_space_id": SPACE, "phone_number": DIGITS, "status": start})
        self.world.control.seed({"numbers": numbers})
        self.current = self.before = self.take_snapshot()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.check_reaches_end()
            finally:
                self.world.close()

    # --- events

    @rule(
        state=st.sampled_from(State),
        code=st.sampled_from(["none", "none", "newest", "newest", "wrong"]),
        resend=st.booleans(),
        reclaim=st.sampled_from([False, False, True]),
        webhook=st.sampled_from([None, *WEBHOOKS]),
        why_not_ready=st.sampled_from(["", "", NOT_READY]),
    )
    def run(
        self, state: State, code: str, resend: bool, reclaim: bool, webhook: Webhook | None, why_not_ready: str
    ) -> None:
        declaration = self.declaration(state, code, resend, reclaim)
        self.checked_run(replace(declaration, webhook=webhook, why_not_ready=why_not_ready))

    @rule()
    def run_before_the_owner_is_ready(self) -> None:
        """Run like a pipeline, before the owner of the number is ready for a code."""
        self.checked_run(replace(self.declaration(State.REGISTERED), why_not_ready=NOT_READY))

    @rule()
    def run_again(self) -> None:
        """Run like a pipeline, without a code, resend or reclaim."""
        self.checked_run(self.declaration(State.REGISTERED))

    @rule(runs=st.sampled_from([1, 2, 4]))
    def operator_follows_next_actions(self, runs: int) -> None:
        """Follow the next actions for some runs. Faults can still happen."""
        declaration = self.declaration(State.REGISTERED)
        for _run in range(runs):
            result = self.checked_run(declaration)
            assert result is not None
            declaration = self.next_declaration(result)

    @rule(
        code=st.sampled_from(["none", "newest", "wrong"]),
        resend=st.booleans(),
        reclaim=st.sampled_from([False, False, True]),
        at=st.integers(1, 12),
        after_answer=st.booleans(),
        webhook=st.sampled_from([None, *WEBHOOKS]),
    )
    def run_and_crash(
        self, code: str, resend: bool, reclaim: bool, at: int, after_answer: bool, webhook: Webhook | None
    ) -> None:
        declaration = replace(self.declaration(State.REGISTERED, code, resend, reclaim), webhook=webhook)
        self.checked_run(declaration, crash_at=at, after_answer=after_answer)

    @rule(code=st.sampled_from(["none", "newest"]), resend=st.booleans())
    def check(self, code: str, resend: bool) -> None:
        writes = self.world.count_writes()
        declaration = self.declaration(State.REGISTERED, code, resend)
        result = self.world.run(declaration, check_mode=True, journal=self.journal)

        assert result is not None
        self.promise(
            self.world.count_writes() == writes and self.take_snapshot().effects == self.current.effects,
            "check mode writes nothing",
        )
        assert result.changed == (result.outcome is Outcome.PLANNED)

    @rule(code=st.sampled_from(["none", "newest"]), resend=st.booleans())
    def two_engines_at_once(self, code: str, resend: bool) -> None:
        declaration = self.declaration(State.REGISTERED, code, resend)
        results: list[NumberResult | None] = []

        def run() -> None:
            results.append(self.world.run(declaration, journal=self.journal))

        threads = [threading.Thread(target=run) for _engine in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.check_effects(declaration, runs=2)
        assert len(results) == 2

    @rule(
        fault=st.sampled_from(FAULTS),
        operation=st.sampled_from(MIGRATION_CALLS),
        after_effect=st.booleans(),
        count=st.sampled_from([1, 1, 2, 4]),
    )
    def order_a_fault(self, fault: str, operation: str, after_effect: bool, count: int) -> None:
        after = after_effect and fault in FAULTS_BEFORE_OR_AFTER
        self.world.control.add_fault(fault, operation=operation, after_effect=after, count=count)

    @rule(
        operation=st.sampled_from([STATUS, *READS]),
        refusal=st.sampled_from(UNLISTED),
        count=st.sampled_from([1, 2, 4]),
    )
    def refuse_next_reads(self, operation: str, refusal: tuple[int, str], count: int) -> None:
        http_status, code = refusal
        self.world.control.add_fault(
            "business_error", operation=operation, http_status=http_status, code=code, count=count
        )

    @rule(
        operation=st.sampled_from(OPERATIONS_WITH_NUMBER),
        after_effect=st.booleans(),
        count=st.sampled_from([1, 1, 2, 4]),
    )
    def answer_for_another_number(self, operation: str, after_effect: bool, count: int) -> None:
        self.world.control.add_fault("other_number", operation=operation, after_effect=after_effect, count=count)

    @rule(seconds=st.sampled_from([30, 20 * 60, DAY_SECONDS, 4 * DAY_SECONDS, 15 * DAY_SECONDS]))
    def time_passes(self, seconds: int) -> None:
        self.world.advance(seconds)
        self.current = self.take_snapshot()

    @precondition(lambda self: hasattr(self, "world") and self.current.facts is not None)
    @rule(
        status=st.sampled_from(
            ["CONNECTED", "FLAGGED", "BANNED", "MIGRATED", "MIGRATED", "UNVERIFIED", "SOMETHING_NEW"]
        )
    )
    def provider_changes_status(self, status: str) -> None:
        self.world.control.change_number(cust_space_id=SPACE, phone_number=DIGITS, status=status)
        self.current = self.take_snapshot()
        if self.current.is_serving:
            self.ledger.note_connected()

    @precondition(lambda self: hasattr(self, "world") and self.current.facts is not None)
    @rule(status=st.sampled_from(["MIGRATED", "MIGRATED", "DISCONNECTED", ""]))
    def show_an_old_row(self, status: str) -> None:
        self.world.control.change_number(cust_space_id=SPACE, phone_number=DIGITS, old_row_status=status)
        self.current = self.take_snapshot()

    @precondition(lambda self: hasattr(self, "world") and self.current.is_under_way)
    @rule()
    def cancel_in_console(self) -> None:
        self.world.cancel()
        self.current = self.take_snapshot()

    @rule(on=st.booleans())
    def switch_two_step_verification(self, on: bool) -> None:
        self.world.control.seed({"lines": [{"phone_number": DIGITS, "two_step_verification": on}]})

    @rule(everything=st.booleans())
    def new_machine_takes_over(self, everything: bool) -> None:
        """Lose the journal, or the journal and the state directory."""
        if everything:
            self.world.forget()
            self.ledger.forget()
        else:
            self.world.forget_journal()
            self.ledger.forget_journal()
        self.current = self.take_snapshot()

    @rule(refusals=st.sampled_from([0, 1, 2, 3, 4]), refusal=st.sampled_from(UNLISTED))
    def new_machine_meets_refusals(self, refusals: int, refusal: tuple[int, str]) -> None:
        """Lose all files. Then refuse the first status reads with an undocumented error."""
        self.new_machine_takes_over(everything=True)
        if refusals:
            self.refuse_next_reads(STATUS, refusal, refusals)
        self.run_again()

    @rule()
    def name_reclaim_from_now_on(self) -> None:
        self.always_reclaim = True

    # --- checks

    def promise(self, holds: bool, words: str) -> None:
        assert holds, words

    def checked_run(
        self, declaration: Declaration, *, crash_at: int = 0, after_answer: bool = False
    ) -> NumberResult | None:
        result = self.world.run(declaration, crash_at=crash_at, after_answer=after_answer, journal=self.journal)
        effects = self.check_effects(declaration, runs=1)
        if result is not None:
            self.check_result(result, effects)
        return result

    def check_effects(self, declaration: Declaration, runs: int) -> Effects:
        self.before, self.current = before, after = self.current, self.take_snapshot()
        effects = after.effects.since(before.effects)
        calls = self.world.initiate_calls() if effects.initiates > runs else []
        self.ledger.check(declaration, before, after, runs, calls)
        return effects

    def check_result(self, result: NumberResult, effects: Effects) -> None:
        """Check that the result matches the real effects."""
        unsure = any(action.outcome == "unknown" for action in result.actions)
        # After a lost answer the run reads the number, but cannot see whether an earlier run already initiated it.
        hidden = self.before.is_under_way and any(
            a.action == "initiate" and a.outcome == "done" for a in result.actions
        )
        if result.changed and not hidden:
            self.promise(effects.changed_the_number, "a result is changed only if the number changed")
        elif not result.changed and not unsure:
            self.promise(not effects.changed_the_number, "a result is changed if the number changed")
        assert result.outcome is Outcome.CONVERGED or result.next_action
        if result.outcome is Outcome.CONVERGED and result.declaration.state is State.REGISTERED:
            facts = self.current.facts
            assert facts is not None
            assert facts["registered_at"] or facts["status"] in ("CONNECTED", "FLAGGED") or facts["snapshot"]
            if result.declaration.webhook:
                shown = result.declaration.webhook.matches(facts)
                self.promise(bool(shown), "a converged number has its webhook")

    def check_reaches_end(self) -> None:
        """Check that, without faults, an operator who follows the next actions reaches the end."""
        self.world.control.remove_faults()
        self.switch_two_step_verification(False)
        declaration = self.declaration(State.REGISTERED)
        for _run in range(MOST_RUNS):
            result = self.checked_run(declaration)
            assert result is not None
            if result.outcome is Outcome.CONVERGED or needs_support(result):
                return
            declaration = self.next_declaration(result)
        self.promise(False, "an operator who follows the next actions reaches an end")

    def next_declaration(self, result: NumberResult) -> Declaration:
        """Return the next declaration of an operator who reads the next action, the phone and the console."""
        advice = result.sentence if result.has_failed else result.next_action
        code = self.fresh_code()
        if code and result.outcome is not Outcome.NEEDS_OPERATOR:
            return self.declaration(State.REGISTERED, "newest")
        asked = result.outcome is Outcome.NEEDS_OPERATOR or not self.current.is_under_way
        self.always_reclaim |= asked and "<<reclaim" in advice
        resend = "resend>>" in advice
        # Wait until every cooldown, cap or budget has passed.
        waits = 3 * DAY_SECONDS + 1 if "register the number again" in advice else 60
        waits = DAY_SECONDS + 1 if resend or "is requested before" in advice else waits
        self.world.advance(waits)
        self.current = self.take_snapshot()
        return self.declaration(State.REGISTERED, resend=resend)

    # --- helpers

    def take_snapshot(self) -> Snapshot:
        return self.world.take_snapshot(journal=self.journal)

    def declaration(self, state: State, code: str = "none", resend: bool = False, reclaim: bool = False) -> Declaration:
        wrong = WRONG_CODES[len(self.ledger.submissions) % 3]
        chosen = {"none": None, "newest": self.world.control.code(DIGITS), "wrong": wrong}[code]
        reclaim = reclaim or self.always_reclaim
        return Declaration(SPACE, NUMBER, state=state, code=chosen, resend=resend, reclaim=reclaim)

    def fresh_code(self) -> str | None:
        """Return the newest code if it is still valid and was not submitted."""
        messages: list[dict[str, Any]] = self.world.control.inbox(DIGITS)
        if not messages or messages[-1]["received_at_seconds"] < self.world.now() - CODE_SECONDS:
            return None
        code = str(messages[-1]["code"])
        return None if code in self.ledger.submissions else code


def needs_support(result: NumberResult) -> bool:
    """Return whether only support can explain the status of the number."""
    halted = result.outcome is Outcome.NEEDS_OPERATOR and result.phase is Phase.HALTED
    return halted and "ask support" in result.next_action
