# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One wait for the codes of many numbers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.chatapp.cams.plugins.module_utils._codes.source import Deadline, Source
from ansible_collections.chatapp.cams.plugins.module_utils._codes.sources import (
    SOURCE_ARGUMENTS,
    FoundCodes,
    check_source_range,
    make_sources,
    parse_numbers,
    read_codes,
)
from ansible_collections.chatapp.cams.plugins.module_utils._system.cancellation import stop_on_signal
from ansible_collections.chatapp.cams.plugins.module_utils._values.option_values import Range

WAIT_ARGUMENTS: dict[str, dict[str, Any]] = {
    **SOURCE_ARGUMENTS,
    "numbers": {"type": "list", "elements": "str", "required": True},
    "timeout": {"type": "int", "default": 300},
}
FIRST_INTERVAL = 1.0
GROWTH = 1.5
LONGEST_INTERVAL = 15.0
MASK = "********"


@dataclass
class Wait:
    """Looks again and again, at growing intervals, until nothing is left that could come."""

    sources: list[Source]
    numbers: list[str]
    seconds: float
    stop: threading.Event = field(default_factory=threading.Event)
    pause: Callable[[threading.Event, float], Any] = threading.Event.wait
    codes: dict[str, str] = field(default_factory=dict)
    # What the last look had to say, and what did not answer it.
    remarks: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def run(self) -> None:
        deadline = time.monotonic() + self.seconds
        # The first look is given its time even when there is none to wait.
        read_deadline, interval = Deadline(self.stop), FIRST_INTERVAL
        while self.missing and not self.stop.is_set():
            found = read_codes(self.sources, self.missing, read_deadline)
            self._keep(found)
            left = deadline - time.monotonic()
            if left <= 0 or not set(self.missing) - found.conflicting:
                return
            self.pause(self.stop, min(interval, left))
            interval = min(interval * GROWTH, LONGEST_INTERVAL)
            read_deadline = Deadline(self.stop, deadline)

    @property
    def missing(self) -> list[str]:
        return [number for number in self.numbers if number not in self.codes]

    def _keep(self, found: FoundCodes) -> None:
        self.codes.update(found.codes)
        self.remarks, self.troubles = found.remarks, found.source_errors


def code_wait(module: AnsibleModule) -> dict[str, Any]:
    """Wait for the codes, or in check mode look once."""
    options = take_secrets(module)
    began = time.monotonic()
    check_source_range("timeout", options["timeout"], Range("from 0 to 86400 seconds, where 0 looks once", 0, 86_400))
    numbers = parse_numbers(options["numbers"], "numbers")
    wait = Wait(make_sources(options), numbers, 0 if module.check_mode else options["timeout"])
    with stop_on_signal(wait.stop.set):
        wait.run()
    for remark in wait.remarks:
        module.warn(remark)
    told = {
        "changed": False,
        "codes": {number: wait.codes[number] for number in numbers if number in wait.codes},
        "missing": wait.missing,
        "waited_seconds": round(time.monotonic() - began, 1),
    }
    message = _message(wait)
    if message:
        # The codes are still where they were found, and a failure is shown to the user.
        return {**told, "codes": {}, "failed": True, "msg": message}
    for trouble in wait.troubles if wait.missing else ():
        module.warn(trouble)
    return told


def _message(wait: Wait) -> str:
    """Why the wait failed; empty when it did not."""
    left = f"The codes of {len(wait.missing)} of {len(wait.numbers)} numbers are missing: {', '.join(wait.missing)}."
    if wait.stop.is_set():
        return f"The wait was told to stop. {left}"
    if wait.troubles and wait.missing and not wait.codes:
        return " ".join([*wait.troubles, left])
    return ""


def take_secrets(module: AnsibleModule) -> dict[str, Any]:
    """The options. Codes, headers and addresses are taken out of those that Ansible shows as the invocation, and out of
    what it masks by replacing: their digits may occur in a number or another code."""
    options = dict(module.params)
    url = options["url"] or {}
    for secret in (options["vars"], url.get("headers"), url.get("address")):
        for text in _texts(secret):
            module.no_log_values.discard(text)
    if options["vars"] is not None:
        module.params["vars"] = MASK
    if options["url"] is not None:
        module.params["url"] = {**url, "address": MASK, "headers": MASK}
    return options


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [str(value)]
