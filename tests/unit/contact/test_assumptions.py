# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of assumptions is the one source of the page, of the simulator's readings, and of the judgement."""

from __future__ import annotations

import dataclasses
import typing
from enum import Enum

from ansible_collections.chatapp.cams.plugins.module_utils._contact.assumptions import ASSUMPTIONS, BY_ID
from ansible_collections.chatapp.cams.plugins.module_utils._contact.judge import JUDGES
from assumption_files import made_files
from cams_simulator.settings import Settings
from environment import ROOT


def test_files_that_are_made_from_the_table_are_up_to_date() -> None:
    stale = [path for path, text in made_files().items() if (ROOT / path).read_text(encoding="utf-8") != text]

    assert stale == [], "Run: make assumptions"


def test_each_switch_of_the_simulator_belongs_to_one_assumption_with_the_same_default() -> None:
    kinds = typing.get_type_hints(Settings)
    switches = {name: kind for name, kind in kinds.items() if issubclass(kind, Enum)}
    readings = {item.reading.setting: (item, item.reading) for item in ASSUMPTIONS if item.reading}

    assert readings.keys() == switches.keys()
    assert len(readings) == sum(item.reading is not None for item in ASSUMPTIONS)
    for name, (assumption, reading) in readings.items():
        assert reading.values == tuple(member.value for member in switches[name])
        assert getattr(Settings(), name).value == assumption.assumed


def test_each_delay_has_a_setting_whose_default_is_assumed() -> None:
    settings = dataclasses.asdict(Settings())
    for item in ASSUMPTIONS:
        if item.delay is not None:
            assert settings[item.delay.setting] == item.delay.seconds[item.assumed]


def test_each_judgement_belongs_to_an_assumption_with_a_value() -> None:
    assert len(BY_ID) == len(ASSUMPTIONS)
    assert JUDGES.keys() <= BY_ID.keys()
    assert [name for name in JUDGES if not BY_ID[name].assumed or not BY_ID[name].observed_by] == []


def test_an_assumption_that_is_never_observed_says_so() -> None:
    silent = [item for item in ASSUMPTIONS if item.id not in JUDGES]

    assert [i.id for i in silent if i.observed_by and not i.observed_by.startswith("First contact")] == []
