# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the module cams_first_contact: look at an account, and migrate one dedicated number step by step.

Every write goes through the engine, with its journal and its guards. Between the steps the module reads what the
service shows, and a recorder keeps every answer as evidence.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import (
    check_connection_options,
    hash_of_own_account,
)
from ansible_collections.chatapp.cams.plugins.module_utils._api.operations import INITIATE, REGISTER
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import parse_endpoint
from ansible_collections.chatapp.cams.plugins.module_utils._cloud.rows import Row
from ansible_collections.chatapp.cams.plugins.module_utils._contact.contact_file import ContactFile, Subject
from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import ANSWERED, Event
from ansible_collections.chatapp.cams.plugins.module_utils._contact.page import lines_of_screen
from ansible_collections.chatapp.cams.plugins.module_utils._contact.reads import ContactReads, pauses_of
from ansible_collections.chatapp.cams.plugins.module_utils._contact.recorder import Recorder
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult
from ansible_collections.chatapp.cams.plugins.module_utils._errors import CamsError, ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import (
    VERIFIED,
    Declaration,
    Outcome,
    Phase,
    State,
    Step,
)
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.next_actions import RUN_AGAIN_TO_SEE
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.table import CONNECTED_PHASES, PHASE_OF_STATUS
from ansible_collections.chatapp.cams.plugins.module_utils._modules.ansible_module import Connect
from ansible_collections.chatapp.cams.plugins.module_utils._modules.engine_run import reconcile
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_fleet import declarations_from_options
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.code_source_options import (
    SOURCE_ARGUMENTS,
    extract_code_source,
)
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.number_options import (
    NUMBER_ARGUMENTS,
    RUN_ARGUMENTS,
)
from ansible_collections.chatapp.cams.plugins.module_utils._modules.options.store_options import store_of
from ansible_collections.chatapp.cams.plugins.module_utils._store.run_identity import RunIdentity
from ansible_collections.chatapp.cams.plugins.module_utils._store.store import Store, StoreOfRun
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone

CONTACT_ARGUMENTS: dict[str, dict[str, Any]] = {
    **RUN_ARGUMENTS,
    "numbers": {"type": "list", "elements": "dict", "required": True, "options": NUMBER_ARGUMENTS},
    "confirm": {"type": "str"},
    "register": {"type": "bool", "default": False},
    "contact": {"type": "path", "default": "contact.json"},
    "resend": {"type": "list", "elements": "str", "default": []},
    "reclaim": {"type": "list", "elements": "str", "default": []},
    "code_source": {"type": "dict", "options": SOURCE_ARGUMENTS},
    "code_wait_seconds": {"type": "int", "default": 0},
}
LOOKED = "Nothing was migrated. To migrate this number, <<confirm {number}>>."
VERIFIED_ONLY = (
    "The number is verified, and the old provider still serves it. The verification is valid for 14 days. To register"
    " the number here, <<move the number>> too."
)
CONNECTED = "The number is connected. Send {page} to the maintainers."


def first_contact(module: AnsibleModule, connect: Connect) -> dict[str, Any]:
    """Look at the account, and migrate the number if ``confirm`` names it."""
    options = module.params
    declaration = _read_declaration(module, options)
    code_source = extract_code_source(module)

    def connect_with_store() -> tuple[Store, Client]:
        store = store_of(options)
        return store, connect(store.make_pace)

    check_connection_options(options)
    _url, host = parse_endpoint(options["endpoint"])
    subject = Subject.of(declaration, hash_of_own_account(options), host)
    contact = ContactFile.open(Path(options["contact"]).absolute(), subject)
    return FirstContact(module, connect_with_store, declaration, contact, code_source).run()


def _read_declaration(module: AnsibleModule, options: dict[str, Any]) -> Declaration:
    """Return the one declared number. Refuse a confirmation that does not name it."""
    declarations = declarations_from_options(module, options)
    if len(declarations) > 1:
        raise ConfigurationError(
            f"First contact is for one number, but {len(declarations)} are declared. Declare only the number that you"
            " dedicate to it."
        )
    (declaration,) = declarations
    if options["confirm"] is None:
        if options["register"]:
            raise ConfigurationError("<<register>> needs <<confirm option>>, which spells the number out.")
        return declaration
    try:
        confirmed = phone.parse(options["confirm"])
    except phone.PhoneNumberError as error:
        raise ConfigurationError(f"The value of <<confirm option>> is wrong. {error}") from None
    if confirmed != declaration.phone_number:
        raise ConfigurationError(
            f"The number in <<confirm option>> is {confirmed}, but {declaration.phone_number} is declared."
        )
    if not options["journal"] and not options["store"]:
        raise ConfigurationError("A first contact needs a journal or a store, so that it can be continued.")
    return declaration


