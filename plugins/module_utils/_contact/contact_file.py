# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact file: the evidence of all runs of a first contact with one number, and the judgement of each assumption.

The file decides nothing about a migration: the journal does. So a damaged file costs evidence and no code.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._cloud.verification import Refusal
from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import Event, event_from_document
from ansible_collections.chatapp.cams.plugins.module_utils._contact.judge import (
    Finding,
    findings_of,
    learnt_refusal,
    simulator_settings,
)
from ansible_collections.chatapp.cams.plugins.module_utils._contact.page import contact_page
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration
from ansible_collections.chatapp.cams.plugins.module_utils._system.private_files import (
    UnsafePathError,
    read_private,
    unusable_path,
    write_private,
)
from ansible_collections.chatapp.cams.plugins.module_utils._values import phone
from ansible_collections.chatapp.cams.plugins.module_utils._version import VERSION

FORMAT = 1


@dataclass(frozen=True)
class Subject:
    """What a contact file is about, without a full number or id."""

    number: str
    space: str
    # The hash of endpoint and access key, as in the names of other files.
    account: str
    host: str

    @classmethod
    def of(cls, declaration: Declaration, account: str, host: str) -> Subject:
        space = f"…{declaration.cust_space_id[-4:]}"
        return cls(phone.mask_number(declaration.phone_number), space, account, host)


@dataclass
class ContactFile:
    """A contact file, and the page for people beside it."""

    path: Path
    subject: Subject
    run: int = 1
    events: list[Event] = field(default_factory=list)
    # Why the file could not be written, in a sentence.
    problem: str = ""

    @classmethod
    def open(cls, path: Path, subject: Subject) -> ContactFile:
        """Read the file, if there is one, and write it. Raises ConfigurationError if it cannot be used."""
        contact = cls(path, subject)
        document = _read_document(path)
        if document is not None:
            contact._continue(document)
        try:
            contact._write(page=True)
        except (OSError, UnsafePathError) as error:
            raise ConfigurationError(f"Could not write the contact file. {_why(path, error)}") from None
        return contact

    def _continue(self, document: dict[str, Any]) -> None:
        if document.get("format") != FORMAT:
            raise ConfigurationError(
                f"{self.path} is not a contact file of this version. Move it away, or name another file in <<contact>>."
            )
        found = document.get("subject")
        if found != asdict(self.subject):
            number = found.get("number") if isinstance(found, dict) else None
            raise ConfigurationError(
                f"{self.path} is about another number, space, access key or endpoint (number {number}, here"
                f" {self.subject.number}). Move it away, or name another file in <<contact>>."
            )
        events = document.get("events")
        read = [event_from_document(item) for item in events] if isinstance(events, list) else []
        self.events = [event for event in read if event is not None]
        self.run = max((event.run for event in self.events), default=0) + 1

    @property
    def page(self) -> Path:
        """The page for people."""
        return self.path.with_suffix(".md")

    @property
    def findings(self) -> list[Finding]:
        return findings_of(self.events)

    @property
    def learnt_refusal(self) -> Refusal | None:
        return learnt_refusal(self.events)

    def add(self, event: Event) -> None:
        """Add an event and save the file."""
        self.events.append(event)
        self._save(page=False)

    def save(self) -> None:
        """Save the file and its page."""
        self._save(page=True)

    def _save(self, *, page: bool) -> None:
        """Write the file. If that fails, the run goes on and reports it."""
        try:
            self._write(page=page)
        except (OSError, UnsafePathError) as error:
            self.problem = f"Could not write the contact file. {_why(self.path, error)}"

    def _write(self, *, page: bool) -> None:
        findings = self.findings
        document = {
            "format": FORMAT,
            "collection": VERSION,
            "subject": asdict(self.subject),
            "assumptions": [_finding_document(finding, self.events) for finding in findings],
            "simulator": simulator_settings(findings),
            "events": [event.as_document() for event in self.events],
        }
        write_private(self.path, json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        if page:
            write_private(self.page, contact_page(self.subject.number, self.events, findings))


def _read_document(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(read_private(path))
    except FileNotFoundError:
        return None
    except UnsafePathError as error:
        raise ConfigurationError(f"Could not read the contact file. {error}") from None
    except OSError as error:
        raise ConfigurationError(f"Could not read the contact file. {unusable_path(path, 'file', error)}") from None
    except (ValueError, RecursionError, MemoryError):
        document = None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} is damaged. Move it away, or name another file in <<contact>>.")
    return document


def _why(path: Path, error: OSError | UnsafePathError) -> str:
    return str(unusable_path(path, "file", error) if isinstance(error, OSError) else error)


def _finding_document(finding: Finding, events: Sequence[Event]) -> dict[str, Any]:
    """Return a finding with the positions of its events in the list of events."""
    return {
        **finding.as_dict(),
        "events": [place for event in finding.events for place, known in enumerate(events) if known is event],
    }
