# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wait until registered numbers are connected."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.space import Space
from ansible_collections.chatapp.cams.plugins.module_utils._engine.number_run import NumberRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import Progress, Stage
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import Action
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle import observing
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Effect, Outcome, Step
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._system.threads import run_in_threads

FIRST_POLL_SECONDS = 1.0
LONGEST_POLL_SECONDS = 15.0


@dataclass(frozen=True)
class Connections:
    """Polls the spaces of registered numbers until these are connected or the time is over."""

    client: Client
    journal: Journal
    progress: Progress
    concurrency: int
    seconds: float
    sleep: Callable[[float], None]
    clock: Callable[[], float]

    def wait(self, number_runs: Sequence[NumberRun]) -> None:
        """Wait for the connection of all numbers, and conclude their registers in the journal."""
        with self.progress.stage(Stage.CONNECTIONS, sum(map(waits_for_connection, number_runs))):
            self._poll(number_runs)
        for number_run in number_runs:
            if number_run.register_entry is not None:
                effect, action = number_run.effects[Step.REGISTER], number_run.actions[-1]
                self.journal.conclude(number_run.register_entry, effect, action.request_id)

    def _poll(self, number_runs: Sequence[NumberRun]) -> None:
        """Poll at growing intervals, each space once for all its waiting numbers."""
        waiting = [number_run for number_run in number_runs if waits_for_connection(number_run)]
        deadline, pause = self.clock() + self.seconds, FIRST_POLL_SECONDS
        while waiting and not self.client.is_stopped and self.clock() + pause <= deadline:
            self.sleep(pause)
            pause = min(pause * 1.5, LONGEST_POLL_SECONDS)
            spaces = {id(item.space): item.space for item in waiting}
            run_in_threads(_refresh, spaces.values(), self.concurrency, stop=self.client.stop)
            for number_run in waiting:
                number_run.call(functools.partial(update_connection, number_run))
            waiting = [number_run for number_run in waiting if waits_for_connection(number_run)]
            self.progress.set_left(len(waiting))


def _refresh(space: Space) -> None:
    # The next poll reads again.
    with contextlib.suppress(Exception):
        space.refresh()


def waits_for_connection(number_run: NumberRun) -> bool:
    registered = number_run.effects.get(Step.REGISTER) in (Effect.DONE, Effect.UNKNOWN)
    outcome = number_run.plan.outcome if number_run.plan else None
    return registered and outcome in (Outcome.AWAITING_CONNECTION, Outcome.UNKNOWN)


def update_connection(number_run: NumberRun) -> None:
    """Update a registered number from the rows that were read again."""
    number_run.update_row()
    known = number_run.effects[Step.REGISTER]
    effect = observing.effect_after_reading(Step.REGISTER, known, number_run.observation)
    if effect is not known:
        number_run.note_effect(Step.REGISTER, effect)
        number_run.actions[-1] = Action(Step.REGISTER.value, effect.value, number_run.actions[-1].request_id)
        number_run.problem = None
    number_run.replan()
