# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read one number from CAMS and plan its steps.

Every step is planned from what was observed in this run, after the number was locked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.health import read_health
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.unknown_numbers import UnknownNumbers
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import StatusResponse, read_verification
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun, observation_of
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import model, next_actions, observing, table
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    Effect,
    Observation,
    Phase,
    VerificationReading,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.planner import Plan
from ansible_collections.chatapp.cams.plugins.module_utils._store.entries import JournalError, StoreLostError
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal

# Seconds between reads of a number that was just initiated and that the space does not show yet.
LATE_PAUSES = (1.0, 2.0, 4.0)
_SAME_FOR_A_PLAN = {
    VerificationReading.LIKE_NO_SUCH_NUMBER: VerificationReading.NO_SUCH_NUMBER,
    VerificationReading.REMEMBERED: VerificationReading.NOT_VERIFIED,
}


class Observer:
    """Observes numbers and plans their steps. Safe for threads, one number in each."""

    def __init__(
        self,
        client: Client,
        journal: Journal,
        unknown_numbers: UnknownNumbers,
        *,
        check_mode: bool,
        sleep: Callable[[float], None],
    ) -> None:
        self._client = client
        self._journal = journal
        self._unknown = unknown_numbers
        self._check_mode = check_mode
        self._sleep = sleep

    def start_from_row(self, declaration: model.Declaration, space: Space) -> NumberRun:
        """Observe a number from the rows of its space. It has no plan yet if only the verification status decides."""
        before = space.rows.get(declaration.phone_number)
        number_run = NumberRun(declaration, space, before, observation_of(declaration, before))
        status = before["status"] if before else None
        if observing.needs_verification_status(status) or observing.can_be_reclaimed(status):
            number_run.limits = self._limits(number_run)
        reading = observing.reading_without_a_call(
            declaration,
            number_run.observation,
            number_run.limits.memory,
            is_row_current=declaration.phone_number in space.synced,
        )
        number_run.observation = replace(number_run.observation, reading=reading)
        if not self._needs_status(number_run) and not self._may_be_reclaimed(number_run):
            self._plan(number_run)
        return number_run

    def waits_by_its_row(self, declaration: model.Declaration, space: Space) -> bool:
        """Return whether the row, once it is synced, can show that the number waits for its code."""
        observation = observation_of(declaration, space.rows.get(declaration.phone_number))
        memory = self._journal.limits(declaration.phone_number, declaration.code).memory
        reading = observing.reading_without_a_call(declaration, observation, memory, is_row_current=True)
        return reading is VerificationReading.NOT_VERIFIED

    def observe_and_plan(self, number_run: NumberRun, *, compare: bool = False, fresh_rows: bool = False) -> None:
        """Read the verification status if the rows do not show it, and plan.

        ``compare`` also reads a control number if needed. ``fresh_rows`` also reads the space again.
        """
        declaration, space = number_run.declaration, number_run.space
        try:
            if (fresh_rows or self._may_be_reclaimed(number_run)) and not space.refreshed:
                # An earlier reclaim may not show before a sync, and a second one would send a second code.
                space.refresh()
            self.observe(number_run)
            unconfirmed = number_run.rests_on_an_unconfirmed_refusal and number_run.refusal is not None
            # A number that waits for its owner makes no step that would compare later.
            compares = compare or self._check_mode or bool(declaration.why_not_ready)
            if number_run.refusal is not None and unconfirmed and compares:
                reading = self._unknown.compare_once(declaration.cust_space_id, number_run.refusal, space.rows)
                number_run.observation = replace(number_run.observation, reading=reading)
        except CamsError as error:
            if isinstance(error, StoreLostError) and not number_run.actions:
                # The run stops, and the number was not attempted.
                return
            next_action = next_actions.READ_AGAIN if number_run.actions else next_actions.after_failed_read(error)
            number_run.fail("NoAnswer", error.message, next_action, error.error)
            return
        self._plan(number_run)

    def _needs_status(self, number_run: NumberRun) -> bool:
        """Return whether the phase depends on the verification status, also if an old row may hide the status."""
        status = number_run.observation.status
        if observing.needs_verification_status(status):
            return number_run.observation.reading is VerificationReading.NOT_READ
        names_a_code = number_run.declaration.reclaim and bool(number_run.declaration.code)
        return observing.can_be_reclaimed(status) and (number_run.limits.memory.is_under_way or names_a_code)

    def _may_be_reclaimed(self, number_run: NumberRun) -> bool:
        """Whether the row must be synced first, because it may be older than an earlier reclaim."""
        can_be = number_run.declaration.reclaim and observing.can_be_reclaimed(number_run.observation.status)
        return can_be and not self._check_mode

    def _plan(self, number_run: NumberRun) -> None:
        declaration = number_run.declaration
        self._settle_open_entries(declaration, number_run.observation)
        number_run.limits = self._limits(number_run)
        if (
            number_run.limits.memory.is_under_way
            and observing.phase_of(number_run.observation) in table.CONNECTED_PHASES
            and not self._check_mode
        ):
            self._note_connected(declaration)
        plan = number_run.replan()
        if observing.phase_of(number_run.observation) in table.UNDER_WAY_PHASES and not self._check_mode:
            self._journal.note_under_way(declaration.cust_space_id, declaration.phone_number)
        if not number_run.digest:
            number_run.previous_phase = plan.phase
            number_run.digest = _digest(declaration, number_run.observation, plan)

    def _limits(self, number_run: NumberRun) -> model.Limits:
        declaration = number_run.declaration
        return self._journal.limits(declaration.phone_number, declaration.code)

    def _note_connected(self, declaration: model.Declaration) -> None:
        # No write follows, so a journal that cannot be written does no harm.
        with contextlib.suppress(JournalError):
            self._journal.note_connected(declaration.cust_space_id, declaration.phone_number)

    def observe(self, number_run: NumberRun, *, always_read: bool = False) -> None:
        """Observe the row as last queried, and read the verification status where the row does not show it."""
        declaration = number_run.declaration
        row = number_run.space.rows.get(declaration.phone_number)
        number_run.observation = observation_of(declaration, row)
        if not always_read and not self._needs_status(number_run):
            return
        response = read_verification(self._client, declaration.cust_space_id, declaration.phone_number)
        number_run.refusal = response.refusal
        number_run.observation = observation_of(declaration, row, self._unknown.reading_of_response(response))

    def _settle_open_entries(self, declaration: model.Declaration, observation: Observation) -> None:
        """Conclude the journal entries of a killed run, with the effect that the observation shows, or as unknown."""
        if self._check_mode:
            return
        for entry in self._journal.open_entries(declaration.phone_number):
            self._journal.conclude(
                entry, observing.effect_after_reading(entry.step, Effect.UNKNOWN, observation).as_recorded
            )

    def read_health(self, number_run: NumberRun) -> None:
        """Read whether a connected number can send."""
        declaration = number_run.declaration
        try:
            number_run.health = read_health(self._client, declaration.cust_space_id, declaration.phone_number)
        except CamsError as error:
            number_run.remarks[f"Could not read whether the number can send messages. {error.message}"] = None

    def reobserve_new(self, number_run: NumberRun, *, read_alone: bool) -> None:
        """Read a number again that was just initiated, from its row if that shows the status, or else its status.

        A service may take some seconds to show an initiate.
        """
        if not read_alone and number_run.space.read_new_numbers_together and self._row_shows_verification(number_run):
            return
        for pause in (*LATE_PAUSES, None):
            self.reobserve(number_run, always_read=True)
            if number_run.refusal is None or pause is None or self._client.is_stopped:
                return
            self._sleep(pause)

    @staticmethod
    def _row_shows_verification(number_run: NumberRun) -> bool:
        try:
            number_run.space.sync()
        except CamsError:
            return False
        row = number_run.space.rows.get(number_run.declaration.phone_number)
        word = row.get("code_verification_status") if row else None
        if row is None or not observing.is_under_way(row["status"]) or not word:
            return False
        number_run.refusal = None
        number_run.observation = observation_of(number_run.declaration, row, StatusResponse(str(word)).reading)
        return True

    def reobserve(self, number_run: NumberRun, *, refresh: bool = False, always_read: bool = False) -> None:
        try:
            if refresh:
                number_run.space.refresh()
            self.observe(number_run, always_read=always_read)
        except CamsError:
            number_run.refusal = None
            number_run.observation = replace(
                number_run.observation, reading=VerificationReading.NO_ANSWER, webhook_shown=None
            )


def _digest(declaration: model.Declaration, observation: Observation, plan: Plan) -> str:
    """Return a hash of the declaration, the observation and the plan.

    The words of a row do not count: a run syncs rows, and a plan in check mode must not.
    """
    phase = observing.phase_of(observation)
    parts = [
        declaration.cust_space_id,
        declaration.phone_number,
        declaration.state.value,
        phase.value,
        observation.status if phase is Phase.HALTED else "",
        _same_for_a_plan(observation.reading).value,
        [step.value for step in plan.steps],
        declaration.webhook.parameters_to_send({}) if declaration.webhook else {},
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


def _same_for_a_plan(reading: VerificationReading) -> VerificationReading:
    """Map readings to one, so that a plan stays valid after the account learns the refusal, and memory a number."""
    return _SAME_FOR_A_PLAN.get(reading, reading)
