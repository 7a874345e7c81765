# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the hosts of later batches of a play with serial, and say why they are not started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.chatapp.cams.plugins.module_utils._declarations.gather import numbers_of_host
from ansible_collections.chatapp.cams.plugins.module_utils._declarations.mistakes import DeclarationError
from ansible_collections.chatapp.cams.plugins.module_utils._lifecycle.model import Outcome
from ansible_collections.chatapp.cams.plugins.module_utils._report.text import count_with_noun
from ansible_collections.chatapp.cams.plugins.plugin_utils._reading import read


def numbers_not_as_declared(run: Any) -> int:
    """Return how many numbers of a run are not as declared. A number that WhatsApp limits is as declared."""
    results = run.get("results") if isinstance(run, Mapping) else None
    return sum(result["outcome"] != Outcome.CONVERGED.value for result in results or [])


def hosts_of_later_batches(variables: Mapping[str, Any]) -> list[str]:
    """Return the hosts that come after this batch in the order of the play. Failed hosts do not come any more."""
    batch, alive = set(variables["ansible_play_batch"]), set(variables["ansible_play_hosts"])
    everyone = variables["ansible_play_hosts_all"]
    last = max((place for place, host in enumerate(everyone) if host in batch), default=len(everyone))
    return [host for host in everyone[last + 1 :] if host in alive]


def lines_about_later_batches(hosts: Sequence[str], unfinished: int, variables: Mapping[str, Any]) -> list[str]:
    """Return lines about the hosts that were not started: the reason and the next step. Empty without hosts."""
    if not hosts:
        return []
    numbers = sum(_number_count(host, variables["hostvars"]) for host in hosts)
    verb = "is" if unfinished == 1 else "are"
    why = (
        f"{count_with_noun(unfinished, 'number')} of this batch {verb} not as declared"
        if unfinished
        else "this batch failed"
    )
    return [
        "",
        f"Not started: {count_with_noun(len(hosts), 'host')} of later batches with"
        f" {count_with_noun(numbers, 'number')}, because {why} and cams_continue_when is as_declared.",
        "  Next step: Follow the next steps above and run again. Later batches start when this batch is as declared.",
    ]


def _number_count(host: str, hostvars: Mapping[str, Any]) -> int:
    """Return how many numbers a host declares. A host with a mistake counts as none: its batch shows the mistake."""
    try:
        return len(numbers_of_host(host, hostvars[host], read))
    except DeclarationError:
        return 0
