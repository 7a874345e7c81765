# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the engine for a module: its journal, its locks, its warnings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun
from ansible_collections.chatapp.cams.plugins.module_utils._engine.guards import Guards
from ansible_collections.chatapp.cams.plugins.module_utils._engine.progress import watched
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_options import (
    warn_of_number,
)
from ansible_collections.chatapp.cams.plugins.module_utils._store.code_markers import CodeMarkers
from ansible_collections.chatapp.cams.plugins.module_utils._store.journal import Journal
from ansible_collections.chatapp.cams.plugins.module_utils._store.learnt_refusals import LearntRefusals
from ansible_collections.chatapp.cams.plugins.module_utils._store.locks import NumberLocks
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._system.cancellation import stop_on_signal_until_exit
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import state_directory


def reconcile(
    module: AnsibleModule,
    client: Client,
    declarations: list[Declaration],
    *,
    guards: Guards | None = None,
    concurrency: int = 1,
) -> tuple[list[NumberResult], str]:
    """Run the declarations under their locks and with the journal; what is worth a warning becomes one.

    Returns the results, and why some numbers were not started.
    """
    options = module.params
    for declaration in declarations:
        warn_of_number(module, declaration.phone_number)
    watching = watched(os.environ, client.counts, options["rate_limit"])
    learnt = LearntRefusals(state_directory(os.environ), client.account)
    with at_work(module, client) as (journal, locks), watching as progress:
        reconciler = FleetRun(
            client,
            journal,
            locks,
            learnt,
            check_mode=module.check_mode,
            guards=guards,
            progress=progress,
            concurrency=concurrency,
            wait_timeout=options["wait_timeout"],
            lock_timeout=options["lock_timeout"],
            health=options["health"],
        )
        results = reconciler.run(declarations)
    for problem in learnt.problems:
        module.warn(problem)
    for result in results:
        for remark in result.remarks:
            module.warn(f"{result.declaration.phone_number}: {remark}")
    return results, reconciler.stopped


@contextlib.contextmanager
def at_work(module: AnsibleModule, client: Client) -> Iterator[tuple[Journal, NumberLocks | None]]:
    """The journal and the locks of a run, which a signal brings to an end in good order. Looking needs no lock.

    A signal that comes later, up to the end of the process, does not end the process: the results are still to be told.
    """
    options = module.params
    run = RunIdentity()
    path = Path(options["journal"]) if options["journal"] else None
    state = state_directory(os.environ)
    journal = Journal(path, run, markers=CodeMarkers(state, client.account), read_only=module.check_mode)
    try:
        locks = None if module.check_mode else NumberLocks(run, state)
        stop_on_signal_until_exit(client.stop)
        with locks or contextlib.nullcontext():
            yield journal, locks
    finally:
        journal.close()
    for problem in journal.problems:
        module.warn(problem)
