# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of real runs, for pictures: the demo, and a larger fleet that is migrated to the simulator."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from doc_blocks import blocks_of_page
from environment import contained_environment
from playbook_runs import credentials_environment, run_playbook
from simulator_process import Simulator
from worlds import make_space

REPORT = "cams-report/report.html"
# The play in the manual of the role report that migrates numbers and then reports on the run.
PLAY_TITLE = "Migrate numbers and write a report"


class WrongRunError(Exception):
    """A run did not end as the picture needs it."""


@dataclass(frozen=True)
class Customer:
    name: str
    cust_space_id: str
    country: str
    connected: int
    new: int

    @property
    def hosts(self) -> dict[str, str]:
        """Return the number of each host. The connected numbers come first."""
        host = self.name.lower().replace(" ", "-")
        return {f"{host}-{place:02}": f"{self.country}{place:03}" for place in range(1, self.connected + self.new + 1)}


CUSTOMERS = (
    Customer("Harbour Books", "293483938849493", "+442071838", connected=22, new=3),
    Customer("Lotus Tea", "293483938849494", "+8613900001", connected=30, new=4),
    Customer("Casa Verde", "293483938849495", "+393480002", connected=14, new=6),
    Customer("Nord Optik", "293483938849496", "+4915110001", connected=18, new=5),
    Customer("Atlas Parcel", "293483938849497", "+12025550", connected=24, new=4),
)


def report_of_demo(folder: Path) -> Path:
    """Run the demo in the folder and return the page of its report."""
    _run("chatapp.cams.demo", contained_environment(), folder, (), 0)
    return folder / "cams-demo" / REPORT


def report_of_fleet(folder: Path) -> Path:
    """Run two passes over a fleet, each with a report, and return the page of the second report."""
    _write_inventory(folder)
    playbook = folder / "migrate.yml"
    playbook.write_text(_play_of_the_manual(), encoding="utf-8")
    with Simulator() as simulator:
        simulator.control.change_settings(register_seconds=2)
        simulator.control.seed({"spaces": [_space(customer) for customer in CUSTOMERS]})
        environment = {
            **contained_environment(),
            **credentials_environment(simulator),
            "XDG_STATE_HOME": str(folder / "state"),
        }
        _run(playbook, environment, folder, ("-i", "inventory"), 0)
        _let_time_pass(simulator)
        (folder / "codes.yml").write_text(json.dumps({"cams_codes": dict(_codes(simulator))}), encoding="utf-8")
        _run(playbook, environment, folder, ("-i", "inventory", "-e", "@codes.yml"), 2)
    return folder / REPORT


def _run(
    playbook: Path | str, environment: Mapping[str, str], folder: Path, arguments: tuple[str, ...], status: int
) -> None:
    run = run_playbook(playbook, {**environment, "PWD": str(folder)}, folder, *arguments)
    if run.status != status:
        shown = run.output.partition("Show results]")[2][:3000]
        raise WrongRunError(f"{playbook} ended with exit status {run.status} instead of {status}:\n{shown}")


def _play_of_the_manual() -> str:
    [play] = [block.text for block in blocks_of_page("roles/report/README.md") if PLAY_TITLE in block.text]
    return play


def _write_inventory(folder: Path) -> None:
    groups = {
        customer.name.lower().replace(" ", "_"): {
            "hosts": {host: {"cams_phone_number": number} for host, number in customer.hosts.items()},
            "vars": {"cams_cust_space_id": customer.cust_space_id},
        }
        for customer in CUSTOMERS
    }
    (folder / "inventory").mkdir()
    (folder / "inventory/numbers.yml").write_text(json.dumps({"all": {"children": groups}}), encoding="utf-8")


def _space(customer: Customer) -> dict[str, Any]:
    """Return the space as it is before the first pass. Every ninth number has sent what its receivers did not want."""
    rows = [
        {
            "phone_number": number.removeprefix("+"),
            "verified_name": customer.name,
            "messaging_limit_tier": "TIER_10K" if place % 3 else "TIER_1K",
            "quality_rating": "YELLOW" if place % 9 == 8 else "GREEN",
        }
        for place, number in enumerate(list(customer.hosts.values())[: customer.connected])
    ]
    waba = {"id": f"waba-of-{customer.cust_space_id}", "name": customer.name}
    return make_space(customer.cust_space_id, numbers=rows, waba=waba)


def _let_time_pass(simulator: Simulator) -> None:
    """Change numbers between the two passes, as WhatsApp and other providers do."""
    happened: tuple[tuple[Customer, int, dict[str, Any]], ...] = (
        (CUSTOMERS[0], 4, {"quality_rating": "RED"}),
        (CUSTOMERS[1], 9, {"quality_rating": "RED", "status": "FLAGGED"}),
        (CUSTOMERS[1], 20, {"quality_rating": "YELLOW"}),
        (CUSTOMERS[3], 2, {"status": "MIGRATED"}),
        (CUSTOMERS[4], 11, {"status": "RATE_LIMITED"}),
    )
    for customer, place, facts in happened:
        number = list(customer.hosts.values())[place].removeprefix("+")
        simulator.control.change_number(cust_space_id=customer.cust_space_id, phone_number=number, **facts)


def _codes(simulator: Simulator) -> Iterator[tuple[str, str]]:
    """Yield the codes that the teams hand in. Two numbers wait for theirs, and one code is mistyped."""
    for place, message in enumerate(sorted(simulator.control.inbox(), key=lambda message: str(message["to"]))):
        if place not in (3, 12):
            mistyped = re.sub(r".$", lambda last: str((int(last[0]) + 1) % 10), message["code"])
            yield message["to"], mistyped if place == 7 else message["code"]
