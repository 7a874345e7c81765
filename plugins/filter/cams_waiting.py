# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

DOCUMENTATION = r"""
name: cams_waiting
short_description: List the numbers that wait for somebody
description:
  - Chooses, of the results of many numbers, those that wait for a code, a connection or an operator, and says of each
    what a person needs to know. The list holds no code.
version_added: 0.1.0
author:
  - chatapp.cams contributors (@chatapp)
positional: declarations, begun
options:
  _input:
    description:
      - The results, as M(chatapp.cams.cams_number_fleet) returns them.
    type: list
    elements: dict
    required: true
  declarations:
    description:
      - What P(chatapp.cams.cams_declarations#filter) gathered of these numbers.
    type: dict
    required: true
  begun:
    description:
      - A time in ISO 8601 before the calls that the results are of. From it the deadlines are counted.
    type: str
    required: true
seealso:
  - plugin: chatapp.cams.cams_declarations
    plugin_type: filter
"""

EXAMPLES = r"""
- name: List the numbers that wait
  ansible.builtin.debug:
    msg: "{{ fleet.results | chatapp.cams.cams_waiting(declarations, '2026-05-01T10:00:00+00:00') }}"
  vars:
    declarations: "{{ ansible_play_batch | chatapp.cams.cams_declarations(hostvars) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The numbers that wait, in the order of the results.
  type: list
  elements: dict
  contains:
    phone_number:
      description: The number.
      type: str
    cust_space_id:
      description: Its space.
      type: str
    host:
      description: The host that declares it.
      type: str
    outcome:
      description: V(awaiting_code), V(awaiting_connection) or V(needs_operator).
      type: str
    code_method:
      description: How its code is sent, V(sms) or V(voice).
      type: str
    deadline:
      description:
        - Until when what was done lasts at least, in ISO 8601. Ten minutes after O(begun) for a code that was requested
          then, and 14 days for a number that was verified then. Empty when that was done earlier, or not at all.
      type: str
      sample: "2026-05-01T10:10:00+00:00"
    next_action:
      description: What to do next, in a sentence.
      type: str
"""

Result = dict[str, Any]

OUTCOMES = ("awaiting_code", "awaiting_connection", "needs_operator")
# How long the effect of a step lasts, the latest step first.
LASTING = {"verify": timedelta(days=14), "request_code": timedelta(minutes=10)}


def cams_waiting(results: Iterable[Result], declarations: Mapping[str, Any], begun: str) -> list[dict[str, str]]:
    """The numbers that wait, as the documentation above has it."""
    methods = {declared["phone_number"]: declared.get("code_method", "sms") for declared in declarations["numbers"]}
    return [
        {
            "phone_number": result["phone_number"],
            "cust_space_id": result["cust_space_id"],
            "host": declarations["hosts"][result["phone_number"]],
            "outcome": result["outcome"],
            "code_method": methods[result["phone_number"]],
            "deadline": _deadline(result, begun),
            "next_action": result["next_action"],
        }
        for result in results
        if result["outcome"] in OUTCOMES
    ]


def _deadline(result: Result, begun: str) -> str:
    # A register that was accepted ends the need to hurry.
    if result["outcome"] == "awaiting_connection":
        return ""
    done = {action["action"] for action in result["actions"] if action["outcome"] == "done"}
    for step, lasting in LASTING.items():
        if step in done:
            return (datetime.fromisoformat(begun) + lasting).isoformat(timespec="seconds")
    return ""


class FilterModule:
    """What Ansible loads."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"cams_waiting": cams_waiting}