@dataclass
class FirstContact:
    """One run of a first contact."""

    module: AnsibleModule
    # A store is opened once, because it then closes what its client needs. So each run of the engine gets its own.
    connect: Callable[[], tuple[Store, Client]]
    declaration: Declaration
    contact: ContactFile
    code_source: Mapping[str, Any] | None = None
    # What tests replace: the pauses between reads, and the seconds that they skipped.
    sleep: Callable[[float], None] | None = None
    clock_offset: Callable[[], float] = lambda: 0.0
    # The results of the runs of the engine.
    results: list[NumberResult] = field(default_factory=list)
    why_stopped: str = ""

    def __post_init__(self) -> None:
        self._recorder = Recorder(self.declaration, self.contact.run, self.clock_offset)
        self._recorder.on_event = self._add_event
        self._calls: Counter[str] = Counter()
        self._is_stopped = False
        self._connect()

    def _connect(self) -> None:
        """Make a store that was not opened yet, its client, and the reads with this client."""
        self._store, self._client = self.connect()
        self._client.observer = self._recorder
        self._reads = ContactReads(self._client, self.declaration, self.sleep or self._client.pause)

    def _reconnect(self) -> None:
        """Replace the store and the client after the store was opened."""
        self._is_stopped = self._is_stopped or self._client.is_stopped
        if not self._is_stopped:
            self._calls += self._client.counts.calls
            self._connect()

    def run(self) -> dict[str, Any]:
        """Look, and continue the migration if it is confirmed. Return the result of the module."""
        self._teach_store()
        is_confirmed = self.module.params["confirm"] is not None
        if not (is_confirmed and self._has_looked):
            try:
                self._reads.look()
            except CamsError as error:
                return {**self._returned(), "failed": True, "msg": error.message}
        if is_confirmed:
            self._migrate()
        return self._returned()

    # --- evidence ---

    @property
    def _has_looked(self) -> bool:
        """Whether an earlier run looked at the account."""
        return any(event.in_form for event in self.contact.events)

    def _add_event(self, event: Event) -> None:
        """Save an event. Directly after the two steps whose effect may be late, read before the run goes on."""
        self.contact.add(event)
        if event.outcome != ANSWERED:
            return
        if event.operation == INITIATE.action:
            self._reads.read_until(_is_under_way, pauses=())
        if event.operation == REGISTER.action:
            self._reads.read_until(_is_connected, pauses=())

    def _teach_store(self) -> None:
        """Put the refusal that the contact file proves into the store, so that no run must learn it again."""
        refusal = self.contact.learnt_refusal
        if refusal is None or self.module.check_mode:
            return
        with self._opened_store(read_only=True) as memory:
            is_known = memory.refusals.has(refusal)
        if not is_known:
            with self._opened_store(read_only=False) as memory:
                memory.refusals.learn(refusal)

    @contextlib.contextmanager
    def _opened_store(self, *, read_only: bool) -> Iterator[StoreOfRun]:
        try:
            with self._store.open(self._client, RunIdentity(), read_only=read_only) as memory:
                yield memory
        finally:
            self._reconnect()

    # --- the migration ---

    def _migrate(self) -> None:
        """Initiate, request one code, submit it, and register if that is wanted. Stop where something is missing."""
        self._verify()
        if self.module.check_mode or not self._is_at(Phase.VERIFIED, *CONNECTED_PHASES):
            return
        if self.module.params["register"]:
            self._register()

    def _verify(self) -> None:
        result = self._run_engine(State.VERIFIED)
        if result.outcome in (Outcome.NEEDS_OPERATOR, Outcome.AWAITING_CODE):
            names = self._named_by_confirm(result)
            result = self._run_engine(State.VERIFIED, changes={"code": None, **names}) if names else result
        self._read_after(result)
        if result.outcome is Outcome.AWAITING_CODE and self.code_source is not None and not self._is_stopped:
            self._read_after(self._run_engine(State.VERIFIED, code_source=self.code_source))

    def _named_by_confirm(self, result: NumberResult) -> dict[str, bool]:
        """Return for which options ``confirm`` names the number, where the engine wants that before the first code.

        It never names the number for a second code: a code request that the journal or the markers know forbids that.
        """
        if self.module.check_mode or self._is_stopped or self.declaration.why_not_ready:
            return {}
        with self._opened_store(read_only=True) as store:
            store.journal.load({self.declaration.phone_number})
            limits = store.journal.limits(self.declaration.phone_number, None)
        memory = limits.memory
        if memory.code_requested or limits.code_request or limits.code_needs_resend:
            return {}
        if result.outcome is Outcome.AWAITING_CODE:
            # The service does not show the initiate that the journal knows.
            return {"resend": True} if memory.initiated else {}
        # The status is refused, and not as that of an unknown number.
        never_started = result.phase is Phase.NOT_KNOWN and not memory.is_under_way
        return {"reclaim": True, "resend": True} if never_started else {}

    def _register(self) -> None:
        """Register the number, wait until it is connected, and complete it: its webhook and its health."""
        pauses = pauses_of(self.module.params["wait_timeout"])
        if self._was_registered:
            # Another register would count against WhatsApp's limit.
            if not self._reads.read_until(_is_connected, pauses):
                self._note_not_connected()
                return
        elif not self._is_at(*CONNECTED_PHASES):
            result = self._run_engine(State.REGISTERED, wait_timeout=0)
            waits = result.outcome is Outcome.AWAITING_CONNECTION and not self._is_stopped
            if not waits or not self._reads.read_until(_is_connected, pauses):
                return
        if self._run_engine(State.REGISTERED).outcome is Outcome.CONVERGED:
            self._reads.read_filters()
            self._reads.read_health()

    @property
    def _was_registered(self) -> bool:
        """Whether a register was accepted."""
        return any(event.operation == REGISTER.action and event.outcome == ANSWERED for event in self.contact.events)

    def _note_not_connected(self) -> None:
        last = self.results[-1]
        self.results.append(
            replace(last, outcome=Outcome.AWAITING_CONNECTION, next_action=RUN_AGAIN_TO_SEE, actions=[], changed=False)
        )

    def _run_engine(
        self,
        state: State,
        *,
        code_source: Mapping[str, Any] | None = None,
        wait_timeout: int | None = None,
        changes: Mapping[str, Any] | None = None,
    ) -> NumberResult:
        declaration = replace(self.declaration, state=state, **(changes or {}))
        run = reconcile(
            self.module, self._client, self._store, [declaration], code_source=code_source, wait_timeout=wait_timeout
        )
        self._reconnect()
        self.results += run.results
        self.why_stopped = self.why_stopped or run.why_stopped or run.code_problem
        return run.results[0]

    def _read_after(self, result: NumberResult) -> None:
        """Read what the service shows after the steps of a run."""
        steps = {action.action for action in result.actions if action.outcome == "done"}
        if self.module.check_mode or not steps & {step.value for step in Step}:
            return
        if Step.VERIFY.value in steps:
            self._reads.read_until(_is_verified, pauses=())
        else:
            self._reads.read_until(_is_under_way)
            self._reads.read_filters()
        self._reads.read_status_after_sync()

    def _is_at(self, *phases: Phase) -> bool:
        return bool(self.results) and self.results[-1].phase in phases

    # --- the result ---

    def _returned(self) -> dict[str, Any]:
        self.contact.save()
        for problem in filter(None, [self.contact.problem, self._recorder.problem]):
            self.module.warn(problem)
        last = self.results[-1] if self.results else None
        failed = last is not None and (last.has_failed or bool(self.why_stopped))
        returned = {
            "phone_number": self.declaration.phone_number,
            "changed": any(result.changed for result in self.results),
            "results": [self._merged_result(last)] if last else [],
            "summary": {"calls": dict(sorted((self._calls + self._client.counts.calls).items()))},
            "contact": str(self.contact.path),
            "page": str(self.contact.page),
            "assumptions": [finding.as_dict() for finding in self.contact.findings],
            "asks_for_code": self._asks_for_code(last),
            "table": lines_of_screen(
                self.declaration.phone_number,
                self.contact.findings,
                self._steps(),
                self.contact.path,
                self.contact.page,
            ),
            "msg": self._next_sentence(last),
        }
        return {**returned, "failed": True} if failed else returned

    def _merged_result(self, last: NumberResult) -> dict[str, Any]:
        first = self.results[0]
        actions = [action for result in self.results for action in result.actions]
        changed = any(result.changed for result in self.results)
        return replace(last, previous_phase=first.previous_phase, actions=actions, changed=changed).as_dict()

    def _steps(self) -> list[str]:
        return [f"{action.action} {action.outcome}" for result in self.results for action in result.actions]

    def _asks_for_code(self, last: NumberResult | None) -> bool:
        """Return whether a person should be asked for the code now."""
        waits = last is not None and last.outcome is Outcome.AWAITING_CODE
        return waits and self.code_source is None and not self.module.check_mode and not self._is_stopped

    def _next_sentence(self, last: NumberResult | None) -> str:
        number = self.declaration.phone_number
        if last is None:
            return LOOKED.format(number=number)
        if last.has_failed or self.why_stopped:
            return " ".join(filter(None, [self.why_stopped, last.sentence]))
        if last.phase in CONNECTED_PHASES:
            return " ".join(filter(None, [CONNECTED.format(page=self.contact.page), last.next_action]))
        if last.outcome is Outcome.CONVERGED:
            return VERIFIED_ONLY
        return last.next_action


def _is_under_way(row: Row) -> bool:
    return PHASE_OF_STATUS.get(row["status"]) is Phase.INITIATED


def _is_verified(row: Row) -> bool:
    return row.get("code_verification_status") == VERIFIED


def _is_connected(row: Row) -> bool:
    return PHASE_OF_STATUS.get(row["status"]) in CONNECTED_PHASES
