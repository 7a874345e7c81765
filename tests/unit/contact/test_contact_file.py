# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contact file is private, continues over runs, and refuses what it cannot continue."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._contact.contact_file import ContactFile, Subject
from ansible_collections.chatapp.cams.plugins.module_utils._contact.evidence import Event
from ansible_collections.chatapp.cams.plugins.module_utils._errors import ConfigurationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration
from cams_simulator.contact import read_contact

SUBJECT = Subject.of(Declaration("293483938849493", "+8613900001234"), "hash", "cams.example.com")
EVENT = Event(1, 1000.0, 0.5, "QueryChatappPhoneNumbers", "the space", outcome="answered", http_status=200, rows=0)


def test_both_files_are_private_and_contain_no_full_number(tmp_path: Path) -> None:
    contact = ContactFile.open(tmp_path / "contact.json", SUBJECT)
    contact.add(EVENT)
    contact.save()

    for path in (contact.path, contact.page):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        text = path.read_text("utf-8")
        assert "13900001234" not in text
        assert "293483938849493" not in text
        assert "+86…1234" in text


def test_the_next_run_continues_with_the_events_of_the_file(tmp_path: Path) -> None:
    ContactFile.open(tmp_path / "contact.json", SUBJECT).add(EVENT)

    again = ContactFile.open(tmp_path / "contact.json", SUBJECT)

    assert (again.run, again.events) == (2, [EVENT])


def test_events_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    contact = ContactFile.open(tmp_path / "contact.json", SUBJECT)
    contact.add(EVENT)
    document = json.loads(contact.path.read_text("utf-8"))
    good = document["events"][0]
    bad = [None, 1, {}, {**good, "run": "1"}, {**good, "at": 1e30}, {**good, "unknown": 1}, {**good, "run": True}]
    bad += [{**good, "number_rows": [1]}, {**good, "number_rows": [{"other": 1}]}, {**good, "limits": [1]}]
    contact.path.write_text(json.dumps({**document, "events": [*bad, good]}), "utf-8")

    assert ContactFile.open(contact.path, SUBJECT).events == [EVENT]


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 9}', "\x00"])
def test_a_file_that_is_not_a_contact_file_is_refused_and_not_overwritten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "contact.json"
    path.write_text(text, "utf-8")
    path.chmod(0o600)

    with pytest.raises(ConfigurationError, match="Move it away"):
        ContactFile.open(path, SUBJECT)

    assert path.read_text("utf-8") == text


def test_a_file_of_another_number_is_refused(tmp_path: Path) -> None:
    other = Subject.of(Declaration("293483938849493", "+390212345678"), "hash", "cams.example.com")
    ContactFile.open(tmp_path / "contact.json", other)

    with pytest.raises(ConfigurationError, match="about another number"):
        ContactFile.open(tmp_path / "contact.json", SUBJECT)


def test_a_file_that_other_users_can_read_is_refused(tmp_path: Path) -> None:
    contact = ContactFile.open(tmp_path / "contact.json", SUBJECT)
    contact.path.chmod(0o644)

    with pytest.raises(ConfigurationError, match="chmod 600"):
        ContactFile.open(contact.path, SUBJECT)


def test_a_folder_that_cannot_be_written_is_an_error_before_the_first_call(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="Could not write the contact file"):
        ContactFile.open(tmp_path / "missing" / "contact.json", SUBJECT)


def test_a_folder_that_vanishes_during_the_run_is_a_problem_and_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    contact = ContactFile.open(folder / "contact.json", SUBJECT)
    contact.path.unlink()
    contact.page.unlink()
    folder.rmdir()

    contact.add(EVENT)

    assert "Could not write the contact file" in contact.problem


def test_the_simulator_reads_the_settings_and_refuses_other_files(tmp_path: Path) -> None:
    contact = ContactFile.open(tmp_path / "contact.json", SUBJECT)
    contact.add(EVENT)

    assert read_contact(contact.path) == {}
    for text in ("[]", "{", '{"simulator": 1}', '{"simulator": {"nothing": 1}}', '{"simulator": {"needs_sync": 3}}'):
        contact.path.write_text(text, "utf-8")
        with pytest.raises(ValueError, match=r"contact\.json"):
            read_contact(contact.path)
