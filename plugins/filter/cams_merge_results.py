# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

DOCUMENTATION = r"""
name: cams_merge_results
short_description: Put together the results of two calls for the same numbers
description:
  - Adds the results of a second call to those of a first. A number ends as the second call says, began where the first
    found it, or the second when the first did not look, and was changed when either changed it.
version_added: 1.0.0
author:
  - chatapp.cams contributors (@chatapp)
positional: later
options:
  _input:
    description:
      - The results of the first call, as M(chatapp.cams.cams_number_fleet) returns them.
    type: list
    elements: dict
    required: true
  later:
    description:
      - Those of the second, of any of the numbers.
    type: list
    elements: dict
    required: true
seealso:
  - module: chatapp.cams.cams_number_fleet
"""

EXAMPLES = r"""
- name: Remember what became of all numbers in both calls
  ansible.builtin.set_fact:
    results: "{{ first.results | chatapp.cams.cams_merge_results(second.results) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: A result for each number, in the order of the first call.
  type: list
  elements: dict
"""

Result = dict[str, Any]


def cams_merge_results(earlier: Iterable[Result], later: Iterable[Result]) -> list[Result]:
    """The results of both, as the documentation above has it."""
    newest = {result["phone_number"]: result for result in later}
    return [_merged(result, newest.get(result["phone_number"])) for result in earlier]


def _merged(first: Result, second: Result | None) -> Result:
    if second is None:
        return first
    return {
        **second,
        "previous_phase": first["previous_phase"] or second["previous_phase"],
        "changed": first["changed"] or second["changed"],
        "actions": [*first["actions"], *second["actions"]],
    }


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cams_merge_results": cams_merge_results}
