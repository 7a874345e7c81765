# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each write under each fault in each reading of the documents, and run again: what was said, and what was really done.

The table is printed with ``-s`` and kept in ``.work/results/faults-of-writes.md``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome, Step
from environment import ROOT
from histories import DIGITS, FAULTS_BEFORE_OR_AFTER, NUMBER, READINGS, WEBHOOKS, World
from ledger import Effects
from reliability.passes import wait_until
from worlds import SPACE

TABLE = ROOT / ".work" / "results" / "faults-of-writes.md"
OPERATION = {
    Step.INITIATE: "CreateChatappMigrationInitiate",
    Step.REQUEST_CODE: "GetMigrationVerifyCode",
    Step.VERIFY: "ChatappMigrationVerified",
    Step.REGISTER: "ChatappMigrationRegister",
    Step.SET_WEBHOOK: "UpdatePhoneWebhook",
}
COUNTER = {
    Step.INITIATE: "initiates",
    Step.REQUEST_CODE: "codes_sent",
    Step.VERIFY: "hand_ins_right",
    Step.REGISTER: "registers",
    Step.SET_WEBHOOK: "webhook_updates",
}
# Every reading that changes what the engine can see, one at a time; the first value of each is the default.
DEFAULTS: dict[str, str] = {}
ONE_READING_EACH = [DEFAULTS, *({name: value} for name, values in READINGS.items() for value in values[1:])]
THROTTLES = ("throttle_user", "throttle_api", "limit_control")
DOOR_SECONDS = 0.2
FAULTS = [
    *((fault, False) for fault in THROTTLES),
    ("refuse_connection", False),
    ("drop_before", False),
    ("drop_after", True),
    *((fault, after_effect) for fault in FAULTS_BEFORE_OR_AFTER for after_effect in (False, True)),
    ("business_error", False),
]
# The client answers each of these like another fault: a throttle, a 5xx, or an answer that cannot be read. It does so
# before a reading matters, so they are tried in the default reading only.
LIKE_ANOTHER_FAULT = ("throttle_api", "limit_control", "error_503", "truncated")
CASES = [
    (reading, fault, after_effect)
    for reading in ONE_READING_EACH
    for fault, after_effect in FAULTS
    if reading is DEFAULTS or fault not in LIKE_ANOTHER_FAULT
]


def _name(reading: dict[str, str]) -> str:
    return " ".join(f"{name} {value}" for name, value in reading.items())


@dataclass(frozen=True)
class Cell:
    """One write under one fault in one reading."""

    step: Step
    fault: str
    after_effect: bool
    reading: str
    first: NumberResult
    first_made: Effects
    again: NumberResult
    again_made: Effects

    def columns(self) -> tuple[str, ...]:
        effect = "with effect" if self.after_effect else "no effect"
        return (
            self.step.value,
            f"{self.fault} ({effect})",
            self.first.outcome.value,
            _steps(self.first),
            _effects(self.first_made),
            self.again.outcome.value,
            _steps(self.again),
            _effects(self.again_made),
        )


HEADER = [
    "write",
    "fault",
    "outcome",
    "returned steps",
    "effects really made",
    "run again",
    "returned steps",
    "effects really made",
    "readings",
]


@pytest.fixture(scope="module")
def table() -> Iterator[list[Cell]]:
    cells: list[Cell] = []
    yield cells
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(_markdown(cells), encoding="utf-8")
    print(f"\n{_markdown(cells)}")


def _markdown(cells: list[Cell]) -> str:
    """One line for all readings that end alike."""
    readings: dict[tuple[str, ...], list[str]] = {}
    for cell in cells:
        readings.setdefault(cell.columns(), []).append(cell.reading or "defaults")
    alike = {len(ONE_READING_EACH): "every one"}
    rows = [(*columns, alike.get(len(names), ", ".join(names))) for columns, names in readings.items()]
    return "".join(f"| {' | '.join(row)} |\n" for row in (HEADER, ["---"] * len(HEADER), *rows))


@pytest.fixture(scope="module", autouse=True)
def _shared_world() -> Iterator[None]:
    yield
    World.close_shared()


