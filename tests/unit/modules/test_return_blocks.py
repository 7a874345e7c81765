# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules for one number and for many numbers document the same result and the same code source."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.doc_fragments._code_sources import ModuleDocFragment
from ansible_collections.chatapp.cams.plugins.module_utils._codes.arguments import SOURCE_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._engine.result import NumberResult, Problem
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Declaration, Outcome
from ansible_collections.chatapp.cams.plugins.modules import cams_number_fleet, cams_number_migration

MIGRATION: dict[str, Any] = yaml.safe_load(cams_number_migration.RETURN)
FLEET: dict[str, Any] = yaml.safe_load(cams_number_fleet.RETURN)["results"]["contains"]
# The fleet returns one diff for all numbers, outside of the results.
RETURNED_BY_MODULE = {"diff"}


def documented_texts(documented: Any) -> Any:
    """Remove the differences that must exist: the way to name a return value, and when a module returns it."""
    if isinstance(documented, dict):
        texts = {key: documented_texts(value) for key, value in documented.items()}
        return {key: value for key, value in texts.items() if key != "returned"}
    if isinstance(documented, list):
        return [documented_texts(item) for item in documented]
    return re.sub(r"RV\(results\[\]\.(\w+)\)", r"RV(\1)", documented) if isinstance(documented, str) else documented


def as_list(description: str | list[str]) -> list[str]:
    return [description] if isinstance(description, str) else description


def comparable(documented: dict[str, Any]) -> dict[str, Any]:
    texts = documented_texts(documented)
    return {key: {**value, "description": as_list(value["description"])} for key, value in texts.items()}


def returned_keys() -> set[str]:
    """Return every key that a result can have."""
    result = NumberResult(
        Declaration("1", "+8613900001234"),
        Outcome.FAILED,
        problem=Problem.of("NoAnswer", "There was no answer."),
        health={"can_send_message": "AVAILABLE", "problems": []},
    )
    return set(result.as_dict())


def test_the_fleet_documents_each_result_like_the_migration() -> None:
    migration = {key: value for key, value in MIGRATION.items() if key not in RETURNED_BY_MODULE}

    assert list(FLEET) == list(migration)
    assert comparable(FLEET) == comparable(migration)


def test_every_key_of_a_result_is_documented_and_nothing_else() -> None:
    assert set(FLEET) == returned_keys()
    assert set(MIGRATION) - RETURNED_BY_MODULE == returned_keys()


def shape(options: dict[str, Any], default_source: str = "suboptions") -> dict[str, Any]:
    """Return type, default and the other machine-readable parts of options, without their texts."""
    return {
        name: {
            **{part: option[part] for part in ("type", "elements", "default", "choices", "required") if part in option},
            "options": shape(option.get(default_source) or {}, default_source),
        }
        for name, option in options.items()
    }


def test_the_fleet_documents_the_code_source_like_the_lookup() -> None:
    fragment = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    suboptions = yaml.safe_load(cams_number_fleet.DOCUMENTATION)["options"]["code_source"]["suboptions"]

    assert "since" in fragment
    assert shape(suboptions) == shape({name: option for name, option in fragment.items() if name != "since"})


@pytest.mark.parametrize("name", [name for name in SOURCE_ARGUMENTS if name != "since"])
def test_the_code_source_accepts_what_is_documented(name: str) -> None:
    suboptions = yaml.safe_load(cams_number_fleet.DOCUMENTATION)["options"]["code_source"]["suboptions"]

    assert shape({name: suboptions[name]}) == shape({name: SOURCE_ARGUMENTS[name]}, "options")
