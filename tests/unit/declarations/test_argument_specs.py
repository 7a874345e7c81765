# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles document the variables of a run exactly as the action plugins check them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.run_options import ENTRY_POINTS, RUN_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import (
    CONNECTION_VARIABLES,
    KEYS,
    NUMBERS,
    PREFIX,
)
from ansible_collections.chatapp.cams.plugins.module_utils._modules.number_fleet import FLEET_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import AUTH_ARGUMENTS

ROOT = Path(__file__).resolve().parents[3]
# The role and the entry point of the role, by the entry point of the action plugins.
DOCUMENTED_IN = {
    "reconcile": ("reconcile", "main"),
    "plan": ("reconcile", "plan"),
    "preflight": ("preflight", "main"),
    "report": ("report", "main"),
}
# The role report documents only its own variables, and refers to the role reconcile for the others.
COMPLETE = [entry_point for entry_point in DOCUMENTED_IN if entry_point != "report"]
DECLARATION_VARIABLES = {*(PREFIX + key for key in KEYS), NUMBERS}
# Defaults that the role sets itself. The journal's default depends on the inventory, so no value documents it.
ROLE_DEFAULTS = {("plan", "cams_plan_file"): "plan.json"}


@cache
def documented_options(entry_point: str) -> dict[str, dict[str, Any]]:
    role, name = DOCUMENTED_IN[entry_point]
    content = (ROOT / "roles" / role / "meta/argument_specs.yml").read_text(encoding="utf-8")
    options: dict[str, dict[str, Any]] = yaml.safe_load(content)["argument_specs"][name]["options"]
    return options


def compared_parts(argument: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": argument.get("type", "str"),
        "elements": argument.get("elements"),
        "choices": argument.get("choices"),
        "default": argument.get("default"),
        "no_log": argument.get("no_log", False),
    }


def checked_parts(entry_point: str, name: str) -> dict[str, Any]:
    """Return what the action plugin accepts, with the default of the module where the role has none of its own."""
    argument = dict(RUN_ARGUMENTS[name])
    of_module = FLEET_ARGUMENTS.get(name.removeprefix(PREFIX), {})
    if "default" not in argument and of_module.get("default") is not None:
        argument["default"] = of_module["default"]
    if (entry_point, name) in ROLE_DEFAULTS:
        argument["default"] = ROLE_DEFAULTS[entry_point, name]
    return compared_parts(argument)


@pytest.mark.parametrize("entry_point", COMPLETE)
def test_the_role_documents_the_variables_of_the_entry_point_and_no_others(entry_point: str) -> None:
    expected = {*ENTRY_POINTS[entry_point], *CONNECTION_VARIABLES, *DECLARATION_VARIABLES}

    assert set(documented_options(entry_point)) == expected


@pytest.mark.parametrize(
    ("entry_point", "name"), [(entry, name) for entry in DOCUMENTED_IN for name in ENTRY_POINTS[entry]]
)
def test_the_role_documents_a_variable_as_it_is_checked(entry_point: str, name: str) -> None:
    assert compared_parts(documented_options(entry_point)[name]) == checked_parts(entry_point, name)


def test_the_role_report_documents_its_own_variables() -> None:
    assert set(documented_options("report")) == set(ENTRY_POINTS["report"])


@pytest.mark.parametrize("entry_point", COMPLETE)
def test_the_connection_variables_have_the_types_of_the_shared_options(entry_point: str) -> None:
    options = documented_options(entry_point)
    documented = {name.removeprefix(PREFIX): options[name]["type"] for name in CONNECTION_VARIABLES}

    assert documented == {name: argument.get("type", "str") for name, argument in AUTH_ARGUMENTS.items()}


def test_every_entry_point_but_the_plain_read_is_compared() -> None:
    assert set(ENTRY_POINTS) - set(DOCUMENTED_IN) == {"read"}
