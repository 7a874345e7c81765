# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read and check the values of the variables of a run. Mistakes are noted and not raised."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import (
    NOT_SHOWN,
    Mistakes,
    Unreadable,
    message_without_codes,
    shown_value,
)
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.scopes import Read, advice_for_unreadable
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.values import OMITTED, closest_name
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.variables import CONNECTION_VARIABLES, PREFIX
from ansible_collections.chatapp.cams.plugins.module_utils._values.auth_arguments import AUTH_ARGUMENTS
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import RANGES

Arguments = Mapping[str, Mapping[str, Any]]

# Someone may write a password in an address.
_NEVER_SHOWN = ("cams_store", "cams_endpoint", "cams_access_key_id")
_FIXES = {
    "int": "Write a whole number.",
    "float": "Write a number.",
    "bool": "Write true or false.",
    "list": "Write a list, or a text with commas.",
    "dict": "Write a mapping.",
    "path": "Write a path in quotes.",
    "str": "Write text in quotes.",
}
CONNECTION_ARGUMENTS: Arguments = {
    name: {part: AUTH_ARGUMENTS[name.removeprefix(PREFIX)].get(part) for part in ("type", "no_log")}
    for name in CONNECTION_VARIABLES
}


def read_values(arguments: Arguments, variables: Mapping[str, Any], read: Read, mistakes: Mistakes) -> dict[str, Any]:
    """Return the values of the variables that are set and not empty."""
    given = {}
    for name, argument in arguments.items():
        if name not in variables:
            continue
        try:
            value = _evaluate_templates(read, variables, name)
        except Unreadable as error:
            raw = variables[name]
            template = message_without_codes(raw) if isinstance(raw, str) else raw
            mistakes.note(name, advice_for_unreadable(error), value=_shown(name, argument, template))
            continue
        if value is not OMITTED and value is not None and value != "":
            given[name] = value
    return given


def _evaluate_templates(read: Read, container: Any, key: Any) -> Any:
    """Return the value. Evaluate templates inside of lists and mappings too."""
    value = read(container, key)
    if isinstance(value, Mapping):
        return {inner: _evaluate_templates(read, value, inner) for inner in value}
    if isinstance(value, (list, tuple)):
        return [_evaluate_templates(read, value, index) for index in range(len(value))]
    return value


def check_values(arguments: Arguments, given: Mapping[str, Any], mistakes: Mistakes) -> dict[str, Any]:
    """Return the values in the types of the arguments, with defaults. None for a wrong value."""
    checked: dict[str, Any] = {}
    for name, argument in arguments.items():
        # The choices are checked below, to name the wrong one only.
        specification = {part: value for part, value in argument.items() if part != "choices" and value is not None}
        validator = ArgumentSpecValidator({name: specification})
        result = validator.validate({name: given[name]} if name in given else {})
        for message in result.error_messages:
            fix = _fix_for_type(name, argument, message)
            mistakes.note(name, fix, value=_shown(name, argument, given.get(name)))
        value = None if result.error_messages else result.validated_parameters.get(name)
        checked[name] = value if _is_allowed(name, argument, value, mistakes) else None
    return checked


def _is_allowed(name: str, argument: Mapping[str, Any], value: Any, mistakes: Mistakes) -> bool:
    """Return whether a value is one of the choices and in its range. Note a mistake if it is not."""
    allowed = RANGES.get(name.removeprefix(PREFIX))
    if value is None:
        return True
    if allowed is not None and not allowed.allows(value):
        mistakes.note(name, f"It must be {allowed.words}.", value=shown_value(value))
        return False
    choices = tuple(argument.get("choices") or ())
    wrong = [item for item in (value if isinstance(value, list) else [value]) if choices and item not in choices]
    for item in wrong:
        mistakes.note(name, _fix_for_choice(str(item), choices), value=shown_value(item))
    return not wrong


def _fix_for_choice(item: str, choices: Sequence[str]) -> str:
    alike = closest_name(item, tuple(choices))
    return f"Write one of {', '.join(choices)}." + (f" Did you mean {alike}?" if alike else "")


def _fix_for_type(name: str, argument: Mapping[str, Any], message: str) -> str:
    """Return what to write. The message of Ansible may quote a code or a token, so it is rarely used."""
    if name == "cams_codes":
        return 'Write a mapping of numbers to codes: {"+8613900001234": "012345"}.'
    if name != "cams_code_source":
        return _FIXES.get(str(argument.get("type")), "Write another value.")
    # A digit may belong to a code.
    if "upported parameters" in message and not any(sign.isdigit() for sign in message):
        return message if message.endswith(".") else f"{message}."
    return "Write a mapping of sources to their options, such as {file: codes.csv}."


def _shown(name: str, argument: Mapping[str, Any], value: Any) -> str:
    return NOT_SHOWN if argument.get("no_log") or name in _NEVER_SHOWN else shown_value(value)


def check_connection_options(variables: Mapping[str, Any], read: Read, mistakes: Mistakes) -> None:
    """Note the mistakes in the variables for the connection."""
    check_values(CONNECTION_ARGUMENTS, read_values(CONNECTION_ARGUMENTS, variables, read, mistakes), mistakes)


def read_connection_options(variables: Mapping[str, Any], read: Read) -> dict[str, Any]:
    """Return the connection options that are set as variables, by the names of the options."""
    values = {name: read(variables, name) for name in CONNECTION_VARIABLES if name in variables}
    return {name.removeprefix(PREFIX): value for name, value in values.items() if value not in (None, OMITTED)}


def note_missing_names(variable: str, names: Collection[str], mistakes: Mistakes) -> None:
    """Note the numbers in a variable of the run that no host declares."""
    for number in names:
        mistakes.note(
            variable,
            "No host of this play declares this number. Write it as the inventory does, in quotes and with its plus.",
            value=shown_value(number),
        )