def _steps(result: NumberResult) -> str:
    return ", ".join(f"{action.action} {action.outcome}" for action in result.actions) or "nothing"


def _effects(made: Effects) -> str:
    counts = {name: getattr(made, name) for name in made.__dataclass_fields__}
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "none"


def reach(world: World, step: Step) -> Declaration:
    """Bring the number to where the step is next, and return the declaration that takes it."""
    plain = Declaration(SPACE, NUMBER)
    if step in (Step.INITIATE, Step.REQUEST_CODE):
        return plain
    world.run(plain)
    code = world.control.code(DIGITS)
    assert code
    with_code = Declaration(SPACE, NUMBER, code=code)
    if step is not Step.SET_WEBHOOK:
        return with_code
    world.run(with_code)
    return replace(plain, webhook=WEBHOOKS[0])


@pytest.mark.parametrize(
    ("reading", "fault", "after_effect"),
    CASES,
    ids=[f"{fault}-{after_effect}-{_name(reading)}" for reading, fault, after_effect in CASES],
)
@pytest.mark.parametrize("step", Step)
def test_no_cell_of_the_table_claims_what_did_not_happen(
    table: list[Cell], step: Step, reading: dict[str, str], fault: str, after_effect: bool
) -> None:
    world = World(reading)
    try:
        declaration = reach(world, step)
        before = world.effects()
        order_fault(world, step, fault, after_effect)
        first = world.run(declaration)
        middle = world.effects()
        world.control.remove_faults()
        if fault == "refuse_connection":
            wait_until(lambda: world.simulator.is_open)
        again = world.run(declaration)
        assert first is not None
        assert again is not None
        cell = Cell(
            step, fault, after_effect, _name(reading), first, middle.since(before), again, world.effects().since(middle)
        )
        table.append(cell)
        check(cell, world.effects())
    finally:
        world.close()


def order_fault(world: World, step: Step, fault: str, after_effect: bool) -> None:
    if fault == "refuse_connection":
        refuse_the_call_after(world, step)
        return
    # A throttle that lasts longer than the client's patience; anything else happens once.
    count = 3 if fault in THROTTLES else 1
    world.control.add_fault(fault, operation=OPERATION[step], after_effect=after_effect, count=count)


def refuse_the_call_after(world: World, step: Step) -> None:
    """Close the door behind the read that comes before the write, so that the write finds it closed."""
    query = step in (Step.REGISTER, Step.SET_WEBHOOK)
    before = "QueryChatappPhoneNumbers" if query else "GetPhoneNumberVerificationStatus"
    if step in (Step.REQUEST_CODE, Step.REGISTER):
        # Let the first read of the run pass.
        world.control.add_fault("slow", operation=before, seconds=0.0)
    world.control.add_fault("refuse_connection", operation=before, seconds=DOOR_SECONDS)


def check(cell: Cell, in_all: Effects) -> None:
    assert in_all.codes_sent <= 1, "nobody named the number in resend"
    assert in_all.submissions <= 1
    assert in_all.registers <= 2
    assert cell.first_made.registers <= 1
    assert cell.again_made.registers <= 1
    if cell.step is Step.SET_WEBHOOK:
        assert cell.again.outcome is Outcome.CONVERGED
        assert 1 <= in_all.webhook_updates <= 2
    for result, made in ((cell.first, cell.first_made), (cell.again, cell.again_made)):
        check_words(result, made)
    if cell.first.outcome is Outcome.UNKNOWN:
        assert "is not known" in cell.first.next_action


def check_words(result: NumberResult, made: Effects) -> None:
    """Each step that is said to be done was done, and each that is said not to be was not; unknown says neither."""
    for action in result.actions:
        count = getattr(made, COUNTER[Step(action.action)])
        if action.outcome == "done":
            assert count == 1, f"{action} of {made}"
        elif action.outcome in ("refused", "not_made", "done_earlier"):
            others = [other for other in result.actions if other.action == action.action and other is not action]
            assert count == 0 or others, f"{action} of {made}"
    assert result.changed == any(action.outcome == "done" for action in result.actions)
    if not result.actions:
        assert not made.changed_the_number
