# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""First contacts with every service that the readings around a migration can make together.

No value is ever wrong: each assumption has the value of its switch, or is not observed. One code is sent in each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest
from ansible_collections.chatapp.cams.plugins.module_utils._contact.assumptions import ASSUMPTIONS
from contacts import ContactWorld
from simulator_process import Simulator

CHOICES: dict[str, tuple[str | float, ...]] = {
    "before_register": ("pending", "unverified", "migrating", "hidden"),
    "needs_sync": ("no", "yes"),
    "status_read": ("plain", "fussy", "blind"),
    "fictional_numbers": ("same", "other"),
    "unknown_number_refusal": ("listed", "unlisted"),
    "row_delay_seconds": (0, 5, 300),
    "status_delay_seconds": (0, 5, 300),
}


def services() -> Iterator[dict[str, str | float]]:
    for values in product(*CHOICES.values()):
        yield dict(zip(CHOICES, values, strict=True))


def wrong_values(observed: Mapping[str, str], service: Mapping[str, str | float]) -> dict[str, str]:
    """Return each observed value that selects another setting than the service has."""
    wrong = {}
    for assumption in ASSUMPTIONS:
        value = observed[assumption.id]
        setting = assumption.setting_for(value)
        if setting is not None and setting[0] in service and service[setting[0]] != setting[1]:
            wrong[assumption.id] = value
    return wrong


def test_no_service_is_observed_wrongly_and_each_sends_one_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad: dict[str, object] = {}
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    with Simulator() as simulator:
        for number, service in enumerate(services()):
            folder = tmp_path / str(number)
            folder.mkdir()
            world = ContactWorld(simulator, folder, monkeypatch, service)
            world.migrate()
            effects = world.effects()
            wrong = wrong_values(world.observed, service)
            if wrong or (effects["codes_sent"], effects["registers"]) != (1, 1):
                bad[str(service)] = (wrong, effects)
            for assumption in ASSUMPTIONS:
                seen[assumption.id][world.observed[assumption.id] or "not observed"] += 1
    for name, counts in seen.items():
        print(f"{name:<24} {', '.join(f'{value} {count}' for value, count in sorted(counts.items()))}")
    assert bad == {}
