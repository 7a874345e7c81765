# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Engine runs in processes of their own. A test may kill, stop or delay a run at a chosen write.

The processes are forked from a server that has imported the engine already, so a run starts in milliseconds.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection

from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.credentials import Credentials
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import OPERATIONS
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse, Transport
from ansible_collections.chatapp.cams.plugins.module_utils._engine.fleet_run import FleetRun, Waits
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from machines import Machine

WRITES = frozenset(action for action, operation in OPERATIONS.items() if not operation.kind.changes_no_number)
# Long enough that only a hang reaches it.
LONGEST_RUN_SECONDS = 120.0
AT_PLACE, CONTINUE = "at the place", "continue"
_forks = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Place:
    """A place in a run: its n-th write, either before the bytes leave or after the answer arrived."""

    write: int
    after_answer: bool

    def __str__(self) -> str:
        return "between answer and conclusion" if self.after_answer else "between commit and socket"


@dataclass(frozen=True)
class Task:
    """What one run of the engine does. It waits at its place until the test lets it continue."""

    machine: Machine
    endpoint: str
    access_key_id: str
    access_key_secret: str
    account: str
    declarations: Sequence[Declaration]
    variables: Mapping[str, str]
    check_mode: bool = False
    concurrency: int = 1
    lock_timeout: float = 0
    place: Place | None = None


@dataclass(frozen=True)
class Report:
    """What a run returned. A run that did not begin has a problem and no outcomes."""

    outcomes: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    why_stopped: str = ""
    problem: str = ""
    # An error that the engine should have caught, with its traceback.
    unexpected: str = ""


class EngineProcess:
    """A run of the engine in a process of its own, which starts at once."""

    def __init__(self, task: Task) -> None:
        self._pipe, theirs = _forks.Pipe()
        self._process = _forks.Process(target=_run_task, args=(task, theirs), daemon=True)
        self._process.start()
        theirs.close()
        self._report: Report | None = None

    def reaches_place(self) -> bool:
        """Wait until the run is at its place. Return false if the run ended before that."""
        if not self._pipe.poll(LONGEST_RUN_SECONDS):
            raise TimeoutError("The run does not reach its place.")
        message = self._receive()
        if message == AT_PLACE:
            return True
        self._report = message if isinstance(message, Report) else None
        return False

    def continue_from_place(self) -> None:
        self._pipe.send(CONTINUE)

    def send_signal(self, number: signal.Signals) -> bool:
        """Send a signal. Return false if the process has ended."""
        if self._process.pid is None or not self._process.is_alive():
            return False
        os.kill(self._process.pid, number)
        return True

    def has_ended(self, seconds: float = LONGEST_RUN_SECONDS) -> bool:
        """Wait at most so long for the end of the run."""
        return self._report is not None or self._pipe.poll(seconds)

    def finish(self) -> Report | None:
        """Wait for the end of the run, and return its report, or None if the run was killed."""
        if not self.has_ended():
            self.send_signal(signal.SIGKILL)
            raise TimeoutError("The run does not end.")
        if self._report is None:
            message = self._receive()
            self._report = message if isinstance(message, Report) else None
        self._process.join()
        self._pipe.close()
        return self._report

    def _receive(self) -> Report | str | None:
        try:
            message: Report | str = self._pipe.recv()
        except (EOFError, ConnectionError):
            return None
        return message


def prepare_forks(path: Sequence[str], *modules: str) -> None:
    """Let the server of forks import the engine, and the modules that the main program imports.

    Each fork imports the main program again. Call this before the first run.
    """
    os.environ["PYTHONPATH"] = os.pathsep.join(path)
    _forks.set_forkserver_preload([__name__, "psycopg", *modules])


class _WaitingTransport(Transport):
    """Waits at the place of the run until the test lets it continue."""

    def __init__(self, endpoint: str, place: Place | None, pipe: Connection) -> None:
        super().__init__(endpoint)
        self._place = place
        self._pipe = pipe
        self._writes = 0
        self._lock = threading.Lock()

    def post(self, query: str, headers: Mapping[str, str], answer_timeout: float) -> HttpResponse:
        is_here = self._place is not None and self._count(headers["x-acs-action"]) == self._place.write
        if self._place is not None and is_here and not self._place.after_answer:
            self._wait()
        response = super().post(query, headers, answer_timeout)
        if self._place is not None and is_here and self._place.after_answer:
            self._wait()
        return response

    def _count(self, action: str) -> int:
        """Return which write this is, and 0 for a read."""
        if action not in WRITES:
            return 0
        with self._lock:
            self._writes += 1
            return self._writes

    def _wait(self) -> None:
        self._pipe.send(AT_PLACE)
        self._pipe.recv()


def _run_task(task: Task, pipe: Connection) -> None:
    """Run the engine like a module does, and send the report."""
    os.environ.update(task.variables)
    try:
        with task.machine.at_work():
            report = _report_of_run(task, pipe)
    except CamsError as error:
        report = Report(problem=error.message)
    except Exception:
        report = Report(unexpected=traceback.format_exc())
    pipe.send(report)


def _report_of_run(task: Task, pipe: Connection) -> Report:
    store = task.machine.store()
    transport = _WaitingTransport(task.endpoint, task.place, pipe)
    client = Client(
        transport,
        lambda: Credentials(task.access_key_id, task.access_key_secret),
        store.make_pace(task.account, 1e6),
        user_agent="histories",
        account=task.account,
        retries=2,
        check_mode=task.check_mode,
        sleep=lambda seconds: None,
    )
    identity = RunIdentity(host=task.machine.name)
    with store.open(client, identity, read_only=task.check_mode) as memory:
        run = FleetRun(
            client,
            memory.journal,
            memory.locks,
            memory.refusals,
            check_mode=task.check_mode,
            concurrency=task.concurrency,
            waits=Waits(connection=0, lock=task.lock_timeout),
            sleep=lambda seconds: None,
        )
        results = run.run(task.declarations)
        why_stopped = run.why_stopped
    return Report(
        {result.declaration.phone_number: result.outcome.value for result in results},
        {r.declaration.phone_number: f"{r.problem.error['code']}" for r in results if r.problem and r.problem.error},
        why_stopped,
    )
