# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the engine for a module: its journal, its locks, its warnings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._engine.code_submission import CodeSubmission
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun, Waits
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Guards
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import reporting_progress
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration
from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import warn
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import (
    warn_of_unlikely_number,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import Store, StoreOfRun
from ansible_collections.chatapp.cams.plugins.module_utils._system.cancellation import stop_on_signal_until_exit


@dataclass
class EngineRun:
    """The result of a run of the engine."""

    results: list[NumberResult]
    # Why the run stopped before it processed all numbers, in a sentence.
    why_stopped: str
    # Why codes could not be read, in a sentence.
    code_problem: str
    # The numbers whose codes could not be read.
    numbers_without_code: list[str] = field(default_factory=list)


def reconcile(
    module: AnsibleModule,
    client: Client,
    store: Store,
    declarations: list[Declaration],
    *,
    guards: Guards | None = None,
    code_source: Mapping[str, Any] | None = None,
    concurrency: int = 1,
    wait_timeout: int | None = None,
) -> EngineRun:
    """Run the declarations with this store. Remarks become warnings. ``wait_timeout`` replaces the option."""
    options = module.params
    for declaration in declarations:
        warn_of_unlikely_number(module, declaration.phone_number)
    guards = guards or Guards()
    reporting = reporting_progress(os.environ, client.counts, options["rate_limit"])
    with opened(store, module, client) as memory, reporting as progress:
        codes = _make_code_submission(module, client, memory.journal, guards, code_source)
        fleet_run = FleetRun(
            client,
            memory.journal,
            memory.locks,
            memory.refusals,
            check_mode=module.check_mode,
            guards=guards,
            codes=codes,
            progress=progress,
            concurrency=concurrency,
            waits=Waits(options["wait_timeout"] if wait_timeout is None else wait_timeout, options["lock_timeout"]),
            health=options["health"],
        )
        results = fleet_run.run(declarations)
    for problem in codes.remarks if codes else []:
        warn(module, problem)
    for result in results:
        for remark in result.remarks:
            number = result.declaration.phone_number
            warn(module, f"{number}: {remark}", number)
    if codes is None:
        return EngineRun(results, fleet_run.why_stopped, "")
    return EngineRun(results, fleet_run.why_stopped, codes.why_codes_unreadable, codes.numbers_without_code)


def _make_code_submission(
    module: AnsibleModule, client: Client, journal: Journal, guards: Guards, code_source: Mapping[str, Any] | None
) -> CodeSubmission | None:
    if code_source is None:
        return None
    return CodeSubmission(
        code_source,
        # In check mode the source is read once.
        0 if module.check_mode else module.params["code_wait_seconds"],
        journal,
        max_changes=0 if module.check_mode else guards.max_changes,
        stop=client.stop_event,
        stop_run=client.stop,
    )


@contextlib.contextmanager
def opened(store: Store, module: AnsibleModule, client: Client) -> Iterator[StoreOfRun]:
    """Open the store for a run. A signal stops the run after the current steps. Problems become warnings.

    A later signal does not end the process, because the results must still be printed.
    """
    stop_on_signal_until_exit(client.stop)
    with store.open(client, RunIdentity(), read_only=module.check_mode) as memory:
        yield memory
    for problem in [*memory.journal.problems, *memory.refusals.problems]:
        module.warn(problem)
