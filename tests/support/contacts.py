# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""First contacts in this process: the body of the module against the simulator. A pause moves the simulator's clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._api.client import Client
from ansible_collections.chatapp.cams.plugins.module_utils._api.connect import make_client
from ansible_collections.chatapp.cams.plugins.module_utils._api.transport import HttpResponse
from ansible_collections.chatapp.cams.plugins.module_utils._contact.contact_file import ContactFile, Subject
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration
from ansible_collections.chatapp.cams.plugins.module_utils._modules import engine_run
from ansible_collections.chatapp.cams.plugins.module_utils._modules.first_contact import FirstContact
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.file_store import FileStore
from ansible_collections.chatapp.cams.plugins.module_utils._store.files.slot_files import pace_of_this_machine
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import AUTH_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._values.webhook import Webhook
from simulator_process import Simulator
from worlds import SPACE, make_space

DIGITS = "8613900001234"
NUMBER = f"+{DIGITS}"
WEBHOOK = Webhook({"up_callback_url": "https://hooks.example.com/up"}, {"http": True})
# Somebody reads the phone so many seconds after the code request.
SECONDS_UNTIL_CODE = 400.0
Result = dict[str, Any]


class CrashError(BaseException):
    """Ends a run like a kill of its process: no code catches it."""


@dataclass
class StandInModule:
    """The part of AnsibleModule that a run of the engine uses."""

    params: dict[str, Any]
    check_mode: bool = False
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        self.warnings.append(text)


class ContactWorld:
    """The simulator with one space, and the files of one machine."""

    def __init__(
        self, simulator: Simulator, folder: Path, monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str | float]
    ) -> None:
        self.simulator, self.control = simulator, simulator.control
        self.folder = folder
        self.skipped = 0.0
        # Crash at the first request of this operation: before it leaves, or before its answer is read.
        self.crash_at = ""
        self.crash_after_answer = False
        self.control.reset()
        self.control.change_settings(rate_limit=0, **settings)
        self.control.seed({"spaces": [make_space()]})
        monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
        monkeypatch.setattr(engine_run, "stop_on_signal_until_exit", lambda stop: None)

    @property
    def path(self) -> Path:
        return self.folder / "contact.json"

    @property
    def document(self) -> Result:
        found: Result = json.loads(self.path.read_text("utf-8"))
        return found

    @property
    def observed(self) -> dict[str, str]:
        """The observed value of each assumption in the contact file. Empty: not observed."""
        return {item["id"]: item["observed"] for item in self.document["assumptions"]}

    def skip(self, seconds: float) -> None:
        self.skipped += seconds
        self.control.advance(seconds)

    def skip_journal(self, seconds: float) -> None:
        """Let time pass for the service and for the journal, whose clock is that of this machine."""
        self.skip(seconds)
        journal = self.folder / "journal.jsonl"
        lines = [json.loads(line) for line in journal.read_text("utf-8").splitlines()]
        for line in lines:
            moment = datetime.fromisoformat(line["at"].replace("Z", "+00:00"))
            line["at"] = (moment - timedelta(seconds=seconds)).isoformat()
        journal.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")

    def calls(self) -> Counter[str]:
        return Counter(call["action"] for call in self.control.calls())

    def code(self) -> str:
        return self.control.code(DIGITS) or ""

    def effects(self) -> dict[str, int]:
        """Return the real effects on the number, without those of its webhook."""
        found = self.control.effects(SPACE)["numbers"]
        [effects] = [number for number in found if number["phone_number"] == DIGITS]
        return {name: count for name, count in effects.items() if isinstance(count, int) and name != "webhook_updates"}

    def run(self, *, check_mode: bool = False, code: str | None = None, resend: bool = False, **options: Any) -> Result:
        """Run the body of the module, and return the module's result."""
        params = {
            "confirm": None,
            "register": False,
            "wait_timeout": 120,
            "lock_timeout": 5,
            "health": False,
            "rate_limit": 1000.0,
        }
        module = StandInModule({**params, **options}, check_mode)
        declaration = Declaration(SPACE, NUMBER, code=code, resend=resend, webhook=WEBHOOK)
        contact = ContactFile.open(self.path, Subject.of(declaration, "account", "simulator"))
        return FirstContact(
            module,
            lambda: (FileStore(self.folder / "journal.jsonl"), self.client(check_mode=check_mode)),
            declaration,
            contact,
            sleep=self.skip,
            clock_offset=lambda: self.skipped,
        ).run()

    def client(self, *, check_mode: bool = False) -> Client:
        options = {name: argument.get("default") for name, argument in AUTH_ARGUMENTS.items()}
        options |= {
            "endpoint": self.simulator.endpoint,
            "access_key_id": self.simulator.access_key_id,
            "access_key_secret": self.simulator.access_key_secret,
            "rate_limit": 1000.0,
        }
        client = make_client(options, ansible_version="2.19", check_mode=check_mode, make_pace=pace_of_this_machine)
        client.pause = self.skip  # type: ignore[method-assign]
        post = client._transport.post

        def post_or_crash(query: str, headers: Mapping[str, str], answer_timeout: float) -> HttpResponse:
            crashes = headers["x-acs-action"] == self.crash_at
            if crashes and not self.crash_after_answer:
                raise CrashError
            response = post(query, headers, answer_timeout)
            if crashes:
                raise CrashError
            return response

        client._transport.post = post_or_crash  # type: ignore[method-assign]
        return client

    def run_and_crash(self, action: str, *, after_answer: bool, **options: Any) -> None:
        """Run until the first request of an operation, and end there like a process that is killed."""
        self.crash_at, self.crash_after_answer = action, after_answer
        with pytest.raises(CrashError):
            self.run(**options)
        self.crash_at = ""

    def migrate(self) -> list[Result]:
        """Make the whole first contact as a person would: look, start, submit the code, register."""
        looked = self.run()
        started = self.run(confirm=NUMBER)
        self.skip(SECONDS_UNTIL_CODE)
        verified = self.run(confirm=NUMBER, code=self.code())
        registered = self.run(confirm=NUMBER, register=True)
        if registered["results"][0]["phase"] == "connected":
            return [looked, started, verified, registered]
        self.skip(SECONDS_UNTIL_CODE)
        return [looked, started, verified, registered, self.run(confirm=NUMBER, register=True)]
